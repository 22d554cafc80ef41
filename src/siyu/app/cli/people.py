"""``siyu people``: who is who, and what we hold about them."""

from json import dumps
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError

app = App(name="people", help="Who is who 人: recognise, match, merge, split, explain.")


@app.command
def recognise(pairs: Path, *, out: Path | None = None, json: bool = False) -> None:
    """Turn a Parquet file of identifier pairs (columns left, right) into people.

    Args:
        pairs: The file; identifiers are whole numbers or text.
        out: Write identifier and person of each here, as Parquet.
    """
    from siyu.app.people.recognise_pairs import recognise_file  # noqa: PLC0415  numba and pyarrow load slowly

    answer(recognise_file(pairs, out), json=json)


@app.command
def match(
    a: Path,
    b: Path | None = None,
    *,
    key: str,
    key_b: str = "",
    out: Path | None = None,
    columns: str = "",
    threshold: float | None = None,
    keep: str = "",
    upper: float = 0.99,
    merge_sure: bool = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Find records of one person through typos: within one CSV file, or between two.

    Args:
        a: The file.
        b: A second file; then only pairs between the two are looked for.
        key: The column that names each record.
        key_b: The same in the second file, if it is called something else there.
        out: Write left, right and probability of each pair here, as CSV.
        columns: What columns hold, where their names do not say it: ``xm=full_name,tel=phone,memo=ignore``.
        threshold: Take pairs from this probability on, 0 to 1; chosen from the data if not given.
        keep: The namespace of the keys, such as member_no: keep the pairs in the workspace as weak evidence and
            queue them as conflicts, nothing under the threshold.
        upper: From this probability on a merge is suggested; below it, somebody must look.
        merge_sure: Make those merges at once instead of queueing them.
    """
    from siyu.app.people.match_files import match_files  # noqa: PLC0415  numba loads slowly

    named: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in columns.split(","))):
        name, equals, role = part.partition("=")
        if not equals:
            raise BadInputError(f"{part!r} names no role", where="--columns", mend="write it like xm=full_name")
        named[name.strip()] = role.strip()
    if threshold is not None and not 0 <= threshold <= 1:
        raise BadInputError(f"{threshold} is no probability", where="--threshold", mend="from 0 to 1")
    files = [a] if b is None else [a, b]
    if not keep:
        answer(match_files(files, key=key, key_b=key_b, out=out, named=named, threshold=threshold), json=json)
        return
    from dataclasses import asdict  # noqa: PLC0415  only here
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    from siyu.app.people.match_keep import keep_pairs, read_pairs  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened, TemporaryDirectory() as folder:
        pairs = out or Path(folder, "pairs.csv")
        found = match_files(files, key=key, key_b=key_b, out=pairs, named=named, threshold=threshold)
        kept = keep_pairs(
            opened, read_pairs(pairs), namespace=keep, lower=min(found.threshold, upper), upper=upper,
            merge_sure=merge_sure,
        )  # fmt: skip
    answer({**asdict(found), "kept": asdict(kept)}, json=json)


@app.command
def merge(left: str, right: str, *, by: str = "operator", workspace: Path | None = None, json: bool = False) -> None:
    """Make two people one; ``split`` takes it back.

    Args:
        left, right: Such as phone:13800138000, unionid@wx12:oX…, or a person's number.
        by: Who decides; kept with the evidence.
    """
    from siyu.app.people import identity  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(identity.merge(opened, left, right, by=by), json=json)


@app.command
def split(identifier: str, *, by: str = "operator", workspace: Path | None = None, json: bool = False) -> None:
    """Take one identifier out of its person; its touches, consents and orders go with it."""
    from siyu.app.people import identity  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(identity.split(opened, identifier, by=by), json=json)


@app.command
def withdraw(evidence: str, *, by: str = "operator", workspace: Path | None = None, json: bool = False) -> None:
    """Take one piece of evidence back (its id is in ``siyu people why``); people come apart by themselves."""
    from siyu.app.people import identity  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(identity.withdraw(opened, evidence, by=by), json=json)


@app.command
def why(left: str, right: str = "", *, workspace: Path | None = None, json: bool = False) -> None:
    """Explain why two identifiers are one person, or are not; or all evidence about one."""
    from siyu.app.people import identity  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(identity.why(opened, left, right), json=json)


@app.command
def conflicts(
    *,
    settle: str = "",
    decision: str = "",
    by: str = "operator",
    every: bool = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """List the cases that wait for a decision, or decide one.

    Args:
        settle: The conflict to decide.
        decision: merge or apart.
        every: Also those that are decided.
    """  # fmt: skip
    from siyu.app.people import identity  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        if settle:
            answer(identity.settle(opened, settle, decision, by=by), json=json)
        else:
            answer({"conflicts": identity.conflicts(opened, every=every)}, json=json)


@app.command
def export(person: str, *, out: Path | None = None, workspace: Path | None = None, json: bool = False) -> None:
    """Hand over everything that is held about a person, decisions included.

    Args:
        out: Write it here, as JSON, and answer with the proof alone.
    """
    from siyu.app.people import rights  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        document = rights.export(opened, person)
    if out is None:
        answer(document, json=json)
        return
    try:
        out.write_text(dumps(document, ensure_ascii=False, indent=1, default=str), "utf-8")
    except OSError as error:
        raise BadInputError(f"cannot write {out}: {error.strerror}", where="--out") from error
    answer({"request": document["request"], "sha256": document["sha256"], "out": str(out)}, json=json)


@app.command
def correct(person: str, field: str, value: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Put one personal field right, such as ``siyu people correct phone:138… name 王芳``."""
    from siyu.app.people import rights  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(rights.correct(opened, person, field, value), json=json)


@app.command
def erase(person: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Erase a person from vault, store and lake; a proof without the person stays."""
    from siyu.app.people import rights  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(rights.erase(opened, person), json=json)


@app.command
def request(kind: str, person: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Note that a person asked for a right (export, correct or erase); the answer is due in 15 days.

    Doing it closes the request.
    """
    from siyu.app.people import rights  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(rights.receive(opened, kind, person), json=json)


@app.command
def requests(*, workspace: Path | None = None, json: bool = False) -> None:
    """List the requests of people for their rights, with deadlines and proofs."""
    from siyu.app.people import rights  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer({"requests": rights.requests(opened)}, json=json)


@app.command
def show(
    person: str,
    *,
    then: Annotated[str, Parameter(name=["--at", "--then"])] = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Show one person: identifiers (masked), portrait, tags, consents, relations, what happened and was decided.

    Args:
        then: All of it, and the scores, as of that moment, such as 2026-03-01 or 2026-03-01T12:00:00+08:00.
    """
    from dataclasses import asdict  # noqa: PLC0415  only here

    from siyu.app.people.identity import find  # noqa: PLC0415  the stores load slowly
    from siyu.app.people.portraits import portrait_page  # noqa: PLC0415
    from siyu.app.people.then import person_then  # noqa: PLC0415  numba loads slowly
    from siyu.app.views.person import person_page  # noqa: PLC0415

    with open_workspace(workspace) as opened:
        at_us = _moment(then, opened.settings.brand.zone) if then else None
        with opened.database.read() as connection:
            _, number = find(opened, person, connection)
        if at_us is None:
            answer({**asdict(person_page(opened, number)), **portrait_page(opened, number)}, json=json)
        else:
            answer(person_then(opened, number, at_us), json=json)


@app.command
def learn(person: str, field: str, value: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Write one field of a portrait, such as ``siyu people learn member_no:7 city 成都``; its history stays."""
    from siyu.app.people import portraits  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(portraits.learn(opened, person, field, value), json=json)


@app.command
def tag(
    person: str,
    name: str,
    *,
    days: float | None = None,
    off: bool = False,
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Put a tag on a person, or take it off.

    Args:
        days: How long it holds; without an end if it is not said.
        off: Take it off, whoever put it on.
    """
    from siyu.app.people import portraits  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        found = portraits.untag(opened, person, name) if off else portraits.tag(opened, person, name, days=days)
    answer(found, json=json)


@app.command
def relations(person: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Show one person among people: who brought whom, teams, households, answers in groups; and how many they move."""
    from siyu.app.people.bonds import relations as bonds  # noqa: PLC0415  numba loads slowly

    with open_workspace(workspace) as opened:
        answer(bonds(opened, person), json=json)


@app.command(name="set-apart")
def set_apart(
    identifier: str, *, why: str, detail: str = "", workspace: Path | None = None, json: bool = False
) -> None:
    """Let an identifier join nobody from now on, and undo what it joined.

    Args:
        why: staff, test or shared.
        detail: In words, nothing personal.
    """
    from siyu.app.people import identity  # noqa: PLC0415  the stores load slowly

    with open_workspace(workspace) as opened:
        answer(identity.set_apart(opened, identifier, why=why, detail=detail), json=json)


def _moment(text: str, zone: str) -> int:
    from datetime import datetime  # noqa: PLC0415  only here
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from siyu.kernel.period import us_of  # noqa: PLC0415

    try:
        said = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInputError(f"{text!r} is no moment", where="--at", mend="such as 2026-03-01") from error
    return us_of(said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone)))


@app.command(name="list")
def list_(*, after: int = 0, most: int = 50, workspace: Path | None = None, json: bool = False) -> None:
    """List people, the newest first.

    Args:
        after: Go on from here: the ``after`` of the page before.
        most: People on a page.
    """
    from siyu.app.views.people import people_page  # noqa: PLC0415  the stores load slowly

    if not 1 <= most <= 10_000:
        raise BadInputError(f"{most} people do not fit a page", where="--most", mend="1 to 10000")
    with open_workspace(workspace) as opened:
        answer(people_page(opened, after=after, most=most), json=json)


@app.command(name="rotate-key")
def rotate_key(*, most: int | None = None, workspace: Path | None = None, json: bool = False) -> None:
    """Put the vault under a new master key, while server and workers run. Cut short, call it again.

    Args:
        most: Stop after that many people's keys; the next call goes on.
    """
    from siyu.app.people.rotation import rotate_key as rotate  # noqa: PLC0415  the stores load slowly

    if most is not None and most < 1:
        raise BadInputError(f"{most} keys are none", where="--most", mend="1 or more")
    with open_workspace(workspace) as opened:
        answer(rotate(opened, most=most), json=json)


@app.command
def score(person: str = "", *, workspace: Path | None = None, json: bool = False) -> None:
    """Score everybody and publish the figures, or explain one person's: definition, range, touches of each score."""
    from siyu.app.people.scores import explain_scores, publish_scores  # noqa: PLC0415  numba loads slowly

    with open_workspace(workspace) as opened:
        answer(explain_scores(opened, person) if person else publish_scores(opened), json=json)
