"""Reconciling by listing gives back what callbacks lost, and nothing twice."""

from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.listing import mend, touch_of_listed
from siyu.sandbox.wecom import WeComSandbox

NOW_US = 1_790_000_100_000_000


def known_to(corp: WeComSandbox) -> dict[str, set[str]]:
    return {staff: set(customers) for staff, customers in corp.customers.staff.items()}


def test_nothing_is_owed_when_nothing_was_lost(client: WeComClient, corp: WeComSandbox) -> None:
    known = known_to(corp)
    rows = client.customers_in_detail(sorted(known))
    assert mend(rows, known=known, account=corp.account, received_at_us=NOW_US) == ([], [])


def test_who_came_and_who_went_while_callbacks_were_lost_is_found(client: WeComClient, corp: WeComSandbox) -> None:
    known = known_to(corp)
    corp.customers.add("wmnewcomer000000001", "staff0", unionid="oNew", state="spring")
    corp.customers.leave(f"wm{1:020d}", "staff1")
    touches, errors = mend(
        client.customers_in_detail(sorted(known)), known=known, account=corp.account, received_at_us=NOW_US
    )
    assert not errors
    assert [(one.kind.slug, one.staff, one.actors[0].value, one.source_code) for one in touches] == [
        ("contact_added", "staff0", "wmnewcomer000000001", "spring"),
        ("contact_removed", "staff1", f"wm{1:020d}", ""),
    ]


def test_a_row_that_cannot_be_read_stops_no_other_and_nobody_counts_as_gone(corp: WeComSandbox) -> None:
    rows = [
        {"external_contact": {"external_userid": "wmnewcomer000000001"}, "follow_info": {"userid": "staff0"}},
        {
            "external_contact": {"external_userid": "wmnewcomer000000002"},
            "follow_info": {"userid": "staff0", "createtime": 1_790_000_000},
        },
    ]
    touches, errors = mend(rows, known=known_to(corp), account=corp.account, received_at_us=NOW_US)
    assert [one.actors[0].value for one in touches] == ["wmnewcomer000000002"]
    assert len(errors) == 1
    assert "createtime" in str(errors[0])


def test_a_listed_customer_is_the_touch_of_the_relation(client: WeComClient, corp: WeComSandbox) -> None:
    row = next(client.customers_in_detail(["staff0"]))
    touch = touch_of_listed(row, account=corp.account, union_account="wxop", received_at_us=NOW_US)
    assert [one.namespace for one in touch.actors] == [f"external_userid@{corp.account}", "unionid@wxop"]
