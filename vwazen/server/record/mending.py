"""Taking what was held after all, as a person corrected it. The original stays, and the correction beside it.

Reading again goes through the same readers as the import did, so nothing can be mended into something that an import
would have refused.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.ids import derived_id
from vwazen.exchange import incoming as x
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import HELD, NEW, Receipt, append
from vwazen.server.record.held import NOBODY, Correction, decide, fact_in, job_of, still_open, value_in, visible
from vwazen.server.record.intake import ELSEWHERE, Tally, add, elsewhere, facts_from, known, paths_of, whose
from vwazen.server.record.models import Held, Import, Person
from vwazen.server.record.rereading import Items, day, fhir_again, row_again, value_again
from vwazen.server.record.versions import Made


class Reader(msgspec.Struct, frozen=True):
    """How entries whose codes begin with one word are read again, and what is done once one was taken: both belong to
    an app above this one, which puts them into `readers`."""

    read: Callable[[Held, Correction, Worker, Person | None], list[Made]]
    after: Callable[[Held], None]


readers: dict[str, Reader] = {}


def mend(
    *, by: Worker, entry: str, raw: str = "", person: str = "", occurred: str = "", total: float | None = None,
    answers: Mapping[str, float] | None = None,
) -> Fact:  # fmt: skip
    """Try a held entry again, corrected; what is not given stays as it came.

    Returns the fact it became. Raises Invalid, with the field, where it still cannot be taken; nothing is changed then.
    """
    policy.require(by, "mend_held")
    correction = Correction(raw=raw, person=person, occurred=occurred, total=total, answers=dict(answers or {}))
    with store.writing():
        row = still_open(by, entry)
        made = _made(row, correction, by)
        facts = [fact for one in made for fact in one.facts]
        if not facts:
            raise Invalid("Nothing could be read from this.", field="raw")
        receipts = _append(row, made)
        for receipt in receipts:
            if receipt.status == HELD:
                raise Invalid(receipt.reason, field="raw")
        taken = _foremost(facts, receipts)
        given = "" if correction == Correction() else msgspec.json.encode(correction).decode()
        decide(row, by, "mend-held", Held.MENDED, f"taken as fact {taken.id}", person=taken.person, mended=given)
    if isinstance(taken.body, f.Registration):
        _take_what_hung_on_it(by, taken.person)
    if reader := readers.get(row.code.partition(".")[0]):
        reader.after(row)
    return taken


def _take_what_hung_on_it(by: Worker, person: str) -> None:
    """What a phone told of somebody who was not registered yet, as it came, a danger first; what cannot be waits on."""
    for row in visible(by).filter(state=Held.OPEN, person=person, code=NOBODY).order_by("-safety", "occurred", "id"):
        with suppress(Invalid):
            mend(by=by, entry=row.pk)


def _append(row: Held, made: Sequence[Made]) -> list[Receipt]:
    job = job_of(row)
    return add(job, made, Tally()) if job else append([fact for one in made for fact in one.facts])


def _foremost(facts: Sequence[Fact], receipts: Sequence[Receipt]) -> Fact:
    """The fact to show for it: the answers rather than what follows from them, and what is new rather than known."""
    ranked = sorted(
        zip(facts, receipts, strict=True),
        key=lambda pair: (pair[1].status != NEW, not isinstance(pair[0].body, f.Response)),
    )
    return ranked[0][0]


def _made(row: Held, correction: Correction, by: Worker) -> list[Made]:
    target = _chosen(by, correction.person) if correction.person else None
    if reader := readers.get(row.code.partition(".")[0]):
        return reader.read(row, correction, by, target)
    if fact := fact_in(row):
        again = _fact_again(row, fact, correction, target, by)
        return [Made([again], f.Source(system="", id=row.id))]
    job = job_of(row)
    if job is None:
        raise Invalid("This is not readable. Dismiss the entry with a reason, and record by hand what matters.")
    if value_in(row):
        items = [value_again(correction.raw or row.raw, correction)]
    elif job.map_file:
        items, target = row_again(row, job, correction, target)
    else:
        items, target = fhir_again(row, job, correction, target, by)
    if target:
        items = [item for item in items if isinstance(item, x.ResponseIn)]
    if not items:
        raise Invalid("Nothing could be read from this. Correct it, or dismiss it with a reason.", field="raw")
    _check_where(job, items, target, by)
    made = known(job, [facts_from(job, item, Tally(), person=target) for item in items], Tally())
    stored = store.known_facts([fact.id for one in made for fact in one.facts])
    return [Made([_settled(row, fact, stored) for fact in one.facts], one.source) for one in made]


def _chosen(by: Worker, person: str) -> Person:
    found = Person.objects.filter(pk=person, registered=True).first()
    if found is None or not policy.can(by, "mend_held", found.path):
        raise Invalid("Choose a person who is registered where you work.", field="person")
    return found


def _check_where(job: Import, items: Items, target: Person | None, by: Worker) -> None:
    """Whom this is about must be known, or made known by it, and followed where this may be written."""
    if target:
        return
    new = {whose(item) for item in items if isinstance(item, x.PersonIn)}
    wanted = {whose(item) for item in items}
    if elsewhere(job.path, wanted):
        raise Invalid(ELSEWHERE)
    if wanted - new - paths_of(wanted).keys():
        raise Invalid("Whom this is about is not known here. Choose the person.", field="person")


def _settled(row: Held, fact: Fact, stored: Mapping[str, bytes]) -> Fact:
    """The fact as it came; as an amendment, by today's knowledge, where other words stand under its id."""
    there = stored.get(fact.id)
    if there is None or there == f.encode(fact):
        return fact
    if f.decode(there).person != fact.person:
        raise Invalid("This is on record for somebody else. Withdraw it on their chart first.", field="person")
    key = derived_id(row.id, "mended", f.encode(fact).decode())
    return msgspec.structs.replace(fact, id=key, amends=fact.id, recorded=clock.stamp())


def _fact_again(row: Held, held: Fact, correction: Correction, target: Person | None, by: Worker) -> Fact:
    """A fact of ours: its day, its words and its person may be corrected; who said it when stays as it came."""
    fact = held
    if correction.raw:
        try:
            fact = f.decode(correction.raw.encode())
        except msgspec.MsgspecError as fault:
            raise Invalid(f"This is no longer a readable entry: {fault}.", field="raw") from None
        fixed = msgspec.structs.replace(fact, occurred=held.occurred, body=held.body)
        if fixed != held or fact.kind != held.kind:
            raise Invalid(
                "Only `occurred` and what stands in `body` can be corrected here; its kind, author and the rest stay.",
                field="raw",
            )
    if correction.occurred:
        fact = msgspec.structs.replace(fact, occurred=day(correction.occurred))
    try:
        f.instant(fact.occurred)
    except ValueError:
        raise Invalid("This is no date. Write it as 2026-11-21.", field="occurred") from None
    person = target.pk if target else held.person
    at = paths_of([person]).get(person)
    new = at is None and target is None and isinstance(held.body, f.Registration) and not held.amends
    at = row.path if new else at  # whom it registers is known by nothing else
    if at is None or not policy.can(by, "mend_held", at):
        raise Invalid("Whom this is about is not known here. Choose the person.", field="person")
    stored = store.known_facts([held.id]).get(held.id)
    amends = held.amends
    if stored is not None:
        if f.decode(stored).person != person:
            raise Invalid("This is on record for somebody else. Withdraw it on their chart first.", field="person")
        amends = held.id
    site = row.site if new else target.site if target else held.site
    recorded = clock.stamp() if stored is not None else held.recorded
    fact = msgspec.structs.replace(fact, person=person, site=site, amends=amends, recorded=recorded)
    if fact == held and stored is None:
        return fact  # as it came, so that what was said of it still finds it: the steps of a danger name the answer
    return msgspec.structs.replace(fact, id=derived_id(row.id, "mended", f.encode(fact).decode()))
