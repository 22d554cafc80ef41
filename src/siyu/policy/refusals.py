"""Refusals (不做的事): what Siyu will not do, whoever asks; each with reason, source and the way that is open."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NoReturn

from pydantic import BaseModel, ConfigDict, Field

from siyu.kernel.errors import RefusedError


class Refusal(BaseModel):
    """One thing that is refused.

    Attributes:
        name: Names it in answers and in the documentation.
        asked: Names by which programs and plans ask for it.
        spoken: Patterns of how people ask for it, in lower case.
        wish, reason, allowed: In English; ``…_zh`` in Chinese.
        source: The law or the rule of a platform.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern="^[a-z][a-z_]*$")
    asked: tuple[str, ...]
    spoken: tuple[str, ...] = ()
    wish: str
    wish_zh: str
    reason: str
    reason_zh: str
    source: str
    allowed: str
    allowed_zh: str


@cache
def refusals() -> dict[str, Refusal]:
    """Return everything that is refused, by name."""
    written = tomllib.loads(files("siyu.policy").joinpath("refusals.toml").read_text("utf-8"))
    found = [Refusal.model_validate(one) for one in written["refusals"]]
    return {one.name: one for one in found}


def refusal_of(action: str) -> Refusal | None:
    """Return why an action is refused, by a name or in people's own words; None if it is not on the list."""
    words = " ".join(action.lower().replace("-", " ").replace("_", " ").split())
    name = words.replace(" ", "_")
    known = next((one for one in refusals().values() if name == one.name or name in one.asked), None)
    return known or next(
        (one for one in refusals().values() if any(re.search(form, words) for form in one.spoken)), None
    )


def refuse(one: Refusal) -> NoReturn:
    """Say no.

    Raises:
        RefusedError: always; it names the reason, the source and the way that is open.
    """
    raise RefusedError(f"{one.wish}: {one.reason} ({one.source})", allowed=one.allowed)
