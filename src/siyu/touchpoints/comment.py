"""Comments (评论) and what they ask: the words of the comment desk."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from siyu.kernel.errors import BadInputError


class Intent(StrEnum):
    """What somebody wants who writes a comment."""

    PRICE = "price"
    WHERE_TO_BUY = "where_to_buy"
    MATERIAL = "material"
    AVAILABILITY = "availability"
    HOW_TO_USE = "how_to_use"
    CONTACT = "contact"
    OTHER_INQUIRY = "other_inquiry"
    COMPLAINT = "complaint"
    NONE = "none"


#: How an answer in public is called where channels say what they can carry out.
REPLY: Final = "comment_reply"
#: What the desk answers as a lead; a complaint goes to after-sales, never to marketing.
INQUIRIES: Final = frozenset(Intent) - {Intent.COMPLAINT, Intent.NONE}

INTENT_CHINESE: Final = {
    Intent.PRICE: "问价",
    Intent.WHERE_TO_BUY: "哪里买",
    Intent.MATERIAL: "求资料",
    Intent.AVAILABILITY: "还有吗",
    Intent.HOW_TO_USE: "怎么用",
    Intent.CONTACT: "求联系",
    Intent.OTHER_INQUIRY: "其他咨询",
    Intent.COMPLAINT: "投诉",
    Intent.NONE: "无",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A stretch of the comment that spoke for or against an inquiry.

    Attributes:
        start, stop: Characters of the comment as it was written, half-open.
        weight: Log-odds it added (positive: for an inquiry).
    """

    start: int
    stop: int
    weight: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What the finder says of one comment.

    Attributes:
        probability: That it is an inquiry, calibrated, in [0, 1].
        intent: What it asks; ``none`` below the threshold.
        stage: Which stage decided: ``patterns and letters`` or ``meaning`` (the embedding model).
    """

    probability: float
    intent: Intent
    stage: str


def threshold(cost_of_miss: float, cost_of_false_alarm: float) -> float:
    """Return the probability above which answering costs less than leaving it.

    Answer when ``p * miss > (1 - p) * false alarm`` (the Bayes rule of two costs).

    Args:
        cost_of_miss: What an unanswered inquiry costs, in any unit (such as fen).
        cost_of_false_alarm: What a needless look costs, in the same unit.

    Raises:
        BadInputError: a cost is not positive.
    """
    if not (cost_of_miss > 0 and cost_of_false_alarm > 0):
        raise BadInputError("the costs of a miss and of a false alarm must be positive", where="cost")
    return cost_of_false_alarm / (cost_of_miss + cost_of_false_alarm)
