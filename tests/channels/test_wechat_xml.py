"""XML of callbacks is read without trusting it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.channels.wechat_xml import MAX_BYTES, fields_of_xml, text_of
from siyu.kernel.errors import BadInputError

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]><xml><Event>&lol3;</Event></xml>"""
OUTSIDE = b'<!DOCTYPE xml [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Event>&e;</Event></xml>'


def test_leaves_records_and_repeated_tags_are_told_apart() -> None:
    fields = fields_of_xml(b"<xml><A><![CDATA[x]]></A><L><Item>1</Item><Item>2</Item></L><E></E><R><B>b</B></R></xml>")
    assert fields == {"A": "x", "L": {"Item": ["1", "2"]}, "E": "", "R": {"B": "b"}}


@pytest.mark.parametrize("attack", [BOMB, OUTSIDE, b"<!DOCTYPE xml><xml/>"], ids=["bomb", "outside", "doctype"])
def test_a_document_type_is_refused(attack: bytes) -> None:
    with pytest.raises(BadInputError, match="document type"):
        fields_of_xml(attack)


def test_too_deep_or_too_large_is_refused() -> None:
    with pytest.raises(BadInputError, match="deep"):
        fields_of_xml(b"<a>" * 100 + b"</a>" * 100)
    with pytest.raises(BadInputError, match="too many"):
        fields_of_xml(b"<a>" + b"x" * MAX_BYTES + b"</a>")


def test_a_field_that_stands_twice_is_no_plain_text() -> None:
    with pytest.raises(BadInputError, match="plain text"):
        text_of(fields_of_xml(b"<xml><A>1</A><A>2</A></xml>"), "A")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-16"))))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(BadInputError):
        assert isinstance(fields_of_xml(body), dict)
