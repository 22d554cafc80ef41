"""Material, words for newcomers of groups, group codes that lead elsewhere, and what WeCom counts."""

import pytest

from siyu.app.clock import VirtualClock
from siyu.channels.tokens import MemoryTokens
from siyu.channels.wecom.client import WeComClient, live_check
from siyu.channels.wecom.codes import add_join_way, join_way, update_join_way
from siyu.channels.wecom.figures import behaviour
from siyu.channels.wecom.group_welcome import add_template, delete_template, edit_template, template
from siyu.channels.wecom.groups import chat_of, statistic
from siyu.channels.wecom.media import upload, upload_for_moments, upload_picture
from siyu.content.piece import Attachment, Piece
from siyu.dispatch.account import Account
from siyu.kernel.errors import BadInputError, ConfigError, PermanentError
from siyu.kernel.period import DAY, SECOND
from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.wecom import WeComSandbox
from siyu.sandbox.wecom.figures import opengid_of

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--boundary--\r\n"


def test_a_picture_arrives_byte_for_byte_even_after_the_token_ended(client: WeComClient, corp: WeComSandbox) -> None:
    corp.end_tokens()
    media_id = upload(client, "image", "春茶.png", PICTURE)
    kept = corp.media.kept[media_id]
    assert (kept.name, kept.size, kept.kind) == ("春茶.png", len(PICTURE), "image")
    assert corp.media.kept[upload_for_moments(client, "image", "a.png", PICTURE)].digest == kept.digest
    assert upload_picture(client, "a.png", PICTURE).startswith("http")


def test_what_is_too_small_or_too_large_is_refused_before_it_is_sent(client: WeComClient, corp: WeComSandbox) -> None:
    for content in (b"", b"12345", bytes((10 << 20) + 1)):
        with pytest.raises(BadInputError):
            upload(client, "image", "a.png", content)
    assert not corp.media.kept


def test_a_group_s_welcome_is_made_read_changed_and_deleted(client: WeComClient) -> None:
    media_id = upload(client, "image", "a.png", PICTURE)
    picture = Attachment(kind="image", media_id=media_id)
    name = add_template(client, Piece(content_id="c", text="%NICKNAME%，欢迎", attachments=(picture,)))
    assert template(client, name) == {"text": {"content": "%NICKNAME%，欢迎"}, "image": {"media_id": media_id}}
    edit_template(client, name, Piece(content_id="c", text="欢迎"))
    assert template(client, name) == {"text": {"content": "欢迎"}}
    delete_template(client, name)
    with pytest.raises(PermanentError):
        template(client, name)
    for wrong in (Piece(content_id="c"), Piece(content_id="c", text="x", attachments=(picture, picture))):
        with pytest.raises(BadInputError):
            add_template(client, wrong)


def test_a_printed_group_code_leads_to_another_group(client: WeComClient, corp: WeComSandbox) -> None:
    first, second = corp.groups.found("staff0", "tea"), corp.groups.found("staff0", "tea 2")
    code = add_join_way(client, chats=[first], state="poster7")
    update_join_way(client, code.config_id, chats=[second], state="poster8")
    assert join_way(client, code.config_id)["qr_code"] == code.picture_url
    assert corp.groups.scan(code.config_id, f"wm{3:020d}") == second
    assert corp.groups.chats[second].members[f"wm{3:020d}"].state == "poster8"


def test_groups_are_counted_by_owner_and_found_by_the_mini_program_s_id(
    client: WeComClient, corp: WeComSandbox, clock: VirtualClock
) -> None:
    day_s = clock.now_us() // DAY * (DAY // SECOND)
    chat = corp.groups.found("staff0")
    corp.groups.join(chat, [f"wm{0:020d}", f"wm{2:020d}"])
    corp.groups.found("staff1")
    (row,) = statistic(client, owners=["staff0"], from_s=day_s, to_s=day_s)
    assert row["owner"] == "staff0"
    assert (row["data"]["chat_total"], row["data"]["member_total"], row["data"]["new_member_cnt"]) == (1, 3, 3)
    assert chat_of(client, opengid_of(chat)) == chat
    with pytest.raises(PermanentError):
        chat_of(client, "tG-nobody")


def test_what_staff_did_is_counted_by_day_over_any_span(
    client: WeComClient, corp: WeComSandbox, clock: VirtualClock
) -> None:
    day_s = DAY // SECOND
    first_s = clock.now_us() // DAY * day_s
    corp.customers.add("wm-new-1", "staff0")
    clock.advance_to(clock.now_us() + 40 * DAY)
    corp.customers.add("wm-new-2", "staff1")
    corp.customers.leave("wm-new-2", "staff1")
    rows = list(behaviour(client, staff=["staff0", "staff1"], from_s=first_s, to_s=first_s + 40 * day_s))
    assert [row["stat_time"] for row in rows] == [first_s + number * day_s for number in range(41)]
    assert [(row["new_contact_cnt"], row["negative_feedback_cnt"]) for row in (rows[0], rows[40])] == [(1, 0), (1, 1)]
    assert sum(row["new_contact_cnt"] for row in rows) == 2
    assert corp.calls_made["externalcontact/get_user_behavior_data"] == 2


def test_the_live_check_says_how_many_staff_may_speak(
    sandbox: Sandbox, corp: WeComSandbox, clock: VirtualClock
) -> None:
    account = sandbox.account("wecom")
    assert "2 staff" in live_check(account, tokens=MemoryTokens(), now_us=clock.now_us())
    misnamed = Account("wecom", "my corp", account.base_url, account.secrets)
    wrong = Account("wecom", account.account, account.base_url, {**account.secrets, "secret": "x"})
    for one in (misnamed, wrong):
        with pytest.raises(ConfigError):
            live_check(one, tokens=MemoryTokens(), now_us=clock.now_us())
