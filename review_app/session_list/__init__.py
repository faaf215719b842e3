"""The list of sessions: one row each, a link to its replay, and a second one to its least sure step.

Streamlit's own table draws on a canvas: no links of its own, no reflow on a narrow screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "session_list",
    css=(_FOLDER / "session_list.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "session_list.js").read_text(encoding="utf-8"),
)


class Chosen(NamedTuple):
    """A session to open; at a step, or where its review stands."""

    session: str
    step: str | None


def session_list(rows: Sequence[dict[str, Any]], *, key: str) -> Chosen | None:
    """Draw the rows (`views.session_row`); returns what was clicked just now."""
    result = _component(data={"rows": list(rows)}, key=key, on_open_change=_nothing)
    match result.open:
        case {"session": str(session), "step": str() | None as step}:
            return Chosen(session, step)
        case _:
            return None


def _nothing() -> None:
    """Streamlit reports a trigger only where something listens."""
