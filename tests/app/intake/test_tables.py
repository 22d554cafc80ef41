"""Tables are read as people write them."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from siyu.app.intake.tables import read_table
from siyu.kernel.errors import BadInputError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "who,money\nann,1\nbob,2\n"),
        ("a.csv", "\ufeffwho;money\nann;1\nbob;2\n"),
        ("a.tsv", "who\tmoney\nann\t1\nbob\t2\n"),
        ("a.txt", "  who   money\r\n ann 1 \r\n\r\n bob    2\r\n"),
        ("a.txt", "who|money\nann|1\nbob|2"),
    ],
)
def test_the_separator_is_found(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    table = read_table(file)
    assert table.to_dict(as_series=False) == {"who": ["ann", "bob"], "money": ["1", "2"]}


def test_a_first_line_with_a_number_is_data(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(" 00001 19970101  11.77\n 00002 19970112  12.00\n", "utf-8")
    table = read_table(file)
    assert table.columns == ["0", "1", "2"]
    assert table["0"].to_list() == ["00001", "00002"]


def test_chinese_files_of_old_programs_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("客户,金额\n小王,3\n".encode("gb18030"))
    assert read_table(file)["客户"].to_list() == ["小王"]


def test_parquet_keeps_its_types_and_quotes_may_hold_separators(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1.5]}).write_parquet(tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet")["x"].to_list() == [1.5]
    (tmp_path / "b.csv").write_text('who,what\nann,"a, b"\nbob,c\n', "utf-8")
    assert read_table(tmp_path / "b.csv")["what"].to_list() == ["a, b", "c"]


@pytest.mark.parametrize("content", ["", "only,a,head\n"])
def test_an_empty_table_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content, "utf-8")
    with pytest.raises(BadInputError):
        read_table(tmp_path / "a.csv")


def test_no_file_and_no_parquet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no file"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "a.parquet").write_bytes(b"not parquet at all")
    with pytest.raises(BadInputError, match="cannot be read"):
        read_table(tmp_path / "a.parquet")


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is a folder"):
        read_table(tmp_path)


def test_compressed_files_are_read_by_what_they_hold_not_by_their_name(tmp_path: Path) -> None:
    text = "客户,金额\n小王,3\n小李,\n"
    for name, content in (
        ("a.csv.gz", text.encode()),
        ("b.gz", text.encode("gb18030")),
        ("c.ndjson.gz", '{"客户":"小王","金额":3}\n{"客户":"小李","金额":null}\n'.encode()),
    ):
        (tmp_path / name).write_bytes(gzip.compress(content))
        assert read_table(tmp_path / name).to_dict(as_series=False) == {"客户": ["小王", "小李"], "金额": ["3", None]}
    table = pl.DataFrame({"x": [1, 2]})
    table.write_parquet(tmp_path / "d.parquet")
    (tmp_path / "d.parquet.gz").write_bytes(gzip.compress((tmp_path / "d.parquet").read_bytes()))
    assert read_table(tmp_path / "d.parquet.gz").equals(table)
    (tmp_path / "e.csv.gz").write_bytes(b"\x1f\x8bno gzip")
    with pytest.raises(BadInputError, match="cannot be read"):
        read_table(tmp_path / "e.csv.gz")
