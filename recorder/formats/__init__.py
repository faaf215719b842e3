"""NOTATIONS: text to values and back. Opens no file."""
