"""Telephone numbers and mail addresses as they are stored."""

import re

from vwazen.clinical.message_address import TAIL, same, tail
from vwazen.server.organisation.errors import Invalid

__all__ = ["clean", "same", "tail"]
_MAIL = re.compile(r"[^@\s<>,;:\"]{1,64}@[A-Za-z0-9.-]{1,120}\.[A-Za-z]{2,20}")


def clean(channel: str, address: str) -> str:
    """The address as it is stored. Raises Invalid for what is none."""
    text = address.strip()
    if channel == "mail":
        if not _MAIL.fullmatch(text) or not text.isascii():
            raise Invalid("This is no mail address. Write it as name@example.org.", field="address")
        return text.casefold()
    digits = "".join(one for one in text if one in "0123456789")
    if text.strip("+0123456789 ().-/") or not TAIL <= len(digits) <= 15:
        raise Invalid("This is no telephone number. Write it with its country code: +509 3700 0001.", field="address")
    return f"+{digits}" if text.startswith("+") else f"+{digits[2:]}" if digits.startswith("00") else digits
