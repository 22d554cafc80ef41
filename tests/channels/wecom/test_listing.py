"""Reconciling by listing gives back what callbacks lost, and nothing twice."""

from siyu.channels.wecom.client import WeComClient
from siyu.channels.wecom.listing import mend, tags_listed, touch_of_listed
from siyu.people.portrait import tags_of
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


def test_tags_are_told_when_they_change_and_one_that_was_taken_off_ends(
    client: WeComClient, corp: WeComSandbox
) -> None:
    group = client.add_tags(["gold", "cat, owner"], group="tier")
    gold, cat = (str(tag["id"]) for tag in group["tag"])
    customer = next(client.customers_in_detail(["staff0"]))["external_contact"]["external_userid"]
    told: dict[tuple[str, str, str], frozenset[str]] = {}

    def pulled() -> list[list[str]]:
        """Read them as the worker does; return what each touch makes of the person's tags."""
        names = {str(one["id"]): str(one["name"]) for each in client.tag_groups() for one in each["tag"]}
        touches, changed = tags_listed(
            client.customers_in_detail(["staff0"]), names, told=told, account=corp.account, received_at_us=NOW_US
        )
        told.update(changed)
        assert {one.actors[0].value for one in touches} <= {customer}
        _, sets = tags_of([(1, one) for one in touches])
        assert {one.source for one in sets} <= {f"wecom/{corp.account}/staff0"}
        return [list(one.names) for one in sets]

    assert pulled() == []
    client.mark("staff0", customer, add=[gold, cat])
    assert pulled() == [["cat  owner", "gold"]]
    assert pulled() == []
    client.mark("staff0", customer, remove=[cat])
    assert pulled() == [["gold"]]
    client.mark("staff0", customer, remove=[gold])
    assert pulled() == [[]]
