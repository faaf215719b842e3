"""TEACH: a session in which the trainer says what the bot does next, and what was taught in it."""
