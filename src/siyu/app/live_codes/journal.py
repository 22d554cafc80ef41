"""The desk's journal: a decision is durable in a small file at once, and reaches the store a second later.

A commit in the store writes many pages and waits in line behind whoever else writes; here a group of decisions is one
short write that goes through to the disk (``O_DSYNC``), over zeros that are there already, so that nothing else has to
follow it. Two files take turns: while one is emptied into the store, groups are appended to the other. What a process
that died leaves behind is taken in by whoever looks next; the store takes each group once.
"""

import fcntl
import os
import secrets
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from siyu.stores.sql.live_code import Group

#: Takes groups into the store, in one transaction; raises when the store does not take them.
Take = Callable[[Sequence[Group]], None]

#: Zeros written ahead, in bytes; a file that needs more grows.
_ROOM: Final = 1 << 20
#: Zeros are written in pieces of so many bytes: a group on its way to the disk waits for one of them at most.
_PIECE: Final = 1 << 16
#: So many groups go into the store in one transaction, and so long a rest, in seconds, is between two: few enough, and
#: long enough, that scans never wait for it.
_PART: Final = 24
_REST_S: Final = 0.004
#: A group in a file: the length of what follows and its CRC-32, then MessagePack. A length of zero ends the file, and
#: so does a group that is cut off or damaged: nobody was told that it is durable.
_HEAD: Final = struct.Struct("<II")
_NOTHING: Final = bytes(_HEAD.size)
_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(Group)


class Journal:
    """The journal of one desk. Appending and emptying may happen in two threads.

    The files are made at the first group and taken away by ``close``; while they are in use they are locked.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[_File] = []  # appended to; being emptied
        self._appending, self._emptying = threading.Lock(), threading.Lock()

    def append(self, group: Group) -> None:
        """Make a group durable.

        Raises:
            OSError: the disk did not take it.
        """
        with self._appending:
            if not self._files:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._files = [_File.made(self._folder), _File.made(self._folder)]
            self._files[0].append(_pack.encode(group))

    def empty(self, take: Take) -> None:
        """Bring everything that was appended before this call into the store, oldest first.

        Raises:
            Exception: whatever ``take`` raises; the groups stay and are taken next time.
        """
        with self._emptying:
            turned = False
            while self._files and not turned:
                with self._appending:
                    turned = not self._files[1].end  # else it holds what the store did not take last time
                    if turned:
                        self._files.reverse()
                older = self._files[1]
                _take_all(older, take)
                older.clear()

    def close(self) -> None:
        """Give the files up. What was not emptied stays behind and is taken in by whoever looks next."""
        with self._emptying, self._appending:
            for file in self._files:
                file.close(keep=bool(file.end))
            self._files = []


class _File:
    """One open, locked file."""

    def __init__(self, path: Path, number: int) -> None:
        self.path, self._number, self.end = path, number, 0

    @classmethod
    def made(cls, folder: Path) -> "_File":
        while True:
            file = cls.opened(folder / f"{os.getpid()}-{secrets.token_hex(6)}.journal", make=True)
            if file is not None:
                file.end = _ROOM
                file.clear()
                _sync_folder(folder)
                return file

    @classmethod
    def opened(cls, path: Path, *, make: bool = False) -> "_File | None":
        """Open and lock a file; nothing if somebody else has it or took it away."""
        try:
            number = os.open(path, os.O_RDWR | os.O_DSYNC | os.O_CLOEXEC | (os.O_CREAT if make else 0), 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(number).st_ino == os.stat(path).st_ino:  # noqa: PTH116  beside fstat
                return cls(path, number)
        except (BlockingIOError, FileNotFoundError):
            pass
        os.close(number)
        return None

    def append(self, payload: bytes) -> None:
        frame = _HEAD.pack(len(payload), crc32(payload)) + payload
        if os.pwrite(self._number, frame, self.end) != len(frame):  # a full disk; the next group is written over it
            raise OSError(f"{self.path}: cut off")
        self.end += len(frame)

    def groups(self) -> Iterator[Group]:
        place = 0
        while len(head := os.pread(self._number, _HEAD.size, place)) == _HEAD.size and head != _NOTHING:
            length, checked = _HEAD.unpack(head)
            payload = os.pread(self._number, length, place + _HEAD.size)
            if len(payload) != length or crc32(payload) != checked:
                return
            yield _unpack.decode(payload)
            place += _HEAD.size + length

    def clear(self) -> None:
        """Overwrite what was taken in: nobody finds it twice, and no visitor stays in it."""
        if self.end > _ROOM:
            os.ftruncate(self._number, _ROOM)
        for place in range(0, min(self.end, _ROOM), _PIECE):
            os.pwrite(self._number, bytes(_PIECE), place)
        self.end = 0

    def close(self, *, keep: bool) -> None:
        if not keep:
            self.path.unlink(missing_ok=True)
        os.close(self._number)


def take_in_left_behind(folder: Path, take: Take) -> None:
    """Take in what desks that died had made durable, and take their files away.

    Raises:
        Exception: whatever ``take`` raises; the file stays and is taken in next time.
    """
    for path in sorted(folder.glob("*.journal")):
        file = _File.opened(path)
        if file is None:
            continue
        done = False
        try:
            _take_all(file, take)
            done = True
        finally:
            file.close(keep=not done)


def wait_for_the_living(folder: Path, *, most_s: float) -> bool:
    """Wait until desks at work have brought what they hold now into the store; say whether they all did."""
    first = {path: _head_of(path) for path in folder.glob("*.journal")}
    ends = time.monotonic() + most_s
    while any(head != _NOTHING and _head_of(path) == head for path, head in first.items()):
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


def _take_all(file: _File, take: Take) -> None:
    groups = file.groups()
    while part := list(islice(groups, _PART)):
        take(part)
        time.sleep(_REST_S)


def _head_of(path: Path) -> bytes:
    with suppress(FileNotFoundError), path.open("rb") as file:
        return file.read(_HEAD.size)
    return _NOTHING


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
