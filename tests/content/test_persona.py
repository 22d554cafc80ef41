"""Texts in somebody's name sound like them."""

import pytest

from siyu.content.calendar import calendar_of, toneless
from siyu.content.persona import out_of_tone, personas_of
from siyu.kernel.errors import BadInputError

CARDS = {
    "anna": {"is": "皮肤管理师", "voice": "expert", "calls": ["您"], "avoids": ["亲", "冲"], "longest": 20},
    "li": {"is": "店长", "most_exclamations": 0},
}


def test_what_does_not_sound_like_them_is_said_with_how_to_mend_it() -> None:
    anna, li = personas_of(CARDS).values()
    assert list(out_of_tone(anna, "您睡前三分钟这样做。")) == []
    told = [what for what, _ in out_of_tone(anna, "亲，今天冲！！" + "好" * 20)]
    assert told == ["'亲' is not their word", "'冲' is not their word", "nobody is addressed", "2 exclamation marks",
                    "27 characters"]  # fmt: skip
    assert list(out_of_tone(li, "到货了！")) == [("1 exclamation marks", "at most 0")]


def test_a_piece_is_held_to_the_card_of_who_speaks() -> None:
    def read(**more: str) -> object:
        return {
            "content_id": "a", "topic": "t", "day": "2026-12-01", "traffic": {"channel": "wecom"},
            "content": {"text": "亲，您试试？"}, "scene": {"family": "chat"}, **more,
        }  # fmt: skip

    cards = personas_of(CARDS)

    def tones(**more: str) -> list[str]:
        calendar = calendar_of({"name": "c", "pieces": [read(**more)]})
        return [one.says for one in toneless(calendar, cards)]

    assert tones() == []
    assert tones(speaker="anna", voice="sales") == ["'亲' is not their word", "anna speaks as expert, this as sales"]
    with pytest.raises(BadInputError, match="'chen' has no persona card"):
        tones(speaker="chen")


def test_a_wrong_card_is_named_at_its_place() -> None:
    with pytest.raises(BadInputError, match="unknown field") as told:
        personas_of({"anna": {"is": "x", "tone": "loud"}}, file="personas.yaml")
    assert told.value.where.startswith("personas.yaml")
