"""A record opened in an emergency: by exact name and birth, with a reason, for an hour; somebody else reviews it."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from vwazen.clinical import facts as f
from vwazen.server.audit.actions import log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care.actions import birth, chart_of
from vwazen.server.care.consent.actions import rules
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, names, store
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenedInEmergency, Person

TRIES = 5
"""Wrong tries in an hour, after which a worker waits: somebody who knows the name and the birth needs no more."""
SHORTEST_REASON = 15


def open_record(*, by: Worker, name: str, born: str, place: str = "", reason: str = "", drawn: str = "") -> Person:
    """Let `by` see somebody for an hour, and keep why for a review. Whom it finds is said only when it is just one.

    Raises Refused without the right, or after too many wrong tries; Invalid where nobody, or more than one, is called
    exactly so and born then.
    """
    policy.require(by, "open_in_emergency")
    if drawn and (before := OpenedInEmergency.objects.filter(pk=drawn, worker=str(by.pk)).first()) is not None:
        return Person.objects.get(pk=before.person)
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid("Write what has happened and why you must know now. Somebody else reads it.", field="reason")
    if not names.plain(name) or not born.strip():
        raise Invalid("Both the name and the birth are needed.", field="name")
    _may_try(by)
    found = _exactly(name, birth(born), place)
    if len(found) != 1:
        log(by=by, action="emergency", purpose="emergency", outcome=AccessEntry.FAILED, note=f"found={len(found)}")
        words = "More than one is called so and born then: add the place." if found else (
            "Nobody on record is called exactly so and born then. Nothing was opened. Look at the spelling, or care "
            "for them as somebody new, and register them."
        )  # fmt: skip
        raise Invalid(words, field="place" if found else "name")
    row, now = found[0], clock.now()
    with store.writing():
        one = OpenedInEmergency(
            id=drawn or make_id(), person=row.pk, path=row.path, worker=str(by.pk), worker_name=by.name,
            reason=reason.strip()[:2000], starts=now, ends=now + dt.timedelta(minutes=rules().emergency_minutes),
        )  # fmt: skip
        one.save(force_insert=True)
        log(by=by, action="emergency", person=row.pk, site=row.path, purpose="emergency", note=f"emergency={one.pk}")
    return row


def _may_try(by: Worker) -> None:
    since = clock.now() - dt.timedelta(hours=1)
    wrong = AccessEntry.objects.filter(
        worker_id=str(by.pk), at__gte=since, action="emergency", outcome=AccessEntry.FAILED
    ).count()
    if wrong >= TRIES:
        log(by=by, action="emergency", purpose="emergency", outcome=AccessEntry.REFUSED, note=f"tries={wrong}")
        raise Invalid(
            f"{TRIES} tries in this hour found nobody. Care for the person as somebody new, or ring the site that "
            "knows them.", field="name",
        )  # fmt: skip


def _exactly(name: str, born: str, place: str) -> list[Person]:
    """Everyone called exactly so, by the chosen or the registered name, and born then as far as both sides say."""
    ids = names.candidates(name, born=born)
    wanted, where = names.plain(name), names.plain(place)
    found = []
    for row in Person.objects.filter(pk__in=ids, registered=True, merged_into=""):
        if not (row.born.startswith(born) or born.startswith(row.born)):
            continue
        if where and names.plain(row.place) != where:
            continue
        if wanted == names.plain(row.name) or wanted in _registered(row.pk):
            found.append(row)
    return found


def _registered(person: str) -> set[str]:
    one = chart_of(person)
    said = [fact.body for fact in one.live if isinstance(fact.body, f.Registration)]
    return {names.plain(body.name) for body in said} | {names.plain(body.chosen_name) for body in said}


def to_review(by: Worker) -> QuerySet[OpenedInEmergency]:
    """Those that wait for a review where `by` may say whether they were right, the oldest first; their own are not
    among them."""
    here = policy.within(policy.site_paths(by, "review_emergency"))
    return OpenedInEmergency.objects.filter(here, outcome="").exclude(worker=str(by.pk)).order_by("starts", "pk")


def reviewed(by: Worker) -> Sequence[OpenedInEmergency]:
    """The last ones that were reviewed there."""
    here = policy.within(policy.site_paths(by, "review_emergency"))
    return list(OpenedInEmergency.objects.filter(here).exclude(outcome="").order_by("-starts", "-pk")[:20])


def late(one: OpenedInEmergency) -> bool:
    return clock.now() - one.starts > dt.timedelta(days=rules().emergency_review_days)


def opened(one: OpenedInEmergency) -> list[AccessEntry]:
    """Every page of this person's record that this worker opened in that time."""
    return list(
        AccessEntry.objects.filter(
            Q(action="read-person") | Q(action="open-page"), person=one.person, worker_id=one.worker,
            at__gte=one.starts, at__lte=one.ends,
        ).order_by("at", "pk")[:200]
    )  # fmt: skip


def review(*, by: Worker, pk: str, outcome: str, words: str = "") -> OpenedInEmergency:
    """Say whether it was right. Once; by somebody else; a "not justified" says what comes of it."""
    one = OpenedInEmergency.objects.filter(pk=pk).first()
    if one is None or not policy.can(by, "review_emergency", one.path) or one.worker == str(by.pk):
        raise Refused("This is reviewed by somebody else.", permission="review_emergency")
    if outcome not in (OpenedInEmergency.JUSTIFIED, OpenedInEmergency.NOT_JUSTIFIED):
        raise Invalid("Choose one.", field="outcome")
    if outcome == OpenedInEmergency.NOT_JUSTIFIED and not words.strip():
        raise Invalid("Write what comes of it: who speaks with them, and who tells the person.", field="words")
    with store.writing():
        done = OpenedInEmergency.objects.filter(pk=pk, outcome="").update(
            outcome=outcome, reviewed_by=str(by.pk), reviewed_by_name=by.name, reviewed_at=clock.now(),
            review=words.strip()[:2000],
        )  # fmt: skip
        if not done:
            raise Invalid("Somebody has reviewed this meanwhile. It stands below.", field="outcome")
        log(by=by, action="emergency-review", person=one.person, site=one.path, purpose="audit",
            note=f"emergency={pk} outcome={outcome}")  # fmt: skip
    one.refresh_from_db()
    return one
