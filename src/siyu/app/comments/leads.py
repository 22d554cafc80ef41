"""The comment desk at work: screen what came in, queue it, claim, answer, and follow every asker to the first order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from siyu.app.comments.encoder import installed_encoder
from siyu.app.comments.finder_file import read_finder, write_finder
from siyu.app.lake import timelines
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text
from siyu.kernel.period import DAY, MINUTE
from siyu.stores.sql.comment_leads import Comment, KeptLead, SqlCommentLeads
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.vault_rows import SqlVault
from siyu.touchpoints import comment_finder
from siyu.touchpoints.comment import INQUIRIES, Intent
from siyu.touchpoints.comment_desk import Journey, Lead, queue, rates, urgency
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.promise import promise
from siyu.touchpoints.touch import Identifier, touch

#: A lead should be answered within this, if the brand says nothing else.
SLA: Final = 5 * MINUTE
#: What an answered inquiry is worth in minor units until the brand's own rates say it better.
VALUES: Final[Mapping[str, float]] = {"price": 2_000, "where_to_buy": 2_000, "contact": 2_000, "availability": 1_500}
_USUAL_VALUE: Final = 1_000.0
#: Steps are looked for within this time after the comment.
_WINDOW: Final = 30 * DAY
_STEP_KINDS: Final = {
    int(TouchKind.FOLLOW): "follow",
    int(TouchKind.CONTACT_ADDED): "add",
    int(TouchKind.GROUP_JOINED): "joined",
    int(TouchKind.MEMBER_JOINED): "joined",
    int(TouchKind.ORDER_PAID): "first_order",
}


@dataclass(frozen=True, slots=True)
class Screened:
    """What a screening found."""

    comments: int
    leads: int
    complaints: int


def screen(workspace: Workspace, *, sla_us: int = SLA) -> Screened:
    """Look at every comment that came in since the last time; leads go to the queue, complaints to after-sales.

    A complaint becomes a touch of its own, which silences marketing to its writer.
    """
    finder = read_finder(workspace.folder)
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        comments, last = store.unscreened()
        if not comments:
            return Screened(0, 0, 0)
        encoder = installed_encoder() if finder.meaning.size else None
        probability, intents, _seen = comment_finder.find(finder, [one.text for one in comments], encoder=encoder)
        found = [
            (one, float(p), intent.value, one.at_us + sla_us)
            for one, p, intent in zip(comments, probability, intents, strict=True)
            if intent in INQUIRIES and one.identifier_id
        ]
        store.add(found)
        store.screened(last)
        angry = [one for one, intent in zip(comments, intents, strict=True) if intent is Intent.COMPLAINT]
        names = SqlVault(connection, workspace.vault).identifiers([one.identifier_id for one in angry])
        spaces = store.namespaces([one.identifier_id for one in angry])
    now = workspace.clock.now_us()
    complaints = [_complaint(one, Identifier(spaces[one.identifier_id], names[one.identifier_id]), now)
                  for one in angry if one.identifier_id in names]  # fmt: skip
    if complaints:
        TakeIn(workspace).take(complaints)
    return Screened(len(comments), len(found), len(complaints))


def desk(workspace: Workspace, *, staff: str = "", most: int = 50) -> list[dict[str, Any]]:
    """Return what to answer next, most urgent first, with the clock of each."""
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        store = SqlCommentLeads(connection)
        kept = {id_text(one.touch_id): one for one in store.open()}
        leads = [_lead(key, one) for key, one in kept.items()]
        chosen = queue(leads, now_us=now, staff=staff)[:most]
        texts = {lead.key: store.text_of(kept[lead.key].touch_id) for lead in chosen}
    return [
        {
            "lead": lead.key,
            "comment": texts[lead.key],
            "intent": lead.intent.value,
            "probability": lead.probability,
            "urgency_minor": urgency(lead, now_us=now),
            "seconds_left": (lead.due_at_us - now) / 1e6,
            "claimed_by": lead.claimed_by,
            "channel": kept[lead.key].channel,
            "content": kept[lead.key].content_id,
        }
        for lead in chosen
    ]


def claim(workspace: Workspace, lead: str, staff: str, *, from_staff: str = "") -> None:
    """Give a lead to a member of staff, or hand it over.

    Raises:
        BadInputError: somebody else has it, or there is no such lead.
    """
    with workspace.database.write() as connection:
        now = workspace.clock.now_us()
        if not SqlCommentLeads(connection).claim(id_of_text(lead), staff, at_us=now, from_staff=from_staff):
            raise BadInputError(f"lead {lead} is not free", mend="take another, or have it handed over")


def settle_lead(workspace: Workspace, lead: str, *, answered: bool, promised: str = "") -> None:
    """Book that staff answered or dismissed a lead; the finder learns from it at once.

    Args:
        promised: What the answer promised; it goes to the promise ledger, to be kept with proof.

    Raises:
        BadInputError: there is no such lead.
    """
    now, key = workspace.clock.now_us(), id_of_text(lead)
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        text = store.text_of(key)
        number = next((one.identifier_id for one in store.open() if one.touch_id == key), 0)
        if not store.answer(key, label=int(answered), at_us=now if answered else None):
            raise BadInputError(f"there is no lead {lead}")
        if promised and answered and number:
            SqlPromises(connection).make([promise(number, promised, said_in=f"comment {lead}", at_us=now)])
    if text:
        taught = comment_finder.learn_online(read_finder(workspace.folder), [text], [int(answered)])
        write_finder(workspace.folder, taught)


def chain(workspace: Workspace, *, by: str = "") -> dict[str, Any]:
    """Return how many askers reached each step, by ``delay``, ``staff``, ``content``, ``intent`` or all together."""
    if by not in {"", "delay", "staff", "content", "intent"}:
        raise BadInputError(f"{by!r} is nothing to go by", where="--by", mend="delay, staff, content or intent")
    with workspace.database.read() as connection:
        leads = SqlCommentLeads(connection).all()
        kept_at = SqlPromises(connection).kept([one.identifier_id for one in leads])
    events = _events(workspace, {one.person_id for one in leads})
    journeys = [_journey(one, events.get(one.person_id, []), kept_at.get(one.identifier_id, [])) for one in leads]
    return {"leads": len(leads), "by": by or "all", "rates": rates(journeys, by=by)}


def _journey(lead: KeptLead, events: Sequence[tuple[int, str]], kept_at: Sequence[int]) -> Journey:
    start = lead.commented_at_us
    at: dict[str, int] = {}
    if lead.answered_at_us:
        at["reply"] = lead.answered_at_us
    for moment, step in [*events, *((moment, "promise_kept") for moment in kept_at)]:
        if start <= moment < start + _WINDOW:
            at[step] = min(moment, at.get(step, moment))
    return Journey(start, at, lead.claimed_by, lead.content_id, lead.intent)


def _events(workspace: Workspace, people: set[int]) -> dict[int, list[tuple[int, str]]]:
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    wanted, kinds = np.array(sorted(people), np.int64), np.array(sorted(_STEP_KINDS), np.int8)
    if not wanted.size:
        return found
    read = timelines(workspace)
    for bucket in read.buckets:
        timeline = read.of_bucket(bucket, ("kind",))
        rows = np.flatnonzero(np.isin(timeline.kind, kinds) & np.isin(timeline.person, wanted))
        for person, at, kind in zip(
            timeline.person[rows].tolist(), timeline.at[rows].tolist(), timeline.kind[rows].tolist(), strict=True
        ):
            found[person].append((at, _STEP_KINDS[kind]))
    return found


def _lead(key: str, one: KeptLead) -> Lead:
    value = VALUES.get(one.intent, _USUAL_VALUE)
    return Lead(key, one.probability, Intent(one.intent), one.commented_at_us, one.due_at_us, value, one.claimed_by)


def _complaint(one: Comment, who: Identifier, now: int) -> Any:
    return touch(
        one.channel, TouchKind.COMPLAINT, happened_at_us=one.at_us, received_at_us=now, actors=(who,), scene="comment",
        content_id=one.content_id, about=id_text(one.touch_id), event_key=f"comment {id_text(one.touch_id)}",
    )  # fmt: skip
