"""The page Models: what they got right."""
