"""MEANING: what a session amounts to. Pure: values in, values out."""
