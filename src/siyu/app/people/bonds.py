"""Bonds of the people of a workspace: one person's, and how many people everybody moves."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from sqlalchemy import select

from siyu.app.lake import measure
from siyu.app.people.identity import find
from siyu.app.plain_data import plain
from siyu.app.workspace import Workspace
from siyu.campaigns.fission.plan import kept_plan_of
from siyu.kernel.arrays import Float64, Int32, Int64
from siyu.measurement.metrics.spread import credit_invites
from siyu.measurement.timeline import Timeline
from siyu.people.bonds import HALF_LIFE_US, MOST_IN_HOUSEHOLD, Bond, BondKind, Sign, answers, bonds_from, influence
from siyu.stores.sql.bonds import Accepted, SqlBonds
from siyu.stores.sql.rewards import SqlRewards
from siyu.stores.sql.schema.people import score
from siyu.touchpoints.kind import TouchKind

INFLUENCE: Final = "influence"
_SPOKE: Final = int(TouchKind.GROUP_SPOKE)
Said = tuple[Int64, Int64, Int32, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered whom in which group. Shape: (answers,) each."""

    who: Int64
    whom: Int64
    at_us: Int64
    group: Sequence[str]


@dataclass(frozen=True, slots=True)
class Talk:
    """A measure: who answers whom in groups. Implements ``measurement.ports.Measure``."""

    now_us: int
    columns: tuple[str, ...] = ("kind", "about")

    def of_bucket(self, timeline: Timeline) -> Said:
        """Take what the people of one bucket said in groups."""
        told = (timeline.kind == _SPOKE) & (timeline.at < self.now_us) & (timeline.at >= self.now_us - HALF_LIFE_US)
        names = timeline.text["about"].names
        known = np.array([bool(name) for name in names], np.bool_)
        codes = timeline.text["about"].codes
        told &= known[codes] if known.size else False
        return timeline.person[told], timeline.at[told], codes[told], names

    def combine(self, parts: Iterable[Said]) -> Answered:
        """Put all talk of a group together: people of any bucket answer each other."""
        every = list(parts)
        names = sorted({name for *_, of_bucket in every for name in of_bucket})
        place = {name: number for number, name in enumerate(names)}
        group = [np.array([place[name] for name in named], np.int32)[codes] if len(named) else codes
                 for _, _, codes, named in every]  # fmt: skip
        person = np.concatenate([np.empty(0, np.int64), *(one[0] for one in every)])
        at = np.concatenate([np.empty(0, np.int64), *(one[1] for one in every)])
        groups = np.concatenate([np.empty(0, np.int32), *group])
        after, before = answers(groups, at, person)
        return Answered(person[after], person[before], at[after], [names[code] for code in groups[after].tolist()])


@dataclass(frozen=True, slots=True)
class Influence:
    """How many people everybody moves; who brought nobody and was answered by nobody is not in it.

    Attributes:
        brought: Directly, by the invitation that counted.
        answered_by: People who answered them in groups within 180 days.
    Shape: (people,) each; people ascending.
    """

    people: Int64
    value: Float64
    brought: Int64
    answered_by: Int64


def talk_of(workspace: Workspace) -> Answered:
    """Read who answered whom in groups, within 180 days."""
    return measure(workspace, Talk(workspace.clock.now_us()))


def influence_of_all(workspace: Workspace, talk: Answered) -> Influence:
    """Estimate how many people everybody moves (``people/bonds.py``), over all campaigns."""
    with workspace.database.read() as connection:
        held = SqlBonds(connection)
        pairs = np.array(held.brought(), np.int64).reshape(-1, 2)
        staying = np.array(held.staying(), np.int64)
    people = np.unique(np.concatenate([pairs.ravel(), talk.whom]))
    inviter, invitee = (np.searchsorted(people, pairs[:, side]).astype(np.int32) for side in (0, 1))
    parent, depth, _, _ = credit_invites(inviter, invitee, np.arange(len(pairs)), people.size)
    one_each = np.unique(np.stack([talk.whom, talk.who], axis=1), axis=0)[:, 0]
    answerers = np.bincount(np.searchsorted(people, one_each), minlength=people.size)
    value = influence(parent, depth, np.isin(people, staying), answerers)
    brought = np.bincount(parent[parent >= 0], minlength=people.size)
    moves = (brought > 0) | (answerers > 0)
    return Influence(people[moves], value[moves], brought[moves], answerers[moves])


def relations(workspace: Workspace, written: str) -> dict[str, Any]:
    """Return one person's bonds, with what speaks for each, and how many people they move.

    Raises:
        BadInputError: nobody goes by that.
    """
    talk = talk_of(workspace)
    person, signs = invitations_around(workspace, written)
    theirs = [
        Sign(int(others[row]), kind, int(talk.at_us[row]), talk.group[row])
        for ours, others, kind in (
            (talk.who, talk.whom, BondKind.ANSWERS), (talk.whom, talk.who, BondKind.ANSWERED_BY)
        )
        for row in np.flatnonzero(ours == person).tolist()
    ]  # fmt: skip
    moved = influence_of_all(workspace, talk)
    place = int(np.searchsorted(moved.people, person))
    known = place < moved.people.size and int(moved.people[place]) == person
    return {
        "person": person,
        "influence": {
            "value": float(moved.value[place]) if known else 0.0,
            "brought": int(moved.brought[place]) if known else 0,
            "answered_by": int(moved.answered_by[place]) if known else 0,
        },
        "bonds": plain(bonds_from(chain(signs, theirs), now_us=workspace.clock.now_us())),
    }


def bonds_at_hand(workspace: Workspace, person: int) -> tuple[list[Bond], float | None]:
    """Return what invitations say of somebody among people, and their influence as published last (None: never)."""
    _, signs = invitations_around(workspace, str(person))
    with workspace.database.read() as connection:
        moves = select(score.c.value).where(score.c.name == INFLUENCE, score.c.person_id == person)
        value = connection.execute(moves).scalar()
    return bonds_from(signs, now_us=workspace.clock.now_us()), value


def invitations_around(workspace: Workspace, written: str) -> tuple[int, list[Sign]]:
    """Return the person, and what invitations say of them and others: brought, brought by, team, household.

    Raises:
        BadInputError: nobody goes by that.
    """
    with workspace.database.read() as connection:
        _, person = find(workspace, written, connection)
        around = SqlBonds(connection).around(person)
        rewards = SqlRewards(connection)
        plans = {name: rewards.plan_of(name) for name in {one.campaign for one in around}}
    teams = {name for name, plan in plans.items() if plan and kept_plan_of(plan).mechanism.group_buy is not None}
    return person, list(_signs(person, around, teams))


def _signs(person: int, around: Sequence[Accepted], teams: set[str]) -> Iterable[Sign]:
    for one in around:
        if one.inviter != one.invitee and person in {one.inviter, one.invitee}:
            kind, other = (
                (BondKind.BROUGHT, one.invitee) if one.inviter == person else (BondKind.BROUGHT_BY, one.inviter)
            )
            yield Sign(other, kind, one.at_us, one.code, one.touch.hex())
    mine = [one for one in around if one.invitee == person]
    bought = {one.code for one in around if one.campaign in teams and person in {one.inviter, one.invitee}}
    for one in around:
        if one.code in bought:
            for other in {one.inviter, one.invitee} - {person}:
                yield Sign(other, BondKind.TEAM, one.at_us, one.code, one.touch.hex())
    for hashes in ("device", "address"):
        sharing: dict[str, dict[int, Accepted]] = defaultdict(dict)
        for one in around:
            sharing[getattr(one, hashes)][one.invitee] = one
        for value in {getattr(one, hashes) for one in mine} - {""}:
            if len(sharing[value]) <= MOST_IN_HOUSEHOLD:
                for other, one in sharing[value].items():
                    if other != person:
                        yield Sign(other, BondKind.HOUSEHOLD, one.at_us, hashes, one.touch.hex())
