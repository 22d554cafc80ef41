"""Hand customers from one staff member to another (客户继承), on the job or after somebody left.

Source: https://developer.work.weixin.qq.com/document/path/92125 and 94081, read 2026-11-22.
"""

from collections.abc import Iterator, Sequence

from siyu.channels.wecom.client import Json, WeComClient

#: What WeCom's status of a hand-over means.
STATES = {1: "done", 2: "waiting", 3: "refused", 4: "new_owner_full", 5: "no_record"}


def hand_over(
    client: WeComClient, customers: Sequence[str], *, giver: str, taker: str, resigned: bool, words: str = ""
) -> dict[str, int]:
    """Ask for a hand-over, 100 customers a call; returns external_userid -> WeCom's code (0: it begins).

    It takes effect after 24 h unless the customer refuses. On the job, a customer can be handed over twice in 90 days.

    Args:
        words: What the customer reads (on the job only, at most 200 characters).
    """
    outcome: dict[str, int] = {}
    path = "externalcontact/resigned/transfer_customer" if resigned else "externalcontact/transfer_customer"
    for first in range(0, len(customers), 100):
        body: Json = {
            "handover_userid": giver,
            "takeover_userid": taker,
            "external_userid": list(customers[first : first + 100]),
        }
        if words and not resigned:
            body["transfer_success_msg"] = words
        answer = client.write(path, body)
        outcome |= {str(one["external_userid"]): int(one["errcode"]) for one in answer.get("customer") or ()}
    return outcome


def progress(client: WeComClient, *, giver: str, taker: str, resigned: bool) -> Iterator[tuple[str, str]]:
    """Yield (external_userid, state): ``done``, ``waiting``, ``refused``, ``new_owner_full`` or ``no_record``."""
    path = "externalcontact/resigned/transfer_result" if resigned else "externalcontact/transfer_result"
    for one in client.pages(path, {"handover_userid": giver, "takeover_userid": taker}, "customer", limit=1000):
        yield str(one["external_userid"]), STATES.get(one.get("status", 0), "no_record")


def left_behind(client: WeComClient) -> Iterator[tuple[str, str]]:
    """Yield (former staff member, external_userid) of customers whom nobody looks after."""
    for one in client.pages("externalcontact/get_unassigned_list", {}, "info", limit=1000):
        yield str(one["handover_userid"]), str(one["external_userid"])
