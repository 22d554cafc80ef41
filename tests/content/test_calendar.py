"""A content calendar: its four parts, what an editor sends back, whom it leaves out."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.content.calendar import calendar_of, findings, gaps
from siyu.kernel.errors import BadInputError

GOOD = "天冷脸干，你睡前三分钟可以这样做：温水洗脸，趁湿抹一层霜，再按两分钟。你家里用暖气还是空调？"


def piece(content_id: str = "dry-1", **changes: Any) -> dict[str, Any]:
    return {
        "content_id": content_id,
        "topic": "干燥季",
        "day": "2026-12-01",
        "traffic": {"channel": "wechat_mp", "segment": "dormant"},
        "content": {"text": GOOD, "made_by": "li", "cost_minor": 30000},
        "scene": {"family": "account", "occasion": "睡前"},
        "interaction": {"asks": "question"},
        "brief": {"seen": "38 of 210 comments ask", "written_by": "chen"},
    } | changes


def calendar(*pieces: dict[str, Any], **more: Any) -> Any:
    return calendar_of({"name": "december", "pieces": list(pieces)} | more)


def whats(read: Any, earlier: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(one.content_id, one.what) for one in findings(read, earlier)]


def test_a_piece_with_its_four_parts_and_a_brief_is_let_through() -> None:
    assert whats(calendar(piece())) == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"brief": {}}, "no_brief"),
        ({"brief": {"seen": "asked often", "written_by": "li"}}, "one_pair_of_eyes"),
        ({"interaction": {}}, "no_interaction"),
        ({"content": {"text": "我们的工厂，我们的面霜，给您。"}}, "own_view"),
        ({"content": {"text": "Our plant is ours, and we made it."}}, "own_view"),
    ],
)
def test_an_editor_sends_back_what_misses_something(changes: dict[str, Any], what: str) -> None:
    assert whats(calendar(piece(**changes))) == [("dry-1", what)]


def test_what_was_said_before_is_not_said_again() -> None:
    again = piece("dry-2", day="2026-12-09", content={"text": GOOD.replace("两分钟", "三分钟")})
    assert whats(calendar(piece(), again)) == [("dry-2", "repeat")]
    assert whats(calendar(piece()), {"last-winter": GOOD}) == [("dry-1", "repeat")]
    assert whats(calendar(piece()), {"last-winter": "早餐吃什么好：你可以看看冰箱里还有什么，鸡蛋和面包都行。"}) == []


def test_the_same_people_are_not_met_more_often_than_they_bear() -> None:
    other = {"text": "早餐吃什么好：你可以看看冰箱里还有什么，鸡蛋和面包都行，五分钟就能上桌。", "made_by": "li"}
    assert whats(calendar(piece(), piece("food", content=other))) == [("food", "crowded")]
    assert whats(calendar(piece(), piece("food", content=other), most_a_day=2)) == []


def test_whom_the_calendar_leaves_without_talk_service_or_content_is_named() -> None:
    roles = {"wechat_mp": ("content", "serve"), "wecom": ("talk",)}
    assert gaps(calendar(piece()), roles) == {"dormant": ["talk"]}
    both = calendar(piece(), piece("chat", traffic={"channel": "wecom", "segment": "dormant"}))
    assert gaps(both, roles) == {}


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (piece(scene={"family": "nowhere"}), "pieces[0].scene.family"),
        (piece(day="soon"), "pieces[0].day"),
        (piece(colour="red"), "pieces[0]"),
        ({"content_id": "x"}, "pieces[0]"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(wrong: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInputError) as told:
        calendar_of({"name": "december", "pieces": [wrong]}, file="december.yaml")
    assert told.value.where == f"december.yaml: {where}"


def test_one_id_names_one_piece() -> None:
    with pytest.raises(BadInputError, match="two pieces"):
        calendar(piece(), piece())


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12))
def test_every_piece_beyond_the_patience_of_a_day_is_named_once(days: list[int]) -> None:
    first = date(2026, 12, 1)
    some = [piece(f"p{number}", day=str(first + timedelta(day))) for number, day in enumerate(days)]
    crowded = [name for name, what in whats(calendar(*some)) if what == "crowded"]
    assert len(crowded) == len(set(crowded)) == len(days) - len(set(days))


def test_a_mix_of_voices_is_kept_and_every_piece_says_as_whom_it_speaks() -> None:
    mix = {"expert": 0.5, "friend": 0.3, "sales": 0.2}
    voices = ["expert", "expert", "friend", "sales", "sales"]
    texts = ["早起先喝水", "睡前泡脚", "午饭后走走", "冬天多晒太阳", "周末爬山"]
    pieces = [
        piece(f"p{number}", day=f"2026-12-{number + 1:02d}", voice=voice, content={"text": f"你{text}"})
        for number, (voice, text) in enumerate(zip(voices, texts, strict=True))
    ]
    assert whats(calendar(*pieces, mix=mix)) == [("p3", "mix"), ("p4", "mix")]
    assert whats(calendar(*pieces, mix={"expert": 0.4, "friend": 0.25, "sales": 0.35})) == []
    assert whats(calendar(piece(), mix=mix)) == [("dry-1", "no_voice")]
    with pytest.raises(BadInputError, match=r"add up to 0\.9"):
        calendar(piece(), mix={"expert": 0.9})
    with pytest.raises(BadInputError, match="salesman"):
        calendar(piece(voice="salesman"))
