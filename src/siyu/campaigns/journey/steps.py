"""Read the steps of a journey: each becomes a draft, and every way out of one leads to the one that is written next."""

import re
from collections.abc import Callable
from datetime import tzinfo
from typing import Any, Final

import yaml

from siyu.campaigns.journey.conditions import ConditionReader
from siyu.campaigns.journey.place import Fault, Fields
from siyu.campaigns.journey.program import (
    DICE,
    Ask,
    Branch,
    Call,
    End,
    Heard,
    Holdout,
    Label,
    Outcome,
    Pattern,
    Propose,
    Split,
    Step,
    Wait,
)
from siyu.campaigns.journey.words import ARM, ASK, ATTACHMENT, BESIDE, PROPOSE, PURPOSES, STEPS, WAIT
from siyu.content.piece import Attachment
from siyu.kernel.errors import BadInputError
from siyu.kernel.ids import share_of
from siyu.kernel.period import DAY, HOUR, us_of_text

#: What a journey or a step may be called.
NAME: Final = re.compile(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff.\-]{0,63}")
_MOST_STEPS: Final = 500
_DEEPEST: Final = 20
_ID: Final = {"id": "hello"}


class StepReader(ConditionReader):
    """Reads steps into drafts.

    Attributes:
        warnings: What is written well and may still not do what one wishes.
        drafts: Kind and fields of each step, in order; its place in this list is its number.
        open: Ways that lead to the step that is written next: (step, its field, arm of a split or -1).
    """

    def __init__(self, currency: str, zone: tzinfo) -> None:
        super().__init__(currency)
        self._zone = zone
        self.warnings: list[Fault] = []
        self.drafts: list[tuple[type[Step], dict[str, Any]]] = []
        self.open: list[tuple[int, str, int]] = []
        self._ids: set[str] = set()
        self._depth = 0
        self._misread = False
        self.journey_name = ""
        self._words: Final[dict[str, Callable[[str, yaml.Node, Fields], None]]] = {
            "wait": self._wait, "if": self._if, "split": self._split, "holdout": self._holdout,
            "propose": self._propose, "ask": self._ask, "tag": self._tag, "untag": self._tag,
            "webhook": self._webhook, "end": self._end,
        }  # fmt: skip

    def warn(self, node: yaml.Node, what: str, mend: str) -> None:
        """Note at a node what is allowed and may still not do what one wishes."""
        mark = node.start_mark
        self.warnings.append(Fault(mark.line + 1, mark.column + 1, what, mend))

    def emit(self, kind: type[Step], name: str, node: yaml.Node, **fields: Any) -> int:
        """Note a step to which every open way leads; return its place."""
        place = len(self.drafts)
        if place == _MOST_STEPS:
            self.fault(node, f"more than {_MOST_STEPS} steps", "write two journeys")
        self._lead_to(place)
        self.drafts.append((kind, {"name": name, "line": node.start_mark.line + 1, **fields}))
        self.open = [(place, "next", -1)]
        return place

    def _lead_to(self, place: int) -> None:
        for source, field, arm in self.open:
            draft = self.drafts[source][1]
            if arm < 0:
                draft[field] = place
            else:
                draft[field] = (*draft[field][:arm], place, *draft[field][arm + 1 :])

    def block(self, node: yaml.Node, path: str, depth: int) -> None:
        """Read a list of steps."""
        if not isinstance(node, yaml.SequenceNode):
            self.fault(node, "steps are a list", "one step a line, each beginning with -")
            return
        if depth > _DEEPEST:
            self.fault(node, f"steps are nested deeper than {_DEEPEST}", "write two journeys")
            return
        for number, item in enumerate(node.value, 1):
            if not self.open:
                self.fault(item, "nobody gets here: the step before ends every way", "take it out, or move the end")
                return
            self._step(item, f"{path}{number}", depth)

    def _step(self, node: yaml.Node, path: str, depth: int) -> None:
        before = len(self.faults)
        beside = {word: example for words in BESIDE.values() for word, example in words.items()}
        fields = self.fields(node, "a step", STEPS | beside | _ID)
        said = [word for word in fields if word in STEPS]
        if len(said) != 1:
            if len(self.faults) == before:
                what = f"{' and '.join(said)} in one step" if said else "this step does nothing"
                self.fault(node, what, "begin each with -" if said else f"one of {', '.join(STEPS)}")
            return
        word = said[0]
        for other in fields:
            if other not in {word, "id"} and other not in BESIDE.get(word, {}):
                self.fault(fields[other], f"{word} does not go with {other!r}", f"take {other}: out")
        name = f"{path}-{word}"
        if "id" in fields:
            name = self.text(fields["id"])
            if not NAME.fullmatch(name):
                self.fault(fields["id"], f"{name!r} is no id", "letters, digits, _ and -, at most 64")
        if name in self._ids:
            self.fault(fields.get("id", node), f"the id {name!r} is there twice", "give one of them another")
        self._ids.add(name)
        self._depth = depth
        self._misread = len(self.faults) > before
        self._words[word](name, fields[word], fields)
        self._depth = depth

    def _inner(self, node: yaml.Node, path: str) -> None:
        depth = self._depth
        self.block(node, path, depth + 1)
        self._depth = depth

    def _wait(self, name: str, node: yaml.Node, fields: Fields) -> None:
        if not isinstance(node, yaml.MappingNode):
            self._no_time_out(fields)
            self.emit(Wait, name, node, how="for", us=self.span(node))
            return
        read = self.fields(node, "wait", WAIT)
        said = [word for word in ("for", "until", "clock", "best_hour", "touch") if word in read]
        if len(said) != 1:
            if read or not node.value:
                self.fault(node, "a wait is one of for, until, clock, best_hour, touch", "for: 3d")
            return
        how, value = said[0], read[said[0]]
        for other in ("where", "at_most"):
            if other in read and how != "touch":
                self.fault(read[other], f"{other} goes with touch alone", "take it out")
        if how == "touch":
            self._wait_for_touch(name, node, read, fields)
            return
        self._no_time_out(fields)
        if how == "for":
            us = self.span(value)
        elif how == "until":
            us = self._moment(value)
        else:
            us = self.clock(value)
            if how == "best_hour":
                us -= us % HOUR
        self.emit(Wait, name, node, how=how, us=us)

    def _wait_for_touch(self, name: str, node: yaml.Node, read: Fields, fields: Fields) -> None:
        if "at_most" not in read:
            self.fault(node, "a wait for a touch needs a time-out", "at_most: 3d")
            return
        us = self.span(read["at_most"])
        place = len(self.drafts) + 1
        bit = self.bit(Pattern(self.kinds(read["touch"]), self.where(read), place), node)
        came = self.emit(Branch, f"{name}.came", node, condition=Heard(bit))
        self.open = [(came, "otherwise", -1)]
        self.emit(Wait, name, node, how="for", us=us, bit=bit)
        if "timed_out" in fields:
            late = self.emit(Branch, f"{name}.late", node, condition=Heard(bit))
            self.open = [(late, "otherwise", -1)]
            self._inner(fields["timed_out"], f"{name}.timed_out.")
            self.open += [(late, "then", -1)]
        self.open += [(came, "then", -1)]

    def _no_time_out(self, fields: Fields) -> None:
        if "timed_out" in fields:
            self.fault(fields["timed_out"], "timed_out goes with a wait for a touch", "wait: {touch: …, at_most: 3d}")

    def _moment(self, node: yaml.Node) -> int:
        try:
            return us_of_text(self.text(node), self._zone)
        except BadInputError as error:
            self.fault(node, error.what, error.mend)
            return 0

    def _if(self, name: str, node: yaml.Node, fields: Fields) -> None:
        misread = self._misread  # a way that was written with a wrong word is not missing
        place = self.emit(Branch, name, node, condition=self.condition(node))
        if "then" not in fields and "else" not in fields and not misread:
            self.fault(node, "both ways are the same", "write steps under then: or else:")
        self.open = [(place, "then", -1)]
        if "then" in fields:
            self._inner(fields["then"], f"{name}.then.")
        ends = self.open
        self.open = [(place, "otherwise", -1)]
        if "else" in fields:
            self._inner(fields["else"], f"{name}.else.")
        self.open = ends + self.open

    def _split(self, name: str, node: yaml.Node, _: Fields) -> None:
        arms = self.fields(node, "a split")
        if not 2 <= len(arms) <= 10:
            self.fault(node, "a split has 2 to 10 ways", "a: {share: 50%, steps: […]}")
            return
        read = {arm: self.fields(value, f"the way {arm!r}", ARM) for arm, value in arms.items()}
        shares = []
        for arm, inside in read.items():
            if "share" not in inside:
                self.fault(arms[arm], f"which share goes the way {arm!r}?", "share: 50%")
            shares.append(self.share(inside["share"]) if "share" in inside else 0.0)
        if abs(sum(shares) - 1) > 1e-9 and all("share" in inside for inside in read.values()):
            self.fault(node, f"the shares add up to {100 * sum(shares):g}%", "they must add up to 100%")
        below = [round(DICE * sum(shares[: place + 1])) for place in range(len(shares))]
        below[-1] = DICE
        seed = int(share_of("split", self.journey_name, name) * (1 << 53))
        place = self.emit(Split, name, node, arms=tuple(arms), below=tuple(below),
                           ways=(-1,) * len(arms), seed=seed)  # fmt: skip
        ends: list[tuple[int, str, int]] = []
        for number, (arm, inside) in enumerate(read.items()):
            self.open = [(place, "ways", number)]
            if "steps" in inside:
                self._inner(inside["steps"], f"{name}.{arm}.")
            ends += self.open
        self.open = ends

    def _holdout(self, name: str, node: yaml.Node, _: Fields) -> None:
        before, share = len(self.faults), self.share(node)
        if not 0 < share < 1 and len(self.faults) == before:
            self.fault(node, "hold out some, and not all", "holdout: 10%")
        if any(kind is Holdout for kind, _ in self.drafts):
            self.fault(node, "a journey holds out once", "take the second holdout out")
        self.emit(Holdout, name, node, share=share)

    def _propose(self, name: str, node: yaml.Node, _: Fields) -> None:
        read = self.fields(node, "propose", PROPOSE)
        for word in ("channel", "action", "text"):
            if word not in read and isinstance(node, yaml.MappingNode):
                self.fault(node, f"the proposal has no {word}", f"{word}: {PROPOSE[word]}")
        texts = {word: self.text(read[word]) for word in ("channel", "action", "text") if word in read}
        for word, text in texts.items():
            if not text and isinstance(read[word], yaml.ScalarNode) and not (word == "text" and "attachments" in read):
                self.fault(read[word], f"the proposal has no {word}", f"{word}: {PROPOSE[word]}")
        attachments = []
        for one in self.items(read["attachments"]) if "attachments" in read else ():
            inside = {word: self.text(value) for word, value in self.fields(one, "an attachment", ATTACHMENT).items()}
            if not inside.get("kind"):
                self.fault(one, "what kind of attachment?", "kind: link")
            attachments.append(Attachment(**{"kind": "link", **inside}))
        self.emit(
            Propose, name, node,
            channel=texts.get("channel", ""), action=texts.get("action", ""), text=texts.get("text", ""),
            content_id=self.text(read["content"]) if "content" in read else f"{self.journey_name}/{name}"[:128],
            purpose=self.choice(read["purpose"], "purpose", PURPOSES) if "purpose" in read else "marketing",
            value_minor=self.money(read["value"]) if "value" in read else 0,
            cost_minor=self.money(read["cost"]) if "cost" in read else 0,
            open_us=self.span(read["open_for"]) if "open_for" in read else 3 * DAY,
            personal=self.yes(read["personal"]) if "personal" in read else True,
            attachments=tuple(attachments),
        )  # fmt: skip

    def _ask(self, name: str, node: yaml.Node, _: Fields) -> None:
        read = {"text": node} if isinstance(node, yaml.ScalarNode) else self.fields(node, "ask", ASK)
        if "text" not in read and isinstance(node, yaml.MappingNode):
            self.fault(node, "ask for what?", "text: Call and ask how it went")
        self.emit(
            Ask, name, node,
            text=self._name(read["text"]) if "text" in read else "",
            staff=self.text(read["staff"]) if "staff" in read else "",
            within_us=self.span(read["within"]) if "within" in read else DAY,
        )  # fmt: skip

    def _tag(self, name: str, node: yaml.Node, fields: Fields) -> None:
        if "for" in fields and "untag" in fields:
            self.fault(fields["for"], "a tag is taken off for good", "take for: out")
        for_us = self.span(fields["for"]) if "for" in fields else 0
        self.emit(Label, name, node, tag=self._name(node), on="tag" in fields, for_us=for_us)

    def _webhook(self, name: str, node: yaml.Node, _: Fields) -> None:
        url = self.text(node)
        if not re.match(r"https://[^\s/]+|http://(127\.0\.0\.1|localhost|\[::1\])([:/]|$)", url):
            self.fault(node, f"{url!r} is no safe address", "https://…")
        self.emit(Call, name, node, url=url)

    def _end(self, name: str, node: yaml.Node, _: Fields) -> None:
        self.emit(End, name, node, outcome=int(Outcome.DONE), why=self.text(node))
        self.open = []
