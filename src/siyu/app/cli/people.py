"""``siyu people``: who is who, and what we hold about them."""

from pathlib import Path

from cyclopts import App

from siyu.app.cli.answer import answer

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
