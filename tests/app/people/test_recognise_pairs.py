import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from siyu.app.people.recognise_pairs import recognise_file
from siyu.kernel.errors import BadInputError


def _file(folder: Path, left: Any, right: Any) -> Path:
    file = folder / "pairs.parquet"
    pq.write_table(pa.table({"left": left, "right": right}), file)
    return file


@pytest.mark.parametrize("kind", [pa.int32(), pa.string(), pa.string_view(), pa.binary(2), pa.large_binary()])
def test_identifiers_of_any_plain_type_become_people(tmp_path: Path, kind: pa.DataType) -> None:
    names: list[Any] = [11, 22, 33, 44]
    if not pa.types.is_integer(kind):
        names = [b"%d" % name if "binary" in str(kind) else str(name) for name in names]
    sides = [pa.array([names[one] for one in side], kind) for side in ((0, 1, 3), (1, 2, 3))]
    found = recognise_file(_file(tmp_path, *sides), tmp_path / "people.parquet")
    assert (found.pairs, found.identifiers, found.people, found.largest) == (3, 4, 2, 3)
    assert pq.read_table(tmp_path / "people.parquet").column_names == ["identifier", "person"]


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [([1.5], [2.5], "names no identifier"), ([1, None], [2, 3], "row 2: empty cell"), ([1], ["1"], "make them alike")],
)
def test_what_names_nobody_is_one_clear_error(tmp_path: Path, left: Any, right: Any, said: str) -> None:
    with pytest.raises(BadInputError) as error:
        recognise_file(_file(tmp_path, left, right), None)
    assert said in str(error.value)


def test_pandas_is_not_loaded_to_recognise_a_file(tmp_path: Path) -> None:
    """It would be more than a second of a command's start, and counted as recognition."""
    program = (
        "import sys; from pathlib import Path; from siyu.app.people.recognise_pairs import recognise_file\n"
        "recognise_file(Path(sys.argv[1]), Path(sys.argv[2])); print('pandas' in sys.modules)"
    )
    for kind in (pa.int64(), pa.string()):
        sides = pa.array([1, 2]).cast(kind)
        command = [sys.executable, "-c", program, str(_file(tmp_path, sides, sides)), str(tmp_path / "people.parquet")]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="this is a folder"):
        recognise_file(tmp_path, None)
