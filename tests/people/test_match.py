import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from siyu.kernel.errors import BadInputError
from siyu.people.match import match
from siyu.people.match_clusters import gather
from siyu.people.match_fields import read_fields
from siyu.people.match_model import best_threshold

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾"
_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂兰建国华红玉梅志鹏"
_HOMOPHONES = {"伟": "玮", "芳": "方", "敏": "闵", "静": "婧", "强": "蔷", "军": "均", "洋": "阳", "杰": "洁"}


def _load(folder: Path, name: str) -> dict[str, list[str | None]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {head.strip(): [row[place].strip() for row in rows[1:]] for place, head in enumerate(rows[0])}


def _f1(who: list[str | None], left: np.ndarray, right: np.ndarray) -> float:
    labels = np.array(who)
    found = int((labels[left] == labels[right]).sum())
    truth = sum(count * (count - 1) // 2 for count in Counter(who).values())
    return 2 * found / (left.size + truth)


@pytest.mark.parametrize(("name", "least"), [("dataset1.csv", 0.99), ("dataset3.csv", 0.99), ("fake_1000.csv", 0.95)])
def test_people_are_found_through_typos_in_public_data(shared: Path, name: str, least: float) -> None:
    columns = _load(shared / "data" / "identity", name)
    ids = columns.pop("rec_id", None) or columns.pop("unique_id")
    columns.pop("soc_sec_id", None)  # without the number it is harder
    who = columns.pop("cluster", None) or [str(one).split("-")[1] for one in ids]
    found = match(columns)
    assert _f1(who, found.left, found.right) >= least


def test_two_files_are_linked(shared: Path) -> None:
    files = [_load(shared / "data" / "identity", name) for name in ("dataset4a.csv", "dataset4b.csv")]
    who = [str(one).split("-")[1] for columns in files for one in columns.pop("rec_id")]
    found = match(*files)
    assert (found.left < 5000).all()
    assert (found.right >= 5000).all()
    assert _f1(who, found.left, found.right) >= 0.99


def _chinese(records: int) -> tuple[dict[str, list[str | None]], list[int]]:
    dice = np.random.default_rng(3)
    names, births, phones, cities, who = [], [], [], [], []
    for person in range(records):
        name = dice.choice(list(_SURNAMES)) + "".join(dice.choice(list(_GIVEN), 2))
        birth = f"{dice.integers(1950, 2005)}-{dice.integers(1, 13):02}-{dice.integers(1, 29):02}"
        phone = f"13{dice.integers(0, 10**9):09}"
        city = dice.choice(["杭州", "成都", "武汉", "长沙", "西安", "郑州"])
        for copy in range(2 if person % 2 else 1):
            spelt, digits = name, phone
            if copy:
                spelt = "".join(_HOMOPHONES.get(letter, letter) for letter in name)
                place = int(dice.integers(3, 10))
                digits = phone[:place] + phone[place + 1] + phone[place] + phone[place + 2 :]
            names.append(spelt)
            births.append(birth)
            phones.append(digits)
            cities.append(city if dice.random() < 0.9 else None)
            who.append(person)
    return {"姓名": names, "生日": births, "手机号": phones, "城市": cities}, who


def test_chinese_names_meet_through_their_sound() -> None:
    columns, who = _chinese(400)
    found = match(columns)
    assert dict(found.columns) == {"姓名": "full_name", "生日": "date_of_birth", "手机号": "phone", "城市": "city"}
    assert _f1([str(one) for one in who], found.left, found.right) >= 0.97


def test_columns_named_by_hand_may_be_called_anything() -> None:
    columns, who = _chinese(200)
    renamed = {"c1": columns["姓名"], "c2": columns["生日"], "c3": columns["手机号"], "remark": ["x"] * len(who)}
    found = match(renamed, named={"c1": "full_name", "c3": "phone"})
    assert found.columns["c2"] == "c2"  # recognised by content as a date
    assert _f1([str(one) for one in who], found.left, found.right) >= 0.95


def test_the_same_file_gives_the_same_answer() -> None:
    columns, _ = _chinese(100)
    one, two = match(columns), match(columns)
    assert one.left.tolist() == two.left.tolist()
    assert one.probability.tolist() == two.probability.tolist()


def test_what_cannot_be_compared_is_one_clear_error() -> None:
    with pytest.raises(BadInputError, match="no column can be compared"):
        match({"cluster": ["1", "2"]})
    with pytest.raises(BadInputError, match="share no column"):
        match({"a": ["1"]}, {"b": ["2"]})
    with pytest.raises(BadInputError, match="is no role"):
        read_fields({"a": ["1", "2"]}, named={"a": "hat"})


def test_one_lucky_pair_does_not_chain_two_people_together() -> None:
    left, right = np.array([0, 0, 1, 3, 3, 4, 2], np.int32), np.array([1, 2, 2, 4, 5, 5, 3], np.int32)
    odds = np.array([9.0, 9, 9, 9, 9, 9, 4])
    *_, cluster = gather(left, right, odds, records=6, least=0.0)
    assert cluster.tolist() == [0, 0, 0, 3, 3, 3]


def test_the_threshold_is_where_the_expected_f1_is_best() -> None:
    assert best_threshold(np.array([0.99, 0.95, 0.9, 0.05, 0.01])) == pytest.approx(0.9)
    assert best_threshold(np.empty(0)) == 0.5
