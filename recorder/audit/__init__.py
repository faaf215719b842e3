"""AUDIT: whether a log is what was written, and how others can be sure of it."""
