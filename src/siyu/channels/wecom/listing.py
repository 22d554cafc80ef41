"""Reconcile by listing: callbacks get lost and come late, so what WeCom lists is read as touches too. Pure.

Source: ``externalcontact/batch/get_by_user``, https://developer.work.weixin.qq.com/document/path/92994,
read 2026-11-22.
"""

from collections.abc import Mapping
from typing import Any

from siyu.channels.wecom.mapping import CHANNEL, customer_identifier
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import SECOND
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch


def touch_of_listed(listed: Mapping[str, Any], *, account: str, union_account: str = "", received_at_us: int) -> Touch:
    """Turn one listed customer into the touch by which the relation began.

    Args:
        listed: ``external_contact`` and ``follow_info`` as listed.
        union_account: The WeChat open-platform account that the unionid belongs to; the corp's own if left out.

    Raises:
        BadInputError: a field is missing.
    """
    contact, follow = listed.get("external_contact") or {}, listed.get("follow_info") or {}
    customer, staff, since_s = contact.get("external_userid"), follow.get("userid"), follow.get("createtime")
    if not customer or not staff or not isinstance(since_s, int):
        raise BadInputError(
            "a listed customer lacks external_userid, userid or createtime", where="external_contact_list"
        )
    actors = [customer_identifier(str(customer), account)]
    if contact.get("unionid"):
        actors.append(Identifier(f"unionid@{union_account or account}", str(contact["unionid"])))
    return touch(
        CHANNEL,
        TouchKind.CONTACT_ADDED,
        event_key=f"listed|{customer}|{staff}|{since_s}",
        account=account,
        actors=tuple(actors),
        scene="customer_contact",
        source_code=str(follow.get("state") or ""),
        staff=str(staff),
        happened_at_us=since_s * SECOND,
        received_at_us=received_at_us,
        properties={"add_way": int(follow.get("add_way") or 0)},
    )
