"""Plays at work: what they know, what they propose, what is chosen, what it brought."""
