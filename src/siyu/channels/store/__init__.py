"""Offline store (门店): codes at the till, and what the till sold."""
