"""Read models 读模型: what a screen or a command shows, read from the stores as frozen dataclasses. No UI in here."""
