"""``siyu people``: who is who, and what we hold about them."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer
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
    out: Path | None = None,
    columns: str = "",
    threshold: float | None = None,
    json: bool = False,
) -> None:
    """Find records of one person through typos: within one CSV file, or between two.

    Args:
        a: The file.
        b: A second file; then only pairs between the two are looked for.
        key: The column that names each record.
        out: Write left, right and probability of each pair here, as CSV.
        columns: What columns hold, where their names do not say it: ``xm=full_name,tel=phone,memo=ignore``.
        threshold: Take pairs from this probability on, 0 to 1; chosen from the data if not given.
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
    answer(match_files(files, key=key, out=out, named=named, threshold=threshold), json=json)
