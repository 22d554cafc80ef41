"""Measure: what measurement publishes for campaigns to read. The loop closes through data."""

from zoneinfo import ZoneInfo

from siyu.app.lake import measure
from siyu.app.workspace import Workspace
from siyu.kernel.period import SECOND, moment_of
from siyu.measurement.models.rhythm import Rhythm
from siyu.stores.sql.rhythms import SqlRhythms


def publish_rhythms(workspace: Workspace) -> int:
    """Measure everybody's rhythm of purchase and publish it; return how many buyers there are."""
    now_us = workspace.clock.now_us()
    local = moment_of(now_us).astimezone(ZoneInfo(workspace.settings.brand.zone))
    ahead = local.utcoffset()
    offset_us = int(ahead.total_seconds()) * SECOND if ahead else 0
    rhythms = measure(workspace, Rhythm(day_offset_us=offset_us))
    with workspace.database.write() as connection:
        SqlRhythms(connection).publish(rhythms, at_us=now_us)
    return len(rhythms)
