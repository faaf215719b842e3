from tests.upkeep.hands import world

__all__ = ["world"]
