"""JUDGEMENT: what annotators say of recorded sessions, and what follows from it. Pure."""
