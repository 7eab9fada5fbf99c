"""Forecasts with exchanged embeddings: of sensors, of hours, of clusters."""
