"""Which rules are in force: built from the workspace's settings and the channels' manifests."""

import re
from datetime import time
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from siyu.app.settings import Settings
from siyu.channels.manifest import Limit, manifests
from siyu.kernel.period import DAY, HOUR, MINUTE, SECOND
from siyu.policy.guard import Rule
from siyu.policy.rules.account_ramp import AccountRamp
from siyu.policy.rules.budget import Budget
from siyu.policy.rules.consent import Consent
from siyu.policy.rules.contact_basis import ContactBasis
from siyu.policy.rules.content_rules import ContentRules
from siyu.policy.rules.deadline import Deadline
from siyu.policy.rules.frequency_cap import FrequencyCap
from siyu.policy.rules.group_cap import GroupCap
from siyu.policy.rules.holdout import Holdout
from siyu.policy.rules.minors import Minors
from siyu.policy.rules.official_way import OfficialWay
from siyu.policy.rules.one_consent import OneConsent
from siyu.policy.rules.open_complaint import OpenComplaint
from siyu.policy.rules.paused import Paused
from siyu.policy.rules.personalised import Personalised
from siyu.policy.rules.platform_quota import PlatformQuota, Quota
from siyu.policy.rules.play_cap import PlayCap
from siyu.policy.rules.quiet_hours import QuietHours
from siyu.policy.rules.relation import HasRelation
from siyu.policy.rules.reply_window import ReplyWindow, Window
from siyu.policy.rules.reward_law import RewardLaw
from siyu.policy.rules.staff_load import StaffLoad
from siyu.policy.rules.welcome_window import WelcomeWindow

#: The clock by which Chinese platforms count their days and months.
PLATFORM_ZONE: Final = ZoneInfo("Asia/Shanghai")
#: Actions that answer somebody: their limit per customer is a window that opens with the person's word.
_ANSWERS: Final = frozenset({"kf_reply", "im_reply_msg", "customer_message"})
#: Limits that a platform names by its own scene, and our action that is bound by them.
_CARRIED_BY: Final = {("douyin", "im_reply_msg"): "private_message"}
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def rules_of(settings: Settings) -> list[Rule]:
    """Return the rules in the order they are asked; a denial ends the asking, so what forbids for good comes first."""
    policy, zone = settings.policy, ZoneInfo(settings.brand.zone)
    quotas, windows, welcomes, consumed = _platform_limits()
    return [
        Deadline(),
        OfficialWay({name: frozenset(one.outbound) for name, one in manifests().items()}),
        Holdout(),
        ContactBasis(),
        HasRelation(),
        Minors(),
        Consent(),
        Personalised(),
        ContentRules(),
        RewardLaw(),
        ReplyWindow(windows),
        WelcomeWindow(welcomes),
        OneConsent(consumed),
        Budget(policy.budgets_minor),
        Paused(),
        OpenComplaint(),
        QuietHours(time.fromisoformat(policy.quiet_from), time.fromisoformat(policy.quiet_to)),
        FrequencyCap(policy.cap, policy.cap_days),
        GroupCap(policy.group_cap, policy.group_cap_days),
        PlayCap(policy.play_cap, policy.play_cap_days),
        PlatformQuota(quotas, PLATFORM_ZONE),
        StaffLoad(policy.staff_a_day, zone),
        AccountRamp(policy.account_first_day, policy.account_growth, policy.account_a_day, zone),
    ]


@cache
def _platform_limits() -> tuple[tuple[Quota, ...], tuple[Window, ...], dict[str, int], frozenset[tuple[str, str]]]:
    """Read from the manifests what limits a message: quotas, reply windows, welcome windows, what uses up a consent."""
    quotas, windows, welcomes, consumed = [], [], dict[str, int](), set[tuple[str, str]]()
    for name, manifest in manifests().items():
        for limit in manifest.limits:
            action = _CARRIED_BY.get((name, limit.what), limit.what)
            if action not in manifest.outbound:
                continue
            if limit.per in {"customer", "customer_and_staff", "group"}:
                if limit.what in _ANSWERS:
                    windows.append(Window(name, action, _window_us(limit), limit.max))
                else:
                    by_staff = limit.per == "customer_and_staff"
                    quotas.append(Quota(name, action, _window_us(limit), by_staff, limit.max))
            elif limit.per == "consent":
                consumed.add((name, action))
            elif limit.per == "code" and action == "welcome":
                welcomes[name] = _window_us(limit)
    return tuple(quotas), tuple(windows), welcomes, frozenset(consumed)


def _window_us(limit: Limit) -> int:
    """Return the length of a limit's window; 0 for a calendar month."""
    found = _DURATION.fullmatch(limit.window)
    if found is None or not any(found.groups()):
        return 0
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND
