"""Who may come in: passwords, sessions, keys of the API."""
