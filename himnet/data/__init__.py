"""Data sets: registry, file formats, calendar, sensors, windows and batches."""
