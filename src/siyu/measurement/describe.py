"""Describe metrics (指标说明): the page that lists every metric, made from what the metric files say of themselves."""

import re
from importlib import import_module
from typing import Final

from siyu.measurement.metric import Card, cards

_HEAD: Final = """# Metrics: what each one says, in which units, and where it comes from

Made from the metric files by `siyu metric --page`; a test fails when it lags behind. `siyu metric NAME` measures a
workspace, `siyu metric NAME --from FILE` any table, `--engine spark --master MASTER` on a cluster, `--json` for
programs, `siyu.metrics.measure("NAME", frame)` in Python. Everywhere: a person is the unit, days are the brand's,
periods are half-open, money is whole minor units of one currency (several are refused until `--currency` chooses), an
estimate carries a 95 % interval, `null` stands where there is nothing to say (never 0), and people for whom a window
is not over are left out and counted as immature.
"""


_SPREAD: Final = """
## spread 裂变传播

Who brought whom, generation by generation: K with its interval, cycle time, saturation.

- **Definition.** Generation 0 is a seed, a child is one generation after its parent; K of a generation is its children
  divided by its members, above 1 it grows by itself; `siyu metric spread FILE` says depth, spreaders and size as well.
- **Units.** People; K with a 95 % interval; hours between a parent and a child.
- **Source.** `measurement/metrics/spread.py`; checked on published cascades of reposts.
"""


def metrics_page() -> str:
    """Return the page in Markdown."""
    return _HEAD + "".join(_section(card) for card in cards().values()) + _SPREAD


def _section(card: Card) -> str:
    module = import_module(card.build.__module__)
    if "journey_map" in (module.__doc__ or ""):
        module = import_module("siyu.measurement.journey_map")
    said = re.split(r"^(Definition|Units|Source): ", module.__doc__ or "", flags=re.MULTILINE)
    parts = [f"\n## {card.name} {card.chinese}\n\n{card.says}\n"]
    for name, text in zip(said[1::2], said[2::2], strict=True):
        parts.append(f"\n- **{name}.** {' '.join(text.split())}")
    if card.options:
        options = "; ".join(
            f"`--{one.name}` {one.says}" + (f" ({one.default})" if one.default else "") for one in card.options
        )
        parts.append(f"\n- **Options.** {options}.")
    if card.needs:
        known = {"arms": "the draw of a play", "owned": "standing relations", "spend": "imported ad spend"}
        parts.append(f"\n- **Reads besides touches.** {', '.join(known[need] for need in card.needs)}.")
    return "".join(parts) + "\n"
