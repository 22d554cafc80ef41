"""The worker: turns the loop by itself, as long as it runs. One workspace may have several."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event, Thread
from typing import Any, Final

from fastapi import FastAPI

from siyu.app.channels.pull import pull_due
from siyu.app.channels.senders import open_senders
from siyu.app.journeys.call import call_due
from siyu.app.lake import flush
from siyu.app.live_codes.surroundings import watch
from siyu.app.log import get_logger
from siyu.app.people.segments import refresh_kept
from siyu.app.turn import Turned, turn
from siyu.app.workspace import Workspace
from siyu.kernel.errors import RetryLaterError, SiyuError

#: The loop turns so often (seconds); the lake is flushed and kept segments are refreshed every so many turns.
TURN_EVERY_S: Final = 60.0
FLUSH_EVERY_TURNS: Final = 30

_log = get_logger(__name__)


class Worker:
    """Turns the loop on a thread.

    Args:
        every_s: Seconds between two turns.
    """

    def __init__(self, workspace: Workspace, *, every_s: float = TURN_EVERY_S) -> None:
        self._workspace, self._every_s = workspace, every_s
        self._ends = Event()
        self._thread = Thread(target=self.run, name="siyu-worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn that runs, then end."""
        self._ends.set()
        if self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        """Turn until :meth:`stop`; whatever goes wrong in one turn is said and does not end the next."""
        turns = 0
        while not self._ends.wait(self._every_s):
            turns += 1
            try:
                done = self.once()
                if turns % FLUSH_EVERY_TURNS == 0:
                    flush(self._workspace)
                    refresh_kept(self._workspace)
            except RetryLaterError as error:
                _log.info("turn put off", reason=str(error))
            except SiyuError as error:
                _log.error("turn failed", reason=str(error))
            except Exception:  # noqa: BLE001  one bad turn must not end the worker; it is logged whole
                _log.exception("turn failed")
            else:
                _log.info("turned", proposed=done.proposed, approved=done.judged.approved, handed_over=done.handed_over)

    def once(self) -> Turned:
        """Ask whether platforms are there, read what is due, turn the loop once, call whom journeys want called."""
        watch(self._workspace)
        pull_due(self._workspace)
        done = turn(self._workspace, (), senders=open_senders(self._workspace))
        call_due(self._workspace)
        return done


def mount(app: FastAPI, workspace: Workspace) -> None:
    """Let a worker run while the app runs."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def with_worker(running: FastAPI) -> AsyncIterator[Any]:
        worker = Worker(workspace)
        async with inner(running) as state:
            worker.start()
            try:
                yield state
            finally:
                worker.stop()

    app.router.lifespan_context = with_worker
