"""Measured values of a data set: the days that it holds and their series."""
