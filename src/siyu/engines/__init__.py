"""Engines 引擎: run a measure over the buckets of the lake."""
