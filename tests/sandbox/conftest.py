"""A played WeCom on a clock that stands still."""

from collections.abc import Iterator

import pytest

from siyu.app.clock import VirtualClock
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox

NOW_US = 1_790_000_000_000_000


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW_US)


@pytest.fixture
def sandbox(clock: VirtualClock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock, seed=7, platforms=("wecom",)) as running:
        yield running


@pytest.fixture
def corp(sandbox: Sandbox) -> WeComSandbox:
    played: WeComSandbox = sandbox.platform("wecom")
    played.load_customers([(f"wm{number:020d}", f"staff{number % 2}", f"oU{number:06d}") for number in range(10)])
    return played
