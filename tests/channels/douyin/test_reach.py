"""Who may be written to on Douyin, by the platform's own windows."""

from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.douyin.reach import Contact, doors, why_not
from siyu.channels.manifest import manifests
from siyu.kernel.period import DAY, HOUR, SECOND

MANIFEST = manifests()["douyin"]
NOW = 1_772_328_600_000_000


def scenes(contact: Contact, now_us: int = NOW) -> list[str]:
    return [door.scene for door in doors(contact, now_us=now_us, manifest=MANIFEST)]


def test_somebody_who_never_wrote_opened_or_allowed_cannot_be_written_to_by_anybody() -> None:
    assert scenes(Contact("p")) == []
    assert "neither wrote" in why_not(Contact("p"), now_us=NOW, manifest=MANIFEST)


def test_an_answer_is_open_for_24_hours_and_six_messages_after_the_person_wrote() -> None:
    wrote = Contact("p", wrote_at_us=NOW, wrote_message="m", conversation="c")
    assert scenes(wrote, NOW) == ["im_reply_msg"]
    assert scenes(wrote, NOW + 24 * HOUR - 1) == ["im_reply_msg"]
    assert scenes(wrote, NOW + 24 * HOUR) == []
    five = Contact("p", wrote_at_us=NOW, wrote_message="m", conversation="c", sent_at_us=[NOW + i for i in range(5)])
    (door,) = doors(five, now_us=NOW + HOUR, manifest=MANIFEST)
    assert door.left == 1
    six = Contact("p", wrote_at_us=NOW, wrote_message="m", conversation="c", sent_at_us=[NOW + i for i in range(6)])
    assert scenes(six, NOW + HOUR) == []
    assert "used up" in why_not(six, now_us=NOW + HOUR, manifest=MANIFEST)


def test_a_new_message_of_the_person_opens_the_window_again() -> None:
    again = Contact("p", wrote_at_us=NOW, wrote_message="m", conversation="c", sent_at_us=[NOW - 9] * 6)
    (door,) = doors(again, now_us=NOW, manifest=MANIFEST)
    assert door.left == 6


def test_an_answer_needs_the_message_and_the_conversation_it_belongs_to() -> None:
    assert scenes(Contact("p", wrote_at_us=NOW, wrote_message="m")) == []


def test_an_opened_chat_is_open_for_30_seconds() -> None:
    opened = Contact("p", opened_at_us=NOW)
    assert scenes(opened, NOW + 30 * SECOND - 1) == ["im_enter_direct_msg"]
    assert scenes(opened, NOW + 30 * SECOND) == []


def test_who_allowed_messages_gets_them_once_a_day_and_with_a_card() -> None:
    allowed = Contact("p", authorized_until_us=NOW + 30 * DAY)
    (door,) = doors(allowed, now_us=NOW, manifest=MANIFEST)
    assert (door.scene, door.left, door.needs_card) == ("im_authorize_message", 3, True)
    today = Contact("p", authorized_until_us=NOW + 30 * DAY, sent_at_us=[NOW - DAY + 1])
    assert scenes(today) == []
    yesterday = Contact("p", authorized_until_us=NOW + 30 * DAY, sent_at_us=[NOW - DAY])
    assert scenes(yesterday) == ["im_authorize_message"]
    assert scenes(Contact("p", authorized_until_us=NOW)) == []


times = st.none() | st.integers(NOW - 2 * DAY, NOW + DAY)


@given(wrote=times, opened=times, until=times, sent=st.lists(st.integers(NOW - 2 * DAY, NOW), max_size=8))
def test_every_open_door_closes_later_than_now_and_leaves_at_least_one_message(
    wrote: int | None, opened: int | None, until: int | None, sent: list[int]
) -> None:
    contact = Contact("p", wrote, "m", "c", opened, until, sent)
    found = doors(contact, now_us=NOW, manifest=MANIFEST)
    assert all(door.closes_at_us > NOW and 0 < door.left <= 6 for door in found)
    assert bool(why_not(contact, now_us=NOW, manifest=MANIFEST)) == (not found)
