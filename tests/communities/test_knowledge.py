"""What was answered once is found again, and says nothing of who asked."""

from hypothesis import given
from hypothesis import strategies as st

from siyu.communities.knowledge import Index, entry, impersonal, new_ones, words

_TEXT = st.text(alphabet="面霜怎么用多少钱包邮吗 ab1", max_size=20)


def test_the_entry_that_is_about_what_is_asked_comes_first() -> None:
    known = [
        entry("面霜早晚都可以用吗", "早晚洁面后取黄豆大小", said_at_us=1),
        entry("包邮吗", "满 99 元包邮", said_at_us=2),
        entry("Is the serum vegan?", "Yes, and not tested on animals.", said_at_us=3),
    ]
    index = Index(known)
    assert index.search("面霜怎么用，早晚都用？")[0][0].answer == "早晚洁面后取黄豆大小"
    assert [found.question for found, _score in index.search("ＶＥＧＡＮ serum")] == ["Is the serum vegan?"]
    assert index.search("保险") == []


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    common = [entry(f"包邮 question {n}", "yes", said_at_us=n) for n in range(20)]
    rare = entry("包邮 到 新疆", "yes", said_at_us=99)
    assert Index([*common, rare]).search("新疆 包邮")[0][0] == rare


def test_numbers_and_addresses_that_say_who_somebody_is_are_left_out() -> None:
    assert impersonal("我的电话 138 0013 8000，邮箱 li.lei@example.cn") == "我的电话 …，邮箱 …"
    assert impersonal("满 99 减 20，2026 年 618") == "满 99 减 20，2026 年 618"


def test_nearly_the_same_question_with_the_same_answer_is_settled_once() -> None:
    first = entry("请问这款面霜敏感肌可以用吗", "可以，先在耳后试用", said_at_us=1)
    again = entry("请问这款面霜敏感肌可以用吗？？", "可以，先在耳后试用", said_at_us=2)
    other = entry("请问这款面霜孕妇可以用吗", "请先问医生", said_at_us=3)
    assert new_ones([first], [again, other]) == [other]
    assert new_ones([], [first, again, other]) == [first, other]


@given(st.lists(_TEXT.filter(lambda text: bool(words(text))), min_size=1, max_size=8))
def test_every_entry_is_found_by_its_own_words(texts: list[str]) -> None:
    known = [entry(text, "", said_at_us=n) for n, text in enumerate(texts)]
    for one in known:
        assert one in [found for found, _score in Index(known).search(one.question, most=len(known))]
