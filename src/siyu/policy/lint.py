"""Lint before launch (发布前检查): which clause a text or a plan breaks, where, and what is allowed instead."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from siyu.kernel.errors import BadInputError
from siyu.policy.hidden_numbers import digit_view, phone_spans
from siyu.policy.pack import Clause, Pack, packs
from siyu.policy.plain_writing import View, plain_view, squeezed_view
from siyu.policy.plan_facts import facts_of, messages_among, platforms_of, sends_of, texts_of

PLATFORMS: Final = (
    "douyin", "kuaishou", "xiaohongshu", "toutiao", "oceanengine", "doudian", "wechat", "wecom", "wechat_mp",
    "wechat_mini", "wechat_shop", "moments", "sms", "email", "store", "youzan", "weidian", "webhook", "other",
)  # fmt: skip
#: Other names that people have for them.
ALIASES: Final = {
    "抖音": "douyin", "tiktok": "douyin", "dy": "douyin", "快手": "kuaishou", "小红书": "xiaohongshu",
    "xhs": "xiaohongshu", "red": "xiaohongshu",
    "rednote": "xiaohongshu", "头条": "toutiao", "今日头条": "toutiao", "微信": "wechat", "weixin": "wechat",
    "wx": "wechat", "企业微信": "wecom", "企微": "wecom",
    "work_wechat": "wecom", "wechat_work": "wecom", "公众号": "wechat_mp", "official_account": "wechat_mp",
    "wechat_official": "wechat_mp", "mp": "wechat_mp", "小程序": "wechat_mini",
    "mini_program": "wechat_mini", "miniprogram": "wechat_mini", "wechat_miniprogram": "wechat_mini",
    "朋友圈": "moments", "wechat_moments": "moments", "视频号": "wechat_shop",
    "channels": "wechat_shop", "短信": "sms", "邮件": "email", "mail": "email", "门店": "store", "offline": "store",
    "巨量": "oceanengine", "抖店": "doudian", "有赞": "youzan", "微店": "weidian",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One breach.

    Attributes:
        rule, clause, says, alternative: From the clause.
        pack, source, sure: Where the clause is from, and how we know.
        dated: Since when it is in force.
        where: Which text or fact of a plan (``texts[0]``), empty for a text alone.
        span: Start and stop in that text, half-open; the whole text where something is missing, (0, 0) for a fact.
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
    span: tuple[int, int]
    found: str


def lint_text(text: str, *, platform: str, on: date, where: str = "") -> list[LintFinding]:
    """Check one text as it would appear on a platform on a day; findings in the order they stand.

    Raises:
        BadInputError: there is no such platform.
    """
    return lint_by(_in_force(platform, on), text, where=where)


def lint_by(chosen: Sequence[Pack], text: str, *, where: str = "", whole: bool = True) -> list[LintFinding]:
    """Check one text by these packs, whether they are in force or not; findings in the order they stand.

    Args:
        whole: False for a part, such as a title, that need not say everything that a message must say.
    """
    read = _read(text)
    findings = [
        _finding(pack, clause, where, span, text[span[0] : span[1]])
        for pack in chosen
        for clause in pack.clauses
        if whole or not clause.needs
        for span in _spans(clause, read)
    ]
    return sorted(findings, key=lambda one: one.span)


def lint_plan(plan: Mapping[str, Any], *, on: date, platform: str = "") -> list[LintFinding]:
    """Check a campaign's plan: its facts (``plan_facts.py``) and every text in it, on every platform it names.

    Args:
        plan: A mapping, as a YAML or JSON file holds it; ``platform``, ``platforms``, ``channel`` or ``channels`` say
            where.
        platform: Where, if the plan does not say.

    Raises:
        BadInputError: no platform is named, or one that does not exist.
    """
    platforms = platforms_of(plan) or ([platform] if platform else [])
    if not platforms:
        raise BadInputError("the plan names no platform", where="platforms", mend=f"one of {', '.join(PLATFORMS)}")
    texts = list(texts_of(plan))
    messages = messages_among([where for where, _ in texts])
    findings: dict[tuple[str, str, str], LintFinding] = {}
    for name in platforms:
        known = known_platform(name)
        facts = dict(facts_of(plan, platform=known))
        for pack in _in_force(known, on):
            for clause in pack.clauses:
                for fact in clause.ties:
                    if fact in facts:
                        one = _finding(pack, clause, facts[fact], (0, 0), fact)
                        findings.setdefault((one.pack, one.rule, one.where), one)
            for one in _over_quota(pack, plan):
                findings.setdefault((one.pack, one.rule, one.where), one)
        for where, text in texts:
            for one in lint_by(_in_force(known, on), text, where=where, whole=where in messages):
                findings.setdefault((one.pack, one.rule, f"{where}{one.span}"), one)
    return list(findings.values())


def _over_quota(pack: Pack, plan: Mapping[str, Any]) -> Iterator[LintFinding]:
    """Yield where a plan writes to one customer more often than a quota of the pack allows; a month has four weeks."""
    for quota in pack.quotas:
        for messages, days, where in sends_of(plan):
            if (messages if days == 30 else messages * 28 / days) > quota.max:
                yield _finding(
                    pack, pack.clauses[0], where, (0, 0), f"{messages} in {days} days, at most {quota.max} a month"
                )


def known_platform(name: str) -> str:
    """Return a platform by any of its names.

    Raises:
        BadInputError: there is no such platform.
    """
    folded = name.strip().lower().replace("-", "_").replace(" ", "_")
    known = ALIASES.get(folded, folded)
    if known not in PLATFORMS:
        raise BadInputError(f"there is no platform {name!r}", where="platform", mend=f"one of {', '.join(PLATFORMS)}")
    return known


def _finding(pack: Pack, clause: Clause, where: str, span: tuple[int, int], found: str) -> LintFinding:
    return LintFinding(
        clause.rule, clause.clause, clause.says, clause.alternative,
        pack.name, pack.source, pack.sure, pack.in_force_from, where, span, found,
    )  # fmt: skip


def _in_force(platform: str, on: date) -> list[Pack]:
    known = known_platform(platform)
    return [pack for pack in packs() if pack.holds(known, on)]


@dataclass(frozen=True, slots=True)
class _Read:
    """One text, read in every way that a clause may ask for."""

    text: str
    plain: View
    squeezed: View
    digits: View

    def by(self, name: str) -> View:
        return {"plain": self.plain, "squeezed": self.squeezed, "digits": self.digits}[name]


def _read(text: str) -> _Read:
    plain = plain_view(text)
    squeezed = squeezed_view(plain)
    return _Read(text, plain, squeezed, digit_view(squeezed))


def _spans(clause: Clause, read: _Read) -> Iterator[tuple[int, int]]:
    """Yield where a text breaks a clause, in the text as it was written; the whole text when something is missing."""
    view = read.by(clause.reads)
    harmless = [match.span() for pattern in clause.unless for match in _pattern(pattern).finditer(view.text)]
    if clause.needs:
        if not harmless and not any(_pattern(pattern).search(view.text) for pattern in clause.needs):
            yield 0, len(read.text)
        return
    spared = sorted(view.span(*one) for one in harmless if one[0] < one[1])
    found = [view.span(*one.span()) for one in _matches(clause.breaches, view)]
    found += [read.plain.span(*one.span()) for one in _matches(clause.as_written, read.plain)]
    if "phone" in clause.finds:
        found += phone_spans(read.plain)
    reached = [*accumulate((end for _, end in spared), max)]  # how far the harmless uses up to each one reach
    taken = 0
    for start, stop in sorted(found, key=lambda one: (one[0], -one[1])):
        before = bisect_left(spared, (stop, 0))  # harmless uses that begin before this one ends
        if start >= taken and not (before and reached[before - 1] > start):
            taken = stop
            yield start, stop


def _matches(patterns: Sequence[str], view: View) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from (match for match in _pattern(pattern).finditer(view.text) if match.end() > match.start())


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
