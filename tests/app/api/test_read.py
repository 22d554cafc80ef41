"""What the console shows can be read over HTTP, with a key, page by page."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.shop import PlayedPlatform, due_today, open_shop
from siyu.app.access.api_keys import make_key
from siyu.app.api import build
from siyu.app.turn import turn
from siyu.campaigns.play import plays


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    workspace, _ = open_shop(tmp_path)
    due_today(workspace, range(1, 8))
    turn(workspace, (), senders={("wecom", "corp"): PlayedPlatform()}, of_plays=[plays()["replenishment"]])
    key = make_key(workspace, "read")
    transport = httpx.ASGITransport(app=build(workspace))
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://siyu", headers=headers) as client:
        yield client


@pytest.mark.anyio
async def test_people_come_page_by_page_and_each_once(door: httpx.AsyncClient) -> None:
    seen: list[int] = []
    after = 0
    while True:
        page = (await door.get("/v1/people", params={"most": 3, "after": after})).json()
        seen += [one["person_id"] for one in page["people"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.anyio
async def test_a_person_their_verdicts_and_the_outbox_can_be_read(door: httpx.AsyncClient) -> None:
    number = (await door.get("/v1/people", params={"most": 1})).json()["people"][0]["person_id"]
    person = (await door.get(f"/v1/people/{number}")).json()
    assert person["person"]["orders"] == 10
    assert "wm" not in str(list(person["identifiers"])).replace("wm*", "")
    (verdict,) = (await door.get(f"/v1/people/{number}/decisions")).json()["decisions"]
    assert verdict["state"] == "approved"
    messages = (await door.get("/v1/messages", params={"most": 2})).json()
    assert messages["counts"] == {"awaiting": 7}
    assert len(messages["messages"]) == 2
    assert (await door.get("/v1/plays")).json()["plays"][0]["name"] == "replenishment"
    assert (await door.get("/v1/choices")).json()["choices"] == 0  # seven people are too few to be tried out on
    assert (await door.get("/v1/metrics/repurchase")).json()["metric"] == "repurchase"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/people/999999", 400), ("/v1/metrics/nonsense", 400), ("/v1/people?most=0", 422)],
)
async def test_a_wrong_question_gets_a_problem_that_says_so(door: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await door.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.anyio
async def test_without_a_key_nothing_is_read(door: httpx.AsyncClient) -> None:
    assert (await door.get("/v1/people", headers={"Authorization": ""})).status_code == 401
