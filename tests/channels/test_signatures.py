"""The signature kinds of the known vectors that are a plain digest."""

import json
from pathlib import Path
from typing import Any

import pytest

from siyu.channels.signatures import hmac_sha256_base64, hmac_sha256_hex, md5_hex, same, sha1_hex

VECTORS = json.loads((Path(__file__).parent / "fixtures" / "crypto.json").read_text("utf-8"))["vectors"]
_SIGN = {
    "sha1_concat": lambda v: sha1_hex(v["secret"], v["body"]),
    "md5_concat": lambda v: md5_hex(*v["parts"]),
    "hmac_sha256": lambda v: hmac_sha256_hex(v["key"], v["data"]),
    "hmac_sha256_b64": lambda v: hmac_sha256_base64(v["key"], v["data"]),
}


@pytest.mark.parametrize("vector", [v for v in VECTORS if v["kind"] in _SIGN], ids=lambda v: v["id"])
def test_a_known_digest_comes_out_and_one_letter_more_is_refused(vector: dict[str, Any]) -> None:
    signed = _SIGN[vector["kind"]](vector)
    assert same(signed, vector["signature"])
    assert not same(signed, vector["signature"] + "0")
    assert not same(signed, "")
