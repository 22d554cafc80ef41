"""The language as JSON Schema, so that an editor completes words and marks mistakes while one writes."""

from typing import Any, Final

from siyu.campaigns.journey.words import ATTACHMENT, CAPS, FIGURES, PURPOSES, WEEKDAYS, WHERE
from siyu.touchpoints.kind import CHINESE, KINDS_BY_SLUG

_SPAN: Final = {
    "type": "string",
    "pattern": r"^\d+(\.\d+)?\s*(min|minutes?|h|hours?|d|days?|w|weeks?|分钟|小时|天|周)$",
    "examples": ["3d", "12h", "30min", "2w"],
}
_CLOCK: Final = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["18:00"]}
_SHARE: Final = {
    "anyOf": [{"type": "string", "pattern": r"^\d+(\.\d+)?%$"}, {"type": "number", "minimum": 0, "maximum": 1}]
}
_MONEY: Final = {"type": ["number", "string"], "minimum": 0}
_TEXT: Final = {"type": ["string", "number"]}
_NAME: Final = {"type": "string", "minLength": 1, "maxLength": 64}


def json_schema() -> dict[str, Any]:
    """Return the schema (JSON Schema, draft 2020-12)."""
    steps = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Siyu journey 旅程",
        **_closed(
            {
                "name": _NAME | {"description": "Names it in tables and commands."},
                "title": {"type": "string"},
                "about": {"type": "string"},
                "entry": _one_or_many({"$ref": "#/$defs/entry"}),
                "again": {
                    "anyOf": [{"enum": ["never", "always"]}, _closed({"after": _SPAN}, "after")],
                    "description": "When somebody who was in it may come in again; twice at once never.",
                },
                "caps": _closed({word: {"type": "integer", "minimum": 1} for word in CAPS}),
                "in_flight": {
                    "enum": ["stay", "move"],
                    "description": "What becomes of people on their way when this version is published.",
                },
                "goal": _one_or_many({"$ref": "#/$defs/condition"}),
                "exit": _one_or_many({"$ref": "#/$defs/condition"}),
                "longest": _SPAN,
                "steps": steps | {"minItems": 1},
            },
            "name", "entry", "steps",
        ),
        "$defs": {
            "kinds": _one_or_many({"enum": sorted(KINDS_BY_SLUG), "description": _kinds()}),
            "where": _closed(dict.fromkeys(WHERE, _one_or_many(_TEXT))),
            "entry": _entry(),
            "condition": _condition(),
            "step": _step(steps),
        },
    }  # fmt: skip


def _entry() -> dict[str, Any]:
    schedule = _closed(
        {
            "every": {"enum": ["day", "week", "month"]},
            "days": _one_or_many({"enum": [*WEEKDAYS, *range(1, 29)]}),
            "at": _CLOCK,
            "of": _NAME | {"description": "Members of this kept segment."},
        },
        "every", "at", "of",
    )  # fmt: skip
    return _one_of(
        {
            "touch": ({"$ref": "#/$defs/kinds"}, {"where": {"$ref": "#/$defs/where"}}),
            "segment": (_NAME, {}),
            "schedule": (schedule, {}),
            "request": ({"enum": ["yes", "true", "on", True]}, {}),
        }
    )


def _condition() -> dict[str, Any]:
    inner = {"$ref": "#/$defs/condition"}
    number = {"at_least": {"type": "number"}, "at_most": {"type": "number"}}
    money = {"at_least": _MONEY, "at_most": _MONEY}
    words: dict[str, tuple[Any, dict[str, Any]]] = {
        "did": ({"$ref": "#/$defs/kinds"}, {"where": {"$ref": "#/$defs/where"}}),
        "segment": (_NAME, {}),
        "tag": (_TEXT, {}),
        "reachable": (_NAME, {}),
        "score": (_NAME, number),
        "attribute": (_NAME, {"is": _one_or_many(_TEXT)}),
        "not": (inner, {}),
        **{word: ({"type": "array", "items": inner, "minItems": 1}, {}) for word in ("all", "any", "none")},
        **{word: (_closed(money if word == "spent" else number) | {"minProperties": 1}, {}) for word in FIGURES},
    }
    return _one_of(words)


def _step(steps: dict[str, Any]) -> dict[str, Any]:
    wait = {
        "anyOf": [
            _SPAN,
            _closed({"for": _SPAN}, "for"),
            _closed({"until": {"type": "string"}}, "until"),
            _closed({"clock": _CLOCK}, "clock"),
            _closed({"best_hour": _CLOCK}, "best_hour"),
            _closed({"touch": {"$ref": "#/$defs/kinds"}, "where": {"$ref": "#/$defs/where"}, "at_most": _SPAN},
                    "touch", "at_most"),
        ]
    }  # fmt: skip
    arm = _closed({"share": _SHARE, "steps": steps}, "share")
    propose = _closed(
        {
            "channel": _NAME, "action": _NAME, "text": {"type": "string"}, "content": {"type": "string"},
            "purpose": {"enum": list(PURPOSES)}, "value": _MONEY, "cost": _MONEY, "open_for": _SPAN,
            "personal": {"enum": ["yes", "no", "true", "false", "on", "off", True, False]},
            "attachments": _one_or_many(_closed({word: {"type": "string"} for word in ATTACHMENT}, "kind")),
        },
        "channel", "action", "text",
    )  # fmt: skip
    ask = {
        "anyOf": [
            {"type": "string", "minLength": 1},
            _closed({"text": {"type": "string"}, "staff": _TEXT, "within": _SPAN}, "text"),
        ]
    }
    words: dict[str, tuple[Any, dict[str, Any]]] = {
        "wait": (wait, {"timed_out": steps}),
        "if": ({"$ref": "#/$defs/condition"}, {"then": steps, "else": steps}),
        "split": ({"type": "object", "minProperties": 2, "maxProperties": 10, "additionalProperties": arm}, {}),
        "holdout": (_SHARE, {}),
        "propose": (propose, {}),
        "ask": (ask, {}),
        "tag": (_TEXT, {"for": _SPAN}),
        "untag": (_TEXT, {}),
        "webhook": ({"type": "string", "format": "uri"}, {}),
        "end": (_TEXT, {}),
    }
    return _one_of({word: (inside, beside | {"id": _NAME}) for word, (inside, beside) in words.items()})


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _one_of(words: dict[str, tuple[Any, dict[str, Any]]]) -> dict[str, Any]:
    return {"oneOf": [_closed({word: inside, **beside}, word) for word, (inside, beside) in words.items()]}


def _one_or_many(one: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


def _kinds() -> str:
    return ", ".join(f"{kind.slug} {chinese}" for kind, chinese in CHINESE.items())
