"""The lake: where tables lie, how they are read and written, what is staged and what readers see."""
