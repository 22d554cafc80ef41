"""What lifetime value has to say: fitted models, everybody together, cohorts and sources. Money in minor units."""

from dataclasses import dataclass

from siyu.kernel.arrays import Int64
from siyu.measurement.models.backtest import Backtest
from siyu.measurement.models.orders import Purchases
from siyu.measurement.models.value import Ahead, Values


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted model in words and numbers.

    Attributes:
        model: Its name.
        parameters, standard_errors: By name; an error is NaN where the data do not determine the parameter.
        log_likelihood: At the optimum, summed over ``customers``.
        customers: How many it was fitted on.
    """

    model: str
    parameters: dict[str, float]
    standard_errors: dict[str, float]
    log_likelihood: float
    customers: int


@dataclass(frozen=True, slots=True)
class Total:
    """What everybody together will bring.

    Attributes:
        purchases, value: Expected.
        low, high: Interval of the value: spread of the customers, uncertainty of the parameters and, if there is a
            backtest, the error the model made there. NaN if the model has no finite variance.
    """

    customers: int
    purchases: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupValue:
    """One cohort (month of the first purchase) or source.

    Attributes:
        kept: Money kept from them so far.
        value, low, high: Margin expected from them within the horizon, with its interval.
    """

    name: str
    customers: int
    repeat_customers: int
    kept: float
    value: float
    low: float
    high: float
    value_per_customer: float


@dataclass(frozen=True, slots=True)
class LifetimeValue:
    """Everything ``value_customers`` has to say.

    Attributes:
        fit, spend: The two models; ``spend`` is None where amounts cannot be modelled.
        frequency_distance: How far the number of repeats under the model is from the true one: half the sum of the
            absolute differences of the shares, 0 is perfect.
        alternatives: The other models on the same customers: log-likelihood and backtest.
        doubt: Standard deviation of everybody's value from the parameters and the backtest, over that value.
        person: Number of each customer, in the order of ``values``.
    """

    until_day: int
    unit_days: float
    ahead: Ahead
    level: float
    fit: Estimate
    spend: Estimate | None
    spend_correlation: float | None
    frequency_distance: float
    backtest: Backtest | None
    alternatives: tuple[tuple[str, float, Backtest | None], ...]
    total: Total
    cohorts: tuple[GroupValue, ...]
    warnings: tuple[str, ...]
    doubt: float
    person: Int64
    values: Values
    history: Purchases
