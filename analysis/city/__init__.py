"""Sensors in their city: distances, carriageways, base maps, names and maps."""
