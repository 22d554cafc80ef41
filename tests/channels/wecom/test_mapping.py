"""Every payload of WeCom becomes touches, or is set aside for a reason that stands in the manifest."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siyu.channels.manifest import manifests
from siyu.channels.unmapped import NamesOnly, Unmapped
from siyu.channels.wecom.mapping import content_body, content_mark, mass_send_body, touches_from_payload
from siyu.content.piece import Attachment, Piece
from siyu.kernel.errors import BadInputError
from siyu.kernel.period import SECOND
from siyu.touchpoints.kind import TouchKind
from siyu.touchpoints.touch import Identifier, Touch

HERE = Path(__file__).parent / "fixtures"
EVENTS = {name: one["xml"] for name, one in json.loads((HERE / "events.json").read_text("utf-8")).items()}
API = {name: one["payload"] for name, one in json.loads((HERE / "api.json").read_text("utf-8")).items()}
CORP = "ww1234567890abcdef"
NOW_US = 1_790_000_000_000_000
#: Text into which a field may be turned: empty, numbers that are none, and everything a forger might think of.
HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "-1", "1e400", "9" * 60, "0", "१२३", "NaN", "\x00", "x" * 5000, "]]>", "&lol;"]),
    st.integers(-(2**70), 2**70),
)


def touches(payload: Any) -> list[Touch]:
    return touches_from_payload(payload, account=CORP, received_at_us=NOW_US, unionid_account="wxop1")


@pytest.mark.parametrize("payload", [*EVENTS.values(), *API.values()], ids=[*EVENTS, *API])
def test_every_known_payload_maps_or_is_set_aside_for_a_listed_reason(payload: Any) -> None:
    name, got = "", []
    try:
        got = touches(payload)
    except Unmapped as unmapped:
        name = unmapped.name
    assert bool(got) or name in manifests()["wecom"].ignored
    assert all(one.channel == "wecom" and one.account == CORP for one in got)


def test_the_manifest_lists_every_kind_that_the_payloads_bring_and_no_reason_in_vain() -> None:
    kinds, reasons = set(), set()
    for payload in (*EVENTS.values(), *API.values()):
        try:
            kinds |= {one.kind.slug for one in touches(payload)}
        except Unmapped as unmapped:
            reasons.add(unmapped.name)
    assert kinds <= set(manifests()["wecom"].inbound)
    # of these the stored payloads have none, though the platform sends them
    unseen = {
        "scancode_waitmsg", "template_card_menu_event", "batch_job_result", "kf_notice", "failed_answer",
    }  # fmt: skip
    assert set(manifests()["wecom"].ignored) == reasons | unseen


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("add_external_contact", TouchKind.CONTACT_ADDED),
        ("add_half_external_contact", TouchKind.CONTACT_REQUESTED),
        ("edit_external_contact", TouchKind.CONTACT_EDITED),
        ("del_external_contact", TouchKind.CONTACT_DROPPED),
        ("delete_follow_user", TouchKind.CONTACT_REMOVED),
        ("message_audit_approved", TouchKind.CONSENT_GIVEN),
    ],
)
def test_both_envelopes_say_the_same(name: str, kind: TouchKind) -> None:
    (suite,) = touches(EVENTS[f"events/change_external_contact_event.{name}.xml"])
    (corp,) = touches(EVENTS[f"events_corp/change_external_contact_event.{name}.xml"])
    assert suite == corp
    assert corp.kind is kind
    assert corp.staff == "zhangsan"
    assert corp.actors[0].namespace == f"external_userid@{CORP}"
    assert corp.happened_at_us == 1403610513 * SECOND


def test_an_added_customer_carries_the_code_they_came_by_and_the_welcome_code() -> None:
    (added,) = touches(EVENTS["events_corp/change_external_contact_event.add_external_contact.xml"])
    assert added.source_code == "teststate"
    assert added.properties["welcome_code"] == "WELCOMECODE"


def test_group_members_are_told_apart_and_staff_are_no_customers() -> None:
    (left,) = touches(EVENTS["events_corp/change_external_chat_event.update_del_member.xml"])
    assert left.kind is TouchKind.GROUP_LEFT
    assert left.actors == (Identifier(f"external_userid@{CORP}", "wmTESTMEMBER0001"),)
    assert left.properties == {"chat_id": "CHAT_ID", "quit_scene": "1"}
    staff = touches(EVENTS["events_corp/change_external_chat_event.update.xml"])
    assert [(one.kind, one.staff, one.actors) for one in staff] == [
        (TouchKind.GROUP_CHANGED, "Jack", ()),
        (TouchKind.GROUP_CHANGED, "Rose", ()),
    ]
    assert len({one.touch_id for one in staff}) == 2


def test_waiting_service_messages_name_the_account_and_the_token() -> None:
    with pytest.raises(NamesOnly) as raised:
        touches(EVENTS["events/kf_message_event.xml"])
    assert raised.value.what == "kf_messages"
    assert raised.value.ids == ("wkxxxxxxx", "ENCApHxnGDNAVNY4AaSJKj4Tb5mwsEMzxhFmHVGcra996NR")


def test_a_listed_customer_joins_external_userid_and_unionid() -> None:
    first = touches(API["externalcontact.batch_get_by_user_response"])[0]
    assert first.actors == (
        Identifier(f"external_userid@{CORP}", "woAJ2GCAAAXtWyujaWJHDDGi0mACHAAA"),
        Identifier("unionid@wxop1", "ozynqsulJFCZ2z1aYeS8h-nuasdAAA"),
    )
    assert first.traits["name"] == "李四"
    assert "李四" not in str(first.properties)


def test_the_callback_and_the_listing_of_one_adding_count_once() -> None:
    (called,) = touches(EVENTS["events_corp/change_external_contact_event.add_external_contact.xml"])
    (listed,) = touches(
        {
            "errcode": 0,
            "external_contact": {"external_userid": "woAJ2GCAAAXtWyujaWJHDDGi0mACH71w"},
            "follow_user": [{"userid": "zhangsan", "createtime": 1403610513}],
        }
    )
    assert listed.touch_id == called.touch_id


def test_two_events_of_one_second_stay_two() -> None:
    event = EVENTS["events_corp/change_external_contact_event.edit_external_contact.xml"]
    other = event.replace("zhangsan", "lisi")
    assert touches(event)[0].touch_id == touches(event)[0].touch_id != touches(other)[0].touch_id


@given(name=st.sampled_from(sorted(EVENTS)), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_event_is_understood_or_refused_and_never_breaks_us(name: str, data: st.DataObject) -> None:
    from siyu.channels.wechat_xml import fields_of_xml  # noqa: PLC0415  only this test opens the XML itself

    fields: dict[str, Any] = dict(fields_of_xml(EVENTS[name].encode()))
    victim = data.draw(st.sampled_from(sorted(fields)))
    change = data.draw(st.sampled_from(["gone", "text", "list", "record"]))
    if change == "gone":
        del fields[victim]
    elif change == "text":
        fields[victim] = data.draw(HOSTILE)
    elif change == "list":
        fields[victim] = [fields[victim], data.draw(HOSTILE)]
    else:
        fields[victim] = {"Item": data.draw(HOSTILE), "Else": {"Deep": "x"}}
    with suppress(BadInputError, Unmapped):
        assert isinstance(touches(fields), list)


@given(name=st.sampled_from(sorted(EVENTS)), data=st.data())
@settings(max_examples=200, deadline=None)
def test_changed_bytes_of_an_event_are_understood_or_refused(name: str, data: st.DataObject) -> None:
    text = EVENTS[name]
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.sampled_from(["", "<", "\x00", "&bomb;", "]]>", "<!DOCTYPE x>"])) + text[at + 3 :]
    with suppress(BadInputError, Unmapped):
        touches(text)


@given(name=st.sampled_from(sorted(API)), data=st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_answer_is_understood_or_refused_and_never_breaks_us(name: str, data: st.DataObject) -> None:
    answer = json.loads(json.dumps(API[name]))
    place: Any = answer
    while isinstance(place, (dict, list)) and place:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], (dict, list)) or data.draw(st.booleans()):
            place[key] = data.draw(st.one_of(HOSTILE, st.none(), st.booleans(), st.floats(), st.just([]), st.just({})))
            break
        place = place[key]
    with suppress(BadInputError, Unmapped):
        touches(answer)


def test_a_mass_send_names_its_staff_and_its_customers_once() -> None:
    piece = Piece(
        content_id="c1",
        text="hello",
        attachments=(
            Attachment(kind="image", media_id="M", url="ignored"),
            Attachment(kind="link", title="t", url="https://x", picture_url="https://p"),
            Attachment(kind="miniprogram", title="t", app_id="wx1", page="/p", media_id="M"),
        ),
    )
    body = mass_send_body(piece, staff="zhangsan", recipients=["wm1", "wm2"])
    assert body["chat_type"] == "single"
    assert (body["sender"], body["external_userid"]) == ("zhangsan", ["wm1", "wm2"])
    assert body["attachments"] == [
        {"msgtype": "image", "image": {"media_id": "M"}},
        {"msgtype": "link", "link": {"title": "t", "picurl": "https://p", "url": "https://x"}},
        {"msgtype": "miniprogram", "miniprogram": {"title": "t", "pic_media_id": "M", "appid": "wx1", "page": "/p"}},
    ]
    group = mass_send_body(piece, staff="zhangsan", recipients=["wr1"], groups=True)
    assert (group["chat_type"], group["chat_id_list"]) == ("group", ["wr1"])


def test_an_attachment_that_wecom_does_not_have_is_refused() -> None:
    with pytest.raises(BadInputError, match="hologram"):
        content_body(Piece(content_id="c", attachments=(Attachment(kind="hologram"),)))


def test_the_mark_of_a_content_depends_on_words_and_links() -> None:
    link = {"msgtype": "link", "link": {"title": "t", "url": "https://x"}}
    marks = {content_mark("a", []), content_mark("b", []), content_mark("a", [link]), content_mark("a", ["rubbish"])}
    assert len(marks) == 4
