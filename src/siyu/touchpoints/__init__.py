"""Touchpoints 触点: what happened, where, and through which source. Nothing here knows who the person is."""
