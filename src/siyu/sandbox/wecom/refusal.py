"""A call that the played WeCom refuses, with the platform's own code."""

from typing import Any

Json = dict[str, Any]


class Refused(Exception):  # noqa: N818  a code of the platform, not a fault of the sandbox
    """The call is answered with ``errcode``.

    Args:
        code: WeCom's own code.
    """

    def __init__(self, code: int, said: str = "") -> None:
        self.code, self.said = code, said or f"refused with {code}"
        super().__init__(self.said)


def text(body: Json, name: str, *, most: int = 4000) -> str:
    """Return a text field of a call; 40058 if it is something else, missing or too long."""
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > most:
        raise Refused(40058, f"invalid or missing {name}")
    return value


def texts(body: Json, name: str, *, most: int, needed: bool = False) -> list[str]:
    """Return a list of texts; 40058 if it is none or has more than ``most``."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused(40058, f"invalid {name}")
    if len(value) > most or (needed and not value):
        raise Refused(40058, f"{name}: 1 to {most} wanted")
    return value


def page(rows: list[Any], body: Json, *, most: int, default: int = 50) -> tuple[list[Any], str]:
    """Cut one page out of ``rows``; the cursor is the position of the next one."""
    limit = body.get("limit") or default
    cursor = body.get("cursor") or "0"
    if not isinstance(limit, int) or limit < 1 or not isinstance(cursor, str) or not cursor.isdigit():
        raise Refused(40058, "invalid limit or cursor")
    first, size = int(cursor), min(limit, most)
    return rows[first : first + size], str(first + size) if first + size < len(rows) else ""
