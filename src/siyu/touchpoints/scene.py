"""Scenes (场景): where inside a channel something happened. A closed list of families, so that scenes can be compared.

A channel may name a finer scene of its own; :func:`family_of` says which family it belongs to.
"""

from enum import StrEnum
from typing import Final


class SceneFamily(StrEnum):
    """The families of scenes, from the public to the owned."""

    FEED = "feed"  # recommended or searched content of a public platform
    LIVE = "live"  # a live broadcast
    AD = "ad"  # paid placement and its landing page
    COMMENT = "comment"  # words under a piece of content
    STORE = "store"  # a till, a shelf, a street
    SHOP = "shop"  # an online shop and its orders
    CODE = "code"  # a scanned code or an opened link
    CHAT = "chat"  # one to one: customer contact, customer service, private messages
    GROUP = "group"  # a group chat
    MOMENTS = "moments"  # a circle of friends
    ACCOUNT = "account"  # an official account: its menu, articles, notices
    MINI_PROGRAM = "mini_program"  # a mini program or web page of the brand
    OTHER = "other"


#: How people see each family in Chinese.
CHINESE: Final = {
    SceneFamily.FEED: "内容流",
    SceneFamily.LIVE: "直播",
    SceneFamily.AD: "广告",
    SceneFamily.COMMENT: "评论区",
    SceneFamily.STORE: "门店",
    SceneFamily.SHOP: "网店",
    SceneFamily.CODE: "扫码",
    SceneFamily.CHAT: "单聊",
    SceneFamily.GROUP: "社群",
    SceneFamily.MOMENTS: "朋友圈",
    SceneFamily.ACCOUNT: "公众号",
    SceneFamily.MINI_PROGRAM: "小程序",
    SceneFamily.OTHER: "其他",
}

_FAMILIES: Final = {
    SceneFamily.FEED: "own_video video_published feed search local_life",
    SceneFamily.LIVE: "live",
    SceneFamily.AD: "ad ad_lead landing_page retain_card",
    SceneFamily.COMMENT: "comment",
    SceneFamily.STORE: "store store_till till street",
    SceneFamily.SHOP: "shop order order_share",
    SceneFamily.CODE: "qr_code guide_code acquisition_link live_code",
    SceneFamily.CHAT: (
        "customer_contact customer_service conversation private_message private_message_opened mass_send sms email"
    ),
    SceneFamily.GROUP: "group group_made",
    SceneFamily.MOMENTS: "moments",
    SceneFamily.ACCOUNT: "official_account menu template_message subscribe_message subscribe_popup subscribe_settings",
    SceneFamily.MINI_PROGRAM: "mini_program web_page phone_button login identity authorization",
}
_FAMILY_OF: Final = {scene: family for family, scenes in _FAMILIES.items() for scene in scenes.split()}


def family_of(scene: str) -> SceneFamily:
    """Return the family of a scene; ``other`` for one that nobody has placed.

    A scene may say more after a colon or a slash: ``live:20261122`` is a live broadcast.
    """
    name = scene.partition(":")[0].partition("/")[0]
    return _FAMILY_OF.get(name, SceneFamily.OTHER)
