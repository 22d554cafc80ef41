"""A clock that a test sets by hand, forwards or backwards."""


class HandClock:
    """Says the moment it was set to, microseconds since 1970 UTC."""

    def __init__(self, us: int) -> None:
        self.us = us

    def now_us(self) -> int:
        return self.us
