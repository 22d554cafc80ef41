"""What hangs on people, computed again from the raw touches and from what was given: for a property test."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from siyu.app.people import identity
from siyu.app.views.people import people_page
from siyu.app.workspace import Workspace
from siyu.loyalty.ledger import Account
from siyu.loyalty.points import earn
from siyu.people.consent import MARKETING, is_granted
from siyu.people.stage import stage_of
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.invites import SqlInvites
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.proposals import SqlProposals
from siyu.stores.sql.relations import SqlRelations
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Touch

_PLAY = "spring"
Anchored = Sequence[tuple[int, Touch]]


@dataclass(slots=True)
class Given:
    """Points and arms of an experiment that were given, in order, by identifier number."""

    points: list[tuple[int, int]] = field(default_factory=list)
    arms: dict[int, tuple[int, bool]] = field(default_factory=dict)

    def give(self, workspace: Workspace, act: tuple[Any, ...], *, at_us: int) -> None:
        """Give points to an identifier, or draw an arm for its person."""
        with workspace.database.write() as connection:
            number, person = identity.find(workspace, f"{act[1].namespace}:{act[1].value}", connection)
            if act[0] == "earn":
                SqlLedger(connection).append([earn(number, act[2], at_us=at_us, about=str(at_us))])
                self.points.append((number, act[2]))
            else:
                SqlProposals(connection).assign(_PLAY, {person: act[2]}, holdout_share=0.5, now_us=at_us)
                self.arms.setdefault(person, (at_us, act[2]))


def check_what_hangs_on_people(
    workspace: Workspace, person_of: Mapping[int, int], anchored: Anchored, given: Given
) -> None:
    """Compare points, arms, invitations, relations, consents and stages with a recomputation."""
    people, numbers = sorted(set(person_of.values())), defaultdict(list)
    for number, person in person_of.items():
        numbers[person].append(number)
    with workspace.database.read() as connection:
        ledger = SqlLedger(connection)
        points = {person: sum(ledger.person(numbers[person], Account.POINTS).values()) for person in people}
        arms = SqlProposals(connection).arms(_PLAY, people)
        edges = [(came.inviter, came.invitee, came.at_us) for came in SqlInvites(connection).of_campaign(_PLAY)]
        ever = SqlRelations(connection).ever(people)
        consents = SqlConsents(connection).of_people(people)
    assert points == _points(people, person_of, given)
    assert arms == _arms(person_of, given)
    assert sorted(edges) == sorted(_edges(person_of, anchored))
    added = {person_of[number] for number, one in anchored if one.kind is TouchKind.CONTACT_ADDED}
    assert added <= {person for person, held in ever.items() if held}
    allowed = {person: is_granted(said, purpose=MARKETING, channel="") for person, said in consents.items()}
    assert allowed == _allowed(person_of, anchored)
    shown = {row.person_id: (row.stage, row.owned) for row in people_page(workspace, most=1_000).rows}
    assert shown == {person: _stage(person, person_of, anchored) for person in people}


def _points(people: Sequence[int], person_of: Mapping[int, int], given: Given) -> dict[int, int]:
    found = dict.fromkeys(people, 0)
    for number, points in given.points:
        found[person_of[number]] += points
    return found


def _arms(person_of: Mapping[int, int], given: Given) -> dict[int, bool]:
    found: dict[int, bool] = {}
    for number, (_, treated) in sorted(given.arms.items(), key=lambda one: (one[1][0], one[0])):
        found.setdefault(person_of[number], treated)
    return found


def _edges(person_of: Mapping[int, int], anchored: Anchored) -> list[tuple[int, int, int]]:
    owner: dict[str, int] = {}
    for number, one in anchored:
        if one.kind is TouchKind.INVITE:
            owner.setdefault(one.about, number)
    return [
        (person_of[owner[one.about]], person_of[number], one.happened_at_us)
        for number, one in anchored
        if one.kind is TouchKind.INVITE_ACCEPTED and one.about in owner
    ]


def _allowed(person_of: Mapping[int, int], anchored: Anchored) -> dict[int, bool]:
    latest: dict[int, bool] = {}
    for number, one in anchored:  # in order of time
        if one.kind in {TouchKind.CONSENT_GIVEN, TouchKind.CONSENT_WITHDRAWN}:
            latest[number] = one.kind is TouchKind.CONSENT_GIVEN
    found: dict[int, bool] = {}
    for number, yes in latest.items():  # the strictest word of all identifiers wins
        found[person_of[number]] = found.get(person_of[number], True) and yes
    return found


def _stage(person: int, person_of: Mapping[int, int], anchored: Anchored) -> tuple[Any, bool]:
    mine = [(number, one) for number, one in anchored if person_of[number] == person]
    stands: dict[int, bool] = {}
    for number, one in mine:
        if one.kind in {TouchKind.CONTACT_ADDED, TouchKind.CONTACT_REMOVED}:
            stands[number] = one.kind is TouchKind.CONTACT_ADDED
    said = sum(one.kind is TouchKind.MESSAGE_IN for _, one in mine)
    orders = sum(one.kind is TouchKind.ORDER_PAID for _, one in mine)
    owned = any(stands.values())
    return stage_of(owned=owned, messages_in=said, orders=orders), owned
