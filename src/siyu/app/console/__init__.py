"""The console 控制台: Chinese and English, light and dark, retention first on every screen."""

from siyu.app.console.front import mount

__all__ = ["mount"]
