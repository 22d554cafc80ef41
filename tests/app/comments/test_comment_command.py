"""``siyu comment`` from outside: files in, one JSON document out."""

import json
from pathlib import Path

import polars as pl
import pytest

from siyu.app.cli.comment import find, learn
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
