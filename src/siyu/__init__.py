"""Siyu (私域): the people a brand may reach again and again."""

__version__ = "0.1.0"
