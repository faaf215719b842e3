"""Comments that mention somebody, on their page of work."""
