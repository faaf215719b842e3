"""INBOUND: sources that yield what others recorded; they know no log and no service."""
