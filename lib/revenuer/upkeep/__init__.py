"""Keeping a lake in order: what lies there, what is wrong with it, what is removed from it."""
