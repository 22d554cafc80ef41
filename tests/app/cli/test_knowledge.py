"""`siyu knowledge`, run as people run it."""

from pathlib import Path

from app.cli.command_line import Siyu
from siyu.app.workspace import open_workspace


def test_a_file_is_settled_and_answers_are_found_by_their_words(siyu: Siyu, tmp_path: Path) -> None:
    open_workspace(siyu.folder, create=True).close()
    file = tmp_path / "chat.csv"
    file.write_text("问题,回答\n面霜怎么用,早晚各一次\n包邮吗,满 99 包邮\n", "utf-8")
    assert siyu.answered("knowledge", "settle", str(file), "--question", "问题", "--answer", "回答")["settled"] == 2
    found = siyu.answered("knowledge", "search", "怎么", "用")["entries"]
    assert [one["answer"] for one in found] == ["早晚各一次"]
    siyu.answered("knowledge", "drop", found[0]["entry"])
    assert [one["question"] for one in siyu.answered("knowledge", "list")["entries"]] == ["包邮吗"]
    assert "nowhere.csv" in siyu.refused("knowledge", "settle", "nowhere.csv")
