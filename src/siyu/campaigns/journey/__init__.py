"""Journeys (旅程): what happens to a person step by step, written as text, checked before anybody walks it."""
