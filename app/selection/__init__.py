"""Selected sensors: the bar above the pages, and charts that select."""
