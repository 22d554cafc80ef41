"""How the columns of a file are to be understood: guessed, from a preset, or from a TOML file of the shop's own."""

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from siyu.kernel.errors import BadInputError

What = Literal["orders", "touches", "people", "consents", "spend"]
_PRESETS: Final = "presets"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileShape(_Part):
    """What cannot be guessed of the file itself.

    Attributes:
        encoding: ``utf-8``, ``gb18030`` …; empty: guessed.
        delimiter: One character, or ``whitespace``; empty: guessed.
        sheet: Of an Excel file; empty: the first.
        skip: Lines before the header.
        names: Column names of a file without a header line.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    skip: int = Field(default=0, ge=0)
    names: list[str] = []


class OrderRules(_Part):
    """How rows become orders.

    Attributes:
        cancel_prefix: An order number that begins so takes an earlier order back; it becomes a refund.
        statuses: Status text of the platform -> a kind such as ``order_paid``, or ``skip``.
        free: What an order becomes for which nothing was paid.
        repeated_rows: A row alike in every column counts ``once``, or is a line of its own (``keep``).
        order_is_day: There is no order number: what a person bought on one day is one order.
        first_row_speaks: Time, amount and customer stand in the first row of an order alone.
    """

    cancel_prefix: str = ""
    statuses: dict[str, str] = {}
    free: Literal["order_paid", "order_created"] = "order_paid"
    repeated_rows: Literal["once", "keep"] = "once"
    order_is_day: bool = False
    first_row_speaks: bool = False


class Mapping(_Part):
    """Which column means what.

    Attributes:
        columns: Field -> column, or several names of which the first that is there counts. Fields of orders:
            ``order at amount quantity price refund status currency``; of touches: those of a touch; of consents:
            ``purpose channel granted at text_version proof``; of spend: ``day cost impressions clicks campaign ad``.
        identifiers: Namespace -> column: by what the person is known.
        traits: Trait -> column: personal fields, which go to the vault alone.
        properties: Property -> column: anything else worth keeping that is not personal. Of orders, ``staff`` and
            ``source_code`` become the touch's own fields: who sold, and where the buyer came from.
        fixed: Field -> value, where the file does not say: ``channel``, ``account``, ``currency`` …
        time_format: As ``strptime`` writes it; empty: guessed.
        zone: Zone of moments without an offset; empty: the brand's.
        unit: Money is written in whole units (``major``: 12.30) or in the smallest (``minor``: 1230).
        as_of, source: When the shape was last seen, and where.
    """

    what: What = "orders"
    name: str = ""
    title: str = ""
    source: str = ""
    as_of: date | None = None
    file: FileShape = FileShape()
    columns: dict[str, str | list[str]] = {}
    identifiers: dict[str, str | list[str]] = {}
    traits: dict[str, str | list[str]] = {}
    properties: dict[str, str | list[str]] = {}
    fixed: dict[str, str] = {}
    time_format: str = ""
    zone: str = ""
    unit: Literal["major", "minor"] = "major"
    orders: OrderRules = OrderRules()


def read_mapping(path: Path, what: What) -> Mapping:
    """Read a mapping file.

    Raises:
        BadInputError: it is not there, not TOML, or says something that does not exist.
    """
    try:
        written = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadInputError(error.strerror or str(error), where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInputError(f"not TOML: {error}", where=str(path)) from error
    return _checked(written, what, str(path))


def preset_names(what: What | None = None) -> list[str]:
    """Name the presets that are shipped (for ``what``)."""
    return sorted(name for name, preset in _presets().items() if what is None or preset.what == what)


def preset(name: str, what: What) -> Mapping:
    """Return a preset that is shipped.

    Raises:
        BadInputError: there is none of that name for ``what``.
    """
    found = _presets().get(name)
    if found is None or found.what != what:
        known = ", ".join(preset_names(what)) or "none"
        raise BadInputError(f"{name!r} is no preset for {what}", where="--preset", mend=f"there are: {known}")
    return found


@cache
def _presets() -> dict[str, Mapping]:
    found: dict[str, Mapping] = {}
    for file in resources.files(__package__).joinpath(_PRESETS).iterdir():
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            written = tomllib.loads(file.read_text("utf-8"))
            found[name] = _checked({**written, "name": name}, written["what"], file.name)
    return found


def _checked(written: dict[str, Any], what: What, where: str) -> Mapping:
    try:
        mapping = Mapping.model_validate({"what": what, **written})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInputError(f"{place}: {first['msg']}", where=where) from error
    if mapping.what != what:
        raise BadInputError(f"this mapping is for {mapping.what}, not for {what}", where=where)
    return mapping
