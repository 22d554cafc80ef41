"""Write in groups: one thread gathers the requests that wait and makes them durable in one transaction.

While one transaction runs, the next requests gather; so a lone request waits for nobody, and under load the cost of
reaching the disk is shared by thousands of touches.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from sqlalchemy.exc import OperationalError

from siyu.app.intake.set_aside import set_aside
from siyu.app.intake.understood import SetAside
from siyu.app.log import get_logger
from siyu.app.take_in import TakeIn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import RetryLaterError
from siyu.touchpoints.touch import Touch

#: Touches in one transaction; more make it slower to answer and no cheaper.
MOST_AT_ONCE: Final = 20_000
#: Touches that may wait; more are turned away, to come again.
MOST_WAITING: Final = 200_000
#: Profiles lag behind the touches by no more than this under load.
_COUNT_AFTER_S: Final = 0.7
_log = get_logger(__name__)


@dataclass(slots=True)
class _Job:
    touches: Sequence[Touch]
    aside: Sequence[SetAside]
    source: str
    how: dict[str, str]
    answer: "asyncio.Future[Written]"
    written: "Written | None" = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one request.

    Attributes:
        fresh: For each touch, whether it counted now.
        set_aside: Rows that went to the quarantine and were not there before.
    """

    fresh: Sequence[bool] = field(default_factory=list)
    set_aside: int = 0


class GroupWriter:
    """The one writer of a server. ``write`` may be called from any event loop; ``start`` and ``stop`` once."""

    def __init__(self, workspace: Workspace, *, most_at_once: int = MOST_AT_ONCE) -> None:
        self._workspace, self._most = workspace, most_at_once
        self._take_in = TakeIn(workspace)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._waiting = 0
        self._uncounted_since = 0.0
        self._count = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="siyu-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write everything that waits, then end."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None

    async def write(
        self,
        touches: Sequence[Touch],
        aside: Sequence[SetAside] = (),
        *,
        source: str = "",
        how: dict[str, str] | None = None,
    ) -> Written:
        """Make one request durable; when this returns it cannot be lost.

        Raises:
            RetryLaterError: too much is waiting, or the store did not take it; nothing of it counted.
        """
        if not touches and not aside:
            return Written()
        size = len(touches) + len(aside)
        with self._count:
            if self._waiting + size > MOST_WAITING or self._thread is None:
                raise RetryLaterError("too much is waiting to be written", retry_after=timedelta(seconds=1))
            self._waiting += size
        answer: asyncio.Future[Written] = asyncio.get_running_loop().create_future()
        self._jobs.put(_Job(touches, aside, source, how or {}, answer))
        try:
            return await answer
        finally:
            with self._count:
                self._waiting -= size

    def _run(self) -> None:
        last = False
        self._count_up()  # what a process that died had not counted
        while not last:
            try:
                job = self._jobs.get(timeout=_COUNT_AFTER_S if self._uncounted_since else None)
            except Empty:
                self._count_up()
                continue
            jobs: list[_Job] = []
            gathered = 0
            while True:
                if job is None:
                    last = True
                    break
                jobs.append(job)
                gathered += len(job.touches)
                if gathered >= self._most or self._jobs.empty():
                    break
                job = self._jobs.get()
            if jobs:
                self._write(jobs)
                _answer(jobs)
            if self._uncounted_since and (last or monotonic() - self._uncounted_since > _COUNT_AFTER_S):
                self._count_up()

    def _count_up(self) -> None:
        self._uncounted_since = 0.0
        try:
            self._take_in.count_up()
        except OperationalError as error:
            # it is not lost: the log says what is not counted, and the next counting finds it
            _log.warning("profiles could not be counted", error=str(error.orig))

    def _write(self, jobs: Sequence[_Job]) -> None:
        try:
            self._together(jobs)
        except Exception as error:  # noqa: BLE001  whatever the store says, the writer must live and every client hear
            if len(jobs) == 1:
                jobs[0].error = _come_again(error)
                return
            # something in one request is not to the store's taste: the others shall not suffer for it
            for job in jobs:
                self._write([job])

    def _together(self, jobs: Sequence[_Job]) -> None:
        touches = jobs[0].touches if len(jobs) == 1 else [one for job in jobs for one in job.touches]
        fresh = self._take_in.take(touches, count_now=False).fresh if touches else ()
        self._uncounted_since = self._uncounted_since or monotonic()
        start = 0
        for job in jobs:
            kept = set_aside(self._workspace, job.aside, source=job.source, mapping=job.how) if job.aside else 0
            job.written = Written(fresh[start : start + len(job.touches)], kept)
            start += len(job.touches)


def _come_again(error: Exception) -> Exception:
    cause = RetryLaterError(f"the store did not take it: {error}", retry_after=timedelta(seconds=1))
    cause.__cause__ = error
    return cause


def _answer(jobs: Sequence[_Job]) -> None:
    """Wake the requests that wait, all of one event loop in one go."""
    loops: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        loops.setdefault(job.answer.get_loop(), []).append(job)
    for loop, of_loop in loops.items():
        wake: Callable[[], None] = _waker(of_loop)
        if not loop.is_closed():
            loop.call_soon_threadsafe(wake)


def _waker(jobs: Sequence[_Job]) -> Callable[[], None]:
    def wake() -> None:
        for job in jobs:
            if not job.answer.done():
                if job.error is not None:
                    job.answer.set_exception(job.error)
                elif job.written is not None:
                    job.answer.set_result(job.written)

    return wake
