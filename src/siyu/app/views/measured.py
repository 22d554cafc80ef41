"""Measured figures of everybody: retention, repurchase, the map. The numbers are those of ``siyu metric``."""

from typing import Any

from sqlalchemy import func, select

from siyu.app.measurement.metric import metric_of_workspace
from siyu.app.views.kept import KEPT
from siyu.app.workspace import Workspace
from siyu.measurement.journey_map import JourneyMapResult
from siyu.stores.sql.schema.people import profile


def data_until_us(workspace: Workspace) -> int:
    """Return up to when there is data: just after the last thing a person did, and never later than now; 0 if none.

    A replay of another year ends where its data ends, so that its last months are not taken for silence.
    """

    def read() -> int:
        with workspace.database.read() as connection:
            last = connection.execute(select(func.max(profile.c.last_at_us))).scalar_one()
        return min(int(last) + 1, workspace.clock.now_us()) if last else 0

    return KEPT.get(workspace, "until", read)


def metric(workspace: Workspace, name: str, /, **chosen: str) -> Any:
    """Return a metric of the whole workspace, as ``siyu metric NAME`` gives it.

    Args:
        chosen: Its options by name.

    Raises:
        BadInputError: there is no such metric or option.
    """

    def make() -> Any:
        return metric_of_workspace(workspace, name, chosen)

    return KEPT.get(workspace, ("metric", name, tuple(sorted(chosen.items()))), make)


def journey_map(workspace: Workspace) -> JourneyMapResult:
    """Return where people came from and how far they came."""
    result: JourneyMapResult = metric(workspace, "stage-map")
    return result
