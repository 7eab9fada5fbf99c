"""Sensors in their city: distances, carriageways, road shields and maps."""
