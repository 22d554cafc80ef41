"""What a person does by himself (主动行为): the touches that are a sign of staying. A message we sent is none."""

from typing import Final

from siyu.touchpoints.kind import TouchKind

OWN: Final = (
    TouchKind.MESSAGE_IN, TouchKind.COMMENT, TouchKind.VIEW, TouchKind.PLAY, TouchKind.LIKE, TouchKind.SHARE,
    TouchKind.FOLLOW, TouchKind.SAVE, TouchKind.CLICK, TouchKind.SCAN, TouchKind.VISIT, TouchKind.FORM, TouchKind.LEAD,
    TouchKind.GROUP_JOINED, TouchKind.GROUP_SPOKE, TouchKind.ORDER_CREATED, TouchKind.ORDER_PAID, TouchKind.CART,
    TouchKind.COUPON_USED, TouchKind.POINTS_SPENT, TouchKind.MEMBER_JOINED, TouchKind.INVITE,
)  # fmt: skip
