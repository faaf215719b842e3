"""FACTS: frozen values that say what happened, and nothing else."""
