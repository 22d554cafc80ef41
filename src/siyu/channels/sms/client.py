"""Speak to the SMS API of Aliyun or Tencent Cloud. The only file of this channel that does I/O."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

import msgspec

from siyu.channels.http import HttpCaller, json_object
from siyu.channels.record import BEIJING
from siyu.channels.sms.errors import error_for
from siyu.channels.sms.signing import JSON_TYPE, aliyun_signature, tencent_authorization
from siyu.dispatch.account import Account, TokenStore
from siyu.kernel.errors import ConfigError
from siyu.kernel.period import SECOND

Json = dict[str, Any]
#: How many replies Tencent gives at once.
_REPLIES: Final = 100
_ADDRESSES: Final = {"aliyun": "https://dysmsapi.aliyuncs.com", "tencent": "https://sms.tencentcloudapi.com"}


class SmsClient:
    """One SMS account.

    Args:
        account: Secrets ``provider`` (``aliyun`` or ``tencent``), ``key_id``, ``key_secret``, ``sign_name`` and, for
            Tencent, ``sdk_app_id``.
    """

    def __init__(self, account: Account, *, now_us: Callable[[], int], http: HttpCaller | None = None) -> None:
        self.provider = account.secrets.get("provider", "")
        if self.provider not in _ADDRESSES:
            raise ConfigError(f"{self.provider!r} is no SMS provider: write aliyun or tencent")
        self._secrets, self.now_us = account.secrets, now_us
        own = account.base_url not in _ADDRESSES.values()
        self._http = http or HttpCaller(account.base_url if own else _ADDRESSES[self.provider])

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def send(self, phone: str, template: str, slots: Mapping[str, str], *, out_id: str) -> str:
        """Send one message by template; returns the cloud's id of it.

        Args:
            phone: ``+86…``.
            out_id: Our own id, echoed in the receipt.
        """
        if self.provider == "aliyun":
            values = msgspec.json.encode(dict(slots)).decode()
            answer = self._aliyun(
                "SendSms",
                PhoneNumbers=phone.removeprefix("+86"),
                SignName=self._secrets.get("sign_name", ""),
                TemplateCode=template,
                TemplateParam=values,
                OutId=out_id,
            )
            return str(answer.get("BizId", ""))
        answer = self._tencent(
            "SendSms",
            {
                "PhoneNumberSet": [phone],
                "SmsSdkAppId": self._secrets.get("sdk_app_id", ""),
                "SignName": self._secrets.get("sign_name", ""),
                "TemplateId": template,
                "TemplateParamSet": list(slots.values()),
                "SessionContext": out_id,
            },
        )
        status = (answer.get("SendStatusSet") or [{}])[0]
        if status.get("Code") != "Ok":
            raise error_for(str(status.get("Code", "")), str(status.get("Message", "")))
        return str(status.get("SerialNo", ""))

    def find(self, phone: str, *, at_us: int, out_id: str) -> Json | None:
        """Return what Aliyun knows of a message by our own id: ``SendStatus`` 1 waits, 2 failed, 3 arrived."""
        day = datetime.fromtimestamp(at_us / SECOND, BEIJING).strftime("%Y%m%d")
        number = phone.removeprefix("+86")
        answer = self._aliyun("QuerySendDetails", PhoneNumber=number, SendDate=day, PageSize="50", CurrentPage="1")
        rows = (answer.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or ()
        return next((dict(row) for row in rows if row.get("OutId") == out_id), None)

    def replies(self) -> Iterator[Json]:
        """Take what people replied out of Tencent's queue, each reply once; Aliyun pushes instead and gives nothing."""
        while self.provider == "tencent":
            app = self._secrets.get("sdk_app_id", "")
            answer = self._tencent("PullSmsReplyStatus", {"Limit": _REPLIES, "SmsSdkAppId": app})
            found = answer.get("PullSmsReplyStatusSet") or []
            yield from found
            if len(found) < _REPLIES:
                return

    def check(self) -> str:
        """Make sure that the key is good, by a call that sends nothing."""
        if self.provider == "aliyun":
            self._aliyun("QuerySmsSignList", PageIndex="1", PageSize="1")
        else:
            hour = datetime.fromtimestamp(self.now_us() / SECOND, BEIJING).strftime("%Y%m%d%H")
            span = {"BeginTime": hour, "EndTime": hour, "Limit": 0, "Offset": 0}
            self._tencent("SendStatusStatistics", {**span, "SmsSdkAppId": self._secrets.get("sdk_app_id", "")})
        return f"the key of {self.provider} is good"

    def _aliyun(self, action: str, **more: str) -> Json:
        now = datetime.fromtimestamp(self.now_us() / SECOND, UTC)
        query = {
            "Action": action,
            "Version": "2017-05-25",
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "AccessKeyId": self._secrets.get("key_id", ""),
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": token_hex(16),
            "Timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **more,
        }
        signature = aliyun_signature(query, secret=self._secrets.get("key_secret", ""))
        response = self._http.call("POST", "/", query={**query, "Signature": signature})
        answer = json_object(response.content, where=action)
        if answer.get("Code") != "OK":
            raise error_for(str(answer.get("Code", response.status_code)), str(answer.get("Message", "")))
        return answer

    def _tencent(self, action: str, body: Mapping[str, Any]) -> Json:
        content, now_s = msgspec.json.encode(body), self.now_us() // SECOND
        host = "sms.tencentcloudapi.com"
        headers = {
            "content-type": JSON_TYPE,
            "host": host,
            "x-tc-action": action,
            "x-tc-version": "2021-01-11",
            "x-tc-timestamp": str(now_s),
            "x-tc-region": "ap-guangzhou",
            "authorization": tencent_authorization(
                content,
                secret_id=self._secrets.get("key_id", ""),
                secret_key=self._secrets.get("key_secret", ""),
                host=host,
                service="sms",
                at_s=now_s,
            ),
        }
        response = self._http.call("POST", "/", content=content, headers=headers)
        answer = json_object(response.content, where=action).get("Response") or {}
        if error := answer.get("Error"):
            raise error_for(str(error.get("Code", "")), str(error.get("Message", "")))
        return dict(answer)


def live_check(account: Account, *, tokens: TokenStore, now_us: int) -> str:  # noqa: ARG001  the shape of every channel
    """Try the account's key at the cloud; return what is good, for people.

    Raises:
        ConfigError, PermanentError, RetryLaterError: it is not good, or nobody can say now.
    """
    with closing(SmsClient(account, now_us=lambda: now_us)) as client:
        return client.check()
