import pytest

from siyu.people.match_name import is_chinese_name, names_apart


def test_a_name_is_taken_apart_in_every_order_it_is_written() -> None:
    chinese = names_apart(["王小芳", "欧阳娜娜", "李雷", ""])
    assert chinese == (["王", "欧阳", "李", ""], ["小芳", "娜娜", "雷", ""])
    pinyin = names_apart(["wang xiaofang", "xiao fang wang", "ouyang, nana", "lilei", ""])
    assert pinyin == (["wang", "wang", "ouyang", "li", ""], ["xiaofang", "xiaofang", "nana", "lei", ""])
    english = names_apart(["robert j. smith", "smith, robert j.", "anna lee"])
    assert english == (["smith", "smith", "lee"], ["robert j.", "robert j.", "anna"])


def test_names_of_one_word_stay_whole() -> None:
    assert names_apart(["sunny88", "tiger", "moon", ""]) is None


@pytest.mark.parametrize(
    ("value", "is_one"), [("王芳", True), ("欧阳娜娜", True), ("杭州市", True), ("手机", False), ("芳", False)]
)
def test_a_chinese_name_is_known_by_its_length_and_surname(value: str, *, is_one: bool) -> None:
    assert is_chinese_name(value) is is_one


def test_names_that_could_be_either_way_round_follow_those_that_leave_no_choice() -> None:
    clear_first, clear_last = ["sun zhiyu", "zhao wenting", "shen junkai", "wang weijia"], ["zhiyu sun", "wenting zhao"]
    for clear, surname in ((clear_first, "dong"), (clear_last * 2, "chen"), ([], "chen")):
        found = names_apart([*clear, "dong chen"])
        assert found is not None
        assert found[0][-1] == surname
