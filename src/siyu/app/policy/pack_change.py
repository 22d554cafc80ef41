"""A changed rule pack: which plays, journeys and campaigns it would stop, or let go, before it takes effect."""

from dataclasses import dataclass

from siyu.app.policy.play_words import words_of_workspace
from siyu.app.workspace import Workspace
from siyu.policy.lint import lint_by
from siyu.policy.pack import Pack, packs


@dataclass(frozen=True, slots=True)
class WordsChange:
    """One text whose judgement changes.

    Attributes:
        play: The play, journey or campaign that says it; ``kind`` says which of them.
        channel: Where it is said; empty where that is not written: then it counts wherever the pack holds.
        proposals: How often it was ever proposed; 0 for what was not said yet.
        stopped_by, let_go_by: Clauses that the new pack breaks and the old did not, and the other way round.
    """

    kind: str
    play: str
    where: str
    channel: str
    text: str
    proposals: int
    stopped_by: list[str]
    let_go_by: list[str]


def pack_change(workspace: Workspace, new: Pack) -> list[WordsChange]:
    """Read every text that was or could be said, by the pack of that name as it is and as it would be."""
    old = [pack for pack in packs() if pack.name == new.name]
    found = []
    for one in words_of_workspace(workspace):
        was, will = (_broken(chosen, one.channel, one.text) for chosen in (old, [new]))
        if was != will:
            found.append(
                WordsChange(
                    one.kind, one.name, one.where, one.channel, one.text, one.proposals,
                    sorted(will - was), sorted(was - will),
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (-one.proposals, one.kind, one.play, one.where))


def _broken(chosen: list[Pack], channel: str, text: str) -> set[str]:
    here = [pack for pack in chosen if not channel or "*" in pack.platforms or channel in pack.platforms]
    return {one.rule for one in lint_by(here, text)}
