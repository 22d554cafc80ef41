"""The app: wiring, clock, settings, the turn, and the front doors."""
