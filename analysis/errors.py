"""The errors that this room raises: one sentence each, meant for the person at the screen."""


class AnalysisError(ValueError):
    """What was asked for does not exist for this model, selection or setting."""
