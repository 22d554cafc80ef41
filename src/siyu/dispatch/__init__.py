"""Dispatch 触达: do it once, and keep the receipt."""
