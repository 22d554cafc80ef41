"""Behind the scene of the played WeCom, over HTTP: load customers, play people and staff, see what arrived."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from siyu.sandbox.wecom.corp import Corp
from siyu.sandbox.wecom.refusal import Json, Refused


def doors(corp: Corp) -> list[BaseRoute]:
    """Return the routes under ``/_sandbox/wecom``: POST a JSON object, or GET with a query."""
    customers, tasks = corp.customers, corp.mass_send

    def load(body: Json) -> Json:
        rows = [
            (str(one["external_userid"]), str(one["staff"]), str(one.get("unionid", ""))) for one in body["customers"]
        ]
        return {"loaded": customers.load(rows)}

    def add(body: Json) -> Json:
        return {"welcome_code": customers.add(**body)}

    def arrived(body: Json) -> Json:
        return {"arrived": [asdict(one) for one in corp.arrivals(str(body.get("recipient", "")))]}

    def listed(_body: Json) -> Json:
        rows = [
            {
                "msgid": task.msgid,
                "made_s": task.made_s,
                "text": task.text,
                "cancelled": task.cancelled,
                "staff": {
                    staff: {"recipients": len(part.recipients), "sent_s": part.sent_s}
                    for staff, part in task.parts.items()
                },
            }
            for task in tasks.tasks.values()
        ]
        return {"tasks": rows}

    def habit(body: Json) -> Json:
        first, last = body.get("delay_s", (0.0, 0.0))
        corp.set_habit(share=float(body["share"]), delay_s=(float(first), float(last)))
        return {}

    def rules(body: Json) -> Json:
        for name, value in body.items():
            match name:
                case "cap":
                    tasks.cap = str(value)
                case "per_minute" | "token_life_s":
                    setattr(corp, name, int(value))
                case "trusts_this_machine":
                    corp.trusts_this_machine = bool(value)
                case "console_welcome":
                    customers.console_welcome = bool(value)
                case _:
                    raise Refused(40058, f"no rule {name}")
        return {}

    def fail(body: Json) -> Json:
        corp.fail_next(str(body["call"]), int(body["code"]), times=int(body.get("times", 1)))
        return {}

    def end_tokens(_body: Json) -> Json:
        corp.end_tokens()
        return {}

    def done(act: Callable[..., None]) -> Callable[[Json], Json]:
        def run(body: Json) -> Json:
            act(**body)
            return {}

        return run

    table: dict[str, Callable[[Json], Json]] = {
        "customers": load,
        "add": add,
        "leave": lambda body: {"ended": customers.leave(**body)},
        "drop": lambda body: {"ended": customers.drop(**body)},
        "edit": done(customers.edit),
        "found_group": lambda body: {"chat_id": corp.groups.found(**body)},
        "join_group": lambda body: {"joined": corp.groups.join(**body)},
        "scan_group": lambda body: {"chat_id": corp.groups.scan(**body)},
        "leave_group": done(corp.groups.part),
        "dissolve_group": done(corp.groups.dissolve),
        "click_link": lambda body: {"welcome_code": corp.links.click(**body)},
        "post_moments": lambda body: {"shown": corp.moments.confirm(**body)},
        "leave_corp": done(corp.hand_overs.leave_corp),
        "refuse_hand_over": done(corp.hand_overs.refuse),
        "rename_tag": done(corp.tags.rename),
        "say": done(corp.service.say),
        "enter_service": lambda body: {"welcome_code": corp.service.enter(**body)},
        "scan": lambda body: {"welcome_code": corp.contact_ways.scan(**body)},
        "send_by_hand": lambda body: {"msgid": tasks.send_by_hand(**body)},
        "confirm": lambda body: {"sent": tasks.confirm(**body)},
        "arrived": arrived,
        "tasks": listed,
        "habit": habit,
        "rules": rules,
        "fail": fail,
        "end_tokens": end_tokens,
    }
    return [Route(f"/{name}", _route(corp, act), methods=["GET", "POST"]) for name, act in table.items()]


def _route(corp: Corp, act: Callable[[Json], Json]) -> Any:
    async def route(request: Request) -> Response:
        raw = await request.body()
        status = 200
        try:
            body = {**request.query_params, **(msgspec.json.decode(raw, type=dict[str, Any]) if raw else {})}
            with corp.stage.lock:
                answer = act(body)
        except (Refused, KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
            answer, status = {"error": str(error)}, 400
        return Response(msgspec.json.encode(answer), status, media_type="application/json")

    return route
