"""What a visitor chooses: widgets, the session that holds it, the link that names it."""
