"""Where the files lie that are no code: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

from pathlib import Path


def packaged(name: str) -> Path:
    """The folder `migrations` or `data`."""
    package = Path(__file__).parent
    inside = package / f"_{name}"
    return inside if inside.is_dir() else package.parent / name
