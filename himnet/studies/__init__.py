"""Sets of trainings: seeds, ablations, hyper-parameters and schedules; the cost of training."""
