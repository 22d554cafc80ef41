"""How people are named across the WeChat family (WeCom, official account, mini program, Weixin shop). Pure."""

from siyu.touchpoints.touch import Identifier


def union_identifier(unionid: str, unionid_account: str) -> Identifier:
    """Name a person across everything that is bound to one WeChat open-platform account.

    Every channel of the family takes the scope from its account's credential ``unionid_account``, so one person has
    one name in all of them. Where nobody said, the unionid stands without a scope.
    """
    return Identifier(f"unionid@{unionid_account}" if unionid_account else "unionid", unionid)


def openid_identifier(openid: str, app_id: str) -> Identifier:
    """Name a person as one app (official account, mini program, shop) knows them."""
    return Identifier(f"openid@{app_id}", openid)
