"""Data sets: what is known of them, how they are read, and windows into them."""
