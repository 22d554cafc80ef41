"""Dispatch at work: messages chosen a channel, handed over, settled; tasks of staff."""
