"""Everything that changes sites, workers, posts, the roster and the means of signing in. Nothing else writes these.

Each action takes `by` (who does it) first, checks the right, locks what it changes, writes its entry of the access
log in the same transaction, and raises `Refused` or `Invalid` with what happened and what to do.

Nobody gives, ends or resets anything for themselves, and nobody gives a managing right they do not hold: so one
account that was taken over cannot grow.
"""

from vwazen.server.organisation.actions.emergencies import declare_emergency, end_emergency
from vwazen.server.organisation.actions.homes import add_home, change_home
from vwazen.server.organisation.actions.on_call import end_on_call, set_on_call
from vwazen.server.organisation.actions.sites import add_site, rename_site
from vwazen.server.organisation.actions.workers import (
    add_post,
    add_worker,
    deactivate_worker,
    end_post,
    found,
    may_end,
    may_leave,
    reset_password,
    set_minutes,
    set_phone,
    set_supervisor,
    unlock,
)

__all__ = [
    "add_home",
    "add_post",
    "add_site",
    "add_worker",
    "change_home",
    "deactivate_worker",
    "declare_emergency",
    "end_emergency",
    "end_on_call",
    "end_post",
    "found",
    "may_end",
    "may_leave",
    "rename_site",
    "reset_password",
    "set_minutes",
    "set_on_call",
    "set_phone",
    "set_supervisor",
    "unlock",
]
