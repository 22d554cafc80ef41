"""The code desk: decide scans, make the decisions durable in groups, answer. It needs no platform to answer.

While one group is on its way to the disk the next gathers, so a lone scan waits for nobody and ten thousand a second
share the cost of reaching the disk.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from siyu.app.workspace import Workspace
from siyu.kernel.errors import BadInputError, RetryLaterError
from siyu.kernel.ids import time_ordered_id
from siyu.stores.sql.live_code import Decided, SqlLiveCodes
from siyu.touchpoints.live_code import Choice, LiveCode, Router, Visitor, live_code_of

#: Groups begin at least so far apart, in seconds; a lone scan does not wait for it.
_PACE_S: Final = 0.001


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
    return live_code_of(written, version=version, zone=zone)


class CodeDesk:
    """Decides the scans of a workspace. One desk decides at a time: its counters are what makes rotation fair.

    Use ``route`` from one event loop, or ``route_all`` from one thread; not both at once.

    Attributes:
        down: Kinds of targets whose platform does not answer at present.
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

    def close(self) -> None:
        """Finish what is being written."""
        self._thread.shutdown()

    def forget(self, code: str) -> None:
        """Read a code anew at its next scan: it was changed."""
        self._routers.pop(code, None)

    async def route(self, scan: Scan) -> Choice:
        """Decide one scan; when this returns the decision is durable.

        Raises:
            BadInputError: there is no such code.
            RetryLaterError: the store did not take it.
        """
        router = self._router(scan.code)
        choice = router.route(scan.visitor, at_us=scan.at_us, down=self.down)
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[None] = loop.create_future()
        self._waiting.append((_decided(scan, choice), router.day, durable))
        if self._writing is None and not self._timed:
            self._write_soon(loop)
        await durable
        return choice

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
        self._keep([_decided(scan, choice) for scan, choice in zip(scans, choices, strict=True)], days)
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
        rows, days = [one[0] for one in group], [one[1] for one in group]
        self._writing = loop.run_in_executor(self._thread, self._keep, rows, days)
        self._writing.add_done_callback(lambda written: self._wake(loop, group, written))

    def _wake(
        self, loop: asyncio.AbstractEventLoop, group: Sequence["_Waiting"], written: "asyncio.Future[None]"
    ) -> None:
        self._writing = None
        if self._waiting:
            self._write_soon(loop)
        error = written.exception()
        for _row, _day, durable in group:
            if durable.done():
                continue
            if error is None:
                durable.set_result(None)
            else:
                durable.set_exception(RetryLaterError(f"not kept: {error}", retry_after=timedelta(seconds=1)))

    def _keep(self, rows: Sequence[Decided], days: Sequence[int]) -> None:
        self._count += 1
        group = time_ordered_id(min(row[6] for row in rows), "codes", self._name, str(self._count))
        with self._workspace.database.write() as connection:
            SqlLiveCodes(connection).keep(group, rows, days)

    def _router(self, code: str) -> Router:
        router = self._routers.get(code)
        if router is None:
            zone = ZoneInfo(self._workspace.settings.brand.zone)
            today = datetime.fromtimestamp(self._workspace.clock.now_us() / 1e6, zone).toordinal()
            with self._workspace.database.read() as connection:
                codes = SqlLiveCodes(connection)
                kept = codes.newest(code)
                if kept is None:
                    raise BadInputError(f"there is no code {code!r}", mend="make it with `siyu code create`")
                ever, of_today = codes.sent(code), codes.sent(code, since_day=today)
            read = live_code_of(kept.plan, version=kept.version, zone=zone)
            router = Router(read, sent_in_all=ever, sent_today=of_today, day=today)
            self._routers[code] = router
        return router


#: A decision on its way to the disk: its row, its day, and who waits for it.
_Waiting = tuple[Decided, int, "asyncio.Future[None]"]


def _decided(scan: Scan, choice: Choice) -> Decided:
    who = scan.visitor
    return scan.code, choice.target.name, choice.reason, choice.version, who.scene, who.name, scan.at_us
