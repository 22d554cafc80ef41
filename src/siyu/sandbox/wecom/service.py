"""Customer service (微信客服) of the played WeCom: a customer writes, a callback says so, five answers in 48 h."""

from collections.abc import Callable
from dataclasses import dataclass, field

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.mass_send import Arrival
from siyu.sandbox.wecom.refusal import Json, Refused, text

_TOKEN_US = 600_000_000
_WINDOW_US = 48 * 3_600_000_000
_MOST_ANSWERS = 5


@dataclass(slots=True)
class Window:
    """How long, and how often, a customer may still be answered."""

    ends_us: int
    left: int = _MOST_ANSWERS
    taken: set[str] = field(default_factory=set)


class Service:
    """One service account of the corp.

    Attributes:
        open_kfid: Its id.
        messages: Everything said in it, oldest first, as ``sync_msg`` gives it.
    """

    def __init__(self, stage: Stage, arrivals: list[Arrival], emit: Callable[..., None]) -> None:
        self._stage, self._arrivals, self._emit = stage, arrivals, emit
        self.open_kfid = f"wk{stage.random.getrandbits(96):024x}"
        self.messages: list[Json] = []
        self._windows: dict[str, Window] = {}
        self._tokens: dict[str, int] = {}
        self._codes: dict[str, tuple[str, int]] = {}

    def say(self, external_userid: str, words: str) -> None:
        """Let a customer write; opens the window again, and fires the callback that names no message."""
        now_us = self._stage.now_us()
        known = self._windows.get(external_userid)
        self._windows[external_userid] = Window(now_us + _WINDOW_US, taken=known.taken if known else set())
        self._keep(external_userid, origin=3, msgtype="text", text={"content": words})

    def enter(self, external_userid: str, *, scene: str = "") -> str:
        """Let a customer open the conversation; returns the welcome code (works once, 20 s)."""
        code = f"kc{self._stage.random.getrandbits(96):024x}"
        self._codes[code] = (external_userid, self._stage.now_us() + 20_000_000)
        event = {
            "event_type": "enter_session",
            "open_kfid": self.open_kfid,
            "external_userid": external_userid,
            "scene_param": scene,
            "welcome_code": code,
        }
        self._keep(external_userid, origin=4, msgtype="event", event=event)
        return code

    def _keep(self, external_userid: str, *, origin: int, msgtype: str, **more: Json) -> None:
        self.messages.append(
            {
                "msgid": f"kfm{self._stage.random.getrandbits(96):024x}",
                "open_kfid": self.open_kfid,
                "external_userid": external_userid,
                "send_time": self._stage.now_s(),
                "origin": origin,
                "msgtype": msgtype,
                **more,
            }
        )
        token = f"ENC{self._stage.random.getrandbits(96):024x}"
        self._tokens[token] = self._stage.now_us() + _TOKEN_US
        self._emit("kf_msg_or_event", "", Token=token, OpenKfId=self.open_kfid)

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        return {
            "kf/account/list": lambda _body: {"account_list": [{"open_kfid": self.open_kfid, "name": "客服"}]},
            "kf/sync_msg": self._sync,
            "kf/send_msg": self._send,
            "kf/send_msg_on_event": self._welcome,
        }

    def _sync(self, body: Json) -> Json:
        token, cursor = str(body.get("token") or ""), str(body.get("cursor") or "0")
        if token and self._tokens.get(token, 0) <= self._stage.now_us():
            raise Refused(95007, "invalid token")
        limit = body.get("limit") or 1000
        if not cursor.isdigit() or not isinstance(limit, int):
            raise Refused(40058, "invalid cursor or limit")
        first, last = int(cursor), int(cursor) + min(limit, 1000)
        part = self.messages[first:last]
        more = last < len(self.messages)
        return {"next_cursor": str(first + len(part)), "has_more": int(more), "msg_list": part}

    def _send(self, body: Json) -> Json:
        customer, words = text(body, "touser"), text(body.get("text") or {}, "content")
        window = self._windows.get(customer)
        msgid = str(body.get("msgid") or f"kfo{self._stage.random.getrandbits(96):024x}")
        if body.get("open_kfid") != self.open_kfid or window is None:
            raise Refused(95018, "not allowed in this state")
        if msgid in window.taken:
            raise Refused(40058, "msgid taken")
        if self._stage.now_us() >= window.ends_us:
            raise Refused(95013, "session ended")
        if window.left == 0:
            raise Refused(95001, "too many sent")
        window.left -= 1
        window.taken.add(msgid)
        self._arrive(customer, msgid, words)
        return {"msgid": msgid}

    def _welcome(self, body: Json) -> Json:
        customer, ends_us = self._codes.pop(text(body, "code"), ("", 0))
        if self._stage.now_us() >= ends_us:
            raise Refused(95018, "code bad or expired")
        msgid = f"kfo{self._stage.random.getrandbits(96):024x}"
        self._arrive(customer, msgid, text(body.get("text") or {}, "content"))
        return {"msgid": msgid}

    def _arrive(self, customer: str, msgid: str, words: str) -> None:
        self._arrivals.append(Arrival(self._stage.now_us(), customer, self.open_kfid, "kf", msgid, words, []))
