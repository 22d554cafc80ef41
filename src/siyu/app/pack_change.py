"""A changed rule pack: which plays' words it would stop, or let go, before it takes effect."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import func, select

from siyu.app.workspace import Workspace
from siyu.content.piece import Piece
from siyu.policy.lint import lint_by
from siyu.policy.pack import Pack, packs
from siyu.stores.sql.schema.campaigns import proposal


@dataclass(frozen=True, slots=True)
class WordsChange:
    """One text of one play whose judgement changes.

    Attributes:
        proposals: How often it was ever proposed.
        stopped_by, let_go_by: Clauses that the new pack breaks and the old did not, and the other way round.
    """

    play: str
    channel: str
    text: str
    proposals: int
    stopped_by: list[str]
    let_go_by: list[str]


def pack_change(workspace: Workspace, new: Pack) -> list[WordsChange]:
    """Read every text that was ever proposed, by the pack of that name as it is and as it would be."""
    old = [pack for pack in packs() if pack.name == new.name]
    columns = (proposal.c.play, proposal.c.channel, proposal.c.content)
    with workspace.database.read() as connection:
        rows: list[Any] = list(connection.execute(select(*columns, func.count()).group_by(*columns)))
    found = []
    for play, channel, content, count in rows:
        text = msgspec.json.decode(content, type=Piece).text
        was, will = (_broken(chosen, channel, text) for chosen in (old, [new]))
        if was != will:
            found.append(WordsChange(play, channel, text, count, sorted(will - was), sorted(was - will)))
    return sorted(found, key=lambda one: (-one.proposals, one.play))


def _broken(chosen: list[Pack], channel: str, text: str) -> set[str]:
    here = [pack for pack in chosen if "*" in pack.platforms or channel in pack.platforms]
    return {one.rule for one in lint_by(here, text)}
