"""UPKEEP: what is done to a whole log: copied, backed up, looked after, cleared of what must go."""
