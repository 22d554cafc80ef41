"""Communities 社群: groups, their members, roles and health."""
