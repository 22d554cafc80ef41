"""The console 控制台: Chinese and English, light and dark, retention first on every screen."""

from siyu.app.console.front import attach, mount

__all__ = ["attach", "mount"]
