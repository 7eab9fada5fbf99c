"""Figures: arrays in, figures out; the app, a notebook and the command line call the same ones."""
