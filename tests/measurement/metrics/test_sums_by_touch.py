"""Groups, invitees, content, places and parts of revenue: against plain Python, and examples worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings

from measurement.metrics.plain import OWN_KINDS, people_of
from measurement.people import Row, measured, rows
from siyu.kernel.period import DAY, HOUR
from siyu.measurement.metric import KINDS
from siyu.measurement.metrics.catchment import Catchment
from siyu.measurement.metrics.content import Content
from siyu.measurement.metrics.groups import Groups
from siyu.measurement.metrics.invitees import Invitees
from siyu.measurement.metrics.next_purchase import NextPurchase
from siyu.measurement.metrics.revenue_parts import RevenueParts
from siyu.measurement.newcomers import roles_of
from siyu.measurement.spending import Spending
from siyu.measurement.timeline import Coded, Timeline

PAID, OWN = np.zeros(KINDS, np.int8), np.zeros(KINDS, np.int8)
PAID[51] = 1
OWN[sorted(OWN_KINDS)] = 1
UNTIL = 100 * DAY


@settings(deadline=None, max_examples=40)
@given(rows(kinds=[40, 41, 42, 51, 21], longest=90 * DAY, most=60, step=DAY // 2))
def test_groups_are_those_of_plain_python(some: list[Row]) -> None:
    some = sorted(some, key=lambda row: row[:4])
    result = measured(Groups(PAID, 30 * DAY, UNTIL), some, "about")
    for row in result.groups:
        joined = observed = spoke = matched = left = speakers = regulars = members = money = squares = known = 0
        for person in people_of(some):
            mine = [one for one in person.rows if one[4] == row.group]
            days = {one[1] // DAY for one in mine if one[2] == 42}
            speakers, regulars = speakers + bool(days), regulars + (len(days) > 1)
            messages = sum(one[2] == 42 for one in mine)
            squares += messages * messages
            known += bool(messages) or any(one[2] == 40 for one in mine)
            comings = [one[2] for one in mine if one[2] in {40, 41}]
            members += bool(comings) and comings[-1] == 40
            place = next((i for i, one in enumerate(person.rows) if one[2] == 40 and one[4] == row.group), None)
            if place is None:
                continue
            since, joined = person.rows[place][1], joined + 1
            if since + 30 * DAY > UNTIL:
                continue
            after = [one for one in person.rows[place + 1 :] if one[1] < since + 30 * DAY]
            says = any(one[2] == 42 and one[4] == row.group for one in after)
            moves = [one[2] for one in after if one[4] == row.group and one[2] in {40, 41}]
            gone = bool(moves) and moves[-1] == 41
            buys = any(one[2] == 51 for one in after)
            money += sum(one[3] for one in after if one[2] == 51)
            observed, spoke, left = observed + 1, spoke + says, left + gone
            matched += (says or buys) and not gone
        assert (row.joined, row.observed, row.speakers, row.regulars) == (joined, observed, speakers, regulars)
        assert (row.members, row.money_minor) == (members, money)
        assert row.noise == (pytest.approx(row.messages / known) if known else None)
        assert row.mix == (pytest.approx(row.messages**2 / squares) if squares else None)
        if observed:
            got = (row.interaction.value, row.match.value, row.left.value)
            assert got == pytest.approx((spoke / observed, matched / observed, left / observed))
        else:
            assert row.match is None


def test_a_group_that_is_nearly_full_says_so_and_voices_are_counted_as_if_they_were_equal() -> None:
    some = [(person, person, 40, 0, "g") for person in range(1, 10)]
    some += [(1, 20 + at, 42, 0, "g") for at in range(3)] + [(2, 30, 42, 0, "g")]
    (row,) = measured(Groups(PAID, 30 * DAY, UNTIL, most=10), sorted(some), "about").groups
    assert (row.members, row.advice) == (9, "full: 9 of 10; let people into the next group")
    assert (row.noise, row.mix) == (pytest.approx(4 / 9), 1.6)
    assert not measured(Groups(PAID, 30 * DAY, UNTIL, most=11), sorted(some), "about").groups[0].advice


def test_an_invitee_who_stayed_costs_the_rewards_of_those_whose_time_is_over() -> None:
    some = [
        (1, 0, 71, 0, ""), (1, 35 * DAY, 21, 0, ""), (1, 5 * DAY, 51, 900, ""),
        (2, 0, 71, 0, ""), (2, 61 * DAY, 21, 0, ""),
        (3, 90 * DAY, 71, 0, ""), (3, 91 * DAY, 51, 300, ""),
        (4, 0, 72, -600, ""), (4, 1, 72, 300, ""),
    ]  # fmt: skip
    result = measured(Invitees(OWN, PAID, until_us=UNTIL), some)
    assert (result.invitees, result.observed, result.retained, result.bought) == (3, 2, 1, 1)
    assert (result.rewards, result.cost_minor, result.cost_per_invitee_minor) == (2, 900, 300)
    assert result.cost_per_retained_minor.value == 600
    assert result.cost_per_retained_minor.low < 600 < result.cost_per_retained_minor.high
    assert measured(Invitees(OWN, PAID, until_us=UNTIL), some[:5]).cost_per_invitee_minor is None, "not free: unknown"


@settings(deadline=None, max_examples=40)
@given(rows(kinds=[51, 54, 71, 21], longest=90 * DAY, most=60, step=DAY // 2))
def test_every_order_is_in_one_part_of_revenue(some: list[Row]) -> None:
    spent = Spending(np.zeros(1, np.int64), ["a"], ["x"], np.ones(1, np.int64))
    result = measured(RevenueParts(10 * DAY, 60 * DAY, spent, PAID), some, "source_code")
    cells = {part.part: part.value_minor for part in result.cells}
    truth = dict.fromkeys(cells, 0)
    for person in people_of(some):
        seen = bought = False
        origin = "organic"
        for _, at, kind, value, code in person.rows:
            if code and not seen:
                seen = True
                origin = "paid" if code == "a" and origin == "organic" else origin
            origin = "referral" if kind == 71 else origin
            if kind == 51:
                truth[f"{origin} {'repeat' if bought else 'first'}"] += value * (10 * DAY <= at < 60 * DAY)
                bought = True
    assert cells == truth
    assert sum(cells.values()) == result.revenue_minor
    shares = [part.share for part in result.cells if part.share is not None]
    assert not shares or sum(one.value for one in shares) == pytest.approx(1)


def test_the_interval_of_a_part_is_that_of_the_bootstrap() -> None:
    chance = np.random.default_rng(5)
    some, first, again = [], [], []
    for person in range(1, 801):
        values = [int(one) for one in chance.integers(100, 9000, 1 + int(chance.poisson(0.7)))]
        some += [(person, DAY * place, 51, value, "") for place, value in enumerate(values)]
        first.append(values[0])
        again.append(sum(values[1:]))
    repeat = measured(RevenueParts(0, UNTIL, Spending(), PAID), some, "source_code").repeat
    all_, later = np.array(first) + np.array(again), np.array(again)
    picks = chance.integers(0, 800, (2000, 800))
    drawn = later[picks].sum(axis=1) / all_[picks].sum(axis=1)
    assert repeat.share.low == pytest.approx(np.quantile(drawn, 0.025), abs=0.006)
    assert repeat.share.high == pytest.approx(np.quantile(drawn, 0.975), abs=0.006)


def pieces(some: list[tuple[int, int, int, str, str, str]]) -> Timeline:
    """Make a timeline of person, at, kind, scene, piece, properties."""
    some = sorted(some)

    def coded(place: int) -> Coded:
        names = sorted({row[place] for row in some})
        return Coded(np.array([names.index(row[place]) for row in some], np.int32), names)

    numbers = [np.array([row[place] for row in some], np.int64) for place in range(3)]
    texts = {"scene": coded(3), "content_id": coded(4), "properties": coded(5)}
    return Timeline(numbers[0], numbers[1], numbers[2].astype(np.int8), np.zeros(len(some), np.int64), texts)


def test_content_is_followed_by_hand() -> None:
    half, whole = '{"watched_share":0.5}', '{"watched_share": 1.0}'
    some = [
        (1, 8 * HOUR, 22, "feed", "v1", half), (1, 9 * HOUR, 27, "feed", "v1", ""), (1, 2 * DAY, 1, "", "", ""),
        (1, 3 * DAY, 51, "", "", ""), (1, 3 * DAY + 9 * HOUR, 22, "feed", "v2", whole), (1, 35 * DAY, 10, "", "", ""),
        (2, 8 * HOUR + 5, 22, "feed", "v1", whole), (2, 9 * HOUR, 27, "feed", "v2", ""),
        (3, 95 * DAY + 8 * HOUR, 21, "feed", "v1", "no json"),
    ]  # fmt: skip
    measure = Content(roles_of(), until_us=UNTIL)
    result = measure.combine([measure.of_bucket(pieces(some))])
    cells = {(one.scene, one.crowd, one.hour): one for one in result.cells}
    assert cells.keys() == {("feed", "new", 8), ("feed", "buyer", 9)}
    new = cells["feed", "new", 8]
    assert (new.contacts, new.people) == (3, 3)
    assert new.completion.value == 0.5, "two plays say their share"
    assert new.saved.value == pytest.approx(1 / 3), "the second saved another piece"
    assert new.added.value == 0.5, "seven days are not over for the third"
    assert new.retained.value == 0.5
    buyer = cells["feed", "buyer", 9]
    assert (buyer.completion.value, buyer.retained.value) == (1, 1)
    by_piece = Content(roles_of(), ("content_id",), until_us=UNTIL)
    named = by_piece.combine([by_piece.of_bucket(pieces(some))])
    assert {one.content_id: (one.contacts, one.hour) for one in named.cells} == {"v1": (3, -1), "v2": (1, -1)}


@settings(deadline=None, max_examples=40)
@given(rows(kinds=[30, 31, 34, 1, 10], longest=90 * DAY, most=60, step=DAY // 2))
def test_places_are_those_of_plain_python(some: list[Row]) -> None:
    result = measured(Catchment(roles_of(), "account", (("a", 40),), 10 * DAY, UNTIL), some, "account")
    for row in result.places:
        seen = came = added = mature = 0
        for person in people_of(some):
            here = next((one[4] for one in person.rows if one[2] in {30, 31, 34} and one[4]), None)
            if here != row.place:
                continue
            seen += 1
            enters = [one[1] for one in person.rows if one[2] in {30, 31} and one[4] == here]
            # an entrance counts from the touch that made the place theirs
            if enters:
                came += 1
                if enters[0] + 10 * DAY <= UNTIL:
                    mature += 1
                    at = next(one for one in person.rows if one[2] in {30, 31} and one[4] == here)
                    later = person.rows[person.rows.index(at) :]
                    added += any(one[2] == 1 and one[1] - enters[0] < 10 * DAY for one in later)
        assert row.around == (40 if row.place == "a" else seen)
        assert (row.came, row.added) == (came, added)
        assert (row.added_of_came is None) == (not mature)


def test_more_people_inside_than_around_is_said() -> None:
    result = measured(
        Catchment(roles_of(), "account", (("a", 1),)), [(1, 0, 31, 0, "a"), (2, 0, 31, 0, "a")], "account"
    )
    assert "2 people came in, more than the 1" in result.warnings[0]
    assert result.places[0].came_of_around is None


def test_those_who_are_due_are_expected_and_strangers_are_not() -> None:
    some = [(person, week * 7 * DAY, 51, 1, "") for person in range(1, 31) for week in range(person % 3 + 4)]
    some.append((99, 0, 51, 1, ""))
    now = 5 * 7 * DAY
    result = measured(NextPurchase(now), some)
    assert (result.buyers, result.with_rhythm, result.without_rhythm) == (31, 30, 1)
    assert result.gap_days[2] == 7
    week, month, quarter = (one.expected for one in result.due)
    assert week.value <= month.value <= quarter.value <= 30
    assert month.value > 25
    assert measured(NextPurchase(now), some[-1:]).gap_days is None
