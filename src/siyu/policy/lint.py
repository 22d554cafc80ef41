"""Lint before launch (发布前检查): which clause a text or a plan breaks, where, and what is allowed instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from siyu.kernel.errors import BadInputError
from siyu.policy.pack import Clause, Pack, packs
from siyu.policy.plain_writing import View, digit_view, plain_view, squeezed_view

PLATFORMS: Final = (
    "douyin", "kuaishou", "xiaohongshu", "toutiao", "wechat", "wecom", "wechat_mp", "wechat_mini", "wechat_shop",
    "moments", "sms", "email", "store",
)  # fmt: skip
#: What a reward may hang on that a platform or the law forbids, and the fact it makes.
_TRIGGERS: Final = {
    "share": "reward_on_share", "forward": "reward_on_share", "post": "reward_on_share", "moments": "reward_on_share",
    "like": "reward_on_like", "collect_likes": "reward_on_like", "help": "reward_on_invite_click",
    "click": "reward_on_invite_click", "bargain": "reward_on_invite_click", "invite_click": "reward_on_invite_click",
}  # fmt: skip
_SOURCES: Final = {
    "bought_list": "bought_list", "purchased": "bought_list", "phone_list": "phone_list_bulk_add",
    "bulk_add": "phone_list_bulk_add", "followers_of_others": "followers_of_others", "scraped": "scraped_people",
}  # fmt: skip
_CASH_LIKE: Final = frozenset({"cash", "red_packet", "commission", "coupon", "balance", "rebate"})


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One breach.

    Attributes:
        rule, clause, says, alternative: From the clause.
        pack, source, sure: Where the clause is from, and how we know.
        dated: Since when it is in force.
        where: Which text of a plan (``texts[0]``), empty for a text alone.
        span: Start and stop in that text, half-open; empty for a breach by a plan's facts or by something missing.
        found: The words as they were written, or the fact.
    """

    rule: str
    clause: str
    says: str
    alternative: str
    pack: str
    source: str
    sure: str
    dated: date
    where: str
    span: tuple[int, int] | tuple[()]
    found: str


def lint_text(text: str, *, platform: str, on: date, where: str = "") -> list[LintFinding]:
    """Check one text as it would appear on a platform on a day; findings in the order they stand.

    Raises:
        BadInputError: there is no such platform.
    """
    return lint_by(_in_force(platform, on), text, where=where)


def lint_by(chosen: Sequence[Pack], text: str, *, where: str = "") -> list[LintFinding]:
    """Check one text by these packs, whether they are in force or not; findings in the order they stand."""
    plain = plain_view(text)
    squeezed = squeezed_view(plain)
    views = {"plain": plain, "squeezed": squeezed, "digits": digit_view(squeezed)}
    findings = [
        _finding(pack, clause, where, span, text[span[0] : span[1]] if span else clause.says)
        for pack in chosen
        for clause in pack.clauses
        for span in _spans(clause, views[clause.reads])
    ]
    return sorted(findings, key=lambda one: one.span or (len(text), len(text)))


def lint_plan(plan: Mapping[str, Any], *, on: date) -> list[LintFinding]:
    """Check a campaign's plan: its facts, and every text in it, on every platform it names.

    A plan is a mapping. ``platform`` or ``platforms`` say where; ``reward`` (or a list ``rewards``) with ``kind``,
    ``on`` (what earns it) and ``levels``; ``audience.source``; ``fee_to_join``; ``locked_behind``; ``consent_wall``;
    ``fake_members``. Every other text is checked as text.

    Raises:
        BadInputError: it names no platform, or one that does not exist.
    """
    named = plan.get("platforms") or plan.get("platform")
    platforms = [named] if isinstance(named, str) else list(named or [])
    if not platforms:
        raise BadInputError("the plan names no platform", where="platforms", mend=f"one of {', '.join(PLATFORMS)}")
    facts = dict(_facts(plan))
    findings: dict[tuple[str, str, str], LintFinding] = {}
    for platform in platforms:
        for pack in _in_force(str(platform), on):
            for clause in pack.clauses:
                for fact in clause.ties:
                    if fact in facts:
                        one = _finding(pack, clause, facts[fact], (), fact)
                        findings.setdefault((one.pack, one.rule, one.where), one)
        for where, text in _texts(plan):
            for one in lint_text(text, platform=str(platform), on=on, where=where):
                findings.setdefault((one.pack, one.rule, f"{where}{one.span}"), one)
    return list(findings.values())


def _finding(pack: Pack, clause: Clause, where: str, span: tuple[int, int] | tuple[()], found: str) -> LintFinding:
    return LintFinding(
        clause.rule, clause.clause, clause.says, clause.alternative,
        pack.name, pack.source, pack.sure, pack.in_force_from, where, span, found,
    )  # fmt: skip


def _in_force(platform: str, on: date) -> list[Pack]:
    if platform not in PLATFORMS:
        raise BadInputError(
            f"there is no platform {platform!r}", where="platform", mend=f"one of {', '.join(PLATFORMS)}"
        )
    return [pack for pack in packs() if pack.holds(platform, on)]


def _spans(clause: Clause, view: View) -> Iterator[tuple[int, int] | tuple[()]]:
    if clause.needs:
        if not any(_pattern(pattern).search(view.text) for pattern in clause.needs):
            yield ()
        return
    harmless = [match.span() for pattern in clause.unless for match in _pattern(pattern).finditer(view.text)]
    taken: list[tuple[int, int]] = []
    for pattern in clause.breaches:
        for match in _pattern(pattern).finditer(view.text):
            start, stop = match.span()
            touches = any(start < end and begin < stop for begin, end in (*harmless, *taken))
            if stop > start and not touches:
                taken.append((start, stop))
                yield view.span(start, stop)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _facts(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the facts of a plan that a clause may forbid, and where each stands."""
    rewards = plan.get("rewards") or ([plan["reward"]] if "reward" in plan else [])
    for number, reward in enumerate(rewards if isinstance(rewards, list) else [rewards]):
        if isinstance(reward, Mapping):
            where = f"rewards[{number}]"
            trigger = str(reward.get("on") or reward.get("trigger") or "")
            if trigger in _TRIGGERS:
                yield _TRIGGERS[trigger], f"{where}.on"
            levels = reward.get("levels", 1)
            if str(reward.get("kind", "cash")) in _CASH_LIKE and isinstance(levels, int) and levels > 1:
                yield "reward_deeper_than_one", f"{where}.levels"
    audience = plan.get("audience")
    source = str(audience.get("source") or "") if isinstance(audience, Mapping) else ""
    if source in _SOURCES:
        yield _SOURCES[source], "audience.source"
    if isinstance(audience, Mapping) and audience.get("minors") and not audience.get("guardian_consent"):
        yield "minors_without_guardian", "audience.minors"
    if plan.get("fee_to_join"):
        yield "fee_to_invite", "fee_to_join"
    locked = str(plan.get("locked_behind") or "")
    if locked in {"follow", "share"}:
        yield f"locked_behind_{locked}", "locked_behind"
    for name in ("consent_wall", "fake_members", "fake_reviews"):
        if plan.get(name):
            yield name, name


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text that people would read: under ``text``, ``texts``, ``title``, ``copy``, ``message``."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            place = f"{where}.{name}" if where else str(name)
            if isinstance(inner, str):
                if str(name).lower() in _READ_BY_PEOPLE:
                    yield place, inner
            else:
                yield from _texts(inner, place)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            place = f"{where}[{number}]"
            if isinstance(inner, str):
                if where.rpartition(".")[2].lower() in _READ_BY_PEOPLE:
                    yield place, inner
            else:
                yield from _texts(inner, place)


_READ_BY_PEOPLE: Final = frozenset(
    {
        "text",
        "texts",
        "title",
        "copy",
        "message",
        "messages",
        "description",
        "welcome",
        "reply",
        "replies",
        "poster",
        "rules",
    }
)
