"""Every text that could be said: of plays by what they say to people made up, of journeys and campaigns as written."""

from dataclasses import dataclass, fields
from typing import Any, Final

import msgspec
import numpy as np
from sqlalchemy import func, select

from siyu.app.workspace import Workspace
from siyu.campaigns.facts import Facts, Texts
from siyu.campaigns.journey.program import Propose
from siyu.campaigns.play import Play, plays
from siyu.content.piece import Piece
from siyu.kernel.period import DAY
from siyu.policy.plan_facts import texts_of
from siyu.stores.sql.journeys import SqlJourneys
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.campaigns import proposal

#: People are made up until a play has something to say to some of them; 2026-06-10 10:00 in Shanghai is their today.
_PEOPLE: Final = 20_000
_NOW_US: Final = 1_781_056_800_000_000


@dataclass(frozen=True, slots=True)
class Saying:
    """One text, and whose it is.

    Attributes:
        kind: ``play``, ``journey`` or ``campaign``.
        name: Of the play, journey or campaign.
        where: Which of its texts.
        channel: Where it is said; empty where that is not written.
        proposals: How often it was ever proposed.
    """

    kind: str
    name: str
    where: str
    channel: str
    text: str
    proposals: int = 0


def words_of_play(play: Play) -> list[str]:
    """Return every text that a play has for people of all sorts, each once."""
    made_up = _people(_PEOPLE)
    proposed = play.propose(made_up, now_us=_NOW_US, channel="wecom")
    return list(dict.fromkeys(piece.text for one in proposed for piece in (one.piece, *one.instead)))


def words_of_workspace(workspace: Workspace) -> list[Saying]:
    """Return what its plays could say, what was ever proposed, and what its journeys and campaigns say."""
    with workspace.database.read() as connection:
        columns = (proposal.c.play, proposal.c.channel, proposal.c.content)
        rows = connection.execute(select(*columns, func.count()).group_by(*columns)).all()
        current = [one.journey for one in SqlJourneys(connection).versions() if one.is_current]
        rewards = SqlRewards(connection)
        plans = {name: rewards.plan_of(name) for name in rewards.campaigns()}
    proposed = [
        Saying("play", play, f"proposed[{number}]", channel, msgspec.json.decode(content, type=Piece).text, count)
        for number, (play, channel, content, count) in enumerate(rows)
    ]
    known = {(one.name, one.text) for one in proposed}
    could = [
        Saying("play", name, f"text[{number}]", "", text)
        for name, play in plays().items()
        if name in workspace.settings.plays
        for number, text in enumerate(words_of_play(play))
        if (name, text) not in known
    ]
    journeys = [
        Saying("journey", journey.name, f"steps[{number}].text", step.channel, step.text)
        for journey in current
        for number, step in enumerate(journey.steps)
        if isinstance(step, Propose)
    ]
    campaigns = [
        Saying("campaign", name, where, "", text)
        for name, plan in plans.items()
        for where, text in texts_of(plan or {})
    ]
    return [*proposed, *could, *journeys, *campaigns]


def _people(count: int) -> Facts:
    """Make people up of every sort: for each fact a third has nothing, the others little or much of it."""
    dice = np.random.default_rng(1)
    columns: dict[str, Any] = {}
    for one in fields(Facts):
        size = dice.exponential(1.0, count) * dice.choice([0.0, 1.0, 10.0], count)
        if one.type == "Texts" or one.type is Texts:
            column = np.where(dice.random(count) < 0.5, "", f"{{{one.name}}}")
        elif one.name == "person":
            column = np.arange(1, count + 1)
        elif one.name.endswith("_us"):
            ago = (dice.exponential(1.0, count) * dice.choice([1.0, 10.0, 100.0], count) * DAY).astype(np.int64)
            column = np.where(dice.random(count) < 0.15, 0, _NOW_US - ago)
        elif one.name.endswith("_minor"):
            column = size * 1_000
        elif one.name.endswith("_days"):
            column = size * 20
        else:
            column = size
        number = np.float64 if "median" in one.name or "average" in one.name else np.int64
        columns[one.name] = column if column.dtype.kind == "U" else column.astype(number)
    return Facts(**columns)
