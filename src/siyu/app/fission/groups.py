"""Ask a customer group (社群): by its owner's hand, in the plan's words, as seldom as plan and house rule say.

A message into a group is put there by the staff member who owns it, on every platform there is; so Siyu says what may
be said now, and books it. Everybody in the group hears it at once: that is why groups have a quota of their own.
"""

from typing import Any, Final

from sqlalchemy import Connection

from siyu.app.fission.asking import why_not
from siyu.app.fission.kept import plan_kept, read_fact, write_fact
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RefusedError
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, moment_of

_KIND: Final = "groups"
#: Asks of groups are kept over all campaigns, for the house rule counts them together.
_ALL: Final = ""
_MONTH: Final = 30 * DAY


def ask_group(workspace: Workspace, campaign: str, group: str) -> dict[str, Any]:
    """Return what may be put into a group now, and book it.

    Raises:
        BadInputError: there is no such campaign, or the group has no name.
        RefusedError: the campaign asks nobody now, or the group was asked too lately; the answer says until when.
    """
    now, policy = workspace.clock.now_us(), workspace.settings.policy
    group = group.strip()
    if not group:
        raise BadInputError("a group has a name or chat id", where="group")
    with workspace.database.write() as connection:
        plan = plan_kept(connection, campaign)
        if silent := why_not(connection, plan, now_us=now, currency=workspace.settings.brand.currency):
            raise RefusedError(f"{campaign} asks nobody now: {silent}", allowed="siyu fission status says more")
        kept = read_fact(connection, _KIND, _ALL)
        keep_us = max(_MONTH, policy.group_cap_days * DAY)
        asked = [(int(at_us), str(of)) for at_us, of in kept.get(group, ()) if at_us > now - keep_us]
        for times, most, window in (
            ([at_us for at_us, of in asked if of == campaign], plan.control.asks_per_group_month, _MONTH),
            ([at_us for at_us, _of in asked], policy.group_cap, policy.group_cap_days * DAY),
        ):
            recent = [at_us for at_us in times if at_us > now - window]
            if len(recent) >= most:
                again = f"{moment_of(recent[len(recent) - most] + window):%Y-%m-%d}" if most else "never"
                what = f"{group} was asked {len(recent)} times in {window // DAY} days, and {most} are allowed"
                raise RefusedError(what, allowed=f"ask it again: {again}")
        texts = plan.communication.variants
        variant = int(share_of("variant", campaign, group, str(len(asked))) * len(texts))
        write_fact(connection, _KIND, _ALL, kept | {group: [*asked, (now, campaign)]})
    return {
        "campaign": campaign, "group": group, "variant": variant, "text": texts[variant],
        "link": plan.communication.link,
    }  # fmt: skip


def groups_asked(connection: Connection, campaign: str, *, now_us: int) -> dict[str, int]:
    """Return how often each group was asked by a campaign in the last 30 days."""
    kept = read_fact(connection, _KIND, _ALL)
    counts = {
        group: sum(of == campaign and at_us > now_us - _MONTH for at_us, of in asked) for group, asked in kept.items()
    }
    return {group: count for group, count in counts.items() if count}
