"""Measurements that can be repeated; `docs/benchmarks.md` keeps what came out."""
