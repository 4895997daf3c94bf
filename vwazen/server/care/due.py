"""What is due for one person today: only this is asked at a visit, and each of it can be left for another day."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Medicine
from vwazen.clinical.facts import Fact
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.content.rules import Protocol, StepOf
from vwazen.server.care import waiting, words
from vwazen.server.care.actions import may_give
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import View
from vwazen.server.record.models import CaseloadRow, OpenItem

SOON = 7  # days: a medicine that runs out before then is handed out at this visit


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument that is due, and why."""

    instrument: Instrument
    why: str


class Refill(msgspec.Struct, frozen=True, kw_only=True):
    """A medicine that runs out. `days`: for how many it was given the last time, else prescribed; None: not known."""

    medicine: Medicine
    why: str
    days: int | None
    late: bool


class Result(msgspec.Struct, frozen=True, kw_only=True):
    fact: Fact
    words: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Advice or a line of the plan: its fact, what it says, and until when."""

    fact: str
    words: str
    due: dt.date
    late: bool


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Everything due today, as far as this worker may see and do it. `elsewhere`: due, and for others to do."""

    asks: tuple[Ask, ...]
    refills: tuple[Refill, ...]
    results: tuple[Result, ...]
    advice: tuple[Line, ...]
    plan: tuple[Line, ...]
    elsewhere: tuple[str, ...]


def due(by: Worker, view: View, today: dt.date) -> Due:
    """What is due for the person of this view today."""
    handed = policy.can(by, "dispense", view.path)
    refills = _refills(view, today)
    others = [] if handed else [f"{one.why} Whoever dispenses here hands it out." for one in refills]
    mine, looks = policy.can(by, "carry_out", view.path), policy.can(by, "prescribe", view.path)
    results = [_result(fact) for fact in view.chart.results]
    if results and not looks:
        ask = waiting.who_may(view.path, "prescribe")
        others += [f"{one.words}: waits for somebody who prescribes to say what comes of it. {ask}" for one in results]
    return Due(
        asks=tuple(_asks(by, view, today)), refills=tuple(refills) if handed else (),
        results=tuple(results) if looks else (),
        advice=tuple(_advice(view, today)) if mine else (), plan=tuple(_plan(view, today)), elsewhere=tuple(others),
    )  # fmt: skip


def _asks(by: Worker, view: View, today: dt.date) -> list[Ask]:
    """Instruments that the protocols of the open episodes follow, where the interval of the step is over."""
    episodes = view.chart.open_episodes
    if not episodes or not policy.can(by, "ask", view.path):
        return []
    # From the list and not from the chart: that it was asked is no secret of those who may not read the answers.
    last = dict(CaseloadRow.objects.filter(person=view.person.pk).values_list("episode", "last_day"))
    found: dict[str, Ask] = {}
    for episode in episodes:
        plan, step = protocol_step(episode.protocol, episode.protocol_version, episode.step)
        followed = plan.followed(episode.condition) if plan else None
        if step is None or followed is None or followed.instrument in found:
            continue
        before = last.get(episode.id)
        if before is not None and before + dt.timedelta(days=step.measure_every_days) > today:
            continue
        try:
            instrument = content().instrument(followed.instrument)
        except LookupError:
            continue
        if may_give(by, view.path, instrument):
            when = f"Last asked on {say(before)}" if before else "No score in this care yet"
            why = f"{when}; the protocol asks every {step.measure_every_days} days."
            found[instrument.id] = Ask(instrument=instrument, why=why)
    return list(found.values())


def protocol_step(id: str, version: int, step: int) -> tuple[Protocol | None, StepOf | None]:
    """The protocol and the step of an episode; None where it is not installed here."""
    try:
        plan = content().get(Protocol, id, version)
    except LookupError:
        return None, None
    return plan, plan.step(step)


def _refills(view: View, today: dt.date) -> list[Refill]:
    found = []
    for one in view.chart.current_medicines:
        when = one.refill_due
        unknown = when is None and one.lasts_until is None and not one.prescription.told
        if not unknown and (when is None or when > today + dt.timedelta(days=SOON)):
            continue
        lasts = [fact.body.days for fact in one.dispensed if isinstance(fact.body, f.Dispense) and fact.body.days]
        name = " ".join(part for part in (one.prescription.name, one.prescription.strength) if part)
        if when is None:
            why = f"{name}: handed out on {say(_given(one)[-1].day)}, for how long is not known. Ask what is left."
        elif one.lasts_until is None:
            why = f"{name}: prescribed on {say(one.fact.day)}, nothing given yet."
        elif one.prescription.every_days is not None:
            why = f"{name}: the next injection {'was' if when < today else 'is'} due on {say(when)}."
        else:
            why = f"{name}: {'ran out on' if when < today else 'lasts until'} {say(when)}."
        if one.unsure:
            why += " Two people changed or stopped it unknown to each other: ask first."
        known = lasts[-1] if lasts else one.prescription.every_days or one.prescription.days
        found.append(Refill(medicine=one, why=why, days=known, late=when is not None and when < today))
    return found


def _given(one: Medicine) -> list[Fact]:
    return [fact for fact in one.dispensed if isinstance(fact.body, f.Dispense) and fact.body.given != "none"]


def _result(fact: Fact) -> Result:
    said = words.measured(fact.body) if isinstance(fact.body, f.Measurement) else ""
    return Result(fact=fact, words=f"{said}, {say(fact.day)}")


def _advice(view: View, today: dt.date) -> list[Line]:
    found = []
    for one in view.chart.advice:
        if one.done is None:
            day = dt.date.fromisoformat(one.recommendation.due)
            found.append(Line(fact=one.fact.id, words=one.recommendation.text, due=day, late=day < today))
    return found


def _plan(view: View, today: dt.date) -> list[Line]:
    found = []
    for fact, item in view.chart.shared_plan:
        day = dt.date.fromisoformat(item.due) if item.due else None
        if item.status == "open" and day is not None and day <= today:
            found.append(Line(fact=fact.id, words=item.text, due=day, late=day < today))
    return found


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day to come back on: what it is called, and how many others their worker expects on it."""

    day: dt.date
    words: str
    others: int | None


def days_to_choose(view: View, today: dt.date) -> list[Day]:
    """By the protocol's interval, in one, two and four weeks; each with how many the owner expects already."""
    chart = view.chart
    intervals: dict[int, str] = {}
    steps = [protocol_step(one.protocol, one.protocol_version, one.step)[1] for one in chart.open_episodes]
    if every := [step.contact_every_days for step in steps if step]:
        intervals[min(every)] = "by the protocol"
    intervals = {7: "", 14: "", 28: "", **intervals}
    found = sorted((today + dt.timedelta(days=days), days, note) for days, note in intervals.items())
    full = _expected(chart.owner, [day for day, _, _ in found])
    return [
        Day(day=day, words=_in(days) + (f", {note}" if note else ""), others=full.get(day, 0) if chart.owner else None)
        for day, days, note in found
    ]


def _in(days: int) -> str:
    if days % 7:
        return f"in {words.many(days, 'day')}"
    return "in a week" if days == 7 else f"in {days // 7} weeks"


def _expected(owner: str, days: list[dt.date]) -> Mapping[dt.date, int]:
    """day -> how many people this worker expects on it."""
    if not owner:
        return {}
    # By their rank and day, as the index of a worker's items is ordered: by the kind SQLite would read the country's.
    items = OpenItem.objects.filter(owner=owner, rank=OpenItem.DATED, day__in=days, kind=OpenItem.CONTACT)
    return Counter(items.values_list("day", flat=True))
