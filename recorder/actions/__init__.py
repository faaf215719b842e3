"""OUTBOUND: custom actions, code of the user's own."""
