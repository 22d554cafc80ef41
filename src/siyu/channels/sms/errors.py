"""What the codes of Aliyun and Tencent SMS mean for us. Pure.

Source: help.aliyun.com and cloud.tencent.com/document/product/382 error code pages; ``checked_on`` as in the manifest.
"""

from datetime import timedelta
from typing import Final

from siyu.kernel.errors import ConfigError, PermanentError, RetryLaterError, SiyuError

_SET_UP: Final = (
    "AuthFailure", "InvalidAccessKeyId", "SignatureDoesNotMatch", "isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE",
    "FailedOperation.InsufficientBalanceInSmsPackage", "isv.SMS_SIGNATURE_ILLEGAL",
    "FailedOperation.SignatureIncorrect",
)  # fmt: skip
_LATER: Final = {
    "FailedOperation.MarketingSendTimeConstraint": timedelta(hours=1),
    "isv.BUSINESS_LIMIT_CONTROL": timedelta(hours=1),
    "LimitExceeded.PhoneNumberThirtySecondLimit": timedelta(seconds=30),
    "LimitExceeded.PhoneNumberOneHourLimit": timedelta(hours=1),
    "RequestLimitExceeded": timedelta(seconds=1),
    "Throttling.User": timedelta(seconds=1),
    "InternalError": timedelta(seconds=5),
}
#: What people read in place of a code.
WORDS: Final = {
    "FailedOperation.PhoneNumberInBlacklist": "no_consent",
    "isv.BLACK_KEY_CONTROL_LIMIT": "forbidden_words",
    "isv.MOBILE_NUMBER_ILLEGAL": "no_such_number",
    "InvalidParameterValue.IncorrectPhoneNumber": "no_such_number",
    "LimitExceeded.PhoneNumberDailyLimit": "too_many_today",
}


def error_for(code: str, said: str) -> SiyuError:
    """Return the error that a code stands for."""
    what = f"SMS: {code} {said}".strip()
    if code.startswith(_SET_UP):
        return ConfigError(what)
    if code in _LATER:
        return RetryLaterError(what, retry_after=_LATER[code])
    return PermanentError(what, code=code)
