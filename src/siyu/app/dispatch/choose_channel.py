"""Put each proposal on the channel that suits its person best, among those that are connected (``dispatch/choose.py``).

A channel is open to a person who is connected there and allows it, who wrote in time where the platform asks for that,
for whom the piece holds what the channel needs, and whose play has a budget where messages cost. Who has no open
channel keeps the channel the play proposed: the guard then says why not.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from sqlalchemy import Connection

from siyu.app.workspace import Workspace
from siyu.campaigns.facts import Facts
from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.channels.manifest import manifests
from siyu.content.piece import Piece
from siyu.dispatch.choose import Way, choose, ways
from siyu.kernel.arrays import Float64, Int64
from siyu.kernel.period import DAY, HOUR
from siyu.people.consent import SERVICE, is_granted
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.case_facts import CaseFacts, SqlCaseFacts
from siyu.stores.sql.facts import SqlFacts
from siyu.stores.sql.outbox import Claimed
from siyu.stores.sql.pauses import SqlPauses
from siyu.stores.sql.proposals import SqlProposals

_BATCH: Final = 5_000
#: Messages and words of so long ago still tell how somebody answers.
_LATELY: Final = 90 * DAY


def on_best_channels(
    workspace: Workspace, proposals: Sequence[Proposal], facts: Facts, *, channels: Sequence[str]
) -> list[Proposal]:
    """Return the proposals, each on the best open channel of its person, with that channel's action and cost."""
    among = [ways()[name] for name in channels if name in ways()]
    if not among:
        return list(proposals)
    if len(among) == 1 and all(one.channel == among[0].channel for one in proposals):
        return [_moved(one, among[0]) for one in proposals]  # nothing to choose, so nobody is asked about
    now_us, placed = workspace.clock.now_us(), list[Proposal]()
    for start in range(0, len(proposals), _BATCH):
        part = proposals[start : start + _BATCH]
        people = sorted({one.person_id for one in part})
        with workspace.database.read() as connection:
            known = SqlCaseFacts(connection, people).read(since_us=now_us - _LATELY)
            paused = SqlPauses(connection).all()
        free = [one for one in among if "*" not in paused and one.channel not in paused]
        order = _order(
            part, _gaps(facts, part), known, free, budgets=workspace.settings.policy.budgets_minor, now_us=now_us
        )
        placed += [
            _moved(one, free[place]) if place >= 0 else one for one, place in zip(part, order.tolist(), strict=True)
        ]
    return placed


def fall_back(workspace: Workspace, connection: Connection, failed: Sequence[Claimed]) -> int:
    """Propose what failed on one channel once more on the best other that is open to its person; return how many.

    The guard judges it anew. Its id is derived from the first proposal, so it is proposed once, and what fell back
    already and failed again stays failed. Only what a play says to people falls back, no answer and no welcome.
    """
    spoken = {one.proposal_id: one.channel for one in failed if _is_way(one.channel, one.action)}
    if not spoken:
        return 0
    store, now_us = SqlProposals(connection), workspace.clock.now_us()
    numbers = store.numbers_of(list(spoken))
    by_channel: dict[str, list[Proposal]] = defaultdict(list)
    for one in store.of_ids(list(spoken)):
        if one.deadline_us >= now_us and one.proposal_id != _instead_id(one, numbers[one.proposal_id]):
            by_channel[spoken[one.proposal_id]].append(one)
    connected = {one.channel for one in SqlAccounts(connection, workspace.vault).all()}
    paused, budgets = SqlPauses(connection).all(), workspace.settings.policy.budgets_minor
    found: list[Proposal] = []
    for channel, part in by_channel.items():
        among = [
            ways()[name] for name in sorted(connected & ways().keys() - {channel}) if not {"*", name} & paused.keys()
        ]
        people = sorted({one.person_id for one in part})
        known = SqlCaseFacts(connection, people).read(since_us=now_us - _LATELY)
        gap = SqlFacts(connection).median_gap_days(people)
        gaps = np.array([gap.get(one.person_id, 0.0) for one in part])
        order = _order(part, gaps, known, among, budgets=budgets, now_us=now_us)
        found += [
            _instead(one, numbers[one.proposal_id], way=among[place], was=ways()[channel], now_us=now_us)
            for one, place in zip(part, order.tolist(), strict=True)
            if place >= 0
        ]
    return store.add(found)


def _is_way(channel: str, action: str) -> bool:
    return channel in ways() and ways()[channel].action == action


def _instead_id(one: Proposal, number: int) -> bytes:
    return proposal_id(f"{one.play} instead", number, one.proposed_at_us)


def _instead(one: Proposal, number: int, *, way: Way, was: Way, now_us: int) -> Proposal:
    return msgspec.structs.replace(
        one,
        proposal_id=_instead_id(one, number),
        person_id=number,
        channel=way.channel,
        action=way.action,
        cost_minor=max(0, one.cost_minor - was.cost_minor) + way.cost_minor,
        due_at_us=now_us,
    )


def _order(
    part: Sequence[Proposal],
    gaps: Float64,
    known: CaseFacts,
    among: Sequence[Way],
    *,
    budgets: Mapping[str, int],
    now_us: int,
) -> Int64:
    """Return the best open channel of each proposal, by its place; -1 where none is open."""
    if not among:
        return np.full(len(part), -1, np.int64)
    shape = (len(part), len(among))
    open_to, heard, answered = np.zeros(shape, np.bool_), np.zeros(shape), np.zeros(shape)
    for row, one in enumerate(part):
        said = known.spoken.get(one.person_id, ())
        words = known.last_in_us.get(one.person_id, {})
        connected = {relation.channel for relation in known.relations.get(one.person_id, ())}
        for column, way in enumerate(among):
            last_us = words.get(way.channel, 0)
            mine = [at_us for at_us, on, *_ in said if on == way.channel]
            heard[row, column] = len(mine)
            answered[row, column] = bool(mine) and last_us > min(mine)
            open_to[row, column] = (
                way.channel in connected
                and is_granted(known.consents.get(one.person_id, ()), purpose=one.purpose, channel=way.channel)
                and (not way.window_hours or last_us > now_us - way.window_hours * HOUR)
                and _holds(one.piece, way.needs)
                and (not way.cost_minor or budgets.get(one.play, 0) > 0)
            )
    worth = np.array([one.expected_value_minor for one in part], np.float64)
    serves = np.array([one.purpose == SERVICE for one in part], np.bool_)
    return np.where(
        serves,
        choose(among, open_to, heard, answered, worth, gaps, role="serve")[:, 0],
        choose(among, open_to, heard, answered, worth, gaps)[:, 0],
    )


def _moved(one: Proposal, way: Way) -> Proposal:
    if one.channel == way.channel and one.action in manifests()[way.channel].outbound:
        return one  # the play knows an action of its own there
    return msgspec.structs.replace(
        one, channel=way.channel, action=way.action, cost_minor=one.cost_minor + way.cost_minor
    )


def _holds(piece: Piece, needs: str) -> bool:
    if needs == "template":
        return any(one.kind == "template" for one in piece.attachments)
    return needs != "subject" or "\n" in piece.text


def _gaps(facts: Facts, part: Sequence[Proposal]) -> Float64:
    people = np.array([one.person_id for one in part], np.int64)
    if not facts.person.size:
        return np.zeros(people.size)
    place = np.minimum(np.searchsorted(facts.person, people), facts.person.size - 1)
    return np.where(facts.person[place] == people, facts.median_gap_days[place], 0.0)
