"""The visit as a page: what is offered, with what was typed beside it, and what was typed read back as a visit."""

import datetime as dt
from collections.abc import Iterable, Mapping

import msgspec
from django.http import QueryDict as Sent

from vwazen.content.forms import Form, Intervention, Interventions
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.server.care import findings, questionnaire, words
from vwazen.server.care.due import Day, Due, Line, Refill, Result
from vwazen.server.care.findings import Choice, Shown
from vwazen.server.care.questionnaire import Question
from vwazen.server.care.visit import Asked, Became, Filled, Handed, Visit
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock
from vwazen.server.record.access import View

MINUTES = (10, 20, 30, 45, 60)
LATER = "later"
OTHER = "other"


class AskRow(msgspec.Struct, frozen=True, kw_only=True):
    """A due instrument on the page: its questions, or, where its wording is not here, none of them."""

    instrument: Instrument
    why: str
    language: str
    head: questionnaire.Head | None
    stem: str
    draft: bool
    questions: tuple[Question, ...]
    error: str
    private: bool


class RefillRow(msgspec.Struct, frozen=True, kw_only=True):
    refill: Refill
    id: str
    given: tuple[Choice, ...]
    days: str
    quantity: str
    why: tuple[Choice, ...]
    note: str
    error: str
    days_error: str
    why_error: str
    note_error: str


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """Advice, a line of the plan or a result, with what became of it."""

    name: str
    line: Line | Result
    choices: tuple[Choice, ...]
    note_name: str
    note: str
    error: str
    typed: str = ""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of the form that depends on the person and on what was typed."""

    modes: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    present: tuple[Choice, ...]
    usual: tuple[Choice, ...]
    more: tuple[tuple[str, tuple[Choice, ...]], ...]
    more_open: bool
    minutes: tuple[Choice, ...]
    days: tuple[tuple[Choice, str], ...]
    segments: tuple[Choice, ...]
    risks: tuple[Choice, ...]
    taken: tuple[Choice, ...]
    side: tuple[Choice, ...]
    asks: tuple[AskRow, ...]
    refills: tuple[RefillRow, ...]
    results: tuple[LineRow, ...]
    advice: tuple[LineRow, ...]
    plan: tuple[LineRow, ...]
    forms: tuple[Shown, ...]
    offered: tuple[tuple[Form, bool], ...]


def _choices(pairs: Iterable[tuple[str, str]], chosen: Iterable[str]) -> tuple[Choice, ...]:
    marked = set(chosen)
    return tuple(Choice(value=value, label=label, checked=value in marked) for value, label in pairs)


def _up(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, words.first_up(label)) for code, label in labels.items()]


def show(
    by: Worker, view: View, due: Due, days: list[Day], sent: Sent, errors: Mapping[str, str], *, preset: str,
    fresh: bool,
) -> Page:  # fmt: skip
    """The page with what was typed; `fresh`: nothing was yet, and `preset` is the mode it begins with."""
    usual, more = _done(view, sent.getlist("done"))
    risks = [("", "No"), *((one.id, f"Yes, for: {one.why}") for one in view.chart.open_risks)]
    taken = [pair for pair in _up(words.TAKEN) if pair[0] != "not_asked"]
    segments = sorted(view.segments, key=lambda one: (one != "mental-health", one != "general", one))
    medicines = view.may_see("mental-health") and bool(view.chart.current_medicines)
    return Page(
        modes=_choices(_up(words.MODES), [preset if fresh else sent.get("mode", "")]),
        outcomes=_choices(_up(words.MET), [sent.get("outcome", "seen") or "seen"]),
        present=_choices(_up(words.PRESENT), sent.getlist("present")),
        usual=usual, more=more, more_open=any(one.checked for _, group in more for one in group),
        minutes=_choices([(str(one), str(one)) for one in MINUTES], [sent.get("minutes", "")]),
        days=tuple(_day(one, sent.get("next", "")) for one in days),
        segments=_choices([(one, words.SEGMENTS[one]) for one in segments], [sent.get("note_segment", segments[0])]),
        risks=_choices(risks, [sent.get("risk", "")]) if by.can("act_on_risk", view.path) and risks[1:] else (),
        taken=_choices([*taken, ("", "Not asked")], [sent.get("taken", "")]) if medicines else (),
        side=_choices([("yes", "Yes"), ("no", "No"), ("", "Not asked")], [sent.get("side", "")]) if medicines else (),
        asks=tuple(_ask(view, by, one.instrument, one.why, sent, errors, at) for at, one in enumerate(due.asks)),
        refills=tuple(_refill(one, sent, errors) for one in due.refills),
        results=tuple(_line(f"noted-{one.fact.id}", one, (), sent, errors) for one in due.results),
        advice=tuple(_line(f"advice-{one.fact}", one, _ADVICE, sent, errors) for one in due.advice),
        plan=tuple(_line(f"plan-{one.fact}", one, _PLAN, sent, errors) for one in due.plan),
        forms=tuple(findings.show(one, sent, errors) for one in added(view, sent)), offered=_offered(view, sent),
    )  # fmt: skip


_ADVICE = (("done", "Done"), ("not", "Not done"), (LATER, "Not today"))
_PLAN = (("done", "Done"), ("dropped", "Dropped"), (LATER, "Not today"))


def added(view: View, sent: Sent) -> list[Form]:
    """The forms that were added to this visit, in the order added, as far as the worker may fill them in."""
    found = (findings.form_of(name) for name in dict.fromkeys(sent.getlist("with")))
    return [one for one in found if one is not None and one.segment in view.segments]


def _offered(view: View, sent: Sent) -> tuple[tuple[Form, bool], ...]:
    """Forms that can be added, those for a first visit that nobody filled in yet first; whether each is on record."""
    there = set(sent.getlist("with"))
    mine = [one for one in content().all(Form) if one.segment in view.segments and one.id not in there]
    known = view.chart.findings
    mine.sort(key=lambda one: (one.ask != "first" or one.id in known, one.title))
    return tuple((one, one.id in known) for one in mine)


def _done(
    view: View, chosen: list[str]
) -> tuple[tuple[Choice, ...], tuple[tuple[str, tuple[Choice, ...]], ...]]:  # fmt: skip
    """What is usual, or was done with this person before, and all the rest by its group."""
    before = {body.name for _, body in view.chart.treatments if body.form == "psychological"}
    usual: list[Intervention] = []
    more: list[tuple[str, tuple[Choice, ...]]] = []
    for known in content().all(Interventions):
        for group in known.groups:
            mine = [one for one in group.interventions if one.segment in view.segments]
            usual += [one for one in mine if one.usual or one.title in before]
            rest = [one for one in mine if one not in usual]
            if rest:
                more.append((group.title, _choices([(one.id, one.title) for one in rest], chosen)))
    return _choices([(one.id, one.title) for one in usual], chosen), tuple(more)


def _day(one: Day, chosen: str) -> tuple[Choice, str]:
    value = one.day.isoformat()
    label = f"{one.day:%A} {one.day.day} {one.day:%b}, {one.words}"
    full = "" if one.others is None else f"{one.others} expected" if one.others else "nobody else yet"
    return Choice(value=value, label=label, checked=chosen == value), full


def _ask(
    view: View, by: Worker, one: Instrument, why: str, sent: Sent, errors: Mapping[str, str], at: int
) -> AskRow:  # fmt: skip
    registered = view.chart.registration
    wanted = (registered.language if registered else "") or by.language
    language, text = questionnaire.text_of(one, wanted)
    typed = _of_instrument(one, sent)
    wrong = {item.id: errors[f"q-{one.id}-{item.id}"] for item in one.items if f"q-{one.id}-{item.id}" in errors}
    listed = questionnaire.questions(one, language, typed, wrong) if one.score.method != "typed" else []
    renamed = (
        msgspec.structs.replace(each, name=f"q-{one.id}-{each.id}", first_safety=each.first_safety and at == 0)
        for each in listed
    )
    return AskRow(
        instrument=one, why=why, language=language, head=questionnaire.head(one, language),
        stem=(text.stem if text else "") or "", draft=text is not None and text.status == "draft",
        questions=tuple(renamed), error=errors.get(f"q-{one.id}", ""), private=bool(one.safety),
    )  # fmt: skip


def _of_instrument(one: Instrument, sent: Sent) -> dict[str, str]:
    """Answers to one instrument under the names of its own page."""
    return {f"q-{item.id}": sent.get(f"q-{one.id}-{item.id}", "") or "" for item in one.items}


def _refill(one: Refill, sent: Sent, errors: Mapping[str, str]) -> RefillRow:
    id = one.medicine.fact.id
    given = (("all", "All of it"), ("part", "A part"), ("none", "None"), (LATER, "Not today"))
    why = [("", "Choose why"), *_up(words.WHY_NOT)]
    return RefillRow(
        refill=one, id=id, given=_choices(given, [sent.get(f"given-{id}", LATER) or LATER]),
        days=sent.get(f"days-{id}", str(one.days or "")), quantity=sent.get(f"quantity-{id}", ""),
        why=_choices(why, [sent.get(f"why-{id}", "")]), note=sent.get(f"handed-note-{id}", ""),
        error=errors.get(f"given-{id}", ""), days_error=errors.get(f"days-{id}", ""),
        why_error=errors.get(f"why-{id}", ""), note_error=errors.get(f"handed-note-{id}", ""),
    )  # fmt: skip


def _line(
    name: str, line: Line | Result, choices: tuple[tuple[str, str], ...], sent: Sent, errors: Mapping[str, str]
) -> LineRow:  # fmt: skip
    note = f"note-{name}"
    return LineRow(
        name=name, line=line, choices=_choices(choices, [sent.get(name, LATER) or LATER]), note_name=note,
        note=sent.get(note, ""), error=errors.get(name, "") or errors.get(note, ""), typed=sent.get(name, ""),
    )  # fmt: skip


# reading


def read(view: View, due: Due, sent: Sent) -> tuple[Visit, dict[str, str]]:
    """The visit as typed, and by field what cannot be read. The rules stand in the action."""
    errors: dict[str, str] = {}
    day, occurred = _day_of(sent.get("occurred", ""), "occurred", errors)
    asked = [one for one in (_read_instrument(each.instrument, sent, errors) for each in due.asks) if one]
    filled = []
    for form in added(view, sent):
        answers, wrong = findings.read(form, sent, day or clock.today())
        errors |= wrong
        if answers:
            filled.append(Filled(form=form.id, answers=answers))
    side = sent.get("side", "")
    told = tuple(one.strip() for one in sent.get("side_which", "").split(",") if one.strip())
    if side == "yes" and not told:
        errors["side_which"] = "Write which, or leave the question open."
    if told and side != "yes":
        errors["side_which"] = "Side effects are written here. Say yes above, or empty this box."
    advice, plan = _became(sent, "advice-", errors), _became(sent, "plan-", errors)
    visit = Visit(
        mode=sent.get("mode", ""), outcome=sent.get("outcome", ""), occurred=occurred, minutes=_minutes(sent, errors),
        next_date=_next(sent, errors), present=tuple(sent.getlist("present")), done=tuple(sent.getlist("done")),
        note=sent.get("note", ""), note_segment=sent.get("note_segment", "mental-health"), risk=sent.get("risk", ""),
        worry=sent.get("worry", ""), question=sent.get("question", ""), asked=tuple(asked), filled=tuple(filled),
        handed=tuple(_handed(sent, errors)), taken=sent.get("taken", ""),
        side_effects=None if not side else told if side == "yes" else (),
        noted={name[6:]: sent.get(name, "") for name in _names(sent, "noted-") if sent.get(name, "").strip()},
        advice=tuple(advice), plan=tuple(plan),
    )  # fmt: skip
    return visit, errors


def _names(sent: Sent, prefix: str) -> list[str]:
    return [name for name in sent if name.startswith(prefix)]


def _day_of(text: str, field: str, errors: dict[str, str]) -> tuple[dt.date | None, str]:
    text = text.strip()
    if not text:
        return None, ""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        errors[field] = f"{text!r} is not a date. Write it as 2026-11-21."
        return None, ""
    return day, "" if day == clock.today() else day.isoformat()


def _minutes(sent: Sent, errors: dict[str, str]) -> int | None:
    typed = sent.get("minutes_other", "").strip() or sent.get("minutes", "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit()) or int(typed[:6]) > 1440:
        errors["minutes"] = "Write whole minutes, from 0 to 1440, or leave it empty."
        return None
    return int(typed)


def _next(sent: Sent, errors: dict[str, str]) -> str:
    chosen = sent.get("next", "")
    other = sent.get("next_other", "").strip()
    if chosen not in ("", OTHER) and other:
        errors["next_date"] = "Two days are given. Choose “another day”, or empty the box."
        return ""
    if chosen == OTHER and not other:
        errors["next_date"] = "Write the day, or choose one above."
        return ""
    text = other or (chosen if chosen != OTHER else "")
    day, _ = _day_of(text, "next_date", errors)
    return day.isoformat() if day else ""


def _read_instrument(one: Instrument, sent: Sent, errors: dict[str, str]) -> Asked | None:
    if one.score.method == "typed":
        return None
    got = questionnaire.read(one, _of_instrument(one, sent))
    errors |= {f"q-{one.id}-{item}": why for item, why in got.errors.items()}
    if not got.answers:
        return None
    private = {"yes": True, "no": False}.get(sent.get("private", ""))
    language = sent.get(f"language-{one.id}", "en")
    return Asked(
        instrument=one.id, answers=got.answers, private=private if one.safety else None,
        language=language if language in one.texts else "en",
    )  # fmt: skip


def _handed(sent: Sent, errors: dict[str, str]) -> list[Handed]:
    found = []
    for name in _names(sent, "given-"):
        given, id = sent.get(name, ""), name[6:]
        if given in ("", LATER):
            continue
        days, quantity = sent.get(f"days-{id}", "").strip(), sent.get(f"quantity-{id}", "").strip().replace(",", ".")
        if days and not (days.isascii() and days.isdigit() and len(days) < 5):
            errors[f"days-{id}"] = "Write whole days, or leave it empty."
            continue
        try:
            amount = float(quantity) if quantity else None
        except ValueError:
            errors[f"days-{id}"] = "Write how many as a number, or leave it empty."
            continue
        one = Handed(
            prescription=id, given=given, days=int(days) if days else None, quantity=amount,
            why=sent.get(f"why-{id}", "") if given != "all" else "", note=sent.get(f"handed-note-{id}", ""),
        )  # fmt: skip
        found.append(one)
    return found


def _became(sent: Sent, prefix: str, errors: dict[str, str]) -> list[Became]:
    found = []
    for name in _names(sent, prefix):
        said, note = sent.get(name, ""), sent.get(f"note-{name}", "")
        if said in ("done", "not", "dropped"):
            found.append(Became(fact=name[len(prefix) :], done=said == "done", note=note))
        elif note.strip():
            errors[name] = "Something is written here. Say whether it is done, or empty the box."
    return found
