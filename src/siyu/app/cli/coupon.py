"""``siyu coupon``: kinds of coupons; each is given to a person, used on an order, and given back with it."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from siyu.app.cli.answer import answer
from siyu.app.loyalty import coupons
from siyu.app.workspace import open_workspace
from siyu.app.yaml_file import read_yaml
from siyu.kernel.money import minor_units

app = App(name="coupon", help="Coupons 优惠券: given once, used once, or run out; all in the ledger.")


@app.command
def keep(file: Path, *, workspace: Path | None = None, json: bool = False) -> None:
    """Keep a kind from a file (YAML): code, worth_minor, least_minor, stock, per_person, valid_days."""
    with open_workspace(workspace) as opened:
        answer({"coupon": coupons.keep_kind(opened, read_yaml(file)).code}, json=json)


@app.command
def give(
    code: str,
    person: int,
    *,
    about: Annotated[str, Parameter(help="What it is for; the same twice gives one.")] = "",
    workspace: Path | None = None,
    json: bool = False,
) -> None:
    """Give a coupon to a person, while there are some; over all accounts as many as the kind allows."""
    with open_workspace(workspace) as opened:
        answer(coupons.give(opened, code, person, about=about), json=json)


@app.command
def use(code: str, person: int, order: str, amount: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """Use a coupon on an order of an amount, once; say what it takes off: ``siyu coupon use NEW 17 A-1 59.00``."""
    with open_workspace(workspace) as opened:
        minor = minor_units(amount, opened.settings.brand.currency)
        answer(coupons.use(opened, code, person, order=order, amount_minor=minor), json=json)


@app.command(name="give-back")
def give_back(code: str, person: int, order: str, *, workspace: Path | None = None, json: bool = False) -> None:
    """The order was refunded: the coupon is the person's again."""
    with open_workspace(workspace) as opened:
        answer(coupons.give_back(opened, code, person, order=order), json=json)
