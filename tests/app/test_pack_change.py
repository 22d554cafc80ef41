from pathlib import Path

from app.shop import PlayedPlatform, due_today, open_shop
from siyu.app.pack_change import pack_change
from siyu.app.turn import turn
from siyu.policy.pack import parse_pack

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
