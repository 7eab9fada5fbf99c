"""Reproducible measurements; see `benchmarks/README.md`."""
