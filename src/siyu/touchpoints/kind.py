"""The taxonomy of touches (触点类型): every kind has one number for ever, and a Chinese name beside it."""

from enum import IntEnum
from typing import Final


class TouchKind(IntEnum):
    """What happened. The number is what the lake stores; it is never given to another kind."""

    # contact 加好友
    CONTACT_ADDED = 1
    CONTACT_REMOVED = 2  # the person left us
    CONTACT_DROPPED = 3  # we removed the person
    CONTACT_EDITED = 4
    CONTACT_TRANSFERRED = 5
    CONTACT_REQUESTED = 6
    # messages 消息
    MESSAGE_IN = 10
    MESSAGE_OUT = 11
    MESSAGE_READ = 12
    MESSAGE_FAILED = 13
    MESSAGE_DELIVERED = 14
    # content 内容
    COMMENT = 20
    VIEW = 21
    PLAY = 22  # properties.watched_share in [0, 1]
    LIKE = 23
    SHARE = 24
    FOLLOW = 25
    UNFOLLOW = 26
    SAVE = 27
    CLICK = 28
    # places 场景
    SCAN = 30
    VISIT = 31
    FORM = 32
    LEAD = 33
    LOCATION = 34
    # groups 社群
    GROUP_JOINED = 40
    GROUP_LEFT = 41
    GROUP_SPOKE = 42
    GROUP_CHANGED = 43
    # orders 订单: the value is what was paid (+) or given back (-)
    ORDER_CREATED = 50
    ORDER_PAID = 51
    ORDER_SHIPPED = 52
    ORDER_RECEIVED = 53
    ORDER_REFUNDED = 54
    ORDER_CANCELLED = 55
    CART = 56
    # coupons and points 优惠券 积分
    COUPON_GRANTED = 60
    COUPON_USED = 61
    COUPON_EXPIRED = 62
    POINTS_EARNED = 63
    POINTS_SPENT = 64
    POINTS_EXPIRED = 65
    MEMBER_JOINED = 66
    MEMBER_TIER = 67
    # fission 裂变
    INVITE = 70
    INVITE_ACCEPTED = 71
    REWARD = 72
    # service 售后
    COMPLAINT = 80
    COMPLAINT_CLOSED = 81
    AFTER_SALES_OPENED = 82
    AFTER_SALES_CLOSED = 83
    SURVEY = 84
    # what the person allows 授权
    CONSENT_GIVEN = 90
    CONSENT_WITHDRAWN = 91
    # what our own software noticed
    SEGMENT_ENTERED = 100
    SEGMENT_LEFT = 101
    ACCOUNT_CHANGED = 102  # a tag list, a live code or a setting changed on the platform; has no person
    OTHER = 120

    @property
    def slug(self) -> str:
        """The name in files, URLs and JSON: ``order_paid``."""
        return self._name_.lower()  # without the detour that an enumeration's name takes: every touch asks for it


KINDS_BY_SLUG: Final = {kind.slug: kind for kind in TouchKind}

#: How people see each kind in Chinese.
CHINESE: Final = {
    TouchKind.CONTACT_ADDED: "添加好友",
    TouchKind.CONTACT_REMOVED: "被客户删除",
    TouchKind.CONTACT_DROPPED: "删除客户",
    TouchKind.CONTACT_EDITED: "客户资料变更",
    TouchKind.CONTACT_TRANSFERRED: "客户继承",
    TouchKind.CONTACT_REQUESTED: "申请添加",
    TouchKind.MESSAGE_IN: "客户来消息",
    TouchKind.MESSAGE_OUT: "发出消息",
    TouchKind.MESSAGE_READ: "已读",
    TouchKind.MESSAGE_FAILED: "发送失败",
    TouchKind.MESSAGE_DELIVERED: "已送达",
    TouchKind.COMMENT: "评论",
    TouchKind.VIEW: "浏览",
    TouchKind.PLAY: "播放",
    TouchKind.LIKE: "点赞",
    TouchKind.SHARE: "转发",
    TouchKind.FOLLOW: "关注",
    TouchKind.UNFOLLOW: "取消关注",
    TouchKind.SAVE: "收藏",
    TouchKind.CLICK: "点击",
    TouchKind.SCAN: "扫码",
    TouchKind.VISIT: "到店或访问",
    TouchKind.FORM: "填写表单",
    TouchKind.LEAD: "线索",
    TouchKind.LOCATION: "位置",
    TouchKind.GROUP_JOINED: "入群",
    TouchKind.GROUP_LEFT: "退群",
    TouchKind.GROUP_SPOKE: "群内发言",
    TouchKind.GROUP_CHANGED: "群变更",
    TouchKind.ORDER_CREATED: "下单",
    TouchKind.ORDER_PAID: "支付",
    TouchKind.ORDER_SHIPPED: "发货",
    TouchKind.ORDER_RECEIVED: "收货",
    TouchKind.ORDER_REFUNDED: "退款",
    TouchKind.ORDER_CANCELLED: "取消订单",
    TouchKind.CART: "加购",
    TouchKind.COUPON_GRANTED: "发券",
    TouchKind.COUPON_USED: "用券",
    TouchKind.COUPON_EXPIRED: "券过期",
    TouchKind.POINTS_EARNED: "得积分",
    TouchKind.POINTS_SPENT: "用积分",
    TouchKind.POINTS_EXPIRED: "积分过期",
    TouchKind.MEMBER_JOINED: "入会",
    TouchKind.MEMBER_TIER: "等级变化",
    TouchKind.INVITE: "邀请",
    TouchKind.INVITE_ACCEPTED: "受邀成功",
    TouchKind.REWARD: "奖励",
    TouchKind.COMPLAINT: "投诉",
    TouchKind.COMPLAINT_CLOSED: "投诉关闭",
    TouchKind.AFTER_SALES_OPENED: "售后开启",
    TouchKind.AFTER_SALES_CLOSED: "售后关闭",
    TouchKind.SURVEY: "问卷",
    TouchKind.CONSENT_GIVEN: "同意授权",
    TouchKind.CONSENT_WITHDRAWN: "撤回授权",
    TouchKind.SEGMENT_ENTERED: "进入人群",
    TouchKind.SEGMENT_LEFT: "离开人群",
    TouchKind.ACCOUNT_CHANGED: "账号变更",
    TouchKind.OTHER: "其他",
}
