"""Read the XML of WeChat-family callbacks safely: no document types, no entities, no endless depth or size. Pure."""

from collections.abc import Mapping
from typing import Any, Final
from xml.parsers import expat

from siyu.kernel.errors import BadInputError

#: Text, a record of tags, or a list where a tag stands several times.
Node = str | dict[str, Any] | list[Any]
MAX_BYTES: Final = 1 << 20
_MAX_DEPTH: Final = 16


def fields_of_xml(body: bytes) -> dict[str, Node]:
    """Read ``<xml>…</xml>`` into its fields: text, nested records, or lists of repeated tags.

    Raises:
        BadInputError: no well-formed XML, a document type or entity in it, too large or too deep.
    """
    if len(body) > MAX_BYTES:
        raise BadInputError(f"{len(body)} bytes of XML are too many (at most {MAX_BYTES})")
    builder = _Builder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refused
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise BadInputError(f"the XML cannot be read: {error}") from error
    return builder.fields


def text_of(fields: Mapping[str, Node], name: str) -> str:
    """Return the text of a field, empty when it is missing.

    Raises:
        BadInputError: it holds other tags, or stands twice.
    """
    value = fields.get(name, "")
    if isinstance(value, str):
        return value
    raise BadInputError("the field is not plain text", where=name)


class _Builder:
    def __init__(self) -> None:
        self.fields: dict[str, Node] = {}
        self._open: list[tuple[str, dict[str, Node], list[str]]] = []

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise BadInputError(f"the XML is nested more than {_MAX_DEPTH} deep")
        self._open.append((name, {}, []))

    def text(self, data: str) -> None:
        self._open[-1][2].append(data)

    def end(self, _name: str) -> None:
        name, children, texts = self._open.pop()
        if not self._open:
            self.fields = children
            return
        value: Node = children or "".join(texts)
        parent = self._open[-1][1]
        before = parent.get(name)
        if before is None:
            parent[name] = value
        elif isinstance(before, list):
            before.append(value)
        else:
            parent[name] = [before, value]


def _refused(*_declaration: object) -> None:
    raise BadInputError("the XML declares a document type", mend="platforms send none; this is an attack")
