"""Answers that were read at a platform, as touches: what most pulls share. One bad answer never stops the others."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog

from siyu.channels.unmapped import Unmapped
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.touch import Touch

_log: Any = structlog.get_logger(__name__)


def touches_of_answer(
    mapping: Callable[..., list[Touch]], answer: Mapping[str, Any], account: Account, now_us: int, **more: str
) -> list[Touch]:
    """Translate one answer; empty for one that brings no touch on purpose, and for one that cannot be understood.

    The latter is said in the log: the platform changed its words, or somebody wrote what no field may hold.

    Args:
        mapping: The channel's ``touches_from_payload``.
        more: What else the mapping wants to know, such as ``unionid_account``.
    """
    try:
        return mapping(answer, account=account.account, received_at_us=now_us, **more)
    except Unmapped:
        return []
    except BadInputError as error:
        _log.warning("answer refused", channel=account.channel, account=account.account, reason=str(error))
        return []


def unionids_of(account: Account) -> dict[str, str]:
    """Return what a mapping of the WeChat family wants to know: whose unionids the account's answers carry."""
    return {"unionid_account": account.secrets.get("unionid_account", "")}
