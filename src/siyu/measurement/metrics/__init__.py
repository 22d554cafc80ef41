"""Metrics 指标: one file each: definition, units, kernel, result."""
