"""People at work: files and stores around the rules of ``siyu.people``."""
