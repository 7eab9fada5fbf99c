"""The paper's claims, each with a statistic, null models and a verdict by rules set in advance."""
