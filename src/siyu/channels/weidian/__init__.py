"""Weidian (微店): orders, by reading them again and again."""
