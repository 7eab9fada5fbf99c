"""The parts of the page Why: one forecast in words, map, matrix and table, and the average."""
