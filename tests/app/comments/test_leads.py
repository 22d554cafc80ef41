"""The desk from a comment to the first order: screened, claimed, answered, promised, followed; complaints silence."""

from pathlib import Path

import pytest

from siyu.app.clock import VirtualClock
from siyu.app.comments.leads import claim, desk, settle_lead
from siyu.app.comments.screen import screen
from siyu.app.take_in import TakeIn
from siyu.app.views.comment_chain import chain
from siyu.app.workspace import open_workspace
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import DAY, HOUR, MINUTE
from siyu.stores.sql.promise import SqlPromises
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

NOW = 20_000 * DAY


def _touch(kind: TouchKind, who: str, at: int, **properties: str) -> Touch:
    return touch(
        "douyin", kind, happened_at_us=at, received_at_us=at, actors=(Identifier("openid@d", who),), content_id="v1",
        properties=properties,
    )  # fmt: skip


def test_an_asker_is_followed_from_the_comment_to_the_first_order(tmp_path: Path) -> None:
    clock = VirtualClock(NOW)
    workspace = open_workspace(tmp_path, clock=clock, create=True)
    door = TakeIn(workspace)
    comments = {"anna": "请问这个多少钱", "ben": "求电子版谢谢", "cy": "哈哈哈好看", "di": "质量太差了要求退款"}
    door.take([_touch(TouchKind.COMMENT, who, NOW - MINUTE, text=text) for who, text in comments.items()])
    found = screen(workspace)
    assert (found.comments, found.leads, found.complaints) == (4, 2, 1)
    assert screen(workspace).comments == 0
    first, second = desk(workspace)
    assert (first["comment"], first["intent"], first["seconds_left"]) == (comments["anna"], "price", 240.0)
    assert (second["comment"], second["intent"]) == (comments["ben"], "material")
    claim(workspace, first["lead"], "staff1")
    with pytest.raises(BadInputError, match="is not free"):
        claim(workspace, first["lead"], "staff2")
    assert [one["lead"] for one in desk(workspace, staff="staff2")] == [second["lead"]]
    claim(workspace, first["lead"], "staff2", from_staff="staff1")
    clock.advance_to(NOW + MINUTE)
    settle_lead(workspace, first["lead"], answered=True, promised="price list")
    settle_lead(workspace, second["lead"], answered=False)
    assert desk(workspace) == []
    with workspace.database.write() as connection:
        promises = SqlPromises(connection)
        (made,) = promises.open()
        assert (made.what, made.due_at_us) == ("price list", NOW + MINUTE + HOUR)
        assert promises.keep(made.promise_id, at_us=NOW + 2 * MINUTE, proof="message 1")
        assert not promises.keep(made.promise_id, at_us=NOW + 3 * MINUTE, proof="again")
        assert promises.standing(now_us=NOW + DAY).kept_share == 1.0
    door.take([_touch(TouchKind.FOLLOW, "anna", NOW + HOUR), _touch(TouchKind.ORDER_PAID, "anna", NOW + 2 * HOUR)])
    door.take([_touch(TouchKind.ORDER_PAID, "anna", NOW + 40 * DAY)])
    shown = chain(workspace, by="delay")
    assert shown["leads"] == 1
    assert {rate.step: rate.share for rate in shown["rates"]} == {
        "reply": 1.0, "follow": 1.0, "add": 0.0, "promise_kept": 1.0, "joined": 0.0, "first_order": 1.0,
    }  # fmt: skip
    assert shown["rates"][0].group == "5 min"
    with pytest.raises(BadInputError, match="nothing to go by"):
        chain(workspace, by="weather")
    workspace.close()
