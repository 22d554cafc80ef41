"""WeCom (企业微信), played: staff and customers who act, tasks that wait for staff, callbacks that are encrypted."""

from collections.abc import Sequence

from starlette.routing import BaseRoute

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.corp import Corp
from siyu.sandbox.wecom.doors import doors


class WeComSandbox(Corp):
    """The corp with its doors behind the scene."""

    def doors(self) -> Sequence[BaseRoute]:
        """Return the routes to load customers, play people and staff, and see what arrived."""
        return doors(self)


def build(stage: Stage) -> WeComSandbox:
    """Open the corp of this sandbox."""
    return WeComSandbox(stage)
