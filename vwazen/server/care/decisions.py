"""Treat to target: what a person decides about a proposal of the protocol. An action, as in `care.actions`."""

import datetime as dt

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import Proposed, proposals
from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.episodes import interval
from vwazen.clinical.facts import Fact
from vwazen.content.load import content
from vwazen.content.rules import Protocol
from vwazen.server.care.actions import chart_of, day_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import id_beside, make_fact, make_id, one_at_a_time, record_together
from vwazen.server.record.models import Person

CHOICES = ("accepted", "deferred", "overridden")
LONGEST = 90  # days that a proposal may rest; our default, as for anything put off
MOVES = {"step_up": 1, "step_down": -1}


@one_at_a_time
def decide(
    *, by: Worker, person: str, episode: str, proposal: str, choice: str, reason: str, until: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """Accept, put off or override what the protocol proposes, always with a reason.

    An accepted step is taken, and an accepted consultation asked for, in the same batch. Until the day `until` (by
    default after the protocol's measuring interval) the proposal is not made again.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    if "mental-health" not in policy.segments(by, row.path):
        raise Refused("Whoever decides on a proposal has to read the scores.", permission="record_care", site=row.path)
    if fact_id and (stored := store.known_facts([fact_id]).get(fact_id)):
        return f.decode(stored)  # sent twice
    chart = chart_of(person)
    found = next((one for one in chart.open_episodes if episode in (one.id, *one.ids)), None)
    if found is None:
        raise Invalid("This episode is not open. Open the chart to see what is.")
    proposed = proposed_now(chart, found, proposal)
    if choice not in CHOICES:
        raise Invalid("Choose what you decide.", field="choice")
    if not reason.strip():
        raise Invalid("Say why: the next person reads it, and so does the review.", field="reason")
    body = f.Decision(
        episode=found.id, proposal=proposal, choice=choice, reason=reason.strip(),  # type: ignore[arg-type]
        until=_until(until, found).isoformat(),
    )  # fmt: skip
    first = make_fact(by=by, person=person, site=row.site, body=body, fact_id=fact_id or make_id())
    return record_together([first, *_follows(by=by, row=row, episode=found, proposed=proposed, decision=first)])[0]


def proposed_now(chart: Chart, episode: EpisodeView, proposal: str) -> Proposed:
    """The proposal as it is made today. Raises Invalid where it is not, or was decided meanwhile."""
    for one in proposals(chart, episode, content(), clock.today()):
        if one.proposal.id == proposal:
            return one
    raise Invalid("This is not proposed any more: somebody has decided, or the record says otherwise now.")


def usual_until(episode: EpisodeView) -> dt.date:
    """Until when a decision rests where nobody says otherwise: the protocol's measuring interval."""
    return clock.today() + dt.timedelta(days=interval(episode, content()))


def _until(text: str, episode: EpisodeView) -> dt.date:
    day = dt.date.fromisoformat(day_of(text, "until")) if text else usual_until(episode)
    if day <= clock.today():
        raise Invalid("This day has come already. Give a later one, or leave it empty.", field="until")
    if day > clock.today() + dt.timedelta(days=LONGEST):
        raise Invalid(f"At most {LONGEST} days: then it is asked again.", field="until")
    return day


def _follows(*, by: Worker, row: Person, episode: EpisodeView, proposed: Proposed, decision: Fact) -> list[Fact]:
    """What an accepted proposal brings with it: the step taken, or the question put to the specialist."""
    body = decision.body
    if not isinstance(body, f.Decision) or body.choice != "accepted":
        return []
    what = proposed.proposal.propose
    follows: f.AnyBody
    if what in MOVES:
        step = next_step(episode, what)
        if step is None:
            raise Invalid("There is no such step in this protocol. Put it off or override it, and say why.")
        follows = f.Step(episode=episode.id, step=step, reason=body.reason)
    elif what == "consult" and policy.can(by, "ask_question", row.path):
        follows = f.Question(text=f"{proposed.reason} {body.reason}")
    else:
        return []
    drawn = id_beside(decision.id, what)
    return [make_fact(by=by, person=decision.person, site=row.site, body=follows, fact_id=drawn)]


def next_step(episode: EpisodeView, what: str) -> int | None:
    """Where an accepted move leads; None where the protocol has no such step."""
    try:
        plan = content().get(Protocol, episode.protocol, episode.protocol_version)
    except LookupError:
        return None
    wanted = episode.step + MOVES[what]
    return wanted if any(one.step == wanted for one in plan.steps) else None
