"""The page My work: what waits for a person."""
