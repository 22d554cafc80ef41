"""The demo: a year of a grocer's real purchases through the whole loop, on a virtual clock."""
