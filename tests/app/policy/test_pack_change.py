from pathlib import Path

from app.shop import PlayedPlatform, due_today, open_shop
from siyu.app.journeys.publish import publish
from siyu.app.policy.pack_change import pack_change
from siyu.app.policy.play_words import words_of_workspace
from siyu.app.turn import turn
from siyu.policy.pack import parse_pack

_JOURNEY = Path(__file__).resolve().parents[3] / "docs" / "journeys" / "welcome.yaml"
_PACK = """
name = "house_words"
title = "House words"
platforms = ["{platform}"]
in_force_from = 2030-01-01
sure = "official"
source = "the house"
checked_on = 2026-11-22
[[clauses]]
rule = "no_hurry"
clause = "1"
says = "Nobody is hurried"
alternative = "Say when it is needed"
breaches = ["快用完"]
"""


def test_a_changed_pack_says_which_play_it_would_stop_before_it_is_in_force(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 4))
    turn(workspace, (), senders={("wecom", "corp"): PlayedPlatform()})
    (found,) = pack_change(workspace, parse_pack(_PACK.replace("{platform}", "wecom"), where="test"))
    assert (found.play, found.proposals, found.stopped_by) == ("replenishment", 3, ["no_hurry"])
    assert pack_change(workspace, parse_pack(_PACK.replace("{platform}", "douyin"), where="test")) == []


def test_words_that_were_never_said_yet_count_too_of_plays_and_of_journeys(tmp_path: Path) -> None:
    workspace, _ = open_shop(tmp_path)
    publish(workspace, _JOURNEY.read_text("utf-8"))
    words = {(one.kind, one.name): one.text for one in words_of_workspace(workspace)}
    assert {"play", "journey"} <= {kind for kind, _ in words}
    for (kind, name), text in words.items():
        pack = _PACK.replace("{platform}", "*").replace("快用完", text[:4])
        found = [
            one
            for one in pack_change(workspace, parse_pack(pack, where="test"))
            if (one.kind, one.play) == (kind, name)
        ]
        assert found
        assert (found[0].proposals, found[0].stopped_by) == (0, ["no_hurry"])
