"""Comments that look hired: the same wordings by the same few under several posts, and what is not taken for it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siyu.kernel.ids import share_of
from siyu.touchpoints.hired_comments import rings

Said = tuple[str, str, str]
WORDINGS = (
    "用了一个月皮肤真的变好了强烈推荐大家入手",
    "朋友推荐来的没有失望已经回购第三次了",
    "客服态度特别好发货也快值得信赖的店家",
)
_WORDS = (
    "今天",
    "天气",
    "孩子",
    "楼下",
    "颜色",
    "我妈",
    "周末",
    "终于",
    "有点",
    "看到",
    "做饭",
    "出门",
    "裙子",
    "上班",
    "地铁",
)


def _fans(posts: int, each: int) -> list[Said]:
    """People who say something of their own."""

    def own(*key: object) -> str:
        seed = " ".join(map(str, key))
        return "".join(_WORDS[int(share_of(seed, str(place)) * len(_WORDS))] for place in range(6))

    return [(own(post, fan), f"fan{fan % 40}", f"post{post}") for post in range(posts) for fan in range(each)]


def _rings(said: list[Said]) -> list[tuple[str, ...]]:
    texts, writers, posts = zip(*said, strict=True) if said else ((), (), ())
    return [ring.writers for ring in rings(texts, writers, posts)]


def _hired(writers: int = 4, posts: int = 3) -> list[Said]:
    """Each tells another wording under each post, a little changed."""
    return [
        (WORDINGS[(writer + post) % 3] + "呀！👍"[: writer % 3], f"bot{writer}", f"post{post}")
        for writer, post in product(range(writers), range(posts))
    ]


def test_the_same_wordings_by_the_same_few_under_several_posts_are_a_ring() -> None:
    said = [*_fans(3, 40), *_hired()]
    texts, writers, posts = zip(*said, strict=True)
    (ring,) = rings(texts, writers, posts)
    assert ring.writers == ("bot0", "bot1", "bot2", "bot3")
    assert ring.posts == ("post0", "post1", "post2")
    assert list(ring.comments) == list(range(120, 132))
    assert {wording[:18] for wording in ring.wordings} == {wording[:18] for wording in WORDINGS}


def test_people_who_say_something_of_their_own_are_no_ring() -> None:
    assert _rings(_fans(5, 60)) == []
    assert _rings([]) == []


@pytest.mark.parametrize("posts", [1, 4])
def test_a_lottery_in_which_everybody_writes_the_same_is_no_ring(posts: int) -> None:
    said = [("参与抽奖祝品牌越来越好", f"fan{fan}", f"post{post}") for post in range(posts) for fan in range(30)]
    assert _rings([*_fans(posts, 20), *said]) == []


def test_short_words_that_many_say_everywhere_are_no_ring() -> None:
    said = [("太好看了", f"fan{fan}", f"post{post}") for post in range(4) for fan in range(3)]
    assert _rings([*_fans(4, 30), *said]) == []


def test_a_fan_who_says_one_stock_phrase_among_much_else_is_not_taken_along() -> None:
    said = [*_fans(3, 40), *_hired()]
    said += [(WORDINGS[0], "fan3", "post0"), (WORDINGS[1], "fan3", "post1")]
    said += [(f"第{number}次来看 {_WORDS[number]}", "fan3", "post2") for number in range(3)]
    assert _rings(said) == [("bot0", "bot1", "bot2", "bot3")]


def test_two_friends_are_no_ring_and_comments_without_a_writer_are_passed_over() -> None:
    assert _rings([*_fans(3, 40), *_hired(writers=2)]) == []
    assert _rings([(text, "", post) for text, _writer, post in _hired()]) == []


@given(st.lists(st.tuples(st.text(max_size=30), st.sampled_from(["a", "b", "c", ""]), st.sampled_from(["p", "q", ""]))))
def test_any_comments_at_all_are_answered_and_every_ring_keeps_to_the_definition(said: list[Said]) -> None:
    texts, writers, posts = zip(*said, strict=True) if said else ((), (), ())
    for ring in rings(texts, writers, posts):
        assert len(ring.writers) >= 3
        assert len(ring.posts) >= 2
        assert {writers[place] for place in ring.comments} == set(ring.writers)
