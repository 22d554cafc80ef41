"""Webhook out: signed calls to an address of the brand, repeated until they are taken."""
