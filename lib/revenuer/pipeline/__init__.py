"""The run of a date: which stages there are, how each meets the lake, what is out of date."""
