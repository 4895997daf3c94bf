"""Whom somebody was to look for who does not work there any more: given to the worker who is nearest now.

Rows name their owner, and an owner's post may end on a day that was known long before. The server looks every
hour; nobody waits for the next entry about the person.
"""

import datetime as dt
import time

from vwazen.server.organisation.models import Post
from vwazen.server.record import clock
from vwazen.server.record.actions import touch
from vwazen.server.record.models import OpenItem
from vwazen.server.record.nearest import ROLE

EVERY_SECONDS = 3600
AT_ONCE = 50  # people in one transaction, so that nobody else waits long
BACK = dt.timedelta(days=60)  # an end that lies further back has been seen many times over


def settle() -> int:
    """Give everyone whose looker-out has left to somebody who is there. How many people were looked at again."""
    today = clock.today()
    ended = Post.objects.filter(role=ROLE, ends__lte=today, ends__gt=today - BACK)
    many = 0
    for worker in sorted(set(ended.values_list("worker", flat=True))):
        here = Post.objects.filter(worker=worker, worker__is_active=True, role=ROLE, starts__lte=today)
        paths = tuple(here.exclude(ends__lte=today).values_list("site__path", flat=True))
        rows = OpenItem.objects.filter(owner=str(worker), kind=OpenItem.TRACE).values_list("person", "path")
        people = sorted(person for person, path in rows if not path.startswith(paths))
        for start in range(0, len(people), AT_ONCE):
            touch(people[start : start + AT_ONCE])
        many += len(people)
    return many


_last = float("-inf")


def now_and_then() -> None:
    """`settle`, if it was not done for a while by this process."""
    global _last  # noqa: PLW0603  one background thread a process
    if time.monotonic() - _last >= EVERY_SECONDS:
        settle()
        _last = time.monotonic()
