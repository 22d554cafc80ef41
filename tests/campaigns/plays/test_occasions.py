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


def _with(facts: Facts, **columns: int) -> Facts:
    return replace(facts, **{key: np.array([value]) for key, value in columns.items()})


def _rhythm(days_ago: float, *, gap: float) -> Facts:
    return replace(_bought(days_ago, times=5), median_gap_days=np.array([gap]))


def _owed(days_ago: float) -> Facts:
    """Somebody who heard from us already and to whom a list was promised."""
    return replace(_facts(), promised_at_us=np.array([_NOW - int(days_ago * DAY)]), promised=np.array(["选购清单"]))


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
        ("welcome", _owed(1), _owed(15)),
        ("birthday", _with(_facts(), birth_month=6), _with(_facts(), birth_month=7)),
        (
            "membership",
            _with(_bought(40), missing_minor=9, next_minor=50),
            _with(_bought(40), missing_minor=11, next_minor=50),
        ),
        ("membership", _with(_bought(40), losing_minor=1), _bought(40)),
        (
            "membership",
            _with(_bought(40), points=50, points_until_us=_NOW + DAY),
            _with(_bought(40), points=49, points_until_us=_NOW + DAY),
        ),
        ("after_sales", _with(_bought(4), received_at_us=_NOW - DAY), _with(_bought(9), received_at_us=_NOW - 4 * DAY)),
        ("after_sales", _with(_bought(9), refunded_at_us=_NOW - 2 * DAY), _with(_bought(9), refunded_at_us=_NOW - DAY)),
        (
            "after_sales",
            _with(_bought(9), calmed_at_us=_NOW - 3 * DAY),
            _with(_bought(9), calmed_at_us=_NOW - 10 * DAY),
        ),
        ("after_sales", _rhythm(5, gap=10), _rhythm(7, gap=10)),
        ("channel_choice", _rhythm(5, gap=14), _rhythm(5, gap=15)),
        ("channel_choice", _bought(60), _bought(59)),
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
    for play, facts in (
        ("usage_guide", _bought(2)), ("feedback", _bought(12)), ("birthday", _with(_facts(), birth_month=6)),
        ("membership", _with(_bought(40), losing_minor=1)), ("after_sales", _rhythm(5, gap=10)),
        ("channel_choice", _rhythm(5, gap=14)), ("win_back", _rhythm(60, gap=10)),
    ):  # fmt: skip
        assert not plays()[play].propose(replace(facts, complaints_open=np.array([1])), now_us=_NOW, channel="wecom")


def test_what_was_promised_is_named_and_who_left_over_something_is_asked_about_that() -> None:
    (promised,) = plays()["welcome"].propose(_owed(1), now_us=_NOW, channel="wecom")
    assert "选购清单" in promised.piece.text
    late = _rhythm(60, gap=10)
    said = [
        plays()["win_back"].propose(facts, now_us=_NOW, channel="wecom")[0].piece.content_id
        for facts in (late, _with(late, refunded_at_us=_NOW - 50 * DAY), _with(late, calmed_at_us=_NOW - 50 * DAY),
                      _with(late, refunded_at_us=_NOW - 70 * DAY))
    ]  # fmt: skip
    assert said == [said[0], "win-back-refunded", "win-back-settled", said[0]]


def test_nobody_to_speak_to_is_no_trouble() -> None:
    nobody = Facts(*(getattr(_facts(), name)[:0] for name in Facts.__dataclass_fields__))
    assert all(not play.propose(nobody, now_us=_NOW, channel="wecom") for play in plays().values())


def test_what_plays_say_breaks_no_rule() -> None:
    everybody = [_came(1, messages_out=0), _came(3), _came(12), _came(30), _bought(2), _bought(12), _bought(30),
                 _bought(2, times=3, first=365), _bought(5, times=9), _facts(), _owed(1),
                 _with(_facts(), birth_month=6), _with(_bought(40), losing_minor=1), _rhythm(60, gap=10),
                 _with(_bought(40), missing_minor=9, next_minor=50), _rhythm(5, gap=10),
                 _with(_bought(40), points=50, points_until_us=_NOW + DAY), _rhythm(5, gap=14), _bought(60),
                 _with(_bought(4), received_at_us=_NOW - DAY), _with(_bought(9), refunded_at_us=_NOW - 2 * DAY),
                 _with(_bought(9), calmed_at_us=_NOW - 3 * DAY)]  # fmt: skip
    texts = {
        one.piece.text
        for play in plays().values()
        for facts in everybody
        for one in play.propose(facts, now_us=_NOW, channel="wecom")
    }
    assert len(texts) >= 18
    for text in texts:
        assert not lint_text(text, platform="wecom", on=moment_of(_NOW).date())


def test_every_play_has_a_page_that_says_when_what_not_and_by_what(request: pytest.FixtureRequest) -> None:
    folder = request.config.rootpath / "docs" / "plays"
    for name in plays():
        page = (folder / f"{name}.md").read_text("utf-8")
        for word in ("when to use", "needs", "may not", "judged by", "default holdout", f"`{name}`"):
            assert word in page, (name, word)
        assert f"({name}.md)" in (folder / "README.md").read_text("utf-8")
