"""What is looked for in the geometry: hours, neighbours, structure, two models side by side."""
