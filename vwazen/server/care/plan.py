"""The shared plan: one plan, many authors. Actions, as in `care.actions`.

A line is changed by amending the version that its form was opened with. Who changes one line unknown to each other
loses nothing: both versions stand, with who and when, until a person chooses one or keeps both.
"""

from collections.abc import Collection
from typing import get_args

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Line
from vwazen.clinical.facts import Fact
from vwazen.server.care.actions import chart_of, day_of, worker_named
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import id_beside, make_fact, make_id, one_at_a_time, record, record_together
from vwazen.server.record.models import Person

PARTS = ("goal", "problem", "action", "support", "relapse_sign", "relapse_step")
# Others may open a plan and read it over a shoulder, so violence and what was said in therapy stand in none.
SEGMENTS: tuple[f.Segment, ...] = ("general", "mental-health", "substance-use", "hiv")
SUPPORTS = ("transport", "food", "school", "housing", "economic", "reintegration", "other")
ANSWERS = get_args(f.Answer)


def write_line(
    *, by: Worker, person: str, part: str, text: str, own_words: bool = False, who: str = "", owner: str = "",
    due: str = "", ends: str = "", support: str = "", status: str = "open", became: str = "",
    segment: str = "mental-health", amends: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """Write a line of the plan, or with `amends` (the version that was read) say it anew."""
    row = require_person(by=by, person_id=person, permission="record_care")
    chart = _alive(person)
    before = _version(chart.plan_lines, amends) if amends else None
    if before is not None and isinstance(before.body, f.PlanItem):
        part, segment = before.body.part, before.body.segment
    mine = [one for one in SEGMENTS if one in policy.segments(by, row.path)]
    if not text.strip():
        raise Invalid("Write the line, in a few words.", field="text")
    if status != "open" and not became.strip():
        raise Invalid("Say what became of it, so that the others know.", field="became")
    body = f.PlanItem(
        part=_one_of(part, PARTS, "part"), text=text.strip(), own_words=own_words, who=who.strip(), owner=owner,  # type: ignore[arg-type]
        due=day_of(due, "due") if due else "", ends=day_of(ends, "ends") if ends else "",
        support=_one_of(support, SUPPORTS, "support") if part == "support" else "",  # type: ignore[arg-type]
        status=_one_of(status, ("open", "done", "dropped"), "status"),  # type: ignore[arg-type]
        became=became.strip() if status != "open" else "", segment=_one_of(segment, mine, "segment"),  # type: ignore[arg-type]
    )  # fmt: skip
    if body.status == "open":
        _placed(body, row)
    return record(
        by=by, person=before.person if before else person, site=row.site, body=body, amends=amends, fact_id=fact_id
    )


def _placed(body: f.PlanItem, row: Person) -> None:
    """Something to do has somebody who does it and a day, and whoever does it may read it."""
    if body.part == "action" and not body.owner and not body.who:
        raise Invalid("Say who does it: a worker, the person, or somebody around them.", field="who")
    if body.part == "action" and not body.due:
        raise Invalid("Say by when.", field="due")
    if not body.owner:
        return
    worker_named(body.owner, row.path)
    one = Worker.objects.get(pk=body.owner)
    if body.segment not in policy.segments(one, row.path):
        raise Invalid(
            f"{one.name} may not read such lines. Choose somebody else, or write it for everyone who may open this "
            "record.", field="owner",
        )  # fmt: skip


def write_related(
    *, by: Worker, person: str, name: str, relation: str = "", phone: str = "", emergency: bool = False,
    may_be_told: str = "not_asked", note: str = "", amends: str = "", fact_id: str = "",
) -> Fact:  # fmt: skip
    """Someone around the person, and whether the person agrees that they are told and called."""
    row = require_person(by=by, person_id=person, permission="record_care")
    before = _version(_alive(person).circle_lines, amends) if amends else None
    if not name.strip():
        raise Invalid("Say who this is.", field="name")
    body = f.RelatedPerson(
        name=name.strip(), relation=relation.strip(), phone=phone.strip(), emergency=emergency, note=note.strip(),
        may_be_told=_one_of(may_be_told, ANSWERS, "may_be_told"),  # type: ignore[arg-type]
    )  # fmt: skip
    return record(
        by=by, person=before.person if before else person, site=row.site, body=body, amends=amends, fact_id=fact_id
    )


@one_at_a_time
def keep_one(*, by: Worker, person: str, fact: str, seen: Collection[str]) -> None:
    """Of rival versions let `fact` stand alone. `seen`: the versions that were read; a further one stops this."""
    row, line = _rivals(by, person, fact, seen)
    record_together([_gone(by, row, one) for one in line.apart(fact)])


@one_at_a_time
def keep_both(*, by: Worker, person: str, fact: str, seen: Collection[str], fact_id: str = "") -> None:
    """Make of rival versions lines of their own: `fact` stays, the others are written anew beside it."""
    row, line = _rivals(by, person, fact, seen)
    first = fact_id or make_id()
    others = [one for one in line.standing if one.id != fact]
    new = [
        make_fact(by=by, person=one.person, site=row.site, body=one.body, fact_id=id_beside(first, one.id))
        for one in others
    ]
    record_together([*new, *(_gone(by, row, one) for one in line.apart(fact))])


def _rivals(by: Worker, person: str, fact: str, seen: Collection[str]) -> tuple[Person, Line]:
    row = require_person(by=by, person_id=person, permission="record_care")
    chart = _alive(person)
    line = next(
        (one for one in (*chart.plan_lines, *chart.circle_lines) if any(fact == v.id for v in one.standing)), None
    )
    if line is None or len(line.standing) == 1:
        raise Invalid("There is one version only now: somebody has chosen already.")
    if any(f.segment(one.body) not in policy.segments(by, row.path) for one in line.standing):
        raise Invalid("This line is not on the plan that you see.")
    if {one.id for one in line.standing} - set(seen):
        raise Invalid("Somebody wrote another version meanwhile. Read all of them, then choose.")
    return row, line


def _gone(by: Worker, row: Person, fact: Fact) -> Fact:
    body = f.Retraction(reason="another version of this line was chosen")
    return make_fact(by=by, person=fact.person, site=row.site, body=body, retracts=fact.id)


def _alive(person: str) -> Chart:
    chart = chart_of(person)
    if chart.died:
        raise Invalid("This person has died.")
    return chart


def _version(lines: Collection[Line], fact: str) -> Fact:
    """The version that a form was opened with, standing or overtaken since."""
    for line in lines:
        for one in (*line.standing, *line.before):
            if one.id == fact:
                return one
    raise Invalid("This line was withdrawn meanwhile. Nothing was saved; write it as a new line if it still holds.")


def _one_of(value: str, allowed: Collection[str], field: str) -> str:
    if value not in allowed:
        raise Invalid("Choose one of these.", field=field)
    return value
