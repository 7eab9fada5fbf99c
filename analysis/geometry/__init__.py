"""Meta-parameters as points: spaces, cosines, projections and clusters."""
