"""Which readings moved forecasts: base lines, averages, and what is stored of them."""
