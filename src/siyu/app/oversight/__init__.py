"""Oversight (监督): what is looked at before a launch, and what an inspector reads after it."""
