from siyu.people.impersonal import impersonal
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch

_NOW = 1_781_056_800_000_000


def _said(properties: dict[str, Scalar], *actors: Identifier, **traits: str) -> Touch:
    return touch("wecom", TouchKind.COMMENT, happened_at_us=_NOW, received_at_us=_NOW, event_key="1",
                 actors=actors, properties=properties, traits=traits)  # fmt: skip


def test_numbers_and_mail_that_somebody_wrote_are_left_out_and_the_rest_stays() -> None:
    said = _said({"text": "我的电话138 1234 5678,邮箱a.b@example.com,3 斤多少钱", "likes": 3})
    assert impersonal(said).properties == {"text": "我的电话…,邮箱…,3 斤多少钱", "likes": 3}


def test_a_name_a_phone_or_an_address_of_the_touch_itself_stands_in_no_property() -> None:
    said = _said({"from": "王芳", "to": "人民路1号 王芳", "caller": "13812345678", "topic": "茶"},
                 Identifier("phone", "13812345678"), name="王芳", address="人民路1号")  # fmt: skip
    assert impersonal(said).properties == {"from": "…", "to": "… …", "caller": "…", "topic": "茶"}
    assert impersonal(said).traits == said.traits, "the vault gets them"


def test_what_nobody_wrote_stays_as_it_is() -> None:
    said = _said({"order": "202603050001234", "path": "/p/1"}, Identifier("openid@wx", "oABCDEF"), city="成都")
    assert impersonal(said) is said
