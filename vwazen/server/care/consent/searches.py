"""What was searched for last stays in a session; of somebody whose record is erased no name may stay there either."""

from collections.abc import Sequence

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from vwazen.clinical.facts import Fact

SEARCH = "find-person"  # as `care.views.people` keeps it


def forget(_people: Sequence[str], _facts: Sequence[Fact]) -> None:
    """Take the last search out of every session: whose name it was cannot be told from how it was spelt."""
    for session in Session.objects.all().iterator():
        kept = session.get_decoded()
        if kept.pop(SEARCH, None) is not None:
            session.session_data = SessionStore().encode(kept)
            session.save()
