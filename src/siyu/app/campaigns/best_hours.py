"""Keep best hours (最佳时段): when people act most, counted anew each day while a journey waits for it."""

from typing import Final

from siyu.app.people.scores import publish_scores
from siyu.app.workspace import Workspace
from siyu.campaigns.journey.program import Wait
from siyu.kernel.period import DAY
from siyu.stores.sql.journeys import SqlJourneys

#: The day for which people's hours were counted.
_HOURS: Final = "hours"


def keep_best_hours(workspace: Workspace) -> bool:
    """Publish everybody's hours if a journey that runs needs them and today's are not there; return whether it did."""
    today = workspace.clock.now_us() // DAY
    with workspace.database.read() as connection:
        store = SqlJourneys(connection)
        if (store.mark(_HOURS) or -1) >= today:
            return False
        waits = (step for one in store.versions() if one.is_running for step in one.journey.steps)
        if not any(isinstance(step, Wait) and step.how == "best_hour" for step in waits):
            return False
    with workspace.database.write() as connection:
        SqlJourneys(connection).set_mark(_HOURS, today)
    publish_scores(workspace)
    return True
