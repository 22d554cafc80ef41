"""Words for newcomers of groups at the played WeCom: templates that owners pick."""

from collections.abc import Callable
from typing import Final

from siyu.sandbox.stage import Stage
from siyu.sandbox.wecom.refusal import Json, Refused, text

_MOST: Final = 100
_KINDS: Final = ("image", "link", "miniprogram", "file", "video")


class GroupWelcomes:
    """The corp's templates."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.templates: dict[str, Json] = {}

    def calls(self) -> dict[str, Callable[[Json], Json]]:
        """Return the API calls of this part, by path."""
        call = "externalcontact/group_welcome_template/"
        return {
            call + "add": self._add,
            call + "edit": self._edit,
            call + "get": lambda body: dict(self._known(body)),
            call + "del": self._delete,
        }

    def _add(self, body: Json) -> Json:
        if len(self.templates) >= _MOST:
            raise Refused(41055, "too many group welcome templates")
        template_id = f"msg{self._stage.random.getrandbits(96):024x}"
        self.templates[template_id] = _said(body)
        return {"template_id": template_id}

    def _edit(self, body: Json) -> Json:
        self._known(body)
        self.templates[body["template_id"]] = _said(body)
        return {}

    def _delete(self, body: Json) -> Json:
        self._known(body)
        del self.templates[body["template_id"]]
        return {}

    def _known(self, body: Json) -> Json:
        found = self.templates.get(text(body, "template_id"))
        if found is None:
            raise Refused(40058, "invalid template_id")
        return found


def _said(body: Json) -> Json:
    """Keep the text and the first attachment that the platform looks for."""
    content = str((body.get("text") or {}).get("content") or "")
    if len(content.encode()) > 3000:
        raise Refused(40058, "text too long")
    kind = next((one for one in _KINDS if body.get(one)), "")
    if not content and not kind:
        raise Refused(40058, "nothing to say")
    said: Json = {"text": {"content": content}} if content else {}
    return {**said, kind: body[kind]} if kind else said
