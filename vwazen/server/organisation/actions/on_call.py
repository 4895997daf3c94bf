"""The roster: putting somebody on call, and ending a turn."""

from datetime import datetime

from django.utils import timezone

from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.common import checked
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import OnCall, Site, Worker


def set_on_call(
    *,
    by: Worker,
    site: Site,
    worker: Worker,
    starts: datetime,
    ends: datetime,
    order: int = 1,
    phone: str = "",
) -> OnCall:
    """Put a worker on the roster of a site; order 1 is called first. `phone` is the worker's own where not given.

    Raises `Invalid` where somebody else has the same order at that time, where the worker may not act on a risk
    there, or where there is no number to ring.
    """
    with attempt(by=by, action="set-on-call", site=site.path) as entry:
        entry.note = f"worker={worker.pk} order={order}"
        policy.require(by, "manage_roster", site)
        if order < 1:
            raise Invalid("Who is called first is number 1; there is none below.", field="order")
        if ends <= starts:
            raise Invalid("The end must come after the start. Mend one of the two.", field="ends")
        if ends <= timezone.now():
            raise Invalid("This turn is over already. Choose an end that is still to come.", field="ends")
        if not policy.can(worker, "act_on_risk", site, timezone.localdate(starts)):
            raise Invalid(
                f"{worker.name} has no post at {site.name} that may act on a risk on that day. "
                "Give the post first, or choose somebody else.",
                field="worker",
            )
        Site.objects.select_for_update().get(pk=site.pk)
        same = OnCall.objects.standing().filter(site=site, order=order)
        clash = same.filter(starts__lt=ends, ends__gt=starts).first()
        if clash is not None:
            raise Invalid(
                f"{clash.worker.name} is number {order} at that time. Choose another number or time.", field="order"
            )
        slot = OnCall(
            site=site, worker=worker, starts=starts, ends=ends, order=order, phone=phone.strip() or worker.phone
        )
        if not slot.phone:
            raise Invalid(f"There is no phone number for {worker.name}. Write the one to ring.", field="phone")
        checked(slot)
        slot.save(force_insert=True)
    return slot


def end_on_call(*, by: Worker, slot: OnCall, at: datetime | None = None) -> OnCall:
    """End a turn on call at `at` (now where it is not given); one that has not begun is taken off the roster."""
    with attempt(by=by, action="end-on-call", site=slot.site.path) as entry:
        entry.note = f"worker={slot.worker_id} order={slot.order}"
        policy.require(by, "manage_roster", slot.site)
        fresh = OnCall.objects.select_for_update().get(pk=slot.pk)
        moment = max(at or timezone.now(), fresh.starts)
        if fresh.ends <= moment:
            raise Invalid("This turn on call has ended already. Nothing was changed.")
        fresh.ends = moment
        fresh.save(update_fields=["ends"])
    return fresh
