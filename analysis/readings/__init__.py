"""Readings of a data set: the available days and their series."""
