"""Each play speaks at its own moment, once, and to nobody else."""

from dataclasses import replace

import numpy as np
import pytest

from siyu.campaigns.facts import Facts
from siyu.campaigns.play import plays
from siyu.kernel.period import DAY, moment_of
from siyu.policy.lint import lint_text

_NOW = 1_781_056_800_000_000


def _facts(*, people: int = 1) -> Facts:
    """Somebody who added us 400 days ago and never did anything else."""
    zero = np.zeros(people, np.int64)
    return Facts(
        person=np.arange(1, people + 1), purchase_days=zero, last_at_us=zero, median_gap_days=np.zeros(people),
        average_order_minor=np.zeros(people), contact_since_us=zero + _NOW - 400 * DAY, orders=zero, paid_minor=zero,
        first_order_at_us=zero, last_seen_us=zero, messages_out=zero + 1, complaints_open=zero,
    )  # fmt: skip


def _bought(days_ago: float, *, times: int = 1, first: float | None = None) -> Facts:
    at = np.array([_NOW - int(days_ago * DAY)])
    return replace(
        _facts(), purchase_days=np.array([times]), orders=np.array([times]), last_at_us=at, last_seen_us=at,
        average_order_minor=np.array([5_000.0]), paid_minor=np.array([5_000 * times]),
        first_order_at_us=at if first is None else np.array([_NOW - int(first * DAY)]),
    )  # fmt: skip


def _came(days_ago: float, **changes: int) -> Facts:
    since = np.array([_NOW - int(days_ago * DAY)])
    return replace(
        _facts(),
        contact_since_us=since,
        last_seen_us=since,
        **{key: np.array([value]) for key, value in changes.items()},
    )


@pytest.mark.parametrize(
    ("play", "comes", "does_not"),
    [
        ("welcome", _came(1, messages_out=0), _came(1)),
        ("welcome", _came(6, messages_out=0), _came(8, messages_out=0)),
        ("first_purchase", _came(3), _came(2)),
        ("first_purchase", _came(44), _came(45)),
        ("first_purchase", _came(30), _bought(5)),
        ("usage_guide", _bought(1), _bought(8)),
        ("usage_guide", _bought(3, times=3), _bought(3, times=4)),
        ("feedback", _bought(10), _bought(9)),
        ("feedback", _bought(12, times=5), _bought(12, times=4)),
        ("weak_to_strong", _bought(21), _bought(75)),
        ("weak_to_strong", _bought(30), _bought(30, times=2)),
        ("anniversary", _bought(2, times=3, first=365), _bought(2, times=3, first=372)),
        ("super_user", _bought(5, times=9), _bought(5, times=3)),
        ("dormant", _came(45), _came(44)),
        ("dormant", _facts(), _bought(60)),
    ],
)
def test_a_play_comes_at_its_moment_and_not_beside_it(play: str, comes: Facts, does_not: Facts) -> None:
    one = plays()[play]
    (first,) = one.propose(comes, now_us=_NOW, channel="wecom")
    assert first.play == play
    assert first.deadline_us > _NOW
    again = one.propose(comes, now_us=_NOW + DAY // 2, channel="wecom")
    assert {other.proposal_id for other in again} <= {first.proposal_id}
    assert not one.propose(does_not, now_us=_NOW, channel="wecom")


def test_after_a_complaint_nobody_is_taught_or_asked() -> None:
    for play, facts in (("usage_guide", _bought(2)), ("feedback", _bought(12))):
        assert not plays()[play].propose(replace(facts, complaints_open=np.array([1])), now_us=_NOW, channel="wecom")


def test_nobody_to_speak_to_is_no_trouble() -> None:
    nobody = Facts(*(getattr(_facts(), name)[:0] for name in Facts.__dataclass_fields__))
    assert all(not play.propose(nobody, now_us=_NOW, channel="wecom") for play in plays().values())


def test_what_plays_say_breaks_no_rule() -> None:
    everybody = [_came(1, messages_out=0), _came(3), _came(12), _came(30), _bought(2), _bought(12), _bought(30),
                 _bought(2, times=3, first=365), _bought(5, times=9), _facts()]  # fmt: skip
    texts = {
        one.piece.text
        for play in plays().values()
        for facts in everybody
        for one in play.propose(facts, now_us=_NOW, channel="wecom")
    }
    assert len(texts) >= 9
    for text in texts:
        assert not lint_text(text, platform="wecom", on=moment_of(_NOW).date())
