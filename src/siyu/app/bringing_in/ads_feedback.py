"""Conversion post-back (转化回传): what became of a lead, told to its ad platform by separate consent only.

A platform is told its own number of the lead and a step, nothing else: no phone, no name, no order. Each step is a
proposal for the purpose ``ads_upload``: without that consent none is made, and the guard asks for it again before the
outbox says it, once. The text and proof of the consent that it rests on are kept beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siyu.app.workspace import Workspace
from siyu.campaigns.proposal import Proposal
from siyu.channels.manifest import manifests
from siyu.content.piece import Piece
from siyu.dispatch.message import TELLS_OF_LEADS
from siyu.kernel.ids import time_ordered_id
from siyu.kernel.period import DAY
from siyu.people.consent import ADS_UPLOAD, ConsentRecord, is_granted
from siyu.stores.sql.ad_leads import AdLead, SqlAdLeads
from siyu.stores.sql.consents import SqlConsents
from siyu.stores.sql.proposals import SqlProposals

#: Platforms learn nothing from what became of a lead so long ago.
MAKES_SENSE: Final = 30 * DAY


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """What the platforms were told: how many leads came to a step, and where the telling stands."""

    channel: str
    step: str
    guard: str
    message: str
    text_version: str
    leads: int


def tell_of_leads(workspace: Workspace) -> int:
    """Propose to tell ad platforms what became of their leads, each step once; return how many are new."""
    channels = [name for name, one in manifests().items() if TELLS_OF_LEADS in one.outbound]
    now, told = workspace.clock.now_us(), 0
    with workspace.database.write() as connection:
        leads = SqlAdLeads(connection)
        leads.gather(channels)
        moved = leads.moved()
        consents = SqlConsents(connection).of_people(sorted({one.person_id for one in moved}))
        for one in moved:
            said = consents.get(one.person_id, ())
            if not is_granted(said, purpose=ADS_UPLOAD, channel=one.channel):
                continue
            step = "bought" if one.bought else "added"
            proposal = _proposal(one, step, now)
            told += SqlProposals(connection).add([proposal])
            given = _newest(said, one.channel)
            leads.tell(one, step, proposal.proposal_id, text_version=given.text_version, proof=given.proof, now_us=now)
    return told


def feedback(workspace: Workspace) -> list[FeedbackRow]:
    """Return what the platforms were told."""
    with workspace.database.read() as connection:
        return [FeedbackRow(*row) for row in SqlAdLeads(connection).told()]


def _newest(said: Sequence[ConsentRecord], channel: str) -> ConsentRecord:
    mine = [one for one in said if one.purpose == ADS_UPLOAD and one.granted and one.channel in {"", channel}]
    return max(mine, key=lambda one: one.decided_at_us)


def _proposal(lead: AdLead, step: str, now: int) -> Proposal:
    return Proposal(
        proposal_id=time_ordered_id(lead.left_at_us, TELLS_OF_LEADS, lead.touch_id.hex(), step),
        play=TELLS_OF_LEADS,
        person_id=lead.person_id,
        purpose=ADS_UPLOAD,
        channel=lead.channel,
        action=TELLS_OF_LEADS,
        piece=Piece(content_id="", reply_to=f"{lead.lead_no} {step}"),
        expected_value_minor=0.0,
        proposed_at_us=now,
        due_at_us=now,
        deadline_us=now + MAKES_SENSE,
        personal=False,
    )
