"""How people are named across the WeChat family (WeCom, official account, mini program, Weixin shop). Pure."""

from siyu.channels.record import Record
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Scalar, Touch, touch


def union_identifier(unionid: str, unionid_account: str) -> Identifier:
    """Name a person across everything that is bound to one WeChat open-platform account.

    Every channel of the family takes the scope from its account's credential ``unionid_account``, so one person has
    one name in all of them. Where nobody said, the unionid stands without a scope.
    """
    return Identifier(f"unionid@{unionid_account}" if unionid_account else "unionid", unionid)


def openid_identifier(openid: str, app_id: str) -> Identifier:
    """Name a person as one app (official account, mini program, shop) knows them."""
    return Identifier(f"openid@{app_id}", openid)


def identified(
    channel: str, account: str, known: Identifier, union: Identifier, *, at_us: int, received_at_us: int
) -> Touch:
    """Return the touch by which two names are one person.

    What a push told without the unionid is known already when an answer tells it again with it, so the join needs a
    touch of its own.

    Args:
        at_us: A moment that is the same however often the answer is read.
    """
    return touch(
        channel,
        TouchKind.OTHER,
        happened_at_us=at_us,
        received_at_us=received_at_us,
        event_key=f"identified|{known.value}|{union.namespace}|{union.value}",
        account=account,
        actors=(known, union),
        scene="identity",
        properties={"event": "identified"},
    )


def visited(
    channel: str, account: str, answer: Record, *, unionid_account: str, received_at_us: int, scene: str, **said: Scalar
) -> Touch:
    """Return the touch of a log-in: the answer says who was there, and not when: it is now.

    Raises:
        BadInputError: the answer has no openid.
    """
    actors = [openid_identifier(answer.text("openid"), account)]
    if unionid := answer.maybe("unionid"):
        actors.insert(0, union_identifier(unionid, unionid_account))
    return touch(
        channel,
        TouchKind.VISIT,
        happened_at_us=received_at_us,
        received_at_us=received_at_us,
        account=account,
        actors=tuple(actors),
        scene=scene,
        properties=said,
    )
