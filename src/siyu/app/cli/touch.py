"""``siyu touch``: take one touch in by hand, look at the last ones, and read the taxonomy."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter
from sqlalchemy import select

from siyu.app.cli.answer import answer
from siyu.app.intake.wire_touch import WireTouch, touch_of, touches_of
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.money import major_text
from siyu.kernel.period import moment_of
from siyu.stores.sql.schema.touches import touch as touch_table
from siyu.touchpoints.kind import CHINESE, TouchKind
from siyu.touchpoints.touch import Identifier

app = App(name="touch", help="Take touches in by hand, look at the last ones, read the taxonomy.")


@app.command
def add(
    *,
    kind: Annotated[str, Parameter(help="What happened: `siyu touch kinds` lists them.")],
    channel: str,
    actor: Annotated[list[str] | None, Parameter(help="Who, as namespace=value; several are one person.")] = None,
    at: Annotated[str, Parameter(help="ISO 8601 with an offset; now if nothing is said.")] = "",
    key: Annotated[str, Parameter(help="The event's own id: the same key again counts once.")] = "",
    account: str = "",
    about: str = "",
    source_code: str = "",
    value: Annotated[str, Parameter(help="Money in whole units, such as 12.30.")] = "0",
    currency: str = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Take one touch in."""
    with open_workspace(workspace, create=True) as opened:
        now_us = opened.clock.now_us()
        said = {"channel": channel, "kind": kind, "event_key": key, "account": account, "about": about}
        said |= {"source_code": source_code, "value": value, "currency": currency or opened.settings.brand.currency}
        moment = {"happened_at": at} if at else {"happened_at_us": now_us}
        try:
            wire = msgspec.convert({**said, **moment, "actors": [_actor(one) for one in actor or ()]}, WireTouch)
        except msgspec.ValidationError as error:
            raise BadInputError(str(error)) from error
        made = touch_of(wire, now_us)
        taken = TakeIn(opened).take([made])
    answer({"touch_id": made.touch_id, "accepted": taken.accepted, "duplicates": taken.duplicates}, json=json)


@app.command(name="read")
def read_(*, workspace: Path | None = None, json: bool = False) -> None:
    """Take touches in from standard input: one JSON object a line, as ``POST /v1/touches`` takes them."""
    opened = open_workspace(workspace, create=True)
    accepted = duplicates = 0
    wrong: list[dict[str, object]] = []
    try:
        take_in = TakeIn(opened)
        for number, line in enumerate(sys.stdin.buffer, start=1):
            if line.strip():
                touches, _, aside = touches_of(line.strip(), opened.clock.now_us(), ndjson=True)
                taken = take_in.take(touches)
                accepted, duplicates = accepted + taken.accepted, duplicates + taken.duplicates
                wrong += [{"line": number, "heading": one.heading, "reason": one.reason} for one in aside]
    finally:
        opened.close()
    answer({"accepted": accepted, "duplicates": duplicates, "wrong": wrong}, json=json)


@app.command(name="list")
def list_(*, last: int = 20, workspace: Path | None = None, json: bool = False) -> None:
    """List the last touches that came in and are not in the lake yet; nothing in them is personal."""
    with open_workspace(workspace) as opened, opened.database.read() as connection:
        rows = connection.execute(select(touch_table).order_by(touch_table.c.seq.desc()).limit(last)).all()
    answer(
        [
            {
                "at": moment_of(row.happened_at_us),
                "kind": TouchKind(row.kind).slug,
                "channel": row.channel,
                "identifier": row.identifier_id,
                "value": major_text(row.value_minor, row.currency),
                "currency": row.currency,
                "about": row.about,
            }
            for row in rows
        ],
        json=json,
    )


@app.command
def kinds(*, json: bool = False) -> None:
    """List the kinds of touches there are."""
    answer([{"number": int(kind), "kind": kind.slug, "chinese": CHINESE[kind]} for kind in TouchKind], json=json)


def _actor(written: str) -> Identifier:
    namespace, mark, value = written.partition("=")
    if not mark or not namespace or not value:
        raise BadInputError(f"{written!r} names nobody", where="--actor", mend="such as phone=13800138000")
    return Identifier(namespace, value)
