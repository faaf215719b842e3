"""TALK: a live bot that records itself: what is heard, what is done, what an action brings about."""
