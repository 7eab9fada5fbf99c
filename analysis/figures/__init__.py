"""Figures as functions of arrays, for the app, notebooks and the command line."""
