"""Forecasts over a day: windows, the model's and the baselines' values, their errors."""
