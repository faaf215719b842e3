"""The page Messages: what users said, across sessions."""
