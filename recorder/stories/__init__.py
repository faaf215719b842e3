"""STORIES: the compiler and its values. Pure."""
