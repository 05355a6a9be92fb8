"""Outsider's simulated usage-log worlds, written blind to the detector they test."""
