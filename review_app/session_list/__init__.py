"""The list of sessions: one row each, a link to its replay, and a second one to its least sure step.

Streamlit's own table draws on a canvas: no links of its own, no reflow on a narrow screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "session_list",
    css=(_FOLDER / "session_list.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "session_list.js").read_text(encoding="utf-8"),
)


def session_list(rows: Sequence[dict[str, Any]], annotator: str, *, key: str) -> None:
    """Draw the rows (`inbox_views.session_row`); a click opens the replay without coming back here.

    Above them stands what this browser still holds of the annotator's decisions, unsaved.
    """
    _component(data={"rows": list(rows), "annotator": annotator}, key=key)
