from tests.audit.hands import world

__all__ = ["world"]
