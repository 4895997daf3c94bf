"""What could not be taken: who may see it, what it is, whom it may be about, and dismissing it with a reason.

`vwazen.server.record.mending` takes it after all, corrected.
"""

from collections.abc import Iterable

import msgspec
from django.db.models import Q, QuerySet

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.exchange import incoming as x
from vwazen.exchange import reasons, strict
from vwazen.exchange.fhir_answers import plain_number
from vwazen.exchange.fhir_observation import wholes
from vwazen.exchange.strict import Json, Value
from vwazen.server.audit.actions import log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, names, reach, store
from vwazen.server.record.access import APART
from vwazen.server.record.intake import person_id
from vwazen.server.record.models import Held, Import, Person

DATED = {"QuestionnaireResponse": "authored", "Observation": "effectiveDateTime"}
ELSEWHERE = "elsewhere"
NOBODY = "phone.nobody"
"""What a phone told of somebody whose registration has not arrived, or was held itself."""
TOTALS = ("total.whole", "total.range", "total.number")
SHOWN = 20
decode_value = msgspec.json.Decoder(x.PersonIn | x.ResponseIn).decode


class Correction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person changed: the text itself, whom it is about, its day (ISO), its total or its answers."""

    raw: str = ""
    person: str = ""
    occurred: str = ""
    total: float | None = None
    answers: dict[str, float] = {}


def visible(by: Worker) -> QuerySet[Held]:
    """The entries that `by` may mend: in scope, and of the segments they may see there. No other is even counted."""
    seen = Q(pk__in=[])
    for path in {post.site.path for post in policy.posts(by)}:
        if policy.can(by, "mend_held", path):
            seen |= Q(path__startswith=path, segment__in=sorted(policy.segments(by, path)))
    closed = reach.closed(by, "general") | Q(segment="mental-health") & reach.closed(by, "mental-health")
    return Held.objects.filter(seen).exclude(closed & ~Q(person=""))


def waiting(by: Worker) -> int:
    """How many entries wait for `by` or a colleague who may see as much."""
    return visible(by).filter(state=Held.OPEN).count()


def entry(*, by: Worker, entry: str, route: str = "") -> Held | None:
    """One entry for its page, logged; None where there is none, or none that `by` may see."""
    policy.require(by, "mend_held")
    row = visible(by).filter(pk=entry).first()
    if row is None:
        there = Held.objects.filter(pk=entry).first()
        log(by=by, action="read-held", site=there.path if there else "", purpose="import", route=route,
            outcome=AccessEntry.REFUSED, note="out-of-scope")  # fmt: skip
        return None
    by.sees_apart = by.sees_apart or row.segment == APART
    log(by=by, action="read-held", person=row.person or None, site=row.path, purpose="import", route=route,
        note=f"held={row.id[:16]}")  # fmt: skip
    return row


def dismiss(*, by: Worker, entry: str, reason: str) -> None:
    """Decide that a held entry will not be taken. It is kept, with who decided and why."""
    policy.require(by, "mend_held")
    if not reason.strip():
        raise Invalid("Say why. The entry is kept beside your reason.", field="reason")
    with store.writing():
        row = still_open(by, entry)
        decide(row, by, "dismiss-held", Held.DISMISSED, reason.strip())


def still_open(by: Worker, entry: str) -> Held:
    """The entry, locked until the transaction ends. Raises Invalid."""
    row = visible(by).filter(pk=entry).select_for_update().first()
    if row is None:
        raise Invalid("This entry is not held, or not yours to mend.")
    if row.state != Held.OPEN:
        raise Invalid("Somebody has decided this entry already. What they decided stands beside it.")
    return row


def decide(
    row: Held, by: Worker, action: str, state: str, decision: str, *, person: str = "", mended: str = ""
) -> None:
    """Write a decision beside the entry, and into the log."""
    log(by=by, action=action, person=person or row.person or None, site=row.path, purpose="import",
        note=f"held={row.id[:16]}")  # fmt: skip
    store.execute(
        "UPDATE record_held SET state = %s, decided = %s, decided_by = %s, decision = %s, person = %s, mended = %s "
        "WHERE id = %s",
        [state, clock.now(), str(by.pk), decision, person or row.person, mended, row.id],
    )


def correction(row: Held) -> Correction:
    """What somebody corrected, now or before an import was undone."""
    return msgspec.json.decode(row.mended, type=Correction) if row.mended else Correction()


def job_of(row: Held) -> Import | None:
    """The import that brought the entry; None where a device did."""
    return Import.objects.filter(pk=row.import_id).first() if row.import_id else None


def fact_in(row: Held) -> Fact | None:
    """The fact of ours that the entry is, None where it came from another system, whatever that looks like."""
    if row.code in reasons.HELD or row.code == ELSEWHERE:
        return None
    try:
        return f.decode(row.raw.encode())
    except msgspec.MsgspecError:
        return None


def value_in(row: Held) -> x.PersonIn | x.ResponseIn | None:
    """The person or answers that the entry is where it had been read before it was held."""
    if row.code not in (ELSEWHERE, "person.differs"):
        return None
    try:
        found: x.PersonIn | x.ResponseIn = decode_value(row.raw)
        return found
    except msgspec.MsgspecError:
        return None


def cells_in(row: Held) -> dict[str, str] | None:
    """The row of a table that the entry is: column -> text. None where it is something else."""
    job = job_of(row)
    if job is None or not job.map_file or value_in(row):
        return None
    try:
        cells = msgspec.json.decode(row.raw, type=dict[str, str])
    except msgspec.MsgspecError:
        return None
    return None if "sha256" in cells else cells


def total_of(row: Held) -> tuple[Instrument, float | None] | None:
    """The instrument of which the entry is a total that cannot be right, and that total."""
    if row.code not in TOTALS:
        return None
    try:
        body = resources(row.raw)[0]
        totals, _ = wholes(body, content())
        return (totals[0], plain_number(body)) if totals else None
    except (Invalid, x.NotTakenError, IndexError):
        return None


def dated(row: Held) -> bool:
    """Whether the entry's day can be given beside it."""
    if fact_in(row):
        return True
    try:
        return row.code.startswith("date.") and resources(row.raw)[0].get("resourceType") in DATED
    except (Invalid, IndexError):
        return False


# Of a hospital's messages: whom they are about is for a person to say, or to confirm.
ADT_WHOSE = ("adt.match", "adt.nobody", "adt.several", "adt.differs", "adt.merge", "adt.whose")


def asks_person(row: Held) -> bool:
    """Whether somebody has to say whom the entry is about."""
    if row.code.startswith("adt."):
        return row.code in ADT_WHOSE
    about_them = ("person.born", "person.died", "person.replaced", "person.field", "person.differs", "person.id")
    if row.code.startswith("person."):
        return row.code not in about_them
    if row.code == NOBODY:
        return True
    return not row.person and row.code.startswith(("row.", "total.", "answer.", "date."))


def readable(row: Held) -> bool:
    """Whether the whole input was kept and is something that can be tried again."""
    if row.code == "item.rest":
        return False
    try:
        return "sha256" not in msgspec.json.decode(row.raw, type=dict[str, object])
    except msgspec.MsgspecError:
        return True


def resources(text: str) -> list[Json]:
    """The resource, or the panel and its members, in a text. Raises Invalid."""
    try:
        value: Value = strict.parse(text)
    except strict.UnsoundError as fault:
        raise Invalid(f"This is not sound JSON ({fault}). Look at the commas and quotes there.", field="raw") from None
    found = value if isinstance(value, list) else [value]
    resources = [one for one in found if isinstance(one, dict)]
    if not resources or len(resources) != len(found):
        raise Invalid("This is no FHIR resource.", field="raw")
    return resources


# whom it may be about


def proposed(row: Held, by: Worker) -> list[Person]:
    """People whose number at the source ends the reference that leads nowhere. Shown to be chosen, never taken."""
    if row.code.startswith("adt."):
        return registered([row.person], by) if row.person else []
    job = job_of(row)
    if job is None or job.map_file or not row.code.startswith("person."):
        return []
    try:
        subject = resources(row.raw)[0].get("subject")
    except Invalid:
        return []
    reference = subject.get("reference") if isinstance(subject, dict) else None
    if not isinstance(reference, str):
        return []
    last = reference.replace(":", "/").rpartition("/")[2]
    source = f.Source(system=job.system or "fhir", id=f"Patient/{last}")
    return registered([person_id(source)], by)


def registered(people: Iterable[str], by: Worker) -> list[Person]:
    """Those of these persons who are registered where `by` mends."""
    paths = policy.site_paths(by, "mend_held")
    return list(Person.objects.filter(policy.within(paths), pk__in=list(people), registered=True))


def search(name: str, by: Worker) -> list[Person]:
    """People where `by` mends whose name sounds like this one, the likeliest first, at most `SHOWN`."""
    paths = policy.site_paths(by, "mend_held")
    ids = names.candidates(name, within=paths)
    found = Person.objects.filter(policy.within(paths), pk__in=ids, registered=True)
    return sorted(found, key=lambda one: (-names.likeness(name, one.name), one.name, one.pk))[:SHOWN]
