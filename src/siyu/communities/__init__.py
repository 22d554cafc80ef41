"""Communities 社群: what groups and conversations know, settled so that it is found again."""
