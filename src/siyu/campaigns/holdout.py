"""Holdout (对照组): some people are kept back from a play for ever, so that its effect can be measured."""

from siyu.kernel.ids import share_of


def is_treated(play: str, person_id: int, *, holdout_share: float, salt: str) -> bool:
    """Draw once whether a person gets a play; the same person, play and salt always draw the same.

    Args:
        holdout_share: Share of people held out, in [0, 1).
        salt: The workspace's own, so that two brands do not hold out the same people.
    """
    return share_of("holdout", salt, play, str(person_id)) >= holdout_share
