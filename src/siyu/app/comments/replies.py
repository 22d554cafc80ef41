"""Replies (评论回复): an answer goes out once where the comment stands, or is said by hand where no platform API is.

Where the channel can answer comments and the account is connected, the answer becomes a proposal: the guard judges it,
the outbox carries it out, and its receipt comes back onto the lead. Elsewhere it waits as a task for its staff member.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from siyu.app.comments.finder_file import teach
from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import Proposal
from siyu.channels.manifest import manifests
from siyu.content.piece import Piece
from siyu.dispatch.message import MessageState
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import id_of_text, id_text, time_ordered_id
from siyu.kernel.period import DAY, moment_of
from siyu.people.consent import SERVICE
from siyu.policy.lint import PLATFORMS, LintFinding, lint_text
from siyu.stores.sql.accounts import SqlAccounts
from siyu.stores.sql.comment_leads import KeptLead, ReplyStanding, SqlCommentLeads
from siyu.stores.sql.promise import SqlPromises
from siyu.stores.sql.proposals import DENIED, SqlProposals
from siyu.touchpoints.comment import REPLY
from siyu.touchpoints.promise import promise

#: An answer that could not go out by then makes no sense any more.
MAKES_SENSE: Final = 3 * DAY
#: Where an answer ended without being said: the lead waits again.
_CAME_BACK: Final = frozenset({MessageState.FAILED, MessageState.CANCELLED, MessageState.GIVEN_UP})


@dataclass(frozen=True, slots=True)
class Replied:
    """What became of an answer that was just given.

    Attributes:
        way: ``outbox`` when the platform's API carries it, ``by_hand`` when its staff member says it.
    """

    lead: str
    way: str


def reply(workspace: Workspace, lead: str, staff: str, words: str, *, promised: str = "") -> Replied:
    """Answer a lead. What the platform forbids is not taken; the rest goes out once, and the finder learns from it.

    Raises:
        BadInputError: there is no such lead, it is somebody else's, or it was answered already.
        RefusedError: the platform's rules forbid the words; it says which and what to write instead.
    """
    words = words.strip()
    if not words or not staff.strip():
        raise BadInputError("an answer needs words and somebody who gives it", where="text or staff")
    now = workspace.clock.now_us()
    with workspace.database.write() as connection:
        leads = SqlCommentLeads(connection)
        kept = lead_in(leads, lead)
        if kept.answered_at_us or kept.label is not None:
            raise BadInputError(f"lead {lead} is done already", where="lead")
        if kept.claimed_by not in {"", staff}:
            raise BadInputError(f"lead {lead} is with {kept.claimed_by}", mend="have it handed over")
        for first in breaches(workspace, words, kept.channel)[:1]:
            raise RefusedError(f"{first.found}: {first.says}", allowed=first.alternative)
        accounts = SqlAccounts(connection, workspace.vault).all()
        reply_id = None
        if _can_be_carried(kept, {(one.channel, one.account) for one in accounts}):
            proposal = _proposal(kept, words, now)
            SqlProposals(connection).add([proposal])
            reply_id = proposal.proposal_id
        leads.answer(
            kept.touch_id, label=1, at_us=None, words=words, staff=staff, reply_id=reply_id, promised=promised.strip()
        )
    teach(workspace.folder, kept.text, 1)
    return Replied(lead, "outbox" if reply_id else "by_hand")


def said_by_hand(workspace: Workspace, lead: str) -> None:
    """Book that an answer by hand was said where the comment stands.

    Raises:
        BadInputError: there is no such lead, or no answer of it waits to be said by hand.
    """
    with workspace.database.write() as connection:
        leads = SqlCommentLeads(connection)
        kept = lead_in(leads, lead)
        if kept.answered_at_us or kept.label != 1 or not kept.answer or kept.reply_id is not None:
            raise BadInputError(f"no answer to lead {lead} waits to be said by hand", where="lead")
        is_out(connection, kept, kept.promised, at_us=workspace.clock.now_us())


def book_replies(workspace: Workspace) -> int:
    """Bring the ends of answers back onto their leads; return how many are out since the last time.

    What the guard denied, the platform refused or nobody could say in time lets its lead wait again, with the reason.
    """
    out = 0
    with workspace.database.write() as connection:
        leads = SqlCommentLeads(connection)
        for one in leads.standing(leads.under_way()):
            if one.message_state == MessageState.SENT:
                is_out(connection, one.lead, one.lead.promised, at_us=one.settled_at_us)
                out += 1
            elif one.proposal_state == DENIED or one.message_state in _CAME_BACK:
                leads.answer(one.lead.touch_id, label=None, at_us=None)
    return out


def under_way(workspace: Workspace, *, staff: str = "") -> list[dict[str, Any]]:
    """Return the answers that are not out yet: what staff must say by hand, and what the outbox carries."""
    with workspace.database.read() as connection:
        leads = SqlCommentLeads(connection)
        kept = [one for one in leads.under_way() if staff in {"", one.claimed_by}]
        standing = {one.lead.touch_id: one for one in leads.standing(kept)}
    return [
        {
            "lead": id_text(one.touch_id),
            "comment": one.text,
            "answer": one.answer,
            "staff": one.claimed_by,
            "channel": one.channel,
            "content": one.content_id,
            "way": "outbox" if one.reply_id else "by_hand",
            "state": state_of(standing[one.touch_id])[0] if one.touch_id in standing else "to_be_said",
            "because": state_of(standing[one.touch_id])[1] if one.touch_id in standing else "",
        }
        for one in kept
    ]


def state_of(standing: ReplyStanding) -> tuple[str, str]:
    """Return where an answer stands, in one word, and why."""
    if standing.message_state:
        return standing.message_state, standing.detail
    return standing.proposal_state, standing.reason


def breaches(workspace: Workspace, words: str, channel: str) -> list[LintFinding]:
    """Judge words by the rules of a platform; a channel of the brand's own has none."""
    if channel not in PLATFORMS:
        return []
    return lint_text(words, platform=channel, on=moment_of(workspace.clock.now_us()).date())


def lead_in(leads: SqlCommentLeads, lead: str) -> KeptLead:
    """Return one lead.

    Raises:
        BadInputError: there is no such lead.
    """
    kept = leads.get(id_of_text(lead))
    if kept is None:
        raise BadInputError(f"there is no lead {lead}", where="lead")
    return kept


def is_out(connection: Connection, lead: KeptLead, promised: str, *, at_us: int) -> None:
    """Book that a lead was answered; from now on what the answer promised is owed, to be kept with proof."""
    SqlCommentLeads(connection).answer(lead.touch_id, label=1, at_us=at_us)
    if promised:
        said_in = f"comment {id_text(lead.touch_id)}"
        SqlPromises(connection).make([promise(lead.identifier_id, promised, said_in=said_in, at_us=at_us)])


def _can_be_carried(lead: KeptLead, connected: set[tuple[str, str]]) -> bool:
    manifest = manifests().get(lead.channel)
    able = manifest is not None and REPLY in manifest.outbound
    return able and bool(lead.reply_to) and (lead.channel, lead.account) in connected


def _proposal(lead: KeptLead, words: str, now: int) -> Proposal:
    return Proposal(
        proposal_id=time_ordered_id(now, REPLY, lead.touch_id.hex()),
        play=REPLY,
        person_id=lead.person_id,
        purpose=SERVICE,
        channel=lead.channel,
        action=REPLY,
        piece=Piece(content_id=lead.content_id, text=words, reply_to=lead.reply_to),
        expected_value_minor=0.0,
        proposed_at_us=now,
        due_at_us=now,
        deadline_us=now + MAKES_SENSE,
        personal=False,
    )
