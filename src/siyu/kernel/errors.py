"""The error families: the family says what to do next.

SiyuError
├── ConfigError          the set-up is wrong: mend it, then start again
├── BadInputError        this record is wrong: set it aside, go on with the others
├── RefusedError         the product will not do this, whoever asks; it names the allowed way
├── RetryLaterError      it did not happen: try again after ``retry_after``
├── UnknownOutcomeError  it may have happened: look it up, never just repeat it
└── PermanentError       it did not happen and never will
"""

from datetime import timedelta


class SiyuError(Exception):
    """Every error that Siyu raises on purpose."""


class ConfigError(SiyuError):
    """The set-up is wrong; nothing was done."""


class BadInputError(SiyuError):
    """One record cannot be understood.

    Args:
        what: What is wrong, with the value that is wrong.
        where: File and line, field, or position in the batch.
        mend: What to write instead.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(": ".join(part for part in (where, what) if part) + (f" ({mend})" if mend else ""))


class RefusedError(SiyuError):
    """Siyu will not do this, and says what is allowed instead.

    Args:
        reason: Why, with the rule.
        allowed: The way that is open.
    """

    def __init__(self, reason: str, *, allowed: str) -> None:
        self.reason, self.allowed = reason, allowed
        super().__init__(f"{reason}. Allowed instead: {allowed}")


class RetryLaterError(SiyuError):
    """It did not happen, and may be tried again after ``retry_after``."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class UnknownOutcomeError(SiyuError):
    """The answer was lost: it may have happened. Ask the platform; never repeat blindly."""


class PermanentError(SiyuError):
    """It did not happen, and trying again cannot help.

    Args:
        message: What the platform said.
        code: The platform's own code, as text, when there is one.
    """

    def __init__(self, message: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(message)
