"""The SQL store: what decisions need at this moment; SQLite or PostgreSQL by one code."""
