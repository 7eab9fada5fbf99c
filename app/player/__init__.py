"""The player of a day on the ST-mixed page."""
