"""Saying that an emergency is on in an area, and that it is over."""

import datetime as dt

from django.utils import timezone

from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.common import checked
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Emergency, Site, Worker


def declare_emergency(*, by: Worker, site: Site, name: str, starts: dt.date) -> Emergency:
    """An emergency at a site and everywhere below it, from the day it happened."""
    with attempt(by=by, action="declare-emergency", site=site.path) as entry:
        policy.require(by, "declare_emergency", site)
        if starts > timezone.localdate():
            raise Invalid("This day has not come yet. Give the day on which it happened.", field="starts")
        if Emergency.objects.filter(name=name.strip(), ended__isnull=True).exists():
            raise Invalid(
                "An emergency of this name is on already. Open it, or give this one another name.", field="name"
            )
        emergency = Emergency(name=name.strip(), site=site, starts=starts, declared_by=by)
        checked(emergency)
        emergency.save(force_insert=True)
        entry.note = f"emergency={emergency.pk}"
    return emergency


def end_emergency(*, by: Worker, emergency: Emergency) -> Emergency:
    """It is over: nobody is registered for it any more, and its lists stay readable. Said twice, it changes nothing."""
    with attempt(by=by, action="end-emergency", site=emergency.site.path) as entry:
        entry.note = f"emergency={emergency.pk}"
        policy.require(by, "declare_emergency", emergency.site)
        fresh = Emergency.objects.select_for_update().get(pk=emergency.pk)
        if fresh.ended is None:
            fresh.ended = timezone.localdate()
            fresh.save(update_fields=["ended"])
    return fresh
