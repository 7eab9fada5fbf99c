"""The day and time of day that is shown, and its readings or forecasts."""
