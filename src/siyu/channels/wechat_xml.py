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
    fields: dict[str, Node] = {}
    names: list[str] = []
    records: list[dict[str, Node]] = []
    texts: list[list[str]] = [[]]

    # three closures, for they are called for every tag of every callback
    def start(name: str, _attributes: object) -> None:
        if len(names) >= _MAX_DEPTH:
            raise BadInputError(f"the XML is nested more than {_MAX_DEPTH} deep")
        names.append(name)
        records.append({})
        texts.append([])

    def end(name: str) -> None:
        names.pop()
        inside, said = records.pop(), texts.pop()
        if not records:
            fields.update(inside)
            return
        value: Node = inside or "".join(said)
        parent = records[-1]
        if name not in parent:
            parent[name] = value
            return
        before = parent[name]
        if isinstance(before, list):
            before.append(value)
        else:
            parent[name] = [before, value]

    def text(data: str) -> None:
        texts[-1].append(data)

    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refused
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError) as error:
        raise BadInputError(f"the XML cannot be read: {error}") from error
    return fields


def text_of(fields: Mapping[str, Node], name: str) -> str:
    """Return the text of a field, empty when it is missing.

    Raises:
        BadInputError: it holds other tags, or stands twice.
    """
    value = fields.get(name, "")
    if isinstance(value, str):
        return value
    raise BadInputError("the field is not plain text", where=name)


def _refused(*_declaration: object) -> None:
    raise BadInputError("the XML declares a document type", mend="platforms send none; this is an attack")
