"""The lake: a Delta table of touches by person bucket. Every change is one commit, so readers never see a half.

One process at a time may change a lake (the caller holds a lock, ``app/lake.py``); readers are never stopped.
A commit that belongs to a numbered step of the SQL store carries the number as an application transaction, so that
after a crash one look says whether it happened.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction
from pyarrow import fs

from siyu.kernel.arrays import Int64
from siyu.kernel.errors import ConfigError
from siyu.stores.lake.durable import make_durable
from siyu.stores.lake.layout import COLUMNS, TABLE, bucket_of, by_bucket, in_order, write_file

_FLUSH: Final = "siyu-flush"
_MOVE: Final = "siyu-move"
_BUCKETS: Final = "siyu.buckets"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of the lake.

    Attributes:
        path: Below the lake's folder.
        rows: Touches in it.
        size: Bytes.
    """

    path: str
    bucket: int
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The lake at one version: what a reader works on, whatever happens meanwhile.

    Attributes:
        batch: The last batch of the SQL store that is in it; 0 for none.
        moved: The last move of people that it shows; 0 for none.
        files: By bucket.
    """

    version: int
    batch: int
    moved: int
    files: Mapping[int, Sequence[DataFile]]

    @property
    def rows(self) -> int:
        """Touches in the lake."""
        return sum(file.rows for files in self.files.values() for file in files)


class Lake:
    """A lake in a folder or at an object-store URL; made when it is not there.

    Args:
        url: A path, or a URL that pyarrow and deltalake both know, such as ``s3://bucket/lake``.
        buckets: Used when the lake is made; a lake that is there keeps its number.

    Raises:
        ConfigError: the folder cannot be made, or holds something else.
    """

    def __init__(self, url: str, *, buckets: int = 16) -> None:
        self.url = url
        if "://" in url:
            self.filesystem, self.root = fs.FileSystem.from_uri(url)
        else:
            self.filesystem, self.root = fs.LocalFileSystem(), str(Path(url).absolute())
        try:
            table = self._open(buckets)
        except OSError as error:
            raise ConfigError(f"cannot open the lake {url}: {error}") from error
        written = table.metadata().configuration.get(_BUCKETS)
        if written is None:
            raise ConfigError(f"{url} is a Delta table, but not one of Siyu's")
        self.buckets = int(written)

    def snapshot(self) -> Snapshot:
        """Look at the newest version."""
        table = DeltaTable(self.url)
        actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
        files: dict[int, list[DataFile]] = {}
        for action in sorted(actions, key=lambda action: str(action["path"])):
            bucket = int(action["partition.bucket"])
            files.setdefault(bucket, []).append(
                DataFile(action["path"], bucket, action["num_records"], action["size_bytes"])
            )
        return Snapshot(
            table.version(), table.transaction_version(_FLUSH) or 0, table.transaction_version(_MOVE) or 0, files
        )

    def full_path(self, file: DataFile) -> str:
        """Return the path of a file as ``self.filesystem`` knows it."""
        return f"{self.root}/{file.path}"

    def append(self, rows: pa.Table, *, batch: int) -> bool:
        """Add a batch of touches in one commit; a batch that is there already is left as it is.

        Args:
            rows: The columns of ``layout.COLUMNS``.
            batch: Its number, one more than the last.

        Returns:
            Whether it was new.
        """
        now = self.snapshot()
        if now.batch >= batch:
            return False
        new = [
            self._write(part, bucket, f"batch-{batch:012d}") for bucket, part in by_bucket(rows, self.buckets).items()
        ]
        self._commit([], new, Transaction(_FLUSH, batch))
        return True

    def compact(self, *buckets: int, of_files: int = 2) -> int:
        """Rewrite buckets of so many files or more, all if none is named, each as one sorted file, in one commit.

        Returns:
            How many were rewritten.
        """
        now = self.snapshot()
        old = {bucket: now.files.get(bucket, ()) for bucket in buckets or range(self.buckets)}
        old = {bucket: files for bucket, files in old.items() if len(files) >= max(2, of_files)}
        new = [
            self._write(in_order(self._read(files)), bucket, f"upto-{now.version + 1:012d}")
            for bucket, files in old.items()
        ]
        if new:
            self._commit([file for files in old.values() for file in files], new)
        return len(new)

    def move(self, identifiers: Int64, before: Int64, after: Int64, *, number: int) -> int:
        """Put the touches of some identifiers under another person: after a merge or a split.

        Only buckets that hold such touches are rewritten, all in one commit.

        Args:
            identifiers: Whose touches move; each once.
            before: People they may stand under now, any number.
            after: The person each identifier belongs to.
            number: The number of the move in the SQL store; the lake then shows every move up to it.

        Returns:
            How many touches moved.
        """
        now = self.snapshot()
        order = np.argsort(identifiers)
        identifiers, after = identifiers[order], after[order]
        gone: list[DataFile] = []
        kept: dict[int, list[pa.Table]] = {}
        moved = 0
        for bucket in sorted({int(one) for one in bucket_of(before, self.buckets)}):
            old = now.files.get(bucket, ())
            rows = self._read(old)
            person, changed = rehome(
                rows.column("identifier").to_numpy(), rows.column("person").to_numpy(), identifiers, after
            )
            if changed:
                moved += changed
                gone += old
                column = pa.chunked_array([pa.array(person)])
                for target, part in by_bucket(rows.set_column(0, COLUMNS.field(0), column), self.buckets).items():
                    kept.setdefault(target, []).append(part)
        touched = {file.bucket for file in gone}
        for target in sorted(kept.keys() - touched):
            old = now.files.get(target, ())
            gone += old
            if old:
                kept[target].append(self._read(old))
        new = [
            self._write(in_order(pa.concat_tables(parts)), bucket, f"upto-{now.version + 1:012d}")
            for bucket, parts in kept.items()
        ]
        if gone:
            self._commit(gone, new, Transaction(_MOVE, number))
        return moved

    def erase(self, people: Int64) -> int:
        """Take every touch of some people out of the lake, and out of every older file of their buckets.

        Returns:
            How many touches there were.
        """
        now = self.snapshot()
        gone: list[DataFile] = []
        new: list[DataFile] = []
        erased = 0
        for bucket in sorted({int(one) for one in bucket_of(people, self.buckets)}):
            old = now.files.get(bucket, ())
            rows = self._read(old)
            keep = ~np.isin(rows.column("person").to_numpy(), people)
            if not keep.all():
                erased += int((~keep).sum())
                gone += old
                left = rows.filter(pa.array(keep))
                if len(left):
                    new.append(self._write(in_order(left), bucket, f"upto-{now.version + 1:012d}"))
        if gone:
            self._commit(gone, new)
        self.sweep(hours=0)
        return erased

    def sweep(self, *, hours: int) -> int:
        """Delete the files that no version of the last ``hours`` needs; return how many.

        A reader that still works on an older version gets ``FileNotFoundError`` and begins again.
        """
        table = DeltaTable(self.url)
        return len(table.vacuum(retention_hours=hours, dry_run=False, enforce_retention_duration=False, full=True))

    def _open(self, buckets: int) -> DeltaTable:
        try:
            return DeltaTable(self.url)
        except TableNotFoundError:
            if "://" not in self.url:
                Path(self.url).mkdir(parents=True, exist_ok=True)
            return DeltaTable.create(
                self.url,
                TABLE,
                mode="ignore",
                partition_by=["bucket"],
                name="touches",
                configuration={_BUCKETS: str(buckets)},
                raise_if_key_not_exists=False,
            )

    def _read(self, files: Sequence[DataFile]) -> pa.Table:
        tables = [pq.read_table(self.full_path(file), filesystem=self.filesystem, partitioning=None) for file in files]
        return pa.concat_tables([table.cast(COLUMNS) for table in tables]) if tables else COLUMNS.empty_table()

    def _write(self, rows: pa.Table, bucket: int, name: str) -> DataFile:
        path = f"bucket={bucket}/{name}.parquet"
        full = f"{self.root}/{path}"
        self.filesystem.create_dir(f"{self.root}/bucket={bucket}", recursive=True)
        write_file(rows, full, self.filesystem)
        return DataFile(path, bucket, len(rows), self.filesystem.get_file_info(full).size)

    def _commit(
        self,
        old: Sequence[DataFile],
        new: Sequence[DataFile],
        transaction: Transaction | None = None,
    ) -> None:
        local = isinstance(self.filesystem, fs.LocalFileSystem)
        if local:
            make_durable([Path(self.full_path(file)) for file in new])
        table = DeltaTable(self.url)
        written = [(self.filesystem.get_file_info(self.full_path(file)).mtime_ns or 0) // 1_000_000 for file in new]
        actions: list[AddAction | RemoveAction] = [_removed(file, max(written, default=0)) for file in old]
        actions += [_added(file, at_ms) for file, at_ms in zip(new, written, strict=True)]
        table.create_write_transaction(
            actions,
            "append",
            table.schema(),
            partition_by=["bucket"],
            commit_properties=CommitProperties(app_transactions=[transaction] if transaction else None),
            post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=True),
        )
        if local:
            make_durable([Path(self.root, "_delta_log", f"{table.version():020d}.json")])


def rehome(identifier: Int64, person: Int64, moved: Int64, after: Int64) -> tuple[Int64, int]:
    """Give each touch the person that its identifier now belongs to.

    Args:
        identifier, person: One row per touch.
        moved: Identifiers that changed their person, ascending.
        after: The person of each of them.

    Returns:
        The person of each touch, and how many changed.
    """
    if not moved.size:
        return person, 0
    place = np.minimum(np.searchsorted(moved, identifier), moved.size - 1)
    new = np.where(moved[place] == identifier, after[place], person)
    return new, int((new != person).sum())


def _added(file: DataFile, at_ms: int) -> AddAction:
    return AddAction(
        file.path,
        file.size,
        {"bucket": str(file.bucket)},
        at_ms,
        data_change=True,
        stats=json.dumps({"numRecords": file.rows}),
    )


def _removed(file: DataFile, at_ms: int) -> RemoveAction:
    return RemoveAction(file.path, True, at_ms, file.size, {"bucket": str(file.bucket)})
