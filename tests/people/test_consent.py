from hypothesis import given
from hypothesis import strategies as st

from siyu.people.consent import ConsentRecord, is_granted

records = st.builds(
    ConsentRecord,
    identifier_id=st.integers(1, 3),
    purpose=st.sampled_from(["marketing", "service"]),
    channel=st.sampled_from(["", "wecom", "sms"]),
    granted=st.booleans(),
    text_version=st.just("v1"),
    proof=st.just("form"),
    decided_at_us=st.integers(0, 5),
)


def _record(granted: bool, at: int, *, identifier: int = 1, channel: str = "") -> ConsentRecord:
    return ConsentRecord(identifier, "marketing", channel, granted, "v1", "form", at)


def test_nothing_said_is_not_granted() -> None:
    assert not is_granted([], purpose="marketing", channel="wecom")


def test_the_latest_word_of_an_identifier_counts() -> None:
    assert is_granted([_record(False, 1), _record(True, 2)], purpose="marketing", channel="wecom")
    assert not is_granted([_record(True, 1), _record(False, 2)], purpose="marketing", channel="wecom")


def test_a_withdrawal_in_the_same_moment_wins() -> None:
    assert not is_granted([_record(False, 1), _record(True, 1)], purpose="marketing", channel="wecom")


def test_withdrawing_everywhere_ends_an_older_channel_consent() -> None:
    said = [_record(True, 1, channel="wecom"), _record(False, 2)]
    assert not is_granted(said, purpose="marketing", channel="wecom")


def test_after_a_merge_the_strictest_identifier_wins() -> None:
    said = [_record(True, 9, identifier=1), _record(False, 1, identifier=2)]
    assert not is_granted(said, purpose="marketing", channel="wecom")


@given(st.lists(records, max_size=8), st.randoms())
def test_the_order_in_which_records_arrive_does_not_count(said: list[ConsentRecord], dice: object) -> None:
    shuffled = list(said)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  hypothesis gives a Random
    assert is_granted(said, purpose="marketing", channel="wecom") == is_granted(
        shuffled, purpose="marketing", channel="wecom"
    )


@given(st.lists(records, max_size=8), st.integers(1, 3))
def test_one_more_withdrawal_never_opens_a_door(said: list[ConsentRecord], who: int) -> None:
    assert not is_granted([*said, _record(False, 99, identifier=who)], purpose="marketing", channel="wecom")
