"""Forecasts over a day: windows, values of the model and of baselines, and their errors."""
