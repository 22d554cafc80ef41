"""Answers that were read at a platform, as touches: what most pulls share. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from siyu.channels.unmapped import Unmapped
from siyu.dispatch.account import Account
from siyu.touchpoints.touch import Touch


def touches_of_answer(
    mapping: Callable[..., list[Touch]], answer: Mapping[str, Any], account: Account, now_us: int, **more: str
) -> list[Touch]:
    """Translate one answer; empty for one that brings no touch on purpose.

    Args:
        mapping: The channel's ``touches_from_payload``.
        more: What else the mapping wants to know, such as ``unionid_account``.

    Raises:
        BadInputError: it cannot be understood.
    """
    try:
        return mapping(answer, account=account.account, received_at_us=now_us, **more)
    except Unmapped:
        return []


def unionids_of(account: Account) -> dict[str, str]:
    """Return what a mapping of the WeChat family wants to know: whose unionids the account's answers carry."""
    return {"unionid_account": account.secrets.get("unionid_account", "")}
