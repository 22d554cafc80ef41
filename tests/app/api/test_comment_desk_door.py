"""The comment desk over HTTP: keys, the queue, claim, reply judged by the platform's rules, relabel, dismiss."""

from collections.abc import Iterator

import pytest

from app.asgi_client import AsgiClient, asgi_client
from siyu.app.access.api_keys import make_key
from siyu.app.api import build
from siyu.app.clock import VirtualClock
from siyu.app.comments.screen import screen
from siyu.app.take_in import TakeIn
from siyu.app.workspace import open_workspace
from siyu.kernel.period import DAY, MINUTE
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, touch

NOW = 20_000 * DAY


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsgiClient]:
    workspace = open_workspace(tmp_path_factory.mktemp("w"), clock=VirtualClock(NOW), create=True)
    TakeIn(workspace).take(
        [
            touch(
                "douyin", TouchKind.COMMENT, happened_at_us=NOW - MINUTE, received_at_us=NOW, content_id="v1",
                actors=(Identifier("openid@d", f"who{place:06d}"),), properties={"text": said}, event_key=f"c{place}",
            )
            for place, said in enumerate(("请问这个多少钱", "这个多少钱一件", "求电子版谢谢", "哪里可以买到呀"))
        ]
    )  # fmt: skip
    screen(workspace)
    with asgi_client(build(workspace)) as opened:
        opened.headers["x-api-key"] = make_key(workspace, "admin", "desk")
        opened.headers["x-read"] = make_key(workspace, "read", "board")
        yield opened
    workspace.close()


def test_a_lead_goes_from_the_queue_to_an_answer(client: AsgiClient) -> None:
    queue = client.get("/v1/comments/leads").json()["leads"]
    assert len(queue) == 4
    assert all(one["seconds_left"] == 240.0 for one in queue)
    first, second, third, fourth = (f"/v1/comments/leads/{one['lead']}" for one in queue)
    assert client.post(f"{first}/claim", json={"staff": "li"}).status_code == 200
    taken = client.post(f"{first}/claim", json={"staff": "wang"})
    assert (taken.status_code, taken.headers["content-type"]) == (400, "application/problem+json")
    refused = client.post(f"{first}/reply", json={"staff": "li", "text": "加我微信 abc12345"})
    assert refused.status_code == 403
    assert refused.json()["allowed"]
    assert client.post(f"{first}/reply", json={"staff": "li", "text": "主页小店有"}).status_code == 200
    assert client.post(f"{second}/relabel", json={"intent": "contact"}).status_code == 200
    assert client.post(f"{third}/dismiss").status_code == 200
    assert client.get(f"{fourth}/suggestions").status_code == 200
    left = client.get("/v1/comments/leads", params={"staff": "li", "most": 1}).json()["leads"]
    assert len(left) == 1
    assert client.get("/v1/openapi.json").json()["paths"]["/v1/comments/leads/{lead}/reply"]


def test_without_the_right_key_or_body_nothing_happens(client: AsgiClient) -> None:
    read = {"x-api-key": client.headers["x-read"]}
    assert client.get("/v1/comments/leads", headers=read).status_code == 200
    assert client.post("/v1/comments/leads/00/dismiss", headers=read).status_code == 401
    assert client.get("/v1/comments/leads", headers={"x-api-key": ""}).status_code == 401
    assert client.get("/v1/comments/leads?most=0").status_code == 400
    assert client.post(f"/v1/comments/leads/{'0' * 32}/reply", json={"staff": "li"}).status_code == 400
    assert client.post(f"/v1/comments/leads/{'0' * 32}/dismiss").status_code == 400
