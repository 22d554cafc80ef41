"""Reconcile by listing: callbacks get lost and come late, so what WeCom lists is read as touches too. Pure.

Source: ``externalcontact/batch/get_by_user``, https://developer.work.weixin.qq.com/document/path/92994,
read 2026-11-22.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from siyu.channels.record import Record
from siyu.channels.wecom.answers import Who
from siyu.channels.wecom.names import CHANNEL, customer_identifier
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch, touch


def touch_of_listed(listed: Mapping[str, Any], *, account: str, union_account: str = "", received_at_us: int) -> Touch:
    """Turn one listed customer into the touch by which the relation began.

    It has the id of the callback's touch if both name the same second, so it counts once.

    Args:
        listed: ``external_contact`` and ``follow_info`` as listed.
        union_account: The WeChat open-platform account that the unionid belongs to (credential
            ``unionid_account``); it stands without a scope if left out.

    Raises:
        BadInputError: a field is missing.
    """
    record = Record(listed)
    who = Who(account, union_account, received_at_us)
    return who.added(record.record("external_contact"), record.record("follow_info"))


def tags_listed(
    rows: Iterable[Mapping[str, Any]],
    names: Mapping[str, str],
    *,
    told: Mapping[tuple[str, str, str], frozenset[str]],
    account: str,
    received_at_us: int,
) -> tuple[list[Touch], dict[tuple[str, str, str], frozenset[str]]]:
    """Return a touch with all tags (企业标签) of each listed customer whose tags are others than were told last.

    The touch gives the whole set of one member of staff, so that a tag that was taken off ends.

    Args:
        names: The corp's tags by id; a tag that is not there (another department's) is left out.
        told: What was told last, by corp, staff and customer.

    Returns:
        The touches, and what they tell, as ``told``. A row that cannot be read tells nothing.
    """
    touches: list[Touch] = []
    changed: dict[tuple[str, str, str], frozenset[str]] = {}
    for row in rows:
        try:
            follow, customer = Record(row).record("follow_info"), Record(row).record("external_contact")
            staff, external_userid = follow.text("userid"), customer.text("external_userid")
            ids = follow.texts("tag_id") if "tag_id" in follow else ()
        except BadInputError:
            continue
        tags, place = frozenset(names[one] for one in ids if one in names), (account, staff, external_userid)
        if tags == told.get(place, frozenset()):
            continue
        changed[place] = tags
        said = ",".join(sorted(one.replace(",", " ") for one in tags))
        touches.append(
            touch(
                CHANNEL,
                TouchKind.CONTACT_EDITED,
                happened_at_us=received_at_us,
                received_at_us=received_at_us,
                event_key=f"tags|{staff}|{external_userid}|{said}",
                account=account,
                actors=(customer_identifier(external_userid, account),),
                scene="customer_contact",
                staff=staff,
                properties={"tags": said},
            )
        )
    return touches, changed


def mend(
    rows: Iterable[Mapping[str, Any]],
    *,
    known: Mapping[str, Collection[str]],
    account: str,
    received_at_us: int,
    union_account: str = "",
) -> tuple[list[Touch], list[BadInputError]]:
    """Compare what WeCom lists with the relations we know; returns the touches that callbacks owed us.

    Args:
        rows: ``{external_contact, follow_info}`` as ``WeComClient.customers_in_detail`` yields them for the staff
            in ``known``.
        known: staff -> external user ids that stand as their customers with us.
        received_at_us: Now; also the moment at which a relation that WeCom no longer lists counts as ended.

    A row that cannot be read is returned as an error and stops no other.
    """
    who = Who(account, union_account, received_at_us)
    listed: dict[str, set[str]] = {staff: set() for staff in known}
    touches: list[Touch] = []
    errors: list[BadInputError] = []
    for row in rows:
        try:
            record = Record(row)
            contact, follow = record.record("external_contact"), record.record("follow_info")
            staff, customer = follow.text("userid"), contact.text("external_userid")
            listed.setdefault(staff, set()).add(customer)
            if customer not in known.get(staff, ()):
                touches.append(who.added(contact, follow))
        except BadInputError as error:
            errors.append(error)
    if errors:  # an unreadable row might be the very customer who seems gone
        return touches, errors
    for staff, customers in known.items():
        touches.extend(
            touch(
                CHANNEL,
                TouchKind.CONTACT_REMOVED,
                happened_at_us=received_at_us,
                received_at_us=received_at_us,
                account=account,
                actors=(customer_identifier(customer, account),),
                scene="customer_contact",
                staff=staff,
                properties={"cause": "no_longer_listed"},
            )
            for customer in sorted(set(customers) - listed[staff])
        )
    return touches, errors
