"""DISK: the only place that writes our database and model files."""
