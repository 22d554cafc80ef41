"""A small shop with one campaign on a virtual clock, for the tests of fission."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from siyu.app.clock import VirtualClock
from siyu.app.fission.campaign import keep_plan
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace, open_workspace
from siyu.campaigns.fission.plan import plan_of
from siyu.kernel.period import DAY
from siyu.loyalty.ledger import problems_of
from siyu.stores.sql.ledger import SqlLedger
from siyu.stores.sql.schema.people import identifier
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

START = 20_000 * DAY


class Shop:
    """Says what happened, and looks at the books."""

    def __init__(self, workspace: Workspace, clock: VirtualClock) -> None:
        self.workspace, self.clock, self._door = workspace, clock, TakeIn(workspace)

    def shows(self, who: str, code: str, at_us: int, campaign: str = "spring") -> None:
        """Somebody shows an invitation code, or opens a team."""
        self._door.take([said(TouchKind.INVITE, who, at_us, about=code, campaign=campaign)])

    def comes(self, who: str, code: str, at_us: int, *, answers: bool = True, **more: str) -> None:
        """Somebody comes by a code; ``answers``: and says something."""
        kinds = [TouchKind.CONTACT_ADDED, *([TouchKind.MESSAGE_IN] if answers else [])]
        accepted = said(TouchKind.INVITE_ACCEPTED, who, at_us, about=code, **more)
        self._door.take([*(said(kind, who, at_us) for kind in kinds), accepted])

    def happens(self, kind: TouchKind, who: str, at_us: int, **more: Any) -> None:
        """Anything else."""
        self._door.take([said(kind, who, at_us, **more)])

    def people(self, *names: str) -> dict[str, int]:
        """Return the numbers of people by their names."""
        query = select(identifier.c.key, identifier.c.person_id)
        with self.workspace.database.read() as connection:
            known = {bytes(key): int(person) for key, person in connection.execute(query)}
        return {who: known[self.workspace.vault.key_of(_goes_by(who))] for who in names}

    def books(self) -> list[str]:
        """Return what is wrong with the ledger."""
        with self.workspace.database.read() as connection:
            ledger = SqlLedger(connection)
            totals, kept = ledger.totals(), ledger.kept_balances()
            assert all(totals.get(place, 0) == kept.get(place, 0) for place in totals.keys() | kept.keys())
            return problems_of(ledger.all())


def said(kind: TouchKind, who: str, at_us: int, *, about: str = "", value_minor: int = 0, **properties: str) -> Touch:
    """Return a touch of somebody on WeCom."""
    return touch(
        "wecom", kind, happened_at_us=at_us, received_at_us=at_us, actors=(_goes_by(who),), about=about, staff="s",
        value_minor=value_minor, properties=properties,
    )  # fmt: skip


def _goes_by(who: str) -> Identifier:
    return Identifier("external_userid@c", f"wmAAAAAA{who}")


@contextmanager
def shop(folder: Path, plan: dict[str, Any]) -> Iterator[Shop]:
    """Open a shop with a campaign."""
    clock = VirtualClock(START)
    with open_workspace(folder, clock=clock, create=True) as workspace:
        keep_plan(workspace, plan_of(plan))
        yield Shop(workspace, clock)
