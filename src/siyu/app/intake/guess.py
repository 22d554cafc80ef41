"""Guess which column means what, from header words in English and Chinese."""

import re
import tomllib
import unicodedata
from collections.abc import Collection, Sequence
from collections.abc import Mapping as Map
from functools import cache
from importlib import resources
from typing import Final

from siyu.app.intake.mapping import Mapping, What

_FIELDS: Final[Map[What, tuple[str, ...]]] = {
    "orders": ("order", "at", "amount", "quantity", "price", "refund", "status", "currency"),
    "touches": (
        "kind", "at", "channel", "account", "event_key", "scene", "source_code", "content_id", "staff", "about",
        "value_minor", "value", "currency",
    ),
    "people": ("at", "channel"),
    "consents": ("purpose", "granted", "at", "channel", "text_version", "proof"),
    "spend": ("day", "cost", "channel", "account", "campaign", "ad", "source_code", "impressions", "clicks", "leads",
              "currency"),
}  # fmt: skip
_CONTACTS: Final = ("phone", "email")
#: Headers of columns that hold names of people, which others have as well.
_NAMES: Final = re.compile(r"(?:姓名|名字|名称|昵称|(?<!user)(?<!login)(?<!nick)name)$")


def guess(columns: Sequence[str], what: What) -> Mapping:
    """Say what each column most likely means; a column is used once, the surest field takes it first."""
    words = _words()
    left = {_plain(column): column for column in reversed(columns) if not column.startswith("__")}
    found: dict[str, dict[str, str | list[str]]] = {"identifiers": {}, "fields": {}, "traits": {}}
    wanted = [("fields", field) for field in _FIELDS[what]]
    if what != "spend":
        wanted = [("identifiers", name) for name in words["identifiers"]] + wanted
        wanted += [("traits", name) for name in words["traits"]]
    for exact in (True, False):
        # 买家手机 is a phone before it is anything of a buyer's
        for group, name in wanted if exact else sorted(wanted, key=lambda one: one[1] not in _CONTACTS):
            if name not in found[group]:
                # 买家姓名 holds what people are called: two of one name are not one person
                names = (
                    {plain for plain in left if _NAMES.search(plain)} if group == "identifiers" and not exact else ()
                )
                column = _take(left, words[group][name], exact=exact, but=names)
                if column is not None:
                    found[group][name] = column
    who = found["identifiers"]
    found["identifiers"] = {name: who[name] for name in words["identifiers"] if name in who}
    if what == "orders" and {"quantity", "price"} <= found["fields"].keys():
        found["fields"].pop("amount", None)
    elif what == "orders" and "amount" not in found["fields"] and "price" in found["fields"]:
        found["fields"]["amount"] = found["fields"].pop("price")
    return Mapping(
        what=what, name="guessed", columns=found["fields"], identifiers=found["identifiers"], traits=found["traits"]
    )


def _take(left: dict[str, str], words: Sequence[str], *, exact: bool, but: Collection[str] = ()) -> str | None:
    for word in words:
        for plain in left:
            if plain in but:
                continue
            # inside a longer header only a word of some length says enough
            if plain == word if exact else len(word) >= (2 if ord(word[0]) > 0x2E80 else 5) and word in plain:
                return left.pop(plain)
    return None


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    written = tomllib.loads(resources.files(__package__).joinpath("headers.toml").read_text("utf-8"))
    return {
        group: {name: [_plain(word) for word in listed] for name, listed in names.items()}
        for group, names in written.items()
    }


def _plain(header: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", header)).lower()
