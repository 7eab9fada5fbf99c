"""The graphs that a model learns: what their entries mean, and how they compare with the roads."""
