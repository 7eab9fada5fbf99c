"""The parts of the page Graph: what an entry means, the map, the matrix, the day, the training."""
