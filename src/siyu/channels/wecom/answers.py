"""What WeCom answers when we ask: customers, group members and service messages become touches. Pure.

Listing mends what callbacks lost: they may be lost, late or out of order, and what the API does fires none.
Source: https://developer.work.weixin.qq.com/document/path/92114, 92122 and 94670, read 2026-11-22.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from siyu.channels.record import Record, phone_of
from siyu.channels.unmapped import Unmapped
from siyu.channels.wechat_names import identified, union_identifier
from siyu.channels.wecom.names import CHANNEL, added_key, customer_identifier, group_identifier, joined_key
from siyu.kernel.period import SECOND
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Scalar, Touch, touch

#: Every name that stands on top of a request body of ours; such a body is nothing that happened.
REQUESTS: Final = frozenset(
    """
    add_applicable_range add_tag address admin_list agentid alias allow_select answers applicable_range atall
    attachments auto_create_room avatar_mediaid biz_mail biz_mail_alias business_card button ca_link chat_expires_in
    chat_id chat_id_list chat_key chat_type code conclusions config_id creator cursor day_begin_time day_end_time
    department department_id_list description direct_leader duplicate_check_interval email email_type enable
    enable_duplicate_check enable_id_trans end_time expires_in extattr external_position external_profile
    external_tagid_list external_userid external_userid_list extra_rule file filename filter_type gender group_id
    group_name groupchat handover_userid id image intent_id interactive_taskcard intercept_type is_exclusive
    is_leader_in_dept is_temp jobid limit link link_id link_name location main_department mark_source markdown md5
    media_id member miniprogram miniprogram_notice mobile mobiles moment_id mpnews msgid msgmenu msgtype name
    name_en need_enter_session_context need_name new_owner news notify offset open_kfid open_kfid_list opengid
    openid order order_asc order_by owner_filter page_id page_size parent_id parentid party partyid partyids
    position price priority_option privilege product_id product_sn question range range_add range_del remark
    remark_company remark_mobiles remark_pic_mediaid remove_applicable_range remove_tag replace_name response_code
    room_base_id room_base_name rule_id rule_name safe scene selected_ticket_list semantics_list sender
    service_state servicer_userid similar_questions skip_verify start_time state status_filter strategy_id
    strategy_name style subject_type subscribe_mode tag tag_filter tag_id tagid tagids tagname takeover_userid
    task_id telephone template_card template_id template_msg text textcard time_type to_external_user to_invite
    to_parent_userid to_party to_student_userid toall token toparty totag touser transfer_success_msg type unionid
    upgrade_time url user userid userid_list useridlist userids video visible_range voice voice_format welcome_code
    word_list
    """.split()  # noqa: SIM905  a list literal would take 190 lines
)
_CUSTOMER, _STAFF = 3, 5


def touches_from_answer(record: Record, *, account: str, received_at_us: int, unionid_account: str = "") -> list[Touch]:
    """Translate one answer of the API.

    Args:
        account: The corp id.
        unionid_account: The open-platform account whose unionids these are.

    Raises:
        BadInputError: a field is missing or wrong.
        Unmapped: it tells nothing that happened to a customer.
    """
    if "errcode" in record and record.integer("errcode") != 0:
        raise Unmapped("failed_answer")
    who = Who(account, unionid_account, received_at_us)
    if "external_contact" in record:
        contact = record.record("external_contact")
        return who.told([who.added(contact, follow) for follow in record.records("follow_user")])
    if "external_contact_list" in record:
        return who.told(
            [
                who.added(one.record("external_contact"), one.record("follow_info"))
                for one in record.records("external_contact_list")
            ]
        )
    if "group_chat" in record:
        chat = record.record("group_chat")
        members = (one for one in chat.records("member_list") if one.integer("type") == 2)
        return who.told([who.joined(chat.text("chat_id"), member) for member in members])
    if "msg_list" in record:
        touches = [one for message in record.records("msg_list") for one in who.said(message)]
        if touches or not record.raw("msg_list"):
            return touches
        raise Unmapped("kf_notice")
    if "customer_list" in record:
        raise Unmapped("link_customers")
    if "send_list" in record or "task_list" in record:
        raise Unmapped("send_results")
    raise Unmapped("answer")


class Who:
    """Makes touches of what one corp tells.

    Args:
        account: The corp id.
        unionid_account: Whose unionids these are; without a scope if nobody said.
    """

    def __init__(self, account: str, unionid_account: str, received_at_us: int) -> None:
        self.account, self.unionid_account = account, unionid_account
        self.received_at_us = received_at_us

    def told(self, touches: list[Touch]) -> list[Touch]:
        """Return the touches, and for each customer with a unionid the touch that joins the two names."""
        pairs = {one.actors: one.happened_at_us for one in reversed(touches) if len(one.actors) == 2}
        return touches + [
            identified(CHANNEL, self.account, *actors, at_us=at_us, received_at_us=self.received_at_us)
            for actors, at_us in pairs.items()
        ]

    def added(self, contact: Record, follow: Record) -> Touch:
        """Return the touch by which one listed relation began."""
        customer, staff = contact.text("external_userid"), follow.text("userid")
        at_us = follow.seconds("createtime")
        phones = [phone for phone in map(phone_of, follow.texts("remark_mobiles")) if phone]
        traits = {"name": contact.maybe("name"), "phone": phones[0] if phones else ""}
        return self._touch(
            TouchKind.CONTACT_ADDED,
            at_us,
            added_key(staff, customer, at_us // SECOND),
            customer=customer,
            unionid=contact.maybe("unionid"),
            scene="customer_contact",
            source_code=follow.maybe("state"),
            staff=staff,
            said={"add_way": follow.maybe_integer("add_way"), "type": contact.maybe_integer("type")},
            traits={name: text for name, text in traits.items() if text},
        )

    def joined(self, chat: str, member: Record) -> Touch:
        """Return the touch by which one listed member came into a group."""
        customer, at_us = member.text("userid"), member.seconds("join_time")
        return self._touch(
            TouchKind.GROUP_JOINED,
            at_us,
            joined_key(chat, customer, at_us // SECOND),
            customer=customer,
            unionid=member.maybe("unionid"),
            scene="group",
            source_code=member.maybe("state"),
            staff=member.maybe_record("invitor").maybe("userid"),
            # not the list of the callback's JoinScene: 1 invited, 2 by an invitation link, 3 by code
            said={"chat_id": chat, "member_join_scene": member.maybe_integer("join_scene")},
        )

    def said(self, message: Record) -> Iterator[Touch]:
        """Yield the touch of one service message; notices, and messages of nobody we know, yield nothing."""
        event = message.maybe_record("event")
        kind = {_CUSTOMER: TouchKind.MESSAGE_IN, _STAFF: TouchKind.MESSAGE_OUT}.get(
            message.maybe_integer("origin") or 0
        )
        if event.maybe("event_type") == "enter_session":
            kind = TouchKind.VISIT
        customer = message.maybe("external_userid") or event.maybe("external_userid")
        if kind is None or not customer:
            return
        yield self._touch(
            kind,
            message.seconds("send_time"),
            f"kf|{message.text('msgid')}",
            customer=customer,
            scene="customer_service",
            source_code=event.maybe("scene_param") or event.maybe("scene"),
            staff=message.maybe("servicer_userid"),
            about=f"kf|{message.text('msgid')}" if kind is TouchKind.MESSAGE_OUT else "",
            said={
                "action": "kf_reply" if kind is TouchKind.MESSAGE_OUT else "",
                "msgtype": message.maybe("msgtype"),
                "open_kfid": message.maybe("open_kfid") or event.maybe("open_kfid"),
                "welcome_code": event.maybe("welcome_code"),
            },
        )

    def _touch(
        self,
        kind: TouchKind,
        at_us: int,
        key: str,
        *,
        customer: str,
        scene: str,
        source_code: str,
        staff: str,
        said: Mapping[str, Scalar],
        about: str = "",
        unionid: str = "",
        traits: Mapping[str, str] | None = None,
    ) -> Touch:
        known = (customer_identifier(customer, self.account),)
        return touch(
            CHANNEL,
            kind,
            happened_at_us=at_us,
            received_at_us=self.received_at_us,
            event_key=key,
            account=self.account,
            actors=(*known, union_identifier(unionid, self.unionid_account)) if unionid else known,
            scene=scene,
            source_code=source_code,
            staff=staff,
            about=about,
            properties={name: value for name, value in said.items() if value not in {"", None}},
            traits=traits,
        )


def witnessed_touch(row: Mapping[str, Any], account: str, *, task: str, staff: str, now_us: int) -> Touch:
    """Return the touch of one row of a mass send's results that reached its customer or group."""
    chat = str(row.get("chat_id") or "")
    whom = chat or str(row["external_userid"])
    action = "group_send" if chat else "mass_send"
    return touch(
        CHANNEL,
        TouchKind.MESSAGE_OUT,
        happened_at_us=int(row.get("send_time") or 0) * SECOND or now_us,
        received_at_us=now_us,
        event_key=f"{action}|{task}|{whom}",
        account=account,
        actors=(group_identifier(whom, account) if chat else customer_identifier(whom, account),),
        staff=staff,
        about=task,
        properties={"action": action},
    )
