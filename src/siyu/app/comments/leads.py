"""The comment desk at work: screen what came in, queue it, claim, answer, learn from it."""

from collections.abc import Mapping
from typing import Any, Final

from siyu.app.comments.finder_file import teach
from siyu.app.comments.replies import book_replies, breaches, is_out, lead_in, state_of
from siyu.app.comments.screen import comment_of, complain
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import id_of_text, id_text
from siyu.stores.sql.comment_leads import KeptLead, SqlCommentLeads
from siyu.touchpoints.comment import INQUIRIES, Intent
from siyu.touchpoints.comment_desk import Lead, queue, urgency
from siyu.touchpoints.comment_reply import nearest

#: What an answered inquiry is worth in minor units until the brand's own rates say it better.
VALUES: Final[Mapping[str, float]] = {"price": 2_000, "where_to_buy": 2_000, "contact": 2_000, "availability": 1_500}
_USUAL_VALUE: Final = 1_000.0


def desk(workspace: Workspace, *, staff: str = "", most: int = 50) -> list[dict[str, Any]]:
    """Return what to answer next, most urgent first, with the clock of each.

    A lead whose answer came back (``came_back``) says why it was not said.
    """
    book_replies(workspace)
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        store = SqlCommentLeads(connection)
        kept = {id_text(one.touch_id): one for one in store.open()}
        leads = [_lead(key, one) for key, one in kept.items()]
        chosen = queue(leads, now_us=now, staff=staff)[:most]
        texts = {lead.key: kept[lead.key].text or store.text_of(kept[lead.key].touch_id) for lead in chosen}
        back = {
            id_text(one.lead.touch_id): state_of(one) for one in store.standing([kept[lead.key] for lead in chosen])
        }
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
            "came_back": ": ".join(part for part in back.get(lead.key, ()) if part),
        }
        for lead in chosen
    ]


def claim(workspace: Workspace, lead: str, staff: str, *, from_staff: str = "") -> None:
    """Give a lead to a member of staff, or hand it over.

    Raises:
        BadInputError: somebody else has it, or there is no such lead.
    """
    if not staff.strip():
        raise BadInputError("say who takes it", where="staff")
    with workspace.database.write() as connection:
        now = workspace.clock.now_us()
        if not SqlCommentLeads(connection).claim(id_of_text(lead), staff, at_us=now, from_staff=from_staff):
            raise BadInputError(f"lead {lead} is not free", mend="take another, or have it handed over")


def suggestions(workspace: Workspace, lead: str, *, most: int = 3) -> list[dict[str, Any]]:
    """Return what the brand itself answered to the comments most like this one, as far as the platform allows it today.

    Raises:
        BadInputError: there is no such lead.
    """
    with workspace.database.read() as connection:
        store = SqlCommentLeads(connection)
        kept = lead_in(store, lead)
        answered = [one for one in store.answered() if one.touch_id != kept.touch_id]
    found: list[dict[str, Any]] = []
    for place, likeness in nearest(kept.text, [one.text for one in answered], most=20 * most):
        one = answered[place]
        told = {said["answer"] for said in found}
        if one.answer not in told and not breaches(workspace, one.answer, kept.channel):
            found.append({"answer": one.answer, "likeness": likeness, "to": one.text, "intent": one.intent})
        if len(found) == most:
            break
    return found


def relabel(workspace: Workspace, lead: str, intent: str) -> None:
    """Book that a lead asks something else: another inquiry stays in the queue, a complaint goes to after-sales.

    Raises:
        BadInputError: there is no such lead or intent.
    """
    if intent not in {one.value for one in Intent}:
        raise BadInputError(f"{intent!r} is no intent", where="intent", mend=", ".join(one.value for one in Intent))
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        kept = lead_in(store, lead)
        store.relabel(kept.touch_id, intent)
    if Intent(intent) in INQUIRIES:
        teach(workspace.folder, kept.text, 1)
        return
    if intent == Intent.COMPLAINT:
        complain(workspace, [comment_of(kept)])
    settle_lead(workspace, lead, answered=False)


def settle_lead(workspace: Workspace, lead: str, *, answered: bool, promised: str = "") -> None:
    """Book that staff answered a lead elsewhere, or dismissed it; the finder learns from it at once.

    Args:
        promised: What the answer promised; it goes to the promise ledger, to be kept with proof.

    Raises:
        BadInputError: there is no such lead.
    """
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        kept = lead_in(store, lead)
        if answered:
            is_out(connection, kept, promised, at_us=workspace.clock.now_us())
        else:
            store.answer(kept.touch_id, label=0, at_us=None)
    teach(workspace.folder, kept.text, int(answered))


def _lead(key: str, one: KeptLead) -> Lead:
    value = VALUES.get(one.intent, _USUAL_VALUE)
    return Lead(key, one.probability, Intent(one.intent), one.commented_at_us, one.due_at_us, value, one.claimed_by)
