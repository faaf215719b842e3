"""The page Export: what reviews compile to."""
