"""Read a campaign's tree from the store: who brought whom, who is new, who stayed, who is suspected."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sqlalchemy import Connection, func, select

from siyu.campaigns.fission.fraud import Suspicion, suspect
from siyu.kernel.arrays import Bool, Float64, Int32, Int64
from siyu.loyalty.rewards import Invitee
from siyu.measurement.metrics.spread import credit_invites
from siyu.stores.sql.batch import chunks
from siyu.stores.sql.invites import Came, SqlInvites
from siyu.stores.sql.schema.people import identifier, profile, relation

#: Suspicion from which on a person decides about an inviter.
REVIEW_ABOVE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Tree:
    """Who brought whom in a campaign, by people as they are known now.

    Attributes:
        people: Person numbers, ascending; everything else goes by position here.
        parent, depth, counted: As ``credit_invites`` says; ``counted`` is a row of ``came``.
        counts: Self-invitations, repeats, those that counted.
        new: Whether a person was unknown before the invitation that counted.
    """

    came: Sequence[Came]
    people: list[int]
    parent: Int64
    depth: Int32
    counted: Int64
    counts: Sequence[int]
    new: Bool
    suspicion: Suspicion

    @property
    def person_of(self) -> dict[int, int]:
        """Whose identifiers those are that invited and came."""
        inviters = {one.inviter_id: one.inviter for one in self.came}
        return inviters | {one.invitee_id: one.invitee for one in self.came}

    def doubt_of(self, person: int) -> float:
        """Return how suspected somebody is, in [0, 1]; 0 for who is not in the tree."""
        place = bisect_left(self.people, person)
        known = place < len(self.people) and self.people[place] == person
        return float(self.suspicion.score[place]) if known else 0.0


def tree_of(connection: Connection, campaign: str) -> Tree:
    """Build the tree of a campaign from all its accepted invitations."""
    came = SqlInvites(connection).of_campaign(campaign)
    people = sorted({one.inviter for one in came} | {one.invitee for one in came})
    place = {person: number for number, person in enumerate(people)}
    inviter = np.array([place[one.inviter] for one in came], np.int32)
    invitee = np.array([place[one.invitee] for one in came], np.int32)
    at = np.array([one.at_us for one in came], np.int64)
    parent, depth, counted, counts = credit_invites(inviter, invitee, np.argsort(at, kind="stable"), len(people))
    new = np.array(
        [row >= 0 and came[row].invitee_known_at_us >= came[row].at_us for row in counted.tolist()], np.bool_
    )
    device, address = np.full(len(people), -1, np.int32), np.full(len(people), -1, np.int32)
    for hashes, of in ((device, "device"), (address, "address")):
        numbers: dict[str, int] = {}
        for row, one in enumerate(came):
            text = getattr(one, of)
            if text and hashes[invitee[row]] < 0:
                hashes[invitee[row]] = numbers.setdefault(text, len(numbers))
    silent = _silent(connection, people)
    suspicion = suspect(inviter, invitee, at, people=len(people), device=device, address=address, silent=silent)
    return Tree(came, people, parent, depth, counted, counts.tolist(), new, suspicion)


def _silent(connection: Connection, people: Sequence[int]) -> Bool:
    active: set[int] = set()
    for part in chunks(people):
        query = (
            select(identifier.c.person_id)
            .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
            .where(identifier.c.person_id.in_(part))
            .group_by(identifier.c.person_id)
            .having((func.sum(profile.c.messages_in) > 0) | (func.sum(profile.c.orders) > 0))
        )
        active.update(connection.execute(query).scalars())
    return np.array([person not in active for person in people], np.bool_)


def facts_of(connection: Connection, tree: Tree) -> dict[int, Invitee]:
    """Return what is known of every person: still connected, answered, bought and kept."""
    found = {person: Invitee() for person in tree.people}
    for part in chunks(tree.people):
        sums = (
            select(
                identifier.c.person_id, func.sum(profile.c.messages_in), func.sum(profile.c.orders),
                func.sum(profile.c.paid_minor), func.sum(profile.c.refunded_minor),
            )
            .join(profile, profile.c.identifier_id == identifier.c.identifier_id)
            .where(identifier.c.person_id.in_(part))
            .group_by(identifier.c.person_id)
        )  # fmt: skip
        for person, said, orders, paid, refunded in connection.execute(sums):
            keeps = int(paid or 0) > int(refunded or 0)
            found[person] = Invitee(
                answered=bool(said), paid_orders=int(orders or 0) if keeps else 0, refunded=bool(orders) and not keeps
            )
        ends = (
            select(identifier.c.person_id, func.count(), func.count(relation.c.until_us), func.max(relation.c.until_us))
            .join(relation, relation.c.identifier_id == identifier.c.identifier_id)
            .where(identifier.c.person_id.in_(part))
            .group_by(identifier.c.person_id)
        )
        for person, relations, ended, last in connection.execute(ends):
            if relations == ended:  # nothing holds any more
                found[person] = replace(found[person], left_at_us=int(last))
    return found


def delays_of(tree: Tree) -> Float64:
    """Return the time from each inviter's coming to the invitee's, NaN where one of them is not known."""
    at = np.array([tree.came[row].at_us if row >= 0 else 0 for row in tree.counted.tolist()], np.float64)
    return np.where(
        (tree.parent >= 0) & (at[np.maximum(tree.parent, 0)] > 0), at - at[np.maximum(tree.parent, 0)], np.nan
    )
