"""Read the comments under own videos on Douyin, as touches: makes up for webhooks that were lost."""

from collections.abc import Iterator
from contextlib import closing

from siyu.channels.douyin.answers import comments
from siyu.channels.douyin.client import DouyinClient
from siyu.channels.record import Record
from siyu.channels.unmapped import Unmapped
from siyu.dispatch.account import Account, TokenStore
from siyu.touchpoints.touch import Touch


def pull(account: Account, *, tokens: TokenStore, start_us: int, end_us: int, now_us: int) -> Iterator[list[Touch]]:
    """Read the comments written in ``[start_us, end_us)`` under every own video, a list of touches for each page.

    Raises:
        ConfigError, PermanentError, RetryLaterError, UnknownOutcomeError: as each says; reading again is harmless.
    """
    with closing(DouyinClient(account, tokens=tokens)) as client:
        for video in client.videos(now_us=now_us):
            item = str(video["item_id"])
            for answer in client.comments(item, now_us=now_us):
                try:
                    found = comments(Record(answer), item_id=item, account=account.account, received_at_us=now_us)
                except Unmapped:
                    continue
                yield [touch for touch in found if start_us <= touch.happened_at_us < end_us]
