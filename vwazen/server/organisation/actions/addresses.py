"""Wrong tries to sign in, counted by where they come from, so that one place cannot try a few passwords on everybody.

Sixty in a quarter of an hour close the place until that quarter is over. These are our defaults: a clinic shares one
address, and its workers mistype. Only a keyed digest of the address is kept, and no longer than it counts.
"""

import ipaddress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import salted_hmac

from vwazen.server.organisation.models import SignInAddress

MOST = 60
WINDOW = timedelta(minutes=15)


def _digest(address: str) -> str:
    """Empty for what is no address. Of IPv6 the first half counts: the other half is the caller's to choose."""
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return ""
    place = str(one) if one.version == 4 else str(ipaddress.ip_network(f"{one}/64", strict=False))
    return salted_hmac("vwazen.sign-in.address", place, algorithm="sha256").hexdigest()


def closed(address: str, now: datetime) -> bool:
    """Whether nobody may sign in from there now; never for an address that is not known."""
    digest = _digest(address)
    return bool(digest) and SignInAddress.objects.filter(pk=digest, wrong__gte=MOST, since__gt=now - WINDOW).exists()


def count_wrong(address: str, now: datetime) -> None:
    """One more wrong try from there; what no longer counts is thrown away."""
    digest = _digest(address)
    if not digest:
        return
    with transaction.atomic():
        SignInAddress.objects.filter(since__lte=now - WINDOW).delete()
        row, _ = SignInAddress.objects.select_for_update().get_or_create(pk=digest, defaults={"since": now})
        row.wrong = min(row.wrong + 1, 1000)
        row.save(update_fields=["wrong"])
