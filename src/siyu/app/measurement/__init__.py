"""Numbers of a workspace or of any file."""
