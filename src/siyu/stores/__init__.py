"""Stores 存储: what is true now (sql) and everything that ever happened (lake)."""
