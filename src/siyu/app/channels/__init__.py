"""Channels at work: connected, called by platforms, read on a schedule, sending."""
