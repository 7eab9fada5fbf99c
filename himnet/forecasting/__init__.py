"""Forecasts of a trained model: on data, with exchanged embeddings, and stored as a track."""
