"""Taking back what an import said, and taking that back when the same is imported again. Nothing is deleted."""

from collections.abc import Mapping, Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.live import live
from vwazen.clinical.safety import out_of_sight
from vwazen.content.load import content
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import UNDONE, make_fact
from vwazen.server.record.models import Import, Imported, OpenItem
from vwazen.server.record.refresh import clusters


def redone(job: Import, again: list[Fact], by: Worker) -> tuple[list[Fact], list[Fact]]:
    """Facts that an undone import had taken back count again when the file comes again: they, and what says so."""
    ids = [fact.id for fact in again]
    rows = Imported.objects.filter(fact__in=ids, import_id__in=Import.objects.filter(state=Import.UNDONE).values("id"))
    undone = set(rows.values_list("fact", flat=True))
    if not undone:
        return [], []
    restored: set[str] = set()
    made: list[Fact] = []
    for person, facts in store.facts_of(sorted({fact.person for fact in again if fact.id in undone})).items():
        now = live(facts, clock.today())
        counting = {entry.fact.id for entry in now.entries}
        back = {one for one in undone if one in now.root and one not in counting}
        wanted = back | {now.root[one] for one in back}
        withdrawn = {one.retracts for one in facts if isinstance(one.body, f.Retraction)}
        for fact in facts:
            said = isinstance(fact.body, f.Retraction) and fact.body.reason == UNDONE
            if said and fact.retracts in wanted and fact.id not in withdrawn:
                body = f.Retraction(reason="imported again")
                made.append(make_fact(by=by, person=person, site=job.site, body=body, retracts=fact.id))
                restored.add(fact.retracts)
    return [fact for fact in again if fact.id in restored], made


def worked_on(people: Sequence[str]) -> set[str]:
    """Those of these persons for whom somebody here has done something beyond being handed them.

    That is: who have a fact that no import brought, other than an owner or a retraction.
    """
    if not people:
        return set()
    rows = store.select(
        "SELECT DISTINCT f.person FROM record_fact f WHERE "  # noqa: S608
        f"f.person IN ({store.marks(people)}) AND f.kind NOT IN ('owner', 'retraction') "
        "AND NOT EXISTS (SELECT 1 FROM record_imported i WHERE i.fact = f.id)",
        list(people),
    )
    return {str(row[0]) for row in rows}


def unasked(job: Import, people: Sequence[str], by: Worker) -> set[str]:
    """Those of these persons whose open risk would be out of sight, or without a name, if this import did not count.

    Nobody has asked them yet: whoever was asked is worked on. Only who stands on the list of open risks is looked at.
    """
    root = clusters(people)
    leads = {one: _end(one, root) for one in people}
    waiting = OpenItem.objects.filter(person__in=set(leads.values())).values_list("person", "kind")
    open_now = {person for person, kind in waiting if kind == OpenItem.RISK}
    found: set[str] = set()
    for person in people:
        if leads[person] not in open_now:
            continue
        together = [fact for facts in store.facts_of(sorted(clusters([person]) or {person})).values() for fact in facts]
        charts = [chart(facts, content(), clock.today(), person=leads[person])
                  for facts in (together, [*together, *unsaid(job, [person], by)])]  # fmt: skip
        nameless = charts[1].open_risks and charts[0].registration and not charts[1].registration
        if out_of_sight(charts[0].open_risks, charts[1].open_risks) or nameless:
            found.add(person)
    return found


def _end(person: str, into: Mapping[str, str]) -> str:
    """Whose chart an alias belongs to."""
    seen = {person}
    while (target := into.get(person)) and target not in seen:
        person = target
        seen.add(person)
    return person


def unsaid(job: Import, people: Sequence[str], by: Worker) -> list[Fact]:
    """Retractions of what only this import says of these persons, and of earlier versions that were undone before."""
    theirs = store.facts_of(people)
    rows = list(Imported.objects.filter(person__in=people).values_list("fact", "import_id"))
    others = set(
        Import.objects.filter(pk__in={one for _, one in rows}).exclude(state=Import.UNDONE).exclude(pk=job.id)
        .values_list("pk", flat=True)
    )  # fmt: skip
    gone = {fact for fact, _ in rows} - {fact for fact, brought in rows if brought in others}
    made: list[Fact] = []
    for person in people:
        said: list[Fact] = []
        while True:
            counting = {entry.fact.id for entry in live([*theirs[person], *said], clock.today()).entries}
            more = [make_fact(by=by, person=person, site=job.site, body=f.Retraction(reason=UNDONE), retracts=one)
                    for one in sorted(gone & counting)]  # fmt: skip
            if not more:
                break
            said += more
        made += said
    return made
