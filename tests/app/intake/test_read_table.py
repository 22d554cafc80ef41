"""Files of every kind that shops export are read; what is no table is refused in one clear line."""

import zipfile
from pathlib import Path

import polars as pl
import pytest

from siyu.app.intake.mapping import FileShape
from siyu.app.intake.read_table import LINE, read_table
from siyu.kernel.errors import BadInputError

ROWS = [("A1", "王芳", "12.30"), ("A2", 'quote "x", comma', "0")]


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def delimited(mark: str) -> str:
    rows = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in ROWS]
    return "\n".join(mark.join(row) for row in [["订单号", "姓名", "金额"], *rows]) + "\n"


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_delimiter_and_encoding_are_found_without_being_told(tmp_path: Path, mark: str, encoding: str) -> None:
    table = read_table(written(tmp_path / "orders.csv", delimited(mark).encode(encoding)))
    assert table.columns == [LINE, "订单号", "姓名", "金额"]
    assert table.rows() == [(1, *ROWS[0]), (2, *ROWS[1])]


def test_numbers_that_look_like_text_stay_text(tmp_path: Path) -> None:
    table = read_table(written(tmp_path / "a.csv", b"phone,n\n0086138,007\n"))
    assert table.row(0) == (1, "0086138", "007")


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2], "b": [1.5, None]}).write_parquet(tmp_path / "x.parquet")
    assert read_table(tmp_path / "x.parquet").schema["b"] == pl.Float64


def test_ndjson_and_json_are_read_alike(tmp_path: Path) -> None:
    rows = '{"a": "x", "n": 1.50}\n{"a": null, "n": 2, "more": {"k": [1]}}\n'
    lines = read_table(written(tmp_path / "a.ndjson", rows.encode()))
    array = read_table(written(tmp_path / "a.json", ("[" + rows.strip().replace("\n", ",") + "]").encode()))
    assert lines.rows() == array.rows() == [(1, "x", "1.5", None), (2, None, "2", '{"k":[1]}')]


def test_excel_is_read(tmp_path: Path) -> None:
    office = "http://schemas.openxmlformats.org"
    main, links = f"{office}/spreadsheetml/2006/main", f"{office}/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def cell(place: str, text: str) -> str:
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'

    def linked(what: str, target: str) -> str:
        link = f'<Relationship Id="r1" Type="{links}/{what}" Target="{target}"/>'
        return f'<Relationships xmlns="{office}/package/2006/relationships">{link}</Relationships>'

    rows = (
        f'<row r="1">{cell("A1", "单号")}{cell("B1", "金额")}</row>'
        f'<row r="2">{cell("A2", "N1")}<c r="B2"><v>12.5</v></c></row>'
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": linked("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets><sheet name="订单" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": linked("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(tmp_path / "orders.xlsx", "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    assert read_table(tmp_path / "orders.xlsx").rows() == [(1, "N1", 12.5)]


def test_a_file_without_header_and_with_blanks_between_is_read_by_its_shape(tmp_path: Path) -> None:
    path = written(tmp_path / "log.txt", b"  00001 19970101  1   11.77\n 00002 19970112  5   77.00\n")
    shape = FileShape(delimiter="whitespace", names=["id", "day", "n", "v"])
    assert read_table(path, shape).rows() == [
        (1, "00001", "19970101", "1", "11.77"),
        (2, "00002", "19970112", "5", "77.00"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\n \n", "empty|no header"),
        ("header.csv", b"a,b\n", "no row"),
        ("image.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20, "binary"),
        ("noise.csv", bytes(range(1, 256)) * 9, "not text"),
        ("broken.parquet", b"PAR1 nothing of the kind", "cannot be read"),
        ("broken.xlsx", b"PK\x03\x04 nothing of the kind", "cannot be read"),
        ("broken.json", b'[{"a": 1', "not JSON"),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, name: str, data: bytes, says: str) -> None:
    with pytest.raises(BadInputError, match=says) as caught:
        read_table(written(tmp_path / name, data))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nowhere\.csv: there is no such file"):
        read_table(tmp_path / "nowhere.csv")
