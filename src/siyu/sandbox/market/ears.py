"""Ears: what people take a message for. They know nothing of plays: they read what arrived."""

from functools import lru_cache
from typing import Final

from siyu.content.piece import Piece
from siyu.sandbox.market.parameters import MESSAGE_KINDS, Asking

#: The first line with a word that stands in the message decides; a message with none of them is news.
_WORDS: Final = (
    ("offer", ("优惠", "折", "立减", "满减", "优惠券", "红包", "福利", "特价", "coupon", "discount", "% off")),
    ("remind", ("用完", "补货", "该换", "到期", "快过期", "还差", "常买", "提醒", "running low", "expires")),
    ("ask", ("好久没见", "哪里没", "告诉我", "评价", "反馈", "打几分", "怎么样", "miss you", "feedback")),
    ("care", ("生日", "周年", "谢谢", "感谢", "答应您", "指南", "用法", "使用", "照顾", "欢迎", "thank", "welcome")),
)
#: Words of a message that asks for friends; those of a reward; and those of a reward for the sharing itself.
_INVITES: Final = ("邀请", "推荐给朋友", "带朋友", "带一位朋友", "invite", "refer a friend")
_SHARES: Final = ("转发", "分享到", "分享给", "集赞", "助力", "砍一刀", "share this", "share with")
_GIFTS: Final = ("红包", "返现", "奖励", "奖", "送", "礼", "积分", "优惠券", "免费", "gift", "reward", "free", "points")


@lru_cache(maxsize=4096)
def heard_as(piece: Piece) -> int:
    """Return the position in ``MESSAGE_KINDS`` of what people take this for."""
    said = _said(piece)
    kind = next((kind for kind, words in _WORDS if any(word in said for word in words)), "news")
    return MESSAGE_KINDS.index(kind)


@lru_cache(maxsize=4096)
def asks_for_friends(piece: Piece) -> Asking | None:
    """Return how a message asks people to bring friends; None if it does not."""
    said = _said(piece)
    gift = any(word in said for word in _GIFTS)
    if gift and any(word in said for word in _SHARES):
        return "share"
    if any(word in said for word in _INVITES):
        return "gift" if gift else "invite"
    return None


def _said(piece: Piece) -> str:
    return " ".join((piece.text, *(f"{one.title} {one.description}" for one in piece.attachments))).lower()
