"""Sign a conversion for Xiaohongshu's ad platform. Pure. Source: an open SDK (method ``aurora.leads``)."""

from siyu.channels.signatures import md5_hex

METHOD = "aurora.leads"
VERSION = "1.0"


def sign(advertiser_id: str, timestamp_ms: int) -> str:
    """Return the ``sign`` of one conversion: MD5 over the four common fields in order."""
    return md5_hex(f"advertiser_id{advertiser_id}&method{METHOD}&timestamp{timestamp_ms}&version{VERSION}")
