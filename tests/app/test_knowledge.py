"""Answers of the comment desk and of files become knowledge that a person finds by its words."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from siyu.app.knowledge import drop, listed, search, settle_file
from siyu.app.workspace import Workspace, open_workspace
from siyu.kernel.errors import BadInputError


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    opened = open_workspace(tmp_path / "brand", create=True)
    yield opened
    opened.close()


@pytest.fixture
def handbook(tmp_path: Path) -> Path:
    file = tmp_path / "handbook.csv"
    file.write_text(
        "问题,回答,主题\n面霜怎么用,早晚各一次,用法\n包邮吗,满 99 包邮，电话 13800138000,运费\n空的,,用法\n", "utf-8"
    )
    return file


def test_a_handbook_is_settled_once_searched_and_forgotten(workspace: Workspace, handbook: Path) -> None:
    done = settle_file(workspace, handbook, question="问题", answer="回答", topic="主题")
    assert done == {"answers": 2, "settled": 2, "left_out": 1}
    assert settle_file(workspace, handbook, question="问题", answer="回答", topic="主题")["settled"] == 0
    found = search(workspace, "请问包邮吗")
    assert [one["answer"] for one in found] == ["满 99 包邮，电话 …"]
    assert [one["question"] for one in listed(workspace, topic="用法")] == ["面霜怎么用"]
    drop(workspace, found[0]["entry"])
    assert search(workspace, "请问包邮吗") == []
    with pytest.raises(BadInputError, match="no entry"):
        drop(workspace, found[0]["entry"])


def test_an_unknown_column_and_an_empty_question_are_said(workspace: Workspace, handbook: Path) -> None:
    with pytest.raises(BadInputError, match=r"no column 'question'.*问题"):
        settle_file(workspace, handbook, question="question", answer="回答")
    with pytest.raises(BadInputError, match="say what to look for"):
        search(workspace, "  ")
