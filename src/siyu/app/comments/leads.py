"""The comment desk at work: screen what came in, queue it, claim, answer, learn from it."""

from collections.abc import Mapping
from typing import Any, Final

from siyu.app.comments.finder_file import read_finder, write_finder
from siyu.app.comments.screen import SLA, Screened, comment_of, complain, screen
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import id_of_text, id_text
from siyu.kernel.period import moment_of
from siyu.policy.lint import PLATFORMS, LintFinding, lint_text
from siyu.stores.sql.comment_leads import KeptLead, SqlCommentLeads
from siyu.stores.sql.promise import SqlPromises
from siyu.touchpoints.comment import INQUIRIES, Intent
from siyu.touchpoints.comment_desk import Lead, queue, urgency
from siyu.touchpoints.comment_learning import learn_online
from siyu.touchpoints.comment_reply import nearest
from siyu.touchpoints.promise import promise

__all__ = [
    "SLA", "Screened", "claim", "desk", "relabel", "reply", "screen", "settle_lead", "suggestions",
]  # fmt: skip
#: What an answered inquiry is worth in minor units until the brand's own rates say it better.
VALUES: Final[Mapping[str, float]] = {"price": 2_000, "where_to_buy": 2_000, "contact": 2_000, "availability": 1_500}
_USUAL_VALUE: Final = 1_000.0


def desk(workspace: Workspace, *, staff: str = "", most: int = 50) -> list[dict[str, Any]]:
    """Return what to answer next, most urgent first, with the clock of each."""
    now = workspace.clock.now_us()
    with workspace.database.read() as connection:
        store = SqlCommentLeads(connection)
        kept = {id_text(one.touch_id): one for one in store.open()}
        leads = [_lead(key, one) for key, one in kept.items()]
        chosen = queue(leads, now_us=now, staff=staff)[:most]
        texts = {lead.key: kept[lead.key].text or store.text_of(kept[lead.key].touch_id) for lead in chosen}
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
        kept = _kept(store, lead)
        answered = [one for one in store.answered() if one.touch_id != kept.touch_id]
    found: list[dict[str, Any]] = []
    for place, likeness in nearest(kept.text, [one.text for one in answered], most=20 * most):
        one = answered[place]
        told = {said["answer"] for said in found}
        if one.answer not in told and not _breaches(workspace, one.answer, kept.channel):
            found.append({"answer": one.answer, "likeness": likeness, "to": one.text, "intent": one.intent})
        if len(found) == most:
            break
    return found


def reply(workspace: Workspace, lead: str, staff: str, words: str, *, promised: str = "") -> None:
    """Book the answer that a member of staff gives to a lead. What the platform forbids is not taken.

    Raises:
        BadInputError: there is no such lead, it is somebody else's, or it was answered already.
        RefusedError: the platform's rules forbid the words; it says which and what to write instead.
    """
    if not words.strip() or not staff.strip():
        raise BadInputError("an answer needs words and somebody who gives it", where="text or staff")
    with workspace.database.read() as connection:
        kept = _kept(SqlCommentLeads(connection), lead)
    if kept.answered_at_us or kept.label is not None:
        raise BadInputError(f"lead {lead} is done already", where="lead")
    if kept.claimed_by not in {"", staff}:
        raise BadInputError(f"lead {lead} is with {kept.claimed_by}", mend="have it handed over")
    breaches = _breaches(workspace, words, kept.channel)
    if breaches:
        first = breaches[0]
        raise RefusedError(f"{first.found}: {first.says}", allowed=first.alternative)
    settle_lead(workspace, lead, answered=True, promised=promised, words=words.strip(), staff=staff)


def relabel(workspace: Workspace, lead: str, intent: str) -> None:
    """Book that a lead asks something else: another inquiry stays in the queue, a complaint goes to after-sales.

    Raises:
        BadInputError: there is no such lead or intent.
    """
    if intent not in {one.value for one in Intent}:
        raise BadInputError(f"{intent!r} is no intent", where="intent", mend=", ".join(one.value for one in Intent))
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        kept = _kept(store, lead)
        store.relabel(kept.touch_id, intent)
    if Intent(intent) in INQUIRIES:
        _teach(workspace, kept.text, 1)
        return
    if intent == Intent.COMPLAINT:
        complain(workspace, [comment_of(kept)])
    settle_lead(workspace, lead, answered=False)


def settle_lead(
    workspace: Workspace, lead: str, *, answered: bool, promised: str = "", words: str = "", staff: str = ""
) -> None:
    """Book that staff answered or dismissed a lead; the finder learns from it at once.

    Args:
        promised: What the answer promised; it goes to the promise ledger, to be kept with proof.
        words: The answer itself, for suggestions later.

    Raises:
        BadInputError: there is no such lead.
    """
    now = workspace.clock.now_us()
    with workspace.database.write() as connection:
        store = SqlCommentLeads(connection)
        kept = _kept(store, lead)
        at_us = now if answered else None
        store.answer(kept.touch_id, label=int(answered), at_us=at_us, words=words, staff=staff)
        if promised and answered:
            made = promise(kept.identifier_id, promised, said_in=f"comment {lead}", at_us=now)
            SqlPromises(connection).make([made])
    _teach(workspace, kept.text, int(answered))


def _teach(workspace: Workspace, text: str, label: int) -> None:
    if text:
        write_finder(workspace.folder, learn_online(read_finder(workspace.folder), [text], [label]))


def _breaches(workspace: Workspace, words: str, channel: str) -> list[LintFinding]:
    """Judge words by the rules of a platform; a channel of the brand's own has none."""
    if channel not in PLATFORMS:
        return []
    return lint_text(words, platform=channel, on=moment_of(workspace.clock.now_us()).date())


def _kept(store: SqlCommentLeads, lead: str) -> KeptLead:
    kept = store.get(id_of_text(lead))
    if kept is None:
        raise BadInputError(f"there is no lead {lead}", where="lead")
    return kept


def _lead(key: str, one: KeptLead) -> Lead:
    value = VALUES.get(one.intent, _USUAL_VALUE)
    return Lead(key, one.probability, Intent(one.intent), one.commented_at_us, one.due_at_us, value, one.claimed_by)
