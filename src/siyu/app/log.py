"""The log (日志): what a person should know later. On standard error: standard output holds a command's answer."""

import sys
from typing import Any

import structlog

structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def get_logger(name: str) -> Any:
    """Return the logger of a module."""
    return structlog.get_logger(name)
