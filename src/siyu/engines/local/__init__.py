"""Run a measure on the threads of this machine."""
