"""The selected sensors: the selection bar, and charts and tables that select."""
