"""How the lake is laid out: its columns, its buckets, and how its Parquet files are written.

A bucket (人群桶) holds all touches of some people, so that anything that is a sum over people is a sum over
buckets. The number columns are written as plain pages without nulls: a reader on the same machine copies them
straight from the page cache (``read.py``), and every other Parquet reader understands them as well.
"""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from siyu.kernel.arrays import Int32, Int64, UInt64

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio: spreads neighbours (Knuth, 6.4)
_ROW_GROUP: Final = 4 << 20  # rows: one page of 32 MiB per number column

#: Says in a file's footer that its number columns are one plain page each, so that they may be copied as they lie.
PLAIN: Final = {b"siyu.pages": b"one plain page for each number column of a row group"}
#: Columns of text, written as dictionaries.
TEXTS: Final = ("currency", "channel", "account", "scene", "source_code", "content_id", "staff", "about")
#: Columns of whole numbers, written plain. ``at`` is microseconds since 1970 UTC.
NUMBERS: Final = ("person", "identifier", "at", "kind", "value")

#: One row is one touch. ``bucket`` is in the folder name, as Delta keeps partition columns.
COLUMNS: Final = pa.schema(
    [
        pa.field("person", pa.int64(), nullable=False),
        pa.field("identifier", pa.int64(), nullable=False),
        pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("kind", pa.int8(), nullable=False),
        pa.field("value", pa.int64(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in TEXTS),
        pa.field("touch_id", pa.binary(), nullable=False),
        pa.field("properties", pa.string(), nullable=False),
    ]
)
TABLE: Final = pa.schema([pa.field("bucket", pa.int32(), nullable=False), *COLUMNS])
_ORDER: Final = [(name, "ascending") for name in ("person", "at", "kind", "value", "touch_id")]


def bucket_of(person: Int64, buckets: int) -> Int32:
    """Return the bucket of each person: a multiplicative hash that other programs can repeat.

    ``((person * 0x9E3779B97F4A7C15) mod 2**64) >> 32) mod buckets``; it must never change for a lake that is there.

    Shape: (people,) in and out.
    """
    spread: UInt64 = person.astype(np.uint64) * _ODD
    return ((spread >> np.uint64(32)) % np.uint64(buckets)).astype(np.int32)


def by_bucket(rows: pa.Table, buckets: int) -> dict[int, pa.Table]:
    """Split rows by the bucket of their person; each part is sorted by person and time."""
    bucket = bucket_of(rows.column("person").to_numpy(), buckets)
    order = np.argsort(bucket, kind="stable")
    ends = np.searchsorted(bucket[order], np.arange(buckets + 1))
    return {
        number: in_order(rows.take(pa.array(order[ends[number] : ends[number + 1]])))
        for number in range(buckets)
        if ends[number] < ends[number + 1]
    }


def in_order(rows: pa.Table) -> pa.Table:
    """Sort by person and time; touches of one moment by kind, value and id, so that the order is always the same."""
    return rows.sort_by(_ORDER)


def write_file(rows: pa.Table, path: str, filesystem: fs.FileSystem) -> None:
    """Write one data file of a bucket. ``rows`` has the columns of ``COLUMNS``, in any order."""
    with pq.ParquetWriter(
        path,
        COLUMNS,
        filesystem=filesystem,
        data_page_size=1 << 30,
        max_rows_per_page=_ROW_GROUP,
        use_dictionary=[*TEXTS, "properties"],
        compression={name: "NONE" if name in NUMBERS else "ZSTD" for name in COLUMNS.names},
        store_schema=False,
    ) as writer:
        writer.add_key_value_metadata(PLAIN)
        writer.write_table(rows.select(COLUMNS.names).cast(COLUMNS), row_group_size=_ROW_GROUP)
