"""Training: settings, loss, schedule, sampling, resumable state, log, and the training loop.

`himnet.training.run.train` does a complete run; every other file has one duty. All randomness
follows from the seed and the position in the run, so no state of a random generator is stored.
"""
