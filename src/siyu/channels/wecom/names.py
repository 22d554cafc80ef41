"""How WeCom names customers, and how we name what it tells, so that a callback and a later listing count once. Pure."""

from typing import Final

from siyu.communities.group import GROUP_CHAT
from siyu.touchpoints.touch import Identifier

CHANNEL: Final = "wecom"


def customer_identifier(external_userid: str, corp: str) -> Identifier:
    """Name a customer as this corp knows them."""
    return Identifier(f"external_userid@{corp}", external_userid)


def group_identifier(chat: str, corp: str) -> Identifier:
    """Name a customer group of this corp."""
    return Identifier(f"{GROUP_CHAT}@{corp}", chat)


def is_customer(userid: str) -> bool:
    """Tell a customer's id in a group (``wm…`` WeChat, ``wo…`` WeCom) from a staff member's.

    A staff id may begin like that too, but is not that long in practice.
    """
    return userid[:2] in {"wm", "wo"} and len(userid) >= 16


def added_key(staff: str, external_userid: str, at_s: int) -> str:
    """Name the adding of a customer: the callback and the listing give the same name if they agree on the second."""
    return f"added|{staff}|{external_userid}|{at_s}"


def joined_key(chat: str, member: str, at_s: int) -> str:
    """Name the joining of a group."""
    return f"joined|{chat}|{member}|{at_s}"
