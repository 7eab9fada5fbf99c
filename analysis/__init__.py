"""Pure functions on meta-parameters and forecasts: arrays in, arrays or figures out."""
