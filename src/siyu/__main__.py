"""``python -m siyu`` is ``siyu``."""

from siyu.app.cli import main

main()
