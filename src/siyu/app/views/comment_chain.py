"""The chain (线索链路): from a comment to the reply, the add, the promise kept and the first order, in shares."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from siyu.app.lake import timelines
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY
from siyu.stores.sql.comment_leads import KeptLead, SqlCommentLeads
from siyu.stores.sql.promise import SqlPromises
from siyu.touchpoints.comment_desk import Journey, rates
from siyu.touchpoints.kind import TouchKind

#: Steps are looked for within this time after the comment.
_WINDOW: Final = 30 * DAY
_STEP_KINDS: Final = {
    int(TouchKind.FOLLOW): "follow",
    int(TouchKind.CONTACT_ADDED): "add",
    int(TouchKind.GROUP_JOINED): "joined",
    int(TouchKind.MEMBER_JOINED): "joined",
    int(TouchKind.ORDER_PAID): "first_order",
}


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
