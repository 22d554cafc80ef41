"""The four stages (四阶段): contact 触达, retention 留存, operation 运营, monetisation 变现."""

from enum import IntEnum


class Stage(IntEnum):
    """How far a person has come; each stage holds the ones before."""

    CONTACT = 1  # touched us somewhere; we cannot reach them again on our own
    RETENTION = 2  # in a channel the brand owns
    OPERATION = 3  # owned, and talks with us
    MONETISATION = 4  # has paid


def stage_of(*, owned: bool, messages_in: int, orders: int) -> Stage:
    """Return the stage of a person.

    Args:
        owned: Is at least one relation to an account of ours standing?
        messages_in: How often the person wrote to us.
        orders: Paid orders.
    """
    if orders > 0:
        return Stage.MONETISATION
    if owned and messages_in > 0:
        return Stage.OPERATION
    if owned:
        return Stage.RETENTION
    return Stage.CONTACT
