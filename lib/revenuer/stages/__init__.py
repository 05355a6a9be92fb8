"""The stages of a run: pure functions from frames to frames, without session, path, clock or randomness."""
