"""What may be kept of words that a person wrote in public. Pure."""

import re
from typing import Final

_MOST: Final = 500
#: A run of six or more digits, an account name (letters, then a digit), or an e-mail address may lead to somebody.
_CONTACT: Final = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?:\d[\s-]?){6,}|[A-Za-z][A-Za-z0-9_-]{4,18}\d(?![A-Za-z0-9_-])"
)


def public_words(text: str) -> str:
    """Return a comment without what might lead to its writer or another person; at most 500 characters."""
    return _CONTACT.sub("***", text[: 2 * _MOST])[:_MOST]
