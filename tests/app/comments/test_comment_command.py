"""``siyu comment`` from outside: files in, one JSON document out."""

import json
from pathlib import Path

import polars as pl
import pytest

from siyu.app.cli.comment import find, learn
from siyu.app.comments.comment_file import labels_of, read_comments
from siyu.app.comments.finder_file import read_finder
from siyu.kernel.errors import BadInputError, ConfigError


def _labelled(folder: Path) -> Path:
    file = folder / "labelled.csv"
    asks = [f"{thing}怎么买" for thing in ("帽子", "杯子", "台灯", "茶叶", "帐篷", "耳机")]
    chats = [f"{thing}好看" for thing in ("帽子", "杯子", "台灯", "茶叶", "帐篷", "耳机")]
    rows = [(text, "1") for text in asks] + [(text, "0") for text in chats] + [("说不清", "maybe")]
    file.write_text("comment,asks\n" + "".join(f"{text},{label}\n" for text, label in rows), "utf-8-sig")
    return file


def test_learn_then_find_writes_one_scored_row_for_each_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learn(_labelled(tmp_path), text="comment", lead="asks", workspace=tmp_path / "w", meaning=False, json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["comments"], said["leads"], said["set_aside"]) == (12, 6, 1)
    file = tmp_path / "new.csv"
    file.write_bytes('text\n椅子怎么买\n太好看了\n"a\nb"\n'.encode("gb18030"))
    find(file, workspace=tmp_path / "w", out=tmp_path / "scored.csv", json=True)
    document = json.loads(capsys.readouterr().out)
    scored = pl.read_csv(tmp_path / "scored.csv")
    assert scored.columns == ["text", "probability", "intent"]
    assert scored["text"].to_list() == ["椅子怎么买", "太好看了", "a\nb"]
    assert scored["intent"].to_list() == ["where_to_buy", "none", "none"]
    assert document["leads"] == 1


def test_finding_works_before_anything_was_learned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.csv"
    file.write_text("text\n请问多少钱\n哈哈哈\n", "utf-8")
    find(file, workspace=tmp_path / "none", json=True)
    assert json.loads(capsys.readouterr().out)["intents"] == {"none": 1, "price": 1}


def test_a_missing_column_is_named_with_those_that_exist(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(BadInputError, match="the columns are a, b"):
        find(file, workspace=tmp_path)


def test_a_damaged_finder_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "comments").mkdir()
    (tmp_path / "comments" / "finder.npz").write_bytes(b"no zip")
    with pytest.raises(ConfigError, match="learn again"):
        read_finder(tmp_path)


def test_names_of_intents_are_labels_and_an_empty_cell_is_none() -> None:
    places, labels, problems = labels_of(["price", "none", "", "是", "complaint"], Path("x.csv"))
    assert (places, labels) == ([0, 1, 3, 4], [1, 0, 1, 0])
    assert problems == ["x.csv row 3: '' is neither 1 nor 0"]


def test_stray_quotes_lose_no_row(tmp_path: Path) -> None:
    file = tmp_path / "c.csv"
    file.write_text('id,text\n1,他说"好看\n2,多少钱\n3,"完整""引号"\n4,"坏的引号"后面\n5,怎么买\n', "utf-8")
    texts = read_comments(file, "text")["text"].to_list()
    assert texts == ['他说"好看', "多少钱", '完整"引号', "坏的引号后面", "怎么买"]


def test_comments_are_read_from_utf_16_and_what_is_no_text_is_one_clear_line(tmp_path: Path) -> None:
    rows = "内容,是否\n" + "这个多少钱,是\n好看,否\n" * 6
    (tmp_path / "wide.csv").write_text(rows, "utf-16")
    assert read_comments(tmp_path / "wide.csv", "内容", "是否").height == 12
    for name, said, told in (("empty.csv", b" \n", "is empty"), ("junk.xlsx", b"PK\x03\x04junk", "cannot be read")):
        (tmp_path / name).write_bytes(said)
        with pytest.raises(BadInputError, match=told):
            read_comments(tmp_path / name, "内容")


def test_who_looks_hired_is_told_where_writer_and_post_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ("用了一个月皮肤真的变好了", "朋友推荐来的没有失望")
    rows = [f"{told[(who + post) % 2]},bot{who},post{post}" for who in range(3) for post in range(2)]
    file = tmp_path / "c.csv"
    file.write_text("说的,谁,哪条\n多少钱呀,fan,post0\n" + "\n".join(rows) + "\n", "gb18030")
    find(file, text="说的", writer="谁", post="哪条", workspace=tmp_path / "none", json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["leads"] == 1
    (ring,) = document["hired"]
    assert ring["writers"] == ["bot0", "bot1", "bot2"]
    assert ring["rows"] == [2, 3, 4, 5, 6, 7]
    find(file, text="说的", workspace=tmp_path / "none", json=True)
    assert "hired" not in json.loads(capsys.readouterr().out)
    with pytest.raises(BadInputError, match="name both"):
        find(file, text="说的", writer="谁", workspace=tmp_path / "none")
