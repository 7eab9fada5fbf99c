"""Forecasts of a trained model: on data, with exchanged embeddings, over a day as a track."""
