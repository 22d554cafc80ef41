"""How often two people have the same value by chance: counted over all pairs, and for each value on its own.

Once it is known who is one person, values are counted by people and no more by records: what the five records of one
customer share says nothing of how common it is.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from siyu.kernel.arrays import Float64, Int8, Int32, Int64
from siyu.people.match_fields import Field
from siyu.people.match_model import Alike, Model, rarity
from siyu.people.match_text import EXACT


def count_alike(field: Field, border: int, cluster: Int32 | None) -> Alike:
    """Count over all pairs of records how often they have the same value; of two people, once people are known."""
    texts, there = len(field.texts), field.code >= 0

    def pairs(code: Int64) -> float:
        if border:
            first = np.arange(code.size) < border
            keys, code = np.unique(code, return_inverse=True)
            one, two = (np.bincount(code[side], minlength=keys.size) for side in (first & there, ~first & there))
            return float(one.astype(np.float64) @ two)
        count = np.unique(code[there], return_counts=True)[1].astype(np.float64)
        return float(count @ (count - 1.0)) / 2.0

    value = field.code.astype(np.int64)
    same, both = pairs(value), pairs(np.zeros_like(value))
    if cluster is None:
        return Alike(same, both, all_people=True)
    who = cluster.astype(np.int64)
    return Alike(same - pairs(who * texts + value), both - pairs(who), all_people=False)


def says_of(
    fields: Sequence[Field], levels: Int8, model: Model, cluster: Int32 | None, pairs: tuple[Int32, Int32]
) -> tuple[npt.NDArray[np.float32], Float64]:
    """Return what each field says for each pair being one person, in log2 odds, and what holds before.

    Shape: (pairs, fields, 2) and (2,): against strangers, against two of one household.
    """
    left, right = pairs
    says = np.empty((*levels.shape, 2), np.float32)
    apart = np.ones(left.size, np.bool_) if cluster is None else cluster[left] != cluster[right]
    (strangers, against), (household, beside) = model.against
    for number, field in enumerate(fields):
        level, u_exact = levels[:, number], float(model.u[number, EXACT])
        together, separate = _others(field, cluster, u_exact)
        one, two = np.maximum(field.code[left], 0), np.maximum(field.code[right], 0)
        share = np.where(apart, np.maximum(separate[one], separate[two]), np.maximum(together[one], together[two]))
        rare = rarity(level, share, u_exact)
        says[:, number, 0] = against[number][level] + rare
        says[:, number, 1] = beside[number][level] + (rare if field.own is not None else 0.0)
    return says, np.array([strangers, household])


def _others(field: Field, cluster: Int32 | None, u_exact: float) -> tuple[Float64, Float64]:
    """Return how often each text is anybody else's, for two records of one person and of two.

    Counted by records at first, by people once they are known. Shape: (texts,) each.
    """
    if cluster is None:
        usual = np.maximum(field.share, u_exact)
        return usual, usual
    there = field.code >= 0
    held = np.unique(cluster[there].astype(np.int64) * len(field.texts) + field.code[there])
    people = np.bincount(held % len(field.texts), minlength=len(field.texts)).astype(np.float64)
    once, twice = np.count_nonzero(people == 1), np.count_nonzero(people == 2)
    unseen = min(1.0, (2.0 * twice + 1.0) / (once + 1.0))  # Good and Turing: what nobody else had, the next may have
    one_person, two_people = (np.maximum(people - known, unseen) / max(1.0, people.sum()) for known in (1.0, 2.0))
    return one_person, two_people
