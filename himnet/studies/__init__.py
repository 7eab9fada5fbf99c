"""Sets of training runs: seeds, ablations, hyper-parameters and schedules; the cost of training."""
