"""Care over years: taken up again after a relapse, moved to another site, and what is learnt from a death.

Actions, as in `care.actions`.
"""

from collections.abc import Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.episodes import ended
from vwazen.clinical.facts import Fact
from vwazen.content.load import content
from vwazen.content.rules import Protocol
from vwazen.server.care.actions import chart_of, worker_named
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import (
    id_beside,
    make_fact,
    make_id,
    one_at_a_time,
    record,
    record_together,
    site_named,
)

REOPEN = "reopen"  # what a decision to take care up again is filed under
SUICIDE = ("yes", "possible", "no", "not_known")


@one_at_a_time
def reopen(*, by: Worker, person: str, episode: str, owner: str, reason: str, step: int = 0, fact_id: str = "") -> Fact:
    """Take care up again for a condition whose care had ended; the earlier episode stays and is named.

    `step` 0 is the step in which care had ended.
    """
    row = require_person(by=by, person_id=person, permission="enrol")
    if (stored := _said(fact_id)) is not None:
        return stored
    chart = chart_of(person)
    if chart.died:
        raise Invalid("This person has died.")
    earlier = next((one for one in ended(chart) if episode in (one.id, *one.ids)), None)
    if earlier is None:
        raise Invalid("Care for this is open already, or this episode is not the last one. Open the chart.")
    if not reason.strip():
        raise Invalid("Say what has come back, or why care is taken up again.", field="reason")
    worker_named(owner, row.path)
    plan = content().get(Protocol, earlier.protocol)
    body = f.Episode(
        protocol=plan.id, protocol_version=plan.version, condition=earlier.condition, owner=owner,
        step=plan.step(step or earlier.step).step, follows=earlier.id,
    )  # fmt: skip
    first = make_fact(by=by, person=person, site=row.site, body=body, fact_id=fact_id or make_id())
    why = f.Decision(episode=first.id, proposal=REOPEN, choice="accepted", reason=reason.strip())
    beside = make_fact(by=by, person=person, site=row.site, body=why, fact_id=id_beside(first.id, REOPEN))
    return record_together([first, beside])[0]


@one_at_a_time
def transfer(
    *, by: Worker, person: str, site: str, owner: str, agreed: bool, note: str = "", fact_id: str = ""
) -> Fact:  # fmt: skip
    """Move a person in care to another site, with an owner there: each open episode ends here and goes on there.

    The new owner has said yes; nobody is lost between two sites. An open risk goes with the person.
    """
    row = require_person(by=by, person_id=person, permission="enrol")
    if (stored := _said(fact_id)) is not None:
        return stored
    chart, there = chart_of(person), site_named(site)
    if not chart.open_episodes:
        raise Invalid("This person is not in care now; there is nothing to move.")
    if there.code == row.site:
        raise Invalid(
            "They are followed at this site already. Choose another, or hand over to a colleague.", field="site"
        )
    worker_named(owner, there.path)
    if not agreed:
        raise Invalid("Speak with the new owner first. Sent is not received.", field="agreed")
    first = fact_id or make_id()
    ends = [
        make_fact(
            by=by, person=person, site=row.site, fact_id=id_beside(first, f"close {one.id}"),
            body=f.Close(episode=one.id, outcome="transferred", note=note.strip()),
        )
        for one in chart.open_episodes
    ]  # fmt: skip
    begins = [
        make_fact(
            by=by, person=person, site=there.code, fact_id=first if not number else id_beside(first, one.id),
            body=f.Episode(
                protocol=one.protocol, protocol_version=one.protocol_version, condition=one.condition, owner=owner,
                step=one.step, follows=one.id,
            ),
        )
        for number, one in enumerate(chart.open_episodes)
    ]  # fmt: skip
    holders = {one.owner for one in chart.open_episodes} | {chart.owner}
    passed = [
        make_fact(
            by=by, person=person, site=there.code, fact_id=id_beside(first, f"passed {giver}"),
            body=f.PassedOn(giver=giver, taker=owner),
        )
        for giver in sorted(holders - {owner, ""})
    ]  # fmt: skip
    record_together([*ends, *begins, *passed])
    return begins[0]


def review_death(
    *, by: Worker, person: str, cause: str, suicide: str, told_by: str = "", care: str = "", lessons: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """What was learnt from a death; said anew, it takes the place of what was said before."""
    row = require_person(by=by, person_id=person, permission="enrol")
    chart = chart_of(person)
    if chart.died is None:
        raise Invalid("No death is on record. Record the death first.")
    if not cause.strip():
        raise Invalid("Write what is known of the cause; “not known” is an answer.", field="cause")
    if suicide not in SUICIDE:
        raise Invalid("Choose one; “not known” is an answer.", field="suicide")
    if not lessons.strip():
        raise Invalid("Write what is learnt, or that nothing could have been done otherwise and why.", field="lessons")
    body = f.DeathReview(
        cause=cause.strip(), suicide=suicide, told_by=told_by.strip(), care=care.strip(), lessons=lessons.strip()  # type: ignore[arg-type]
    )  # fmt: skip
    before = chart.death_review
    if before is not None and before.id == fact_id:
        return before
    return record(
        by=by, person=before.person if before else person, site=row.site, body=body,
        amends=before.id if before else "", fact_id=fact_id,
    )  # fmt: skip


def reviewed(people: Sequence[str]) -> frozenset[str]:
    """Of these people, those with a review of their death on record."""
    if not people:
        return frozenset()
    rows = store.select(
        f"SELECT DISTINCT person FROM record_fact WHERE kind = 'death_review' AND person IN ({store.marks(people)})",  # noqa: S608
        people,
    )
    return frozenset(str(one) for (one,) in rows)


def _said(fact_id: str) -> Fact | None:
    """What the form with this id recorded, where it was sent before."""
    stored = store.known_facts([fact_id]).get(fact_id) if fact_id else None
    return f.decode(stored) if stored else None
