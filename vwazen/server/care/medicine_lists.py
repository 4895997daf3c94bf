"""What the medicines page and the chart say: each medicine as a row, what is to be measured, the seizure diary."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, Medicine
from vwazen.clinical.facts import Fact
from vwazen.clinical.monitoring import Due, monitoring
from vwazen.clinical.seizures import Diary, diary
from vwazen.content.clinic import measures
from vwazen.content.load import content
from vwazen.server.care import words
from vwazen.server.care.actions import chart_of
from vwazen.server.care.entries import sentence
from vwazen.server.care.listing import worker_names
from vwazen.server.care.prescribing import checked_words

NEWEST = 3  # of each measurement on the page
YEAR = 365


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One medicine in words. `supply` says until when it lasts, or what is not known; `late` where that has passed.

    `hours` are those of `words.at_hours`, and `counted` says of what. `handed` is the last hand-out with its day and
    who, `already` that it was today; `twice` warns of several on one day, which all count. A line of `history` is a
    day, what happened, and who wrote it down.
    """

    medicine: Medicine
    title: str
    how: str
    hours: tuple[tuple[str, str, str], ...]
    counted: str
    who: str
    what_for: str
    supply: str
    late: bool
    taken: str
    checked: tuple[str, ...]
    ended: str
    handed: str
    already: bool
    twice: str
    history: tuple[tuple[dt.date, str, str], ...]


def on_chart(chart: Chart, names: Mapping[str, str], today: dt.date) -> dict[str, Any]:
    """What the chart's panel shows."""
    dues = [due_words(one, today) for one in monitoring(chart, content())]
    return {
        "current": [row(one, chart, names, today) for one in chart.current_medicines],
        "late": [one["title"] for one in dues if one["late"]],
        "diary": diary_words(diary(chart)),
        "pregnant": said["words"] if (said := pregnancy(chart, names, today)) and said["yes"] else "",
    }  # fmt: skip


def days(many: int) -> dt.timedelta:
    """So many days."""
    return dt.timedelta(days=many)


def row(one: Medicine, chart: Chart, names: Mapping[str, str], today: dt.date) -> Row:
    """The row of one medicine."""
    body = one.prescription
    problem = next((problem for problem in chart.diagnoses if problem.id == body.diagnosis), None)
    intakes = _intakes(one, chart)
    ended = sentence(one.ended.body)[0] if one.ended else ""
    facts = sorted((*one.before, *one.dispensed, *intakes), key=lambda fact: fact.day)
    handed = _handed(one)
    return Row(
        medicine=one, title=f"{body.name} {body.strength}".strip(), how=words.regimen(body),
        hours=tuple(words.at_hours(body)), counted=words.UNITS.get(body.unit, ""),
        who="told by the person" if body.told else f"{names.get(one.fact.author, 'someone')}, {say(one.fact.day)}",
        what_for=problem.diagnosis.text if problem else "", supply=supply(one, today),
        late=one.refill_due is not None and one.refill_due < today,
        taken=_taken(intakes),
        checked=tuple(checked_words(body)), ended=_ended(one, f"{ended}, {say(one.ended_on)}", names) if ended else "",
        handed=_by(handed[-1], names) if handed else "", twice=twice(one, names, today),
        already=bool(handed) and handed[-1].day == today,
        history=tuple((fact.day, _history(fact), names.get(fact.author, "someone")) for fact in facts),
    )  # fmt: skip


def _taken(intakes: Sequence[Fact]) -> str:
    """The newest word on how it is taken, what was left, and whether the person could show it, each of its day."""
    told: dict[str, str] = {}
    for fact in intakes:
        body = fact.body
        if not isinstance(body, f.Intake):
            continue
        if body.taken != "not_asked":
            told["taken"] = f"{sentence(body)[0]}, {say(fact.day)}"
        if body.left is not None:
            told["left"] = f"{body.left:g} left when counted, {say(fact.day)}"
        if body.showed != "not_asked":
            told["showed"] = f"{words.first_up(words.SHOWED[body.showed])}, {say(fact.day)}"
    return ". ".join(told[name] for name in ("taken", "left", "showed") if name in told)


def _handed(one: Medicine) -> list[Fact]:
    """What was handed out, and not merely asked for."""
    return [fact for fact in one.dispensed if isinstance(fact.body, f.Dispense) and fact.body.given != "none"]


def _by(fact: Fact, names: Mapping[str, str]) -> str:
    """One hand-out with its day and who: "all of it, for 30 days, 3 Nov 2026 by Nurse Nia"."""
    what = ", ".join(part for part in sentence(fact.body) if part).removeprefix("Handed out, ")
    return f"{what}, {say(fact.day)} by {names.get(fact.author, 'someone')}"


def twice(one: Medicine, names: Mapping[str, str], today: dt.date) -> str:
    """A warning where a medicine in force was handed out more than once on one day, until it has run out; else ""."""
    by_day: dict[dt.date, list[Fact]] = {}
    for fact in _handed(one):
        by_day.setdefault(fact.day, []).append(fact)
    several = [those for those in by_day.values() if len(those) > 1]
    if not several or not one.current or (one.lasts_until is not None and one.lasts_until < today):
        return ""
    injected = one.prescription.every_days is not None
    counts = "" if injected else ". All of it counts"
    return (
        f"{'Injected' if injected else 'Handed out'} {len(several[-1])} times on one day: "
        f"{'; '.join(_by(fact, names) for fact in several[-1])}{counts}"
    )


def warnings(person: str, given: Collection[str], today: dt.date) -> list[str]:
    """For whoever has just handed out: which of these prescriptions was handed out on that day before."""
    if not given:
        return []
    chart = chart_of(person)
    mine = [one for one in chart.current_medicines if set(given) & {one.fact.id, *one.ids}]
    names = worker_names({fact.author for one in mine for fact in one.dispensed})
    return [
        f"{one.prescription.name}: {said}. Ask; a repeat is withdrawn on the chart."
        for one in mine if (said := twice(one, names, today))
    ]  # fmt: skip


def _intakes(one: Medicine, chart: Chart) -> list[Fact]:
    """What was told of this medicine, or of all of them while it was taken, oldest first."""
    every = [
        fact for fact in chart.intakes
        if isinstance(fact.body, f.Intake) and not fact.body.prescription and fact.day >= one.since
        and (one.ended_on is None or fact.day <= one.ended_on)
    ]  # fmt: skip
    return sorted((*one.intakes, *every), key=lambda fact: (f.instant(fact.occurred), fact.id))


def _history(fact: Fact) -> str:
    of_all = isinstance(fact.body, f.Intake) and not fact.body.prescription
    return ("Of all medicines: " if of_all else "") + ". ".join(part for part in sentence(fact.body) if part)


def _ended(one: Medicine, words_: str, names: Mapping[str, str]) -> str:
    after = [fact for fact in _handed(one) if one.ended_on and fact.day > one.ended_on]
    return f"{words_}. All the same handed out after that: {_by(after[-1], names)}" if after else words_


def pregnancy(chart: Chart, names: Mapping[str, str], today: dt.date) -> dict[str, Any] | None:
    """What was answered about a pregnancy, as of its day and never as of now; `old` says that it must be asked again.

    No pregnancy lasts beyond the day on which the child was expected by months, nor for a year.
    """
    if chart.pregnancy_told is None:
        return None
    fact, body = chart.pregnancy_told
    expected = dt.date.fromisoformat(body.due) if body.due else None
    old = ""
    if body.pregnant == "yes" and expected and expected < today:
        old = "That day has passed: ask again."
    elif (today - fact.day).days > YEAR:
        old = "That is more than a year ago: ask again."
    said = f"{'Pregnant' if body.pregnant == 'yes' else 'Not pregnant'} when asked on {say(fact.day)}"
    return {
        "words": f"{said}{f', child expected {say(expected)}' if expected else ''}", "old": old,
        "yes": body.pregnant == "yes", "who": names.get(fact.author, "someone"),
    }  # fmt: skip


def supply(one: Medicine, today: dt.date) -> str:
    """Until when what was handed out lasts. Unknown is said, and never a date."""
    if one.prescription.told:
        return "taken from elsewhere; not refilled here"
    if not one.current:
        return ""
    if one.lasts_until is None:
        return "for how long it lasts is not known" if one.refill_due is None else _waits(one)
    injected = one.prescription.every_days is not None
    if one.refill_due is None:
        if one.lasts_until < today:
            return f"the course lasted until {say(one.lasts_until)}; nobody has said yet that it is over"
        return f"the course lasts until {say(one.lasts_until)}"
    if injected:
        return f"next injection {'was due' if one.lasts_until < today else 'due'} {say(one.lasts_until)}"
    until = f"{'ran out' if one.lasts_until < today else 'lasts until'} {say(one.lasts_until)}"
    return f"{until}, counted at the strength before the change" if _other_strength(one) else until


def _waits(one: Medicine) -> str:
    """Not handed out, and why where the last word on it says so; who may not see what it replaces cannot tell."""
    last = one.dispensed[-1].body if one.dispensed else None
    why = f": {words.WHY_NOT[last.why]}" if isinstance(last, f.Dispense) and last.given == "none" and last.why else ""
    first = one.before[0].body if one.before else one.prescription
    if isinstance(first, f.Prescription) and first.replaces and not _handed(one):
        return f"not handed out since the change, as far as you may see{why}; what was in hand before is not known"
    return f"{'not handed out since the change' if _handed(one) else 'not handed out yet'}{why}"


def _other_strength(one: Medicine) -> bool:
    """Whether what is left is of another strength: for how long it lasts at the dose of now cannot be told."""
    handed = _handed(one)
    strengths = {fact.id: fact.body.strength for fact in one.before if isinstance(fact.body, f.Prescription)}
    last = handed[-1].body if handed else None
    if not isinstance(last, f.Dispense) or one.prescription.every_days is not None:
        return False
    return strengths.get(last.prescription, one.prescription.strength) != one.prescription.strength


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
        free = words.many(one.free_days, "day")
        pairs.append(("Without a seizure", f"{free}, up to {say(one.asked_on)} when somebody last asked"))
    else:
        pairs.append(("Without a seizure", "not known: nobody asked since the last one"))
    return pairs
