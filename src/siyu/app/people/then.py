"""One person as of a moment (当时): what had happened, been said, learnt and decided by then, and what the scores were.

A touch counts from the moment it happened; the portrait and identifiers count from the moment we came to know them; the
person is the one whose identifiers belong together today.
"""

from dataclasses import replace
from typing import Any, Final

from siyu.app.people.portraits import portrait_page
from siyu.app.people.scores import explain_scores
from siyu.app.plain_data import plain
from siyu.app.views.people import PersonRow
from siyu.app.views.person import Event, PersonPage, allowed, person_page
from siyu.app.workspace import Workspace
from siyu.people.profile import Profile
from siyu.people.stage import stage_of
from siyu.touchpoints.touch import touch

_ALL: Final = 1 << 40


def person_then(workspace: Workspace, number: int, at_us: int) -> dict[str, Any]:
    """Return what ``person_page``, ``portrait_page`` and ``explain_scores`` would have said at a moment.

    Raises:
        BadInputError: there is no such person, or nobody knew them then.
    """
    now = person_page(workspace, number, events=_ALL)
    events = [one for one in now.events if one.at_us <= at_us]
    relations = [
        replace(one, until_us=None if one.until_us is not None and one.until_us > at_us else one.until_us)
        for one in now.relations
        if one.since_us <= at_us
    ]
    consents = [one for one in now.consents if one.decided_at_us <= at_us]
    known = {one.identifier_id: one for one in now.identifiers if one.first_seen_at_us <= at_us}
    standing = sorted({one.channel for one in relations if one.until_us is None})
    page = PersonPage(
        person=_row(now.person.person_id, len(known), events, owned=bool(standing)),
        identifiers=list(known.values()),
        fields=[one for one in now.fields if one.identifier_id in known],
        relations=relations,
        consents=consents,
        allowed=allowed(consents, standing),
        events=events,
        events_in_all=len(events),
        decisions=[one for one in now.decisions if one.proposed_at_us <= at_us],
    )
    scores = explain_scores(workspace, str(number), at_us=at_us)["scores"] if events else []
    told: dict[str, Any] = plain(page)
    return {"as_of_us": at_us, **told, **portrait_page(workspace, number, at_us=at_us), "scores": scores}


def _row(person_id: int, identifiers: int, events: list[Event], *, owned: bool) -> PersonRow:
    """Count up what the profile was then."""
    sums = Profile()
    for one in events:
        sums.add(
            touch(one.channel, one.kind, happened_at_us=one.at_us, received_at_us=one.at_us, event_key="-",
                  value_minor=one.value_minor)
        )  # fmt: skip
    return PersonRow(
        person_id, stage_of(owned=owned, messages_in=sums.messages_in, orders=sums.orders), identifiers, owned,
        sums.messages_in, sums.orders, sums.paid_minor - sums.refunded_minor, sums.first_at_us, sums.last_at_us,
        sums.last_order_at_us,
    )  # fmt: skip
