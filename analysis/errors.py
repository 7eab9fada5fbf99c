"""The errors of the analysis: one sentence each, written for the user."""


class AnalysisError(ValueError):
    """The request is impossible for this model, selection or setting."""
