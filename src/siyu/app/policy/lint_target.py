"""Lint whatever somebody points at: a text, a plan's file, a picture, a play, a journey or a campaign of the workspace.

What cannot be judged is said, not passed over: the words inside a picture are not read (there is no OCR here), its QR
codes are; a picture that cannot be fetched is not called clean.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from siyu.kernel.errors import BadInputError
from siyu.policy.lint import LintFinding, lint_plan, lint_text
from siyu.policy.pack import packs

_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"})
_PLANS: Final = frozenset({".yaml", ".yml", ".json"})
#: What reads like the name of a play, a journey or a campaign rather than like words.
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)+")
_MOST_BYTES: Final = 20 * 2**20
_FETCH_S: Final = 10.0
_NO_WORDS: Final = "the words in the picture: there is no OCR here; give them with --text as well"


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, and what could not be looked at.

    Attributes:
        target: What was judged: ``text``, ``plan``, ``picture``, ``play``, ``journey`` or ``campaign``.
        checked, not_checked: In words.
        clean: Nothing was found, and nothing was left out.
    """

    target: str
    findings: list[LintFinding]
    checked: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether it may be launched as far as the rules that are known say."""
        return not self.findings and not self.not_checked


def lint_target(target: str, *, platform: str, on: date, workspace: Path | None = None) -> Linted:
    """Lint a text, or what it names.

    Args:
        target: The address or file of a picture, a YAML or JSON plan, any other text file, the name of a play, of a
            journey or campaign in the workspace; else it is the text itself.

    Raises:
        BadInputError: a file cannot be read, or is no plan.
    """
    address = urlsplit(target.strip())
    if address.scheme in {"http", "https"} and not any(one.isspace() for one in target.strip()):
        return _linted_address(target.strip(), platform=platform, on=on)
    file = Path(target) if len(target) < 1000 and "\n" not in target and "\0" not in target else None
    if file is not None and file.is_file():
        if file.suffix.lower() in _PICTURES:
            return _linted_picture(_bytes_of(file), platform=platform, on=on)
        if file.suffix.lower() in _PLANS:
            return Linted("plan", lint_plan(read_plan(file), on=on, platform=platform), ["the plan and its texts"])
        return Linted("text", lint_text(_text_of(file), platform=platform, on=on), ["the text of the file"])
    if file is not None and file.suffix.lower() in _PICTURES | _PLANS:
        raise BadInputError("there is no such file", where=target)
    named = _named(target, workspace)
    if named is not None:
        kind, texts = named
        found = [one for where, text in texts.items() for one in lint_text(text, platform=platform, on=on, where=where)]
        return Linted(kind, found, [f"{len(texts)} texts of the {kind}"])
    unknown = [f"nothing here is called {target!r}: it was read as a text"] if _NAME.fullmatch(target) else []
    return Linted("text", lint_text(target, platform=platform, on=on), ["the text"], unknown)


def read_plan(file: Path) -> dict[str, Any]:
    """Read a plan from YAML or JSON.

    Raises:
        BadInputError: it cannot be read, or is no mapping.
    """
    text = _text_of(file)
    try:
        plan = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadInputError(f"is no YAML: {' '.join(str(error).split())}", where=str(file)) from error
    if not isinstance(plan, dict):
        raise BadInputError("a plan is a mapping", where=str(file), mend="write lines such as platform: wecom")
    return plan


def _text_of(file: Path) -> str:
    raw = _bytes_of(file)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInputError("is no text in UTF-8 or GB 18030", where=str(file))


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInputError(f"cannot be read: {error.strerror}", where=str(file)) from error


def _linted_address(address: str, *, platform: str, on: date) -> Linted:
    """Lint an address: as words, and the picture behind it where there is one."""
    import httpx  # noqa: PLC0415  only an address needs it

    # where links are forbidden in texts, the address of a picture is still no part of what people read
    try:
        with httpx.stream("GET", address, timeout=_FETCH_S, follow_redirects=True) as answer:
            answer.raise_for_status()
            kind = answer.headers.get("content-type", "").partition(";")[0]
            if not kind.startswith("image/"):
                return Linted(
                    "text",
                    lint_text(address, platform=platform, on=on),
                    ["the address"],
                    [f"the page behind it ({kind})"],
                )
            raw = b""
            for part in answer.iter_bytes():
                raw += part
                if len(raw) > _MOST_BYTES:
                    return Linted("picture", [], [], [f"the picture is larger than {_MOST_BYTES // 2**20} MB"])
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        if Path(urlsplit(address).path).suffix.lower() in _PICTURES:
            return Linted("picture", [], [], [f"the picture could not be fetched: {why}", _NO_WORDS])
        return Linted(
            "text", lint_text(address, platform=platform, on=on), ["the address"], [f"what is behind it: {why}"]
        )
    return _linted_picture(raw, platform=platform, on=on)


def _linted_picture(raw: bytes, *, platform: str, on: date) -> Linted:
    """Find the QR codes of a picture, and lint what they say."""
    import zxingcpp  # noqa: PLC0415  only a picture needs them
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    try:
        picture = Image.open(BytesIO(raw)).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadInputError(f"is no picture: {' '.join(str(error).split())[:120]}", where="picture") from error
    codes = [one.text for one in zxingcpp.read_barcodes(picture) if one.text]
    findings: list[LintFinding] = []
    for number, text in enumerate(codes):
        where = f"code[{number}]"
        findings += _forbidden_codes(text, platform=platform, on=on, where=where)
        findings += lint_text(text, platform=platform, on=on, where=where)
    return Linted("picture", findings, [f"{len(codes)} codes in the picture"], [_NO_WORDS])


def _forbidden_codes(text: str, *, platform: str, on: date, where: str) -> Iterator[LintFinding]:
    for pack in packs():
        if pack.holds(platform, on):
            for clause in pack.clauses:
                if "code_in_picture" in clause.ties:
                    yield LintFinding(
                        clause.rule, clause.clause, clause.says, clause.alternative, pack.name, pack.source, pack.sure,
                        pack.in_force_from, where, (0, len(text)), text,
                    )  # fmt: skip


def _named(name: str, workspace: Path | None) -> tuple[str, Mapping[str, str]] | None:
    """Return the texts of the play, journey or campaign of that name, if there is one."""
    if not name or len(name) > 128 or any(one.isspace() for one in name):
        return None
    from siyu.app.policy.play_words import words_of_play  # noqa: PLC0415  numpy, only where a name is looked up
    from siyu.campaigns.play import plays  # noqa: PLC0415

    if name in plays():
        return "play", {f"text[{number}]": text for number, text in enumerate(words_of_play(plays()[name]))}
    from siyu.app.workspace import default_workspace, open_workspace  # noqa: PLC0415

    folder = workspace or default_workspace()
    if not (folder / "siyu.toml").exists():
        return None
    from siyu.app.policy.play_words import words_of_workspace  # noqa: PLC0415

    with open_workspace(folder) as opened:
        mine = [one for one in words_of_workspace(opened) if one.name == name]
    return (mine[0].kind, {one.where: one.text for one in mine}) if mine else None
