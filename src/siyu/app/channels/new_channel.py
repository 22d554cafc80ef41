"""The files of a new channel, ready to be filled in: they run and are tested as they are."""

from typing import Final

_MANIFEST: Final = """\
domain = "@name@"
name = "@title@"
docs = "https://example.com/the/platforms/own/pages"
base_url = "https://api.example.com"
inbound = ["message_in"]
outbound = []

[[credentials]]
name = "secret"
where = "where people find it on the platform's own pages"

[[limits]]
what = "callback_answer"
per = "message"
window = "PT5S"
max = 3
sure = "assumed"
source = "the page that says so"
checked_on = 2026-01-01

[ignored]
test = "the platform's test message; there is nothing in it"
"""

_MAPPING: Final = '''\
"""@title@'s words and ours. Pure; every branch has a fixture. Source: the platform's own pages."""

from collections.abc import Mapping
from typing import Any, Final

from siyu.channels.record import payload_of
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

CHANNEL: Final = "@name@"


def touches_from_payload(payload: Mapping[str, Any] | str, *, account: str, received_at_us: int) -> list[Touch]:
    """Translate one payload.

    Raises:
        BadInputError: it cannot be understood.
        Unmapped: it brings no touch; the manifest says why.
    """
    record = payload_of(payload)
    event = record.text("event")
    if event == "test":
        raise Unmapped("test")
    if event != "message":
        raise BadInputError(f"{event!r} is no event that we know", where="event")
    return [
        touch(
            CHANNEL,
            TouchKind.MESSAGE_IN,
            happened_at_us=record.seconds("at"),
            received_at_us=received_at_us,
            event_key=record.text("id"),
            account=account,
            actors=(Identifier(f"@name@_id@{account}", record.text("from")),),
        )
    ]
'''

_ERRORS: Final = '''\
"""@title@'s codes -> error families. Pure. Source: the platform's own page of codes."""

from siyu.kernel.errors import PermanentError, SiyuError


def error_for(code: str, message: str) -> SiyuError:
    """Return the error that says what to do next; a code that is not listed did not happen and will not."""
    return PermanentError(f"@title@: {message}", code=code)
'''

_CLIENT: Final = '''\
"""Call @title@'s official API. The only file of this channel that does I/O."""

from typing import Any

import httpx

from siyu.channels.@name@.errors import error_for
from siyu.channels.http import HttpCaller
from siyu.dispatch.account import Account


class Client:
    """One account."""

    def __init__(self, account: Account, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = HttpCaller(account.base_url, transport=transport)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make one call.

        Raises:
            PermanentError, RetryLaterError, UnknownOutcomeError: as its family says.
        """
        answer = self._http.call_json("POST", path, json=body)
        if answer.get("code", 0) != 0:
            raise error_for(str(answer["code"]), str(answer.get("message", "")))
        return answer
'''

_FIXTURE: Final = '{"event": "message", "id": "m-1", "from": "person-1", "at": 1772328600}\n'
_TEST_FIXTURE: Final = '{"event": "test"}\n'

_TEST: Final = '''\
"""Every known payload of @title@ becomes touches or a listed reason; a damaged one is one clear error."""

import json
from pathlib import Path

import pytest

from siyu.channels.@name@.mapping import touches_from_payload
from siyu.channels.manifest import manifests
from siyu.channels.unmapped import Unmapped
from siyu.kernel.errors import BadInputError

FILES = sorted((Path(__file__).parent / "fixtures").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_known_payload_becomes_touches_or_a_listed_reason(file: Path) -> None:
    manifest = manifests()["@name@"]
    try:
        touches = touches_from_payload(file.read_text("utf-8"), account="a", received_at_us=1)
    except Unmapped as unmapped:
        name = unmapped.name
    else:
        assert {touch.kind.slug for touch in touches} <= set(manifest.inbound)
        return
    assert name in manifest.ignored


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_payload_without_one_of_its_fields_never_crashes(file: Path) -> None:
    payload = json.loads(file.read_text("utf-8"))
    for name in payload:
        damaged = {key: value for key, value in payload.items() if key != name}
        with pytest.raises(BadInputError):
            touches_from_payload(damaged, account="a", received_at_us=1)
'''


def files_of(name: str, title: str) -> dict[str, str]:
    """Return the files of a new channel: path in the checkout -> text."""
    channel, tests = f"src/siyu/channels/{name}", f"tests/channels/{name}"
    texts = {
        f"{channel}/__init__.py": '"""@title@."""\n',
        f"{channel}/manifest.toml": _MANIFEST,
        f"{channel}/mapping.py": _MAPPING,
        f"{channel}/errors.py": _ERRORS,
        f"{channel}/client.py": _CLIENT,
        f"{tests}/fixtures/message.json": _FIXTURE,
        f"{tests}/fixtures/test.json": _TEST_FIXTURE,
        f"{tests}/test_{name}_mapping.py": _TEST,
    }
    safe = title.replace('"', "'").replace("\\", "").replace("\n", " ")
    filled = {path: text.replace("@name@", name).replace("@title@", safe) for path, text in texts.items()}
    return {path: _imports_in_order(text) for path, text in filled.items()}


def _imports_in_order(text: str) -> str:
    """Sort the lines that import from Siyu: where the channel's own come depends on its name."""
    lines = text.split("\n")
    places = [at for at, line in enumerate(lines) if line.startswith("from siyu.")]
    for at, line in zip(places, sorted(lines[at] for at in places), strict=True):
        lines[at] = line
    return "\n".join(lines)
