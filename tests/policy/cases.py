"""Cases for the tests of policy."""

from zoneinfo import ZoneInfo

from siyu.campaigns.proposal import Proposal, proposal_id
from siyu.content.piece import Piece
from siyu.kernel.period import DAY
from siyu.people.consent import ConsentRecord
from siyu.people.relation import Relation
from siyu.policy.case import Case, Spoken

#: 2026-06-10 10:00 in Shanghai.
NOW_US = 1_781_056_800_000_000
SHANGHAI = ZoneInfo("Asia/Shanghai")


def proposal(
    *, person: int = 1, play: str = "win_back", value: float = 100.0, deadline_us: int | None = None
) -> Proposal:
    return Proposal(
        proposal_id=proposal_id(play, person, NOW_US - DAY),
        play=play,
        person_id=person,
        purpose="marketing",
        channel="wecom",
        action="mass_send",
        piece=Piece(content_id="c", text="hello"),
        expected_value_minor=value,
        proposed_at_us=NOW_US,
        due_at_us=NOW_US,
        deadline_us=NOW_US + 14 * DAY if deadline_us is None else deadline_us,
    )


def consent(
    *, granted: bool = True, channel: str = "", at_us: int = NOW_US - DAY, identifier: int = 1
) -> ConsentRecord:
    return ConsentRecord(identifier, "marketing", channel, granted, "v1", "form", at_us)


def relation(*, channel: str = "wecom") -> Relation:
    return Relation(1, channel, "corp", "anna", NOW_US - 30 * DAY, None, "")


def spoken(*moments: int, play: str = "win_back", staff: str = "anna") -> list[Spoken]:
    return [Spoken(at_us, "wecom", "mass_send", staff, play) for at_us in moments]


def case(one: Proposal | None = None, **changes: object) -> Case:
    fields: dict[str, object] = {
        "now_us": NOW_US, "zone": SHANGHAI, "consents": (consent(),), "relations": (relation(),), "spoken": [],
    }  # fmt: skip
    return Case(proposal=one or proposal(), **(fields | changes))  # type: ignore[arg-type]  fields by name
