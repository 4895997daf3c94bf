"""What the medicines page and the chart say: each medicine as a row, what is to be measured, the seizure diary."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.monitoring import Due, monitoring
from vwazen.clinical.seizures import Diary, diary
from vwazen.content.clinic import measures
from vwazen.content.load import content
from vwazen.server.care import words
from vwazen.server.care.entries import sentence
from vwazen.server.care.prescribing import checked_words

NEWEST = 3  # of each measurement on the page


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One medicine in words. `supply` says until when it lasts, or what is not known; `late` where that has passed."""

    medicine: Medicine
    title: str
    how: str
    who: str
    what_for: str
    supply: str
    late: bool
    taken: str
    checked: tuple[str, ...]
    ended: str
    history: tuple[tuple[dt.date, str], ...]


def on_chart(chart: Chart, names: Mapping[str, str], today: dt.date) -> dict[str, Any]:
    """What the chart's panel shows."""
    last = chart.pregnancy[-1] if chart.pregnancy else None
    dues = [due_words(one, today) for one in monitoring(chart, content())]
    return {
        "current": [row(one, chart, names, today) for one in chart.current_medicines],
        "late": [one["title"] for one in dues if one["late"]],
        "diary": diary_words(diary(chart)),
        "pregnant": last[0].day if last and last[1].pregnant == "yes" else None,
    }  # fmt: skip


def days(many: int) -> dt.timedelta:
    """So many days."""
    return dt.timedelta(days=many)


def row(one: Medicine, chart: Chart, names: Mapping[str, str], today: dt.date) -> Row:
    """The row of one medicine."""
    body = one.prescription
    problem = next((problem for problem in chart.diagnoses if problem.id == body.diagnosis), None)
    told = one.intakes[-1] if one.intakes else None
    ended = sentence(one.ended.body)[0] if one.ended else ""
    facts = sorted((*one.before, *one.dispensed, *one.intakes), key=lambda fact: fact.day)
    return Row(
        medicine=one, title=f"{body.name} {body.strength}".strip(), how=words.regimen(body),
        who="told by the person" if body.told else f"{names.get(one.fact.author, 'someone')}, {say(one.fact.day)}",
        what_for=problem.diagnosis.text if problem else "", supply=supply(one, today),
        late=one.refill_due is not None and one.refill_due < today,
        taken=f"{sentence(told.body)[0]}, {say(told.day)}" if told else "",
        checked=tuple(checked_words(body)), ended=f"{ended}, {say(one.ended_on)}" if one.ended_on else ended,
        history=tuple((fact.day, ". ".join(part for part in sentence(fact.body) if part)) for fact in facts),
    )  # fmt: skip


def supply(one: Medicine, today: dt.date) -> str:
    """Until when what was handed out lasts. Unknown is said, and never a date."""
    if one.prescription.told:
        return "taken from elsewhere; not refilled here"
    if not one.current:
        return ""
    if one.lasts_until is None:
        given = any(isinstance(fact.body, f.Dispense) and fact.body.given != "none" for fact in one.dispensed)
        return "for how long it lasts is not known" if given else "not handed out yet"
    injected = one.prescription.every_days is not None
    if one.refill_due is None:
        return f"the course lasts until {say(one.lasts_until)}"
    if injected:
        return f"next injection {'was due' if one.lasts_until < today else 'due'} {say(one.lasts_until)}"
    return f"{'ran out' if one.lasts_until < today else 'lasts until'} {say(one.lasts_until)}"


def due_words(one: Due, today: dt.date) -> dict[str, Any]:
    """One thing to measure, for the page."""
    known = measures(content()).get(one.what)
    return {
        "title": known.title if known else one.what, "medicines": ", ".join(one.medicines),
        "last": one.last, "due": one.due, "late": one.due is not None and one.due < today,
        "notes": "; ".join(one.notes), "source": ", ".join(one.source),
    }  # fmt: skip


def sources(chart: Chart) -> list[tuple[str, str]]:
    """Where the intervals on the page were read, by key."""
    keys = dict.fromkeys(key for one in monitoring(chart, content()) for key in one.source)
    return [(key, content().sources.get(key, "")) for key in keys]


def measured(chart: Chart, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The newest measurements of each kind; those that wait for somebody's eyes are marked."""
    waiting = {one.id for one in chart.results}
    known = measures(content())
    return [
        {
            "title": known[what].title if what in known else what,
            "values": [
                {"fact": fact.id, "day": fact.day, "words": f"{body.value:g} {body.unit}".strip()
                 if body.value is not None else body.text, "text": body.text if body.value is not None else "",
                 "who": names.get(fact.author, "someone"), "waits": fact.id in waiting}
                for fact, body in reversed(rows[-NEWEST:])
            ],
        }
        for what, rows in chart.measured.items()
    ]  # fmt: skip


def diary_words(one: Diary | None) -> list[tuple[str, str]]:
    """The seizure diary as pairs of words; empty for whom none is kept."""
    if one is None:
        return []
    pairs = []
    if one.first and one.last:
        if one.first is not one.last:
            pairs.append(("At first", f"{one.first.words} in 30 days, {say(one.first.day)}"))
        pairs.append(("Newest count", f"{one.last.words} in 30 days, {say(one.last.day)}"))
    if one.change is not None:
        share = round(abs(one.change) * 100)
        pairs.append(("Change", "no change" if share == 0 else f"{share} % {'fewer' if one.change < 0 else 'more'}"))
    elif one.first and one.last and one.first is not one.last:
        pairs.append(("Change", "no share: there were none at first"))
    if one.last_seizure:
        pairs.append(("Last single seizure", say(one.last_seizure)))
    if one.last and one.last.total and one.last.day == one.asked_on:
        pairs.append(("Without a seizure", "none known: the newest count is not 0"))
    elif one.free_days is not None and one.asked_on:
        pairs.append(("Without a seizure", f"{one.free_days} days, up to {say(one.asked_on)} when somebody last asked"))
    else:
        pairs.append(("Without a seizure", "not known: nobody asked since the last one"))
    return pairs
