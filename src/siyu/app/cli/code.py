"""``siyu code``: make a live code, change where it leads, decide a scan, see where scans went."""

from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import segno
from cyclopts import App, Parameter

from siyu.app.bringing_in.stores import make_tills
from siyu.app.cli.answer import answer
from siyu.app.live_codes.desk import CodeDesk, Scan, change_code, take_in_scans
from siyu.app.live_codes.surroundings import down_kinds, set_down
from siyu.app.workspace import open_workspace
from siyu.app.yaml_file import read_yaml
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import us_of_text
from siyu.stores.sql.live_code import SqlLiveCodes
from siyu.touchpoints.live_code import Visitor

app = App(name="code", help="Live codes 活码: printed once, led anew at every scan.")


@app.command
def create(
    file: Path,
    *,
    workspace: Path | None = None,
    link: Annotated[str, Parameter(help="What is printed before the code, such as https://go.example.org/c/")] = "",
    picture: Annotated[Path | None, Parameter(help="Write the printed code here (.svg or .png).")] = None,
    json: bool = False,
) -> None:
    """Make a live code from a file (YAML), or change an old one: what is printed stays."""
    with open_workspace(workspace) as opened:
        code = change_code(opened, read_yaml(file))
    if picture is not None:
        _draw(link + code.code, picture)
    document: dict[str, Any] = {
        "code": code.code,
        "version": code.version,
        "printed": link + code.code,
        "routes": len(code.routes),
        "targets": sorted({target.name for route in code.routes for target in route.targets} | {code.fallback.name}),
    }
    answer(document, json=json)


@app.command
def tills(
    store: str,
    names: list[str],
    *,
    to: Annotated[str, Parameter(help="Where the codes lead until they are changed, such as the page to add a guide.")],
    bait: Annotated[str, Parameter(help="What is offered at the till.")] = "",
    workspace: Path | None = None,
    link: Annotated[str, Parameter(help="What is printed before the code, such as https://go.example.org/c/")] = "",
    pictures: Annotated[Path | None, Parameter(help="A folder for the printed codes (SVG).")] = None,
    json: bool = False,
) -> None:
    """Make the codes of all tills of a store in one go; `siyu store show` tells what they bring."""
    with open_workspace(workspace) as opened:
        made = make_tills(opened, store, names, url=to, bait=bait)
    if pictures is not None:
        for one in made:
            _draw(link + one.code, pictures / f"{one.code}.svg")
    answer({"store": store, "tills": [{"code": one.code, "printed": link + one.code} for one in made]}, json=json)


@app.command
def route(
    code: str,
    *,
    visitor: Annotated[str, Parameter(help="A pseudonym of who scans.")] = "",
    place: str = "",
    language: str = "",
    scene: str = "",
    guide: Annotated[str, Parameter(help="The guide who knows the person.")] = "",
    at: Annotated[str, Parameter(help="When, such as 2026-05-01T20:30; now if not said.")] = "",
    down: Annotated[tuple[str, ...], Parameter(help="Kinds of targets whose platform is down.")] = (),
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Decide one scan of a code, durably, and say why."""
    with open_workspace(workspace) as opened:
        now = us_of_text(at, ZoneInfo(opened.settings.brand.zone)) if at else opened.clock.now_us()
        desk = CodeDesk(opened)
        desk.down = frozenset(down) | down_kinds(opened)
        who = Visitor(name=visitor, place=place, language=language, scene=scene, guide=guide)
        choice = desk.route_all([Scan(code, who, now)])[0]
    answer(
        {
            "code": code,
            "target": choice.target.name,
            "kind": choice.target.kind,
            "url": choice.target.url,
            "reason": choice.reason,
            "version": choice.version,
        },
        json=json,
    )


@app.command
def platform(
    kind: Annotated[str, Parameter(help="staff or group.")] = "",
    *,
    down: Annotated[str, Parameter(help="It is down, because …; scans go to the fallback.")] = "",
    back: Annotated[bool, Parameter(help="It is back.")] = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Say that the platform behind a kind of target is down or back; without either, show what is down."""
    with open_workspace(workspace) as opened:
        found = set_down(opened, kind, down=not back, because=down) if down or back else down_kinds(opened)
    answer({"down": sorted(found)}, json=json)


@app.command
def show(code: str = "", *, workspace: Path | None = None, json: bool = False) -> None:
    """Show where the scans of a code went and why; without a code, list the codes."""
    with open_workspace(workspace) as opened:
        take_in_scans(opened)
        with opened.database.read() as connection:
            codes = SqlLiveCodes(connection)
            if not code:
                answer({"codes": codes.codes()}, json=json)
                return
            kept = codes.newest(code)
            if kept is None:
                raise BadInputError(
                    f"there is no code {code!r}", mend=f"known are {', '.join(codes.codes()) or 'none yet'}"
                )
            sent = codes.by_reason(code)
    answer({"code": code, "version": kept.version, "plan": kept.plan, "sent": sent}, json=json)


def _draw(text: str, picture: Path) -> None:
    try:
        picture.parent.mkdir(parents=True, exist_ok=True)
        segno.make_qr(text, error="m").save(str(picture), scale=10, border=4)
    except (OSError, ValueError) as error:
        raise BadInputError(f"cannot write it: {error}", where=str(picture)) from error
