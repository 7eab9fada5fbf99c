"""Patterns in the geometry: hours, neighbours, structure, and the comparison of two models."""
