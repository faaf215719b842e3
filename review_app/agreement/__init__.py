"""The page Agreement: how far people say the same."""
