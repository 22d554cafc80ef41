"""Simulate 演练: before anything is launched on real people, it is launched on a market whose truth is known."""
