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
