"""Ad break-even (投产比工作台): what a campaign must sell before it earns, and when repeat purchase pays it back.

Definition: margin kept of one unit of sales = gross margin x (1 - refund share) - commission - fees - shipping share.
    Break-even ratio = 1 / margin kept: sales needed per unit of spend. With repeat purchase a customer's sales go on;
    the payback day is the first on which margin kept of all sales so far covers the spend. Contribution = margin kept
    of sales - spend. CAC = spend / new customers; cost per retained person = spend / people kept.
Units: money in minor units; shares in [0, 1]; days.
Source: plain arithmetic of contribution margin; ``None`` where a division has nothing to divide by.
"""

from dataclasses import dataclass

from siyu.kernel.errors import BadInputError
from siyu.measurement.metric import Card, Option, Options


@dataclass(frozen=True, slots=True)
class BreakEven:
    """What comes of a campaign.

    Attributes:
        margin_kept: Of one unit of sales, after refunds, commission, fees and shipping.
        break_even_ratio: Sales needed for one unit of spend, such as 1.3 for 1:1.3; ``None``: no sales ever earn.
        ratio: Sales for one unit of spend, first orders only; ``ratio_with_repeat`` with repeat purchase.
        payback_day: ``None`` if it does not pay back within the horizon.
        largest_cac_minor: The most a new customer may cost, with repeat purchase.
        least_order_value_minor: The average order value below which first orders do not pay the spend.
        verdict: In words.
    """

    spend_minor: int
    sales_minor: int
    margin_kept: float
    break_even_ratio: float | None
    ratio: float | None
    ratio_with_repeat: float | None
    contribution_minor: float
    contribution_with_repeat_minor: float
    cac_minor: float | None
    cost_per_retained_minor: float | None
    largest_cac_minor: float | None
    least_order_value_minor: float | None
    payback_day: int | None
    roi: float | None
    verdict: str


def break_even(
    *,
    spend_minor: int,
    sales_minor: int,
    margin: float,
    orders: int = 0,
    customers: int = 0,
    retained: int = 0,
    refunds: float = 0.0,
    commission: float = 0.0,
    fees: float = 0.0,
    repeat_per_day: float = 0.0,
    repeat_decay: float = 0.0,
    horizon: int = 180,
) -> BreakEven:
    """Work a campaign out.

    Args:
        margin: Gross margin of sales, before refunds and commission.
        orders, customers, retained: First orders, new customers, people who were kept.
        refunds: Share of sales given back; the goods come back with it.
        commission, fees: Share of sales that is paid away (on sales that stay).
        repeat_per_day: Sales of each later day as a share of first sales, on the first day after.
        repeat_decay: By what share this falls from day to day.
        horizon: Days looked ahead.

    Raises:
        BadInputError: a share outside [0, 1], negative money.
    """
    for name, one in (("margin", margin), ("refunds", refunds), ("commission", commission), ("fees", fees),
                      ("repeat-decay", repeat_decay)):  # fmt: skip
        if not 0 <= one <= 1:
            raise BadInputError(f"{one} is no share", where=f"--{name}", mend="write 0.45 for 45 %")
    if min(spend_minor, sales_minor, orders, customers, retained) < 0 or repeat_per_day < 0:
        raise BadInputError("spend, sales and counts cannot be negative")
    kept = (1 - refunds) * (margin - commission - fees)
    sales, payback = float(sales_minor), 0 if kept * sales_minor >= spend_minor else None
    daily = sales_minor * repeat_per_day
    for day in range(1, horizon + 1):
        sales += daily
        daily *= 1 - repeat_decay
        if payback is None and kept * sales >= spend_minor:
            payback = day
    needed = 1 / kept if kept > 0 else None
    return BreakEven(
        spend_minor=spend_minor,
        sales_minor=sales_minor,
        margin_kept=kept,
        break_even_ratio=needed,
        ratio=sales_minor / spend_minor if spend_minor else None,
        ratio_with_repeat=sales / spend_minor if spend_minor else None,
        contribution_minor=kept * sales_minor - spend_minor,
        contribution_with_repeat_minor=kept * sales - spend_minor,
        cac_minor=spend_minor / customers if customers else None,
        cost_per_retained_minor=spend_minor / retained if retained else None,
        largest_cac_minor=kept * sales / customers if customers else None,
        least_order_value_minor=spend_minor / (orders * kept) if orders and kept > 0 else None,
        payback_day=payback,
        roi=(kept * sales - spend_minor) / spend_minor if spend_minor else None,
        verdict=_verdict(needed, payback, horizon, spend_minor, sales_minor),
    )


def _verdict(needed: float | None, payback: int | None, horizon: int, spend: int, sales: int) -> str:
    if needed is None:
        return "every order loses money after refunds, commission and fees: no volume pays this back"
    got = f"1:{sales / spend:.2f}" if spend else "no spend"
    if payback == 0:
        return f"first orders pay it: {got} against the 1:{needed:.2f} it needs"
    if payback is not None:
        return f"first orders do not pay it ({got} against 1:{needed:.2f}); repeat purchase does by day {payback}"
    return f"it does not pay back within {horizon} days: {got} against the 1:{needed:.2f} it needs"


def build(options: Options) -> BreakEven:
    """Build the answer from options: money is in whole units there."""

    def minor(name: str) -> int:
        return round(options.number(name, 0) * 100)

    if not options.text("spend") or not options.text("margin"):
        raise BadInputError("break-even needs --spend, --sales and --margin")
    return break_even(
        spend_minor=minor("spend"),
        sales_minor=minor("sales"),
        margin=options.number("margin", 0),
        orders=options.whole("orders", 0),
        customers=options.whole("customers", 0),
        retained=options.whole("retained", 0),
        refunds=options.number("refunds", 0),
        commission=options.number("commission", 0),
        fees=options.number("fees", 0),
        repeat_per_day=options.number("repeat-per-day", 0),
        repeat_decay=options.number("repeat-decay", 0),
        horizon=options.whole("horizon", 180, least=1),
    )


CARD = Card(
    name="break-even",
    chinese="投产比",
    says="What a campaign must sell before it earns, and when repeat purchase pays it back.",
    options=(
        Option("spend", "what was spent, whole units"),
        Option("sales", "what first orders brought, whole units"),
        Option("margin", "gross margin of sales, such as 0.55"),
        Option("orders", "first orders", "0"),
        Option("customers", "new customers", "0"),
        Option("retained", "people who were kept", "0"),
        Option("refunds", "share of sales given back", "0"),
        Option("commission", "share of sales paid away", "0"),
        Option("fees", "share of sales for platform and shipping", "0"),
        Option("repeat-per-day", "sales of the first day after, as a share of first sales", "0"),
        Option("repeat-decay", "by what share that falls from day to day", "0"),
        Option("horizon", "days to look ahead", "180"),
    ),
    build=build,
    reads="nothing",
)
