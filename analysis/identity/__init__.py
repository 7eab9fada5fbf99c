"""Structure or name tag: what forecasts lose when all embeddings are exchanged, by class."""
