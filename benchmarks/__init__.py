"""Measurements that a reader can repeat; see `benchmarks/README.md`."""
