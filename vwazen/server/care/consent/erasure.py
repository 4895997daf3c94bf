"""Asking that a record be erased, and carrying it out: two people, and the country's years."""

from django.db.models import QuerySet

from vwazen.server.audit.actions import log
from vwazen.server.care.actions import chart_of
from vwazen.server.care.consent.actions import kept_until, rules
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, erasing, store
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import make_id, one_at_a_time
from vwazen.server.record.models import Erasure


@one_at_a_time
def ask(*, by: Worker, person: str, ground: str) -> Erasure:
    """Ask that the whole record of this person be erased. It goes when somebody else carries it out."""
    row = require_person(by=by, person_id=person, permission="record_care")
    known = rules()
    if ground not in known.grounds:
        raise Invalid("Choose why.", field="ground")
    if Erasure.objects.filter(person=person, state=Erasure.ASKED).exists():
        raise Invalid("This has been asked for already, and waits for whoever carries it out.", field="ground")
    chart = chart_of(person)
    if chart.open_risks:
        raise Invalid("A safety conversation is open. Close it with them first: nobody in danger is erased.")
    until = kept_until(chart, clock.today())
    if ground not in known.before_time and until >= clock.today():
        raise Invalid(f"By this country's years the record is kept until the end of {until.year}.", field="ground")
    with store.writing():
        one = Erasure(
            id=make_id(), person=person, path=row.path, ground=ground, asked_by=str(by.pk), asked_by_name=by.name,
            asked=clock.now(),
        )  # fmt: skip
        one.save(force_insert=True)
        log(by=by, action="erasure-asked", person=person, site=row.path, purpose="erasure", note=f"ground={ground}")
    return one


def waiting(by: Worker) -> QuerySet[Erasure]:
    """What was asked for where `by` may carry it out, the oldest first."""
    here = policy.within(policy.site_paths(by, "erase_record"))
    return Erasure.objects.filter(here, state=Erasure.ASKED).order_by("asked", "pk")


def decide(*, by: Worker, pk: str, carry_out: bool) -> Erasure:
    """Carry it out, or refuse it; never by whoever asked. Nothing brings the record back."""
    one = Erasure.objects.filter(pk=pk).first()
    if one is None or not policy.can(by, "erase_record", one.path):
        raise Refused("Nothing like this waits at your sites.", permission="erase_record")
    if one.asked_by == str(by.pk):
        raise Refused("You asked for this yourself; somebody else carries it out.", permission="erase_record")
    with store.alone_with(one.person):
        taken = Erasure.objects.filter(pk=pk, state=Erasure.ASKED)
        if carry_out:
            if not taken.exists():
                raise Invalid("This has been decided meanwhile.")
            if chart_of(one.person).open_risks:
                raise Invalid("A safety conversation was opened since. Nobody in danger is erased.")
            erasing.erase(by=by, erasure=one)
        elif taken.update(
            state=Erasure.REFUSED, decided=clock.now(), decided_by=str(by.pk), decided_by_name=by.name
        ):  # fmt: skip
            log(by=by, action="erasure-refused", person=one.person, site=one.path, purpose="erasure")
    if carry_out:
        erasing.scrub()
    one.refresh_from_db()
    return one
