"""Journeys in a workspace: publish, move people on, show where they stand."""
