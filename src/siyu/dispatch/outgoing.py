"""From an approved proposal to a message in the outbox: whom exactly, through which account, in whose name."""

import msgspec

from siyu.campaigns.proposal import Proposal
from siyu.kernel.ids import time_ordered_id
from siyu.people.relation import Relation


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """One row of the outbox as it begins.

    Attributes:
        message_id: Derived from the proposal: approving twice makes one message.
        identifier_id: The identifier by which the platform knows the person; its plain value is read at dispatch only.
    """

    message_id: bytes
    proposal: Proposal
    identifier_id: int
    account: str
    staff: str


def outgoing(proposal: Proposal, relation: Relation, *, now_us: int) -> Outgoing:
    """Address an approved proposal through a standing relation."""
    return Outgoing(
        message_id=time_ordered_id(now_us, "message", proposal.proposal_id.hex()),
        proposal=proposal,
        identifier_id=relation.identifier_id,
        account=relation.account,
        staff=relation.staff,
    )
