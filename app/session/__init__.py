"""The opened checkpoint and what is computed from it, cached."""
