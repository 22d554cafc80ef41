"""The code desk: decide scans, make the decisions durable in groups, answer. It needs no platform to answer.

While one group is on its way to the journal the next gathers, so a lone scan waits for nobody and ten thousand a
second share the cost of reaching the disk. Beside it a thread brings the journal into the store.
"""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from siyu.app.live_codes.journal import Journal, take_in_left_behind, wait_for_the_living
from siyu.app.live_codes.last_known import keep_known, known_plans
from siyu.app.live_codes.surroundings import down_kinds
from siyu.app.log import get_logger
from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RetryLaterError
from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.live_code import Decided, Group, KeptCode, SqlLiveCodes, group_of
from siyu.touchpoints.live_code import Choice, LiveCode, Router, Visitor, live_code_of

#: Groups begin at least so far apart, in seconds; a lone scan does not wait for it.
_PACE_S: Final = 0.0003
#: The journal is brought into the store so often, in seconds.
_EMPTIED_EVERY_S: Final = 1.0
#: Groups that the disk did not take and that wait for room; the oldest is given up when there are more.
_MOST_UNKEPT: Final = 10_000
#: A code is looked up again after so long, beside the scans: it may have been changed by another process.
_LOOK_AGAIN_US: Final = 2_000_000
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of a code, at a moment in microseconds since 1970 UTC."""

    code: str
    visitor: Visitor
    at_us: int


def change_code(workspace: Workspace, written: Mapping[str, Any]) -> LiveCode:
    """Make a code, or change where it leads; what is printed stays.

    Raises:
        BadInputError: the code cannot be read.
    """
    zone = ZoneInfo(workspace.settings.brand.zone)
    read = live_code_of(written, version=0, zone=zone)
    with workspace.database.write() as connection:
        version = SqlLiveCodes(connection).change(read.code, dict(written), at_us=workspace.clock.now_us())
    keep_known(workspace.folder, read.code, version, written)
    return live_code_of(written, version=version, zone=zone)


def keep_groups(workspace: Workspace, groups: Sequence[Group]) -> None:
    """Bring groups of decisions into the store, in one transaction; each counts once."""
    with workspace.database.write() as connection:
        SqlLiveCodes(connection).keep(groups)


def take_in_scans(workspace: Workspace, *, wait_s: float = 0.0) -> None:
    """Bring into the store what desks that died left in their journals.

    Args:
        wait_s: Wait so long at most for desks at work to bring theirs too, as an erasure must.

    Raises:
        RetryLaterError: a desk at work did not bring its scans in time.
    """
    take_in_left_behind(_folder(workspace), partial(keep_groups, workspace))
    if wait_s and not wait_for_the_living(_folder(workspace), most_s=wait_s):
        raise RetryLaterError("scans of codes have not reached the store yet", retry_after=timedelta(seconds=5))


def _folder(workspace: Workspace) -> Path:
    return workspace.folder / "codes"


class CodeDesk:
    """Decides the scans of a workspace. One desk decides at a time: its counters are what makes rotation fair.

    Use ``route`` from one event loop, or ``route_all`` from one thread; not both at once.

    Attributes:
        down: Kinds of targets whose platform does not answer at present; ``answer`` keeps it up to date.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._routers: dict[str, Router] = {}
        self._count = 0
        self._name = f"{os.getpid()} {workspace.clock.now_us()} {id(self)}"
        self.down: frozenset[str] = frozenset()
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Future[None] | None = None
        self._began, self._timed = -1.0, False
        self._thread = ThreadPoolExecutor(1, "siyu-codes")
        self._journal = Journal(_folder(workspace))
        self._unkept: deque[Group] = deque(maxlen=_MOST_UNKEPT)
        self._ends = threading.Event()
        self._emptier: threading.Thread | None = None
        self._looked_at_us: dict[str, int] = {}
        self._looking: set[asyncio.Task[None]] = set()

    def empty(self) -> None:
        """Bring everything that was answered so far into the store; while the store is gone, the journal keeps it."""
        try:
            self._journal.empty(partial(keep_groups, self._workspace))
        except SQLAlchemyError as error:
            _log.warning("scans wait in the journal for the store", error=str(error).splitlines()[0])

    def close(self) -> None:
        """Finish what is being written and bring it into the store; a later scan opens the journal again."""
        self._thread.shutdown()
        self._thread = ThreadPoolExecutor(1, "siyu-codes")
        if self._emptier is not None:
            self._ends.set()
            self._emptier.join()
            self._ends.clear()
            self._emptier = None
        if self._unkept:
            keep_groups(self._workspace, list(self._unkept))
            self._unkept.clear()
        self.empty()
        self._journal.close()

    async def route(self, scan: Scan) -> Choice:
        """Decide one scan; when this returns the decision is durable.

        Raises:
            BadInputError: there is no such code.
            RetryLaterError: the disk did not take it.
        """
        router = self._router(scan.code)
        choice = router.route(scan.visitor, at_us=scan.at_us, down=self.down)
        await self._to_the_disk(scan, choice, router.day, late=False)
        return choice

    async def answer(self, scan: Scan, *, most_s: float = 0.5) -> tuple[Choice, LiveCode]:
        """Decide one scan and answer it whatever the disk and the store do; return the code too, as it was in force.

        The decision is durable when this returns, unless the disk fails or takes longer than ``most_s``: then it
        waits in memory and reaches the disk, once, when there is room.

        Raises:
            BadInputError: there is no such code.
            RetryLaterError: the store cannot be asked, and this code was never seen before.
        """
        loop = asyncio.get_running_loop()
        router = self._routers.get(scan.code)
        if router is None:
            router = await loop.run_in_executor(None, self._read, scan.code, self._known(scan.code))
            router = self._routers.setdefault(scan.code, router)
            await self._look_around()
        elif scan.at_us - self._looked_at_us.get(scan.code, 0) > _LOOK_AGAIN_US:
            self._looked_at_us[scan.code] = scan.at_us
            task = loop.create_task(self._look_again(scan.code))
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)
        choice = router.route(scan.visitor, at_us=scan.at_us, down=self.down)
        durable = self._to_the_disk(scan, choice, router.day, late=True)
        await asyncio.wait([durable], timeout=most_s)
        return choice, router.code

    def _to_the_disk(self, scan: Scan, choice: Choice, day: int, *, late: bool) -> "asyncio.Future[None]":
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[None] = loop.create_future()
        self._waiting.append((_decided(scan, choice), day, durable, late))
        if self._writing is None and not self._timed:
            self._write_soon(loop)
        return durable

    def route_all(self, scans: Sequence[Scan]) -> list[Choice]:
        """Decide scans in order and make all decisions durable in one transaction.

        Raises:
            BadInputError: there is no such code; then none of them is decided.
        """
        if not scans:
            return []
        routers = [self._router(scan.code) for scan in scans]
        choices: list[Choice] = []
        days: list[int] = []
        for scan, router in zip(scans, routers, strict=True):
            choices.append(router.route(scan.visitor, at_us=scan.at_us, down=self.down))
            days.append(router.day)
        rows = [_decided(scan, choice) for scan, choice in zip(scans, choices, strict=True)]
        keep_groups(self._workspace, [self._group(rows, days)])
        return choices

    def _write_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to write at once, or when ``_PACE_S`` has passed since the last time: small groups cost as much."""
        wait = self._began + _PACE_S - loop.time()
        if wait <= 0:
            self._write_next(loop)
        else:
            self._timed = True
            loop.call_later(wait, self._write_next, loop)

    def _write_next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send everything that waits to the disk; while it is on its way the next group gathers."""
        self._timed, self._began = False, loop.time()
        group, self._waiting = self._waiting, []
        self._writing = loop.run_in_executor(self._thread, self._keep_group, group)
        self._writing.add_done_callback(lambda written: self._wake(loop, group, written))

    def _wake(
        self, loop: asyncio.AbstractEventLoop, group: Sequence["_Waiting"], written: "asyncio.Future[None]"
    ) -> None:
        self._writing = None
        if self._waiting:
            self._write_soon(loop)
        error = written.exception()
        for _row, _day, durable, late in group:
            if durable.done():
                continue
            if error is None or late:
                durable.set_result(None)
            else:
                durable.set_exception(RetryLaterError(f"not kept: {error}", retry_after=timedelta(seconds=1)))

    def _keep_group(self, group: Sequence["_Waiting"]) -> None:
        """Write a group; what may come late is kept in memory when the disk fails, under the same group id."""
        one = self._group([waiting[0] for waiting in group], [waiting[1] for waiting in group])
        if self._emptier is None:
            self._emptier = threading.Thread(target=self._empty_now_and_then, name="siyu-codes-empty", daemon=True)
            self._emptier.start()
        try:
            while self._unkept:
                self._journal.append(self._unkept[0])
                self._unkept.popleft()
            self._journal.append(one)
        except OSError as error:
            if not all(waiting[3] for waiting in group):
                raise
            self._unkept.append(one)
            _log.warning("scans wait for the disk", scans=len(group), error=str(error))

    def _empty_now_and_then(self) -> None:
        while not self._ends.wait(_EMPTIED_EVERY_S):
            try:
                self.empty()
            except Exception:  # noqa: BLE001  the journal keeps what could not be brought; it is logged whole
                _log.exception("the journal was not emptied")

    def _group(self, rows: Sequence[Decided], days: Sequence[int]) -> Group:
        self._count += 1
        group_id = time_ordered_id(min(row[6] for row in rows), "codes", self._name, str(self._count))
        return group_of(group_id, rows, days)

    async def _look_around(self) -> None:
        """See which platforms are down; while the store cannot be asked, what was last known holds."""
        loop = asyncio.get_running_loop()
        try:
            self.down = await loop.run_in_executor(None, down_kinds, self._workspace)
        except SQLAlchemyError as error:
            _log.warning("what is down is not known", error=str(error).splitlines()[0])

    async def _look_again(self, code: str) -> None:
        """Read a code anew if it was changed; while the store cannot be asked, the last known routing holds."""
        loop = asyncio.get_running_loop()
        await self._look_around()
        router = self._routers[code]
        try:
            kept = await loop.run_in_executor(None, self._newest, code)
            if kept is not None and kept.version != router.code.version:
                read = live_code_of(kept.plan, version=kept.version, zone=router.code.zone)
                keep_known(self._workspace.folder, code, kept.version, kept.plan)
                self._routers[code] = self._routers[code].changed(read)
        except (SQLAlchemyError, BadInputError, RetryLaterError) as error:
            _log.warning("the last known routing holds", code=code, error=str(error).splitlines()[0])

    def _newest(self, code: str) -> KeptCode | None:
        with self._workspace.database.read() as connection:
            return SqlLiveCodes(connection).newest(code)

    def _known(self, code: str) -> Mapping[str, Any]:
        return known_plans(self._workspace.folder).get(code, {})

    def _router(self, code: str) -> Router:
        router = self._routers.get(code)
        if router is None:
            router = self._routers[code] = self._read(code, self._known(code))
        return router

    def _read(self, code: str, known: Mapping[str, Any]) -> Router:
        """Read a code and what it counted.

        Args:
            known: Its last known plan and version, for the time in which the store cannot be asked; its counters then
                begin at zero.
        """
        zone = ZoneInfo(self._workspace.settings.brand.zone)
        today = datetime.fromtimestamp(self._workspace.clock.now_us() / 1e6, zone).toordinal()
        try:
            take_in_scans(self._workspace)
            with self._workspace.database.read() as connection:
                codes = SqlLiveCodes(connection)
                kept = codes.newest(code)
                if kept is None:
                    raise BadInputError(f"there is no code {code!r}", mend="make it with `siyu code create`")
                ever, of_today = codes.sent(code), codes.sent(code, since_day=today)
        except SQLAlchemyError as error:
            if not known:
                raise RetryLaterError("the store cannot be asked", retry_after=timedelta(seconds=1)) from error
            return Router(live_code_of(known["plan"], version=int(known["version"]), zone=zone), day=today)
        keep_known(self._workspace.folder, code, kept.version, kept.plan)
        read = live_code_of(kept.plan, version=kept.version, zone=zone)
        return Router(read, sent_in_all=ever, sent_today=of_today, day=today)


#: A decision on its way to the disk: its row, its day, who waits for it, and whether it may come late.
_Waiting = tuple[Decided, int, "asyncio.Future[None]", bool]


def _decided(scan: Scan, choice: Choice) -> Decided:
    who = scan.visitor
    return scan.code, choice.target.name, choice.reason, choice.version, who.scene, who.name, scan.at_us
