"""Measurement 度量: what it brought."""
