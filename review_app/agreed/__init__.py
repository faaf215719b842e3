"""Confirming at once what several people agreed on."""
