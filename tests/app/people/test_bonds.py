"""People among people: what invitations and groups say of them."""

from pathlib import Path

import pytest

from app.cli.command_line import Siyu
from app.fission.shop import START, Shop, shop
from siyu.app.fission.campaign import keep_plan
from siyu.app.lake import flush
from siyu.app.people.bonds import bonds_at_hand, relations
from siyu.app.people.rights import erase
from siyu.app.people.scores import publish_scores
from siyu.app.people.segments import members_of
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.people.segment_language import read_segments
from siyu.touchpoints.kind import TouchKind

_SAID = {"variants": ["a", "b"], "need": "asked"}
_INVITES = {"name": "spring", "communication": _SAID}
_TEAMS = {
    "name": "teams",
    "communication": _SAID,
    "mechanism": {"task": "group_buy", "group_buy": {"people": 3, "hours": 24, "price_minor": 3_900}},
}


def _happened(one: Shop) -> dict[str, int]:
    keep_plan(one.workspace, plan_of(_TEAMS))
    one.happens(TouchKind.CONTACT_ADDED, "anna", START - DAY)
    one.shows("anna", "A", START)
    one.comes("ben", "A", START + HOUR, address="hash-of-a-street")
    one.comes("cy", "A", START + 2 * HOUR, address="hash-of-a-street")
    one.shows("ben", "B", START + 3 * HOUR)
    one.comes("dora", "B", START + 4 * HOUR)
    one.happens(TouchKind.CONTACT_REMOVED, "cy", START + 5 * HOUR)
    one.shows("eve", "T", START, campaign="teams")
    one.comes("fay", "T", START + HOUR)
    one.comes("gil", "T", START + 2 * HOUR)
    for minute, who in enumerate(["eve", "fay", "eve", "gil"]):
        one.happens(TouchKind.GROUP_SPOKE, who, START + 6 * HOUR + minute * MINUTE, about="group-1")
    one.happens(TouchKind.GROUP_SPOKE, "ben", START + 7 * HOUR, about="group-1")  # an hour later: no answer
    one.clock.advance_to(START + DAY)
    return one.people("anna", "ben", "cy", "dora", "eve", "fay", "gil")


@pytest.mark.parametrize("flushed", [False, True])
def test_bonds_are_told_with_what_speaks_for_them(tmp_path: Path, flushed: bool) -> None:
    with shop(tmp_path, _INVITES) as one:
        who = _happened(one)
        name = {number: known for known, number in who.items()}
        if flushed:
            flush(one.workspace)
        found = {known: relations(one.workspace, str(number)) for known, number in who.items()}
        bonds = {
            known: {(name[bond["other"]], str(bond["kind"]), bond["signs"]) for bond in told["bonds"]}
            for known, told in found.items()
        }
        assert bonds["anna"] == {("ben", "brought", 1), ("cy", "brought", 1)}
        assert bonds["ben"] == {("anna", "brought_by", 1), ("dora", "brought", 1), ("cy", "household", 1)}
        assert bonds["fay"] == {
            ("eve", "brought_by", 1), ("eve", "team", 2), ("gil", "team", 1), ("eve", "answers", 1),
            ("eve", "answered_by", 1),
        }  # fmt: skip
        moved = {known: told["influence"] for known, told in found.items()}
        assert moved["anna"] == {"value": 1.5, "brought": 2, "answered_by": 0}, "ben stays, cy does not; dora half"
        assert moved["eve"] == {"value": pytest.approx(2.2), "brought": 2, "answered_by": 2}
        assert moved["dora"] == {"value": 0.0, "brought": 0, "answered_by": 0}
        (brought,) = (bond for bond in found["dora"]["bonds"])
        assert len(brought["newest"][0]["touch"]) == 32
        at_hand, influence = bonds_at_hand(one.workspace, who["anna"])
        assert ([name[bond.other] for bond in at_hand], influence) == (["cy", "ben"], None)


def test_who_moves_people_is_a_segment_published_or_not(tmp_path: Path) -> None:
    with shop(tmp_path, _INVITES) as one:
        who = _happened(one)
        segments = read_segments("name: movers\nall: [{score: influence, at_least: 1.5}]")
        expected = sorted([who["anna"], who["eve"]])
        assert members_of(one.workspace, segments)[0].tolist() == expected
        publish_scores(one.workspace)
        assert members_of(one.workspace, segments)[0].tolist() == expected
        assert bonds_at_hand(one.workspace, who["anna"])[1] == 1.5


def test_whoever_is_erased_is_nobodys_friend_any_more(tmp_path: Path) -> None:
    with shop(tmp_path, _INVITES) as one:
        who = _happened(one)
        erase(one.workspace, str(who["ben"]))
        anna = relations(one.workspace, str(who["anna"]))
        assert [bond["other"] for bond in anna["bonds"]] == [who["cy"]]
        with pytest.raises(BadInputError, match="no person 999"):
            relations(one.workspace, "999")


def test_the_command_tells_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with shop(tmp_path, _INVITES) as one:
        who = _happened(one)
    told = Siyu(tmp_path, capsys).answered("people", "relations", str(who["anna"]))
    assert told["person"] == who["anna"]
    assert {"other", "kind", "strength", "since_us", "last_us", "signs", "newest"} == set(told["bonds"][0])
