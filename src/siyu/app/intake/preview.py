"""Preview (试读): the first rows as they would be understood, without changing anything."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from siyu.app.intake.import_file import mapping_for, understand
from siyu.app.intake.mapping import Mapping, What
from siyu.app.intake.read_table import read_table
from siyu.app.intake.rows import understand_spend
from siyu.app.workspace import Workspace
from siyu.kernel.money import major_text
from siyu.kernel.period import moment_of
from siyu.touchpoints.touch import Touch

_FIRST = 10


def preview(
    workspace: Workspace, what: What, path: Path, *, mapping: Mapping | None, fixed: dict[str, str], zone: str = ""
) -> dict[str, Any]:
    """Say how a file would be understood: its mapping, its first touches, its first faults and all headings.

    Raises:
        BadInputError: as an import would.
    """
    table = read_table(path, mapping.file if mapping else None)
    chosen = mapping_for(table, what, mapping, fixed, zone)
    found: dict[str, Any] = {
        "file": str(path),
        "rows": table.height,
        "mapping": chosen.model_dump(mode="json", exclude_defaults=True),
    }
    brand = workspace.settings.brand
    if what == "spend":
        rows, aside = understand_spend(table, chosen, zone=ZoneInfo(brand.zone), currency=brand.currency)
        found["first"] = [
            {"day": moment_of(one.day_us).astimezone(ZoneInfo(brand.zone)).date().isoformat(), "channel": one.channel,
             "campaign": one.campaign, "ad": one.ad, "cost": major_text(one.cost_minor, one.currency),
             "currency": one.currency}
            for one in rows[:_FIRST]
        ]  # fmt: skip
        found["set_aside"] = len(aside)
        return found
    understood = understand(table, chosen, workspace, str(path))
    return {
        **found,
        "touches": len(understood.touches),
        "headings": understood.headings,
        "set_aside": len(understood.set_aside),
        "first": [_shown(one, ZoneInfo(brand.zone)) for one in understood.touches[:_FIRST]],
        "first_set_aside": [
            {"line": one.line, "heading": one.heading, "reason": one.reason} for one in understood.set_aside[:_FIRST]
        ],
    }


def _shown(one: Touch, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": moment_of(one.happened_at_us).astimezone(zone).isoformat(),
        "kind": one.kind.slug,
        "channel": one.channel,
        "who": " ".join(f"{actor.namespace}={actor.value}" for actor in one.actors),
        "value": major_text(one.value_minor, one.currency),
        "currency": one.currency,
        "about": one.about,
        "properties": dict(one.properties),
        "traits": ", ".join(one.traits),
    }
