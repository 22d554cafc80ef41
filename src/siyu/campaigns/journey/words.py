"""The words of the language: what each knows, and an example of what belongs there. Errors and the schema use them."""

from typing import Final

JOURNEY: Final = {
    "name": "welcome", "title": "Welcome 欢迎", "about": "what it is for", "entry": "{touch: contact_added}",
    "again": "never", "caps": "{in_flight: 10000}", "in_flight": "stay", "goal": "{did: order_paid}",
    "exit": "[{did: complaint}]", "longest": "60d", "steps": "[- wait: 1d]",
}  # fmt: skip
ENTRY: Final = {
    "touch": "contact_added", "where": "{channel: wecom}", "segment": "rfm_champions",
    "schedule": '{every: day, at: "18:00", of: rfm_champions}', "request": "yes",
}  # fmt: skip
SCHEDULE: Final = {"every": "day", "days": "[mon, fri]", "at": '"18:00"', "of": "rfm_champions"}
CAPS: Final = {"in_flight": "10000", "a_day": "500", "ever": "100000"}
STEPS: Final = {
    "wait": "3d", "if": "{did: order_paid}", "split": "{a: {share: 50%, steps: []}}", "holdout": "10%",
    "propose": "{channel: wecom, action: mass_send, text: …}", "ask": "{text: …}", "tag": "vip", "untag": "vip",
    "webhook": "https://example.com/hook", "end": "why",
}  # fmt: skip
BESIDE: Final = {
    "if": {"then": "[…]", "else": "[…]"},
    "wait": {"timed_out": "[…]"},
    "tag": {"for": "30d"},
}
WAIT: Final = {
    "for": "3d", "until": "2026-12-01T10:00:00+08:00", "clock": '"18:00"', "best_hour": '"20:00"',
    "touch": "message_in", "where": "{channel: wecom}", "at_most": "3d",
}  # fmt: skip
ARM: Final = {"share": "50%", "steps": "[…]"}
PROPOSE: Final = {
    "channel": "wecom", "action": "mass_send", "text": "…", "content": "welcome-1", "purpose": "marketing",
    "value": "3.50", "cost": "0.05", "open_for": "3d", "personal": "yes", "attachments": "[{kind: link, url: …}]",
}  # fmt: skip
ATTACHMENT: Final = {
    "kind": "link", "title": "…", "description": "…", "url": "https://…", "picture_url": "https://…", "media_id": "…",
    "app_id": "wx…", "page": "pages/index",
}  # fmt: skip
ASK: Final = {"text": "Call and ask how it went", "staff": "anna", "within": "1d"}
CONDITIONS: Final = {
    "did": "order_paid", "segment": "rfm_champions", "tag": "vip", "reachable": "wecom", "score": "churn_risk",
    "attribute": "city", "orders": "{at_least: 1}", "spent": "{at_least: 300}", "messages_in": "{at_least: 1}",
    "complaints_open": "{at_least: 1}", "all": "[…]", "any": "[…]", "none": "[…]", "not": "{tag: vip}",
}  # fmt: skip
#: What may stand beside a condition.
BESIDE_CONDITION: Final = {
    "did": {"where": "{channel: wecom}"},
    "score": {"at_least": "0.5", "at_most": "1"},
    "attribute": {"is": "[上海, 杭州]"},
}
BOUNDS: Final = {"at_least": "1", "at_most": "3"}
WHERE: Final = ("channel", "account", "scene", "source_code", "content_id", "staff", "about")
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PURPOSES: Final = ("marketing", "service")
FIGURES: Final = ("orders", "spent", "messages_in", "complaints_open")
