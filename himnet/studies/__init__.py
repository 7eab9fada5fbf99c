"""Many trainings side by side: ablations, hyper-parameters, seeds, and what they cost."""
