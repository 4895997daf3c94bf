"""Writing to the access log.

`log` writes one entry. `attempt` wraps an action: one transaction with its entry inside, and where the action is
refused, everything undone and the refusal logged after it.

Example:

    with attempt(by=worker, action="add-site", site=parent.path) as entry:
        require(worker, "manage_sites", parent)
        ...
        entry.note = f"code={code}"
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from vwazen.server.audit.models import AccessEntry

# Lower-case codes, ids, paths and numbers: neither a sentence nor a name passes.
CODES = re.compile(r"[a-z0-9=:,./_ -]{0,200}\Z")


class Actor(Protocol):
    """Who acts: an account with an id and a name."""

    @property
    def pk(self) -> object: ...
    @property
    def name(self) -> str: ...


@dataclass(kw_only=True)
class Attempt:
    """What is known by now about the action under way; the action may fill it in as it goes."""

    person: str | UUID | None = None
    site: str = ""
    note: str = ""


def log(
    *,
    by: Actor | None,
    action: str,
    person: str | UUID | None = None,
    site: str = "",
    purpose: str = "",
    route: str = "",
    outcome: str = AccessEntry.ALLOWED,
    note: str = "",
) -> AccessEntry:
    """Append one entry. `by` is None for somebody unknown (a failed sign-in) or for the system itself.

    `site` is a site's path, `note` holds codes only. Raises ValueError for a note that is not made of codes: the log
    is read by people who may not see anybody's values.
    """
    if not CODES.match(note):
        raise ValueError("A note in the access log holds lower-case codes only. Put values into a fact instead.")
    return AccessEntry.objects.create(
        worker_id="" if by is None else str(by.pk),
        worker_name="" if by is None else by.name,
        action=action,
        person=None if person is None else str(person),
        site=site,
        purpose=purpose,
        route=route,
        outcome=outcome,
        note=note,
    )


@contextmanager
def attempt(
    *,
    by: Actor | None,
    action: str,
    person: str | UUID | None = None,
    site: str = "",
    purpose: str = "",
    route: str = "",
) -> Iterator[Attempt]:
    """One atomic action and its entry. A PermissionDenied inside undoes the action, is logged, and goes on up.

    Let this be the outermost transaction: an enclosing one that is rolled back takes the entry with it.
    """
    entry = Attempt(person=person, site=site)
    try:
        with transaction.atomic():
            yield entry
            log(
                by=by,
                action=action,
                person=entry.person,
                site=entry.site,
                purpose=purpose,
                route=route,
                note=entry.note,
            )
    except PermissionDenied as refusal:
        log(
            by=by,
            action=action,
            person=entry.person,
            site=entry.site,
            purpose=purpose,
            route=route,
            outcome=AccessEntry.REFUSED,
            note=refusal_code(refusal),
        )
        setattr(refusal, "logged", True)  # noqa: B010  read by the middleware, which must not log it again
        raise


def refusal_code(refusal: BaseException) -> str:
    """What was missing, as codes for the log: the error's number and the permission asked for, where it has them."""
    parts = [f"{key}={getattr(refusal, key)}" for key in ("number", "permission") if hasattr(refusal, key)]
    return " ".join(parts)


def read_page(
    *,
    request: HttpRequest,
    person: str | UUID | None = None,
    site: str = "",
    purpose: str = "",
    note: str = "",
) -> AccessEntry:
    """Append the one entry of a page that was shown, by the name of its route."""
    match = request.resolver_match
    return log(
        by=request.user if request.user.is_authenticated else None,
        action="open-page",
        person=person,
        site=site,
        purpose=purpose,
        route=(match.view_name or "") if match else "",
        note=note,
    )
