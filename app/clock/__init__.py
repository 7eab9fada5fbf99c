"""Which day and time of day is shown, and the readings or forecasts of it."""
