"""The choices of a visitor: widgets, the session state, and the link."""
