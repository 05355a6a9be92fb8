"""Judging the job against known answers: published dates, and whole worlds."""
