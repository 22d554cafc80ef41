"""Tencent Cloud's own SDK (PyPI tencentcloud-sdk-python-sms) works against the sandbox, but for the address."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import PullSmsReplyStatusRequest, SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from siyu.sandbox.sandbox import Sandbox
from siyu.sandbox.sms import SmsSandbox

PHONE = "+8613800138000"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=3, platforms=("sms",)) as running:
        yield running


def client(sandbox: Sandbox, **other: str) -> SmsClient:
    secrets = {**sandbox.credentials("sms"), **other}
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=sandbox.url.removeprefix("http://")))
    return SmsClient(Credential(secrets["key_id"], secrets["key_secret"]), "ap-guangzhou", profile)


def asked(sandbox: Sandbox, request: Any, **fields: Any) -> Any:
    fields["SmsSdkAppId"] = sandbox.credentials("sms")["sdk_app_id"]
    request.from_json_string(json.dumps(fields))
    return request


def test_it_sends_by_template_and_takes_replies_once(sandbox: Sandbox) -> None:
    cloud: SmsSandbox = sandbox.platform("sms")
    words = {"SignName": cloud.sign_name, "TemplateId": "100001", "TemplateParamSet": ["A1"], "SessionContext": "ours"}
    answer = client(sandbox).SendSms(asked(sandbox, SendSmsRequest(), PhoneNumberSet=[PHONE], **words))
    (status,) = answer.SendStatusSet
    assert (status.Code, status.SessionContext) == ("Ok", "ours")
    assert cloud.arrived(PHONE)[0]["text"] == "您的订单A1已发出。"
    cloud.reply(PHONE, "TD", cloud="tencent")
    for wanted in (["TD"], []):
        pulled = client(sandbox).PullSmsReplyStatus(asked(sandbox, PullSmsReplyStatusRequest(), Limit=10))
        assert [one.ReplyContent for one in pulled.PullSmsReplyStatusSet] == wanted
    again = client(sandbox).SendSms(asked(sandbox, SendSmsRequest(), PhoneNumberSet=[PHONE], **words))
    assert again.SendStatusSet[0].Code == "FailedOperation.PhoneNumberInBlacklist"


def test_it_hears_that_its_key_is_wrong(sandbox: Sandbox) -> None:
    with pytest.raises(TencentCloudSDKException, match="signature"):
        client(sandbox, key_secret="x").PullSmsReplyStatus(asked(sandbox, PullSmsReplyStatusRequest(), Limit=1))
