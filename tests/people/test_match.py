import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from pypinyin import lazy_pinyin

from siyu.kernel.errors import BadInputError
from siyu.people.match import match
from siyu.people.match_clusters import Evidence, gather, pairs_within
from siyu.people.match_columns import read_columns, role_of
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


@pytest.mark.parametrize(("name", "least"), [("dataset1.csv", 0.99), ("dataset3.csv", 0.99), ("fake_1000.csv", 0.98)])
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
        read_columns({"a": ["1", "2"]}, named={"a": "hat"})


def _evidence(pairs: list[tuple[int, int, float]], codes: list[list[int]]) -> Evidence:
    left, right, odds = (np.array(part) for part in zip(*pairs, strict=True))
    says = np.zeros((len(pairs), len(codes), 2), np.float32)
    says[:, 0, :] = odds[:, None]
    return Evidence(
        left.astype(np.int32), right.astype(np.int32), odds.astype(np.float64), says, np.zeros(2),
        np.array(codes, np.int32),
    )  # fmt: skip


def test_one_lucky_pair_does_not_chain_two_people_together() -> None:
    said = _evidence(
        [(0, 1, 9), (0, 2, 9), (1, 2, 9), (3, 4, 9), (3, 5, 9), (4, 5, 9), (2, 3, 4)], [[0, 1, 2, 3, 4, 5]]
    )
    assert gather(said, least=0.0).tolist() == [0, 0, 0, 3, 3, 3]


def test_a_record_that_says_little_finds_its_people_through_the_one_written_the_same_way() -> None:
    # 0 and 1 are one person; 2 agrees with 1 alone, and was never compared with 0
    said = _evidence([(0, 1, 9), (1, 2, 6)], [[0, 1, 1]])
    assert gather(said, least=0.0).tolist() == [0, 0, 0]


def test_every_pair_within_a_cluster_is_told() -> None:
    cluster, left, right = np.array([0, 0, 0, 3], np.int32), np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    one, two, chance = pairs_within(cluster, left, right, np.array([0.9, 0.2]), least=0.5)
    assert list(zip(one.tolist(), two.tolist(), chance.tolist(), strict=True)) == [
        (0, 1, 0.9),
        (0, 2, 0.5),
        (1, 2, 0.5),
    ]


def _households(seed: int, *, copies: int) -> tuple[dict[str, list[str | None]], list[str | None]]:
    """Families: one surname and address, often one phone; everybody ``copies`` times, with a letter wrong."""
    dice = np.random.default_rng(seed)
    columns: dict[str, list[str | None]] = {"姓名": [], "地址": [], "生日": [], "手机": []}
    who: list[str | None] = []
    for home in range(250):
        surname, phone = dice.choice(list(_SURNAMES)), f"13{dice.integers(0, 10**9):09}"
        address = (
            f"浙江省杭州市西湖区{dice.choice(list(_SURNAMES))}家路{dice.integers(1, 900)}号{dice.integers(101, 2800)}室"
        )
        for member in range(int(dice.integers(1, 5))):
            name = surname + "".join(dice.choice(list(_GIVEN), 2))
            birth = f"{dice.integers(1940, 2010)}-{dice.integers(1, 13):02}-{dice.integers(1, 29):02}"
            mine = phone if dice.random() < 0.7 else f"15{dice.integers(0, 10**9):09}"
            for copy in range(copies):
                row = [name, address, birth, mine]
                if copy:
                    place = int(dice.integers(0, 4))
                    at = int(dice.integers(1, len(row[place])))
                    row[place] = row[place][:at] + "7" + row[place][at + 1 :]
                for value, column in zip(row, columns.values(), strict=True):
                    column.append(value)
                who.append(f"{home}/{member}")
    return columns, who


def test_a_family_at_one_address_and_phone_is_not_one_person() -> None:
    columns, who = _households(5, copies=2)
    found = match(columns)
    assert _f1(who, found.left, found.right) >= 0.97


def test_where_nobody_is_there_twice_nobody_is_found() -> None:
    columns, who = _households(6, copies=1)
    assert match(columns).left.size <= len(who) // 100


def test_a_handful_of_records_is_enough() -> None:
    found = match({
        "姓名": ["王小芳", "王晓芳", "李雷", "赵四", "赵四"],
        "生日": ["1990-01-02", "1990-01-02", "1981-03-04", "1975-12-12", "1975-12-12"],
    })  # fmt: skip
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == {(0, 1), (3, 4)}


def test_names_that_changed_places_are_found() -> None:
    dice = np.random.default_rng(4)
    names = [
        f"{one}{two}{three}{four}" for one in "bdfgklmnprst" for two in "aeiou" for three in "lmnrst" for four in "aeiy"
    ]
    first: list[str | None] = [str(name) for name in dice.choice(names, 300)]
    last: list[str | None] = [str(name) for name in dice.choice(names, 300)]
    born: list[str | None] = [
        f"19{dice.integers(50, 99)}-0{dice.integers(1, 10)}-1{dice.integers(0, 10)}" for _ in range(300)
    ]
    found = match({
        "first_name": [*first, *first[:70], *last[70:100]], "surname": [*last, *last[:70], *first[70:100]],
        "dob": [*born, *born[:100]],
    })  # fmt: skip
    wanted = {(row, 300 + row) for row in range(100)}
    got = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert len(wanted & got) >= 98
    assert len(got - wanted) <= 1


def test_the_threshold_is_where_the_expected_f1_is_best() -> None:
    assert best_threshold(np.array([0.99, 0.95, 0.9, 0.05, 0.01])) == pytest.approx(0.9)
    assert best_threshold(np.empty(0)) == 0.5
    assert best_threshold(np.array([0.02, 0.01])) >= 0.3  # where nothing is likely, nothing is taken


def test_columns_are_known_by_what_they_are_called() -> None:
    called = {
        "given_name": ["First Name", "forename", "given"], "surname": ["LastName", "family name", "姓"],
        "full_name": ["客户姓名", "client name", "真实姓名"], "date_of_birth": ["DOB", "出生年月", "birthDate", "born"],
        "phone": ["Phone No.", "收件人电话", "whatsapp", "固定电话"], "address": ["residence", "详细地址"],
        "email": ["E-Mail", "电子邮箱", "work email"], "city": ["City/Town", "所在城市"],
    }  # fmt: skip
    assert {name: role_of(name) for names in called.values() for name in names} == {
        name: role for role, names in called.items() for name in names
    }


def test_what_is_said_of_the_record_is_left_out() -> None:
    columns, _ = _chinese(50)
    day: list[str | None] = ["2026-01-01"] * 20 + ["2026-01-02"] * (len(columns["姓名"]) - 20)
    found = match({**columns, "注册时间": day, "remark": day, "Order Date": day})
    assert found.columns.keys() == columns.keys()


def test_two_files_meet_whose_columns_are_called_otherwise_and_whose_names_are_in_one_column_or_two() -> None:
    columns, who = _chinese(300)
    once = [row for row in range(len(who)) if row == 0 or who[row] != who[row - 1]]
    again = [row for row in range(len(who)) if row not in set(once)]
    born = [str(columns["生日"][row]).split("-") for row in again]
    pinyin: list[str | None] = []
    for place, row in enumerate(again):
        name = str(columns["姓名"][row])
        surname, given = lazy_pinyin(name[0])[0], "".join(lazy_pinyin(name[1:]))
        pinyin.append((f"{surname} {given}", f"{given.title()} {surname.upper()}", surname + given)[place % 3])
    found = match(
        {name: [column[row] for row in once] for name, column in columns.items()},
        {
            "contact name": pinyin,
            "DOB": [f"{m}/{d}/{y}" for y, m, d in born],
            "mobile": [columns["手机号"][r] for r in again],
        },
    )
    assert dict(found.columns) == {
        "姓名 = contact name": "full_name", "生日 = DOB": "date_of_birth", "手机号 = mobile": "phone",
    }  # fmt: skip
    wanted = {(one, len(once) + other) for one, row in enumerate(once) for other, copy in enumerate(again)
              if who[row] == who[copy]}  # fmt: skip
    got = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert len(wanted & got) >= 0.97 * len(wanted)
    assert len(got - wanted) <= 0.02 * len(wanted)


def test_names_in_two_columns_meet_names_in_one() -> None:
    first: list[str | None] = ["Robert", "Anna", "Maria", "John", "Deborah"]
    last: list[str | None] = ["Smith", "Kowalski", "Ferreira", "Hill", "Lindqvist"]
    born: list[str | None] = ["1970-01-02", "1981-04-03", "1992-11-30", "1965-07-21", "1999-09-09"]
    found = match(
        {"first_name": first, "last_name": last, "dob": born},
        {"customer": ["x"] * 5, "name": ["Kowalski, Ana", "Robert Smith", "Liu Wei", "Deborah Lindqvist", "M Ferreira"],
         "birthday": ["3 Apr 1981", "2 Jan 1970", "1 Feb 1990", "9 Sep 1999", "30 Nov 1992"]},
    )  # fmt: skip
    assert set(zip(found.left.tolist(), found.right.tolist(), strict=True)) == {(0, 6), (1, 5), (2, 9), (4, 8)}


def _namesakes(seed: int, *, twice: int) -> tuple[dict[str, list[str | None]], set[tuple[int, int]]]:
    """Many who share names, with addresses for e-mail made of them; the first ``twice`` are there again at the end."""
    dice = np.random.default_rng(seed)
    first = ["James", "Mary", "Robert", "Linda", "David", "Susan", "Joseph", "Karen", "Daniel", "Nancy"]
    last = ["Smith", "Jones", "Brown", "Taylor", "Wilson", "Evans", "Thomas", "Roberts", "Walker", "Wright"]
    rows = []
    for number in range(1200):
        one, two = str(dice.choice(first)), str(dice.choice(last))
        mail = f"{one}{dice.choice(['.', '_', ''])}{two}{number}@{dice.choice(['gmail.com', 'yahoo.com'])}".lower()
        born = f"{dice.integers(1950, 2005)}-{dice.integers(1, 13):02}-{dice.integers(1, 29):02}"
        rows.append([one, two, born, mail, f"07{dice.integers(0, 10**9):09}"])
    rows += [[one, two, born, mail[1:], phone] for one, two, born, mail, phone in rows[:twice]]
    names = ("first_name", "surname", "dob", "email", "phone")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}, {
        (row, 1200 + row) for row in range(twice)
    }


def test_namesakes_whose_e_mail_repeats_their_name_stay_apart_even_where_hardly_anybody_is_there_twice() -> None:
    columns, wanted = _namesakes(8, twice=25)
    found = match(columns)
    got = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert wanted <= got
    assert len(got - wanted) <= 5


def test_twins_are_two_people() -> None:
    columns, who = _households(9, copies=2)
    twins = [str(one).split("/")[0] for one in who]
    columns["生日"] = [columns["生日"][twins.index(home)] if int(home) % 25 == 0 else born
                     for home, born in zip(twins, columns["生日"], strict=True)]  # fmt: skip
    found = match(columns)
    assert _f1(who, found.left, found.right) >= 0.93
