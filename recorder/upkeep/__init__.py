"""UPKEEP: what is done to a whole log: verified, copied, backed up, cleared of what is to be forgotten."""
