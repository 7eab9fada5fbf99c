"""Training: settings, loss, schedule, sampling, state to resume from, log, and the loop.

`himnet.training.run.train` does a whole run; every other file has one duty. Everything random
follows from the seed and the position in the run, so no state of a random generator is kept.
"""
