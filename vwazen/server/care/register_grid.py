"""A paper register typed in: one row a visit, each saved by itself, once, with its true day and who saw the person.

A row finds its person by number, or by name among those who sound alike; nobody is chosen by the program. The number
is the end of the person's id, which the printed sheet and the chart show.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.monitoring import listed
from vwazen.clinical.safety import positive_items
from vwazen.content.clinic import medicine_named
from vwazen.content.load import content
from vwazen.server.care import actions, register_people
from vwazen.server.care import register_cells as cells
from vwazen.server.care.register_rows import ChooseError, Kept, Row, Sheet, on_paper
from vwazen.server.care.visit import Asked, Handed, Paper, Saved, Visit, record_visit
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import require_person
from vwazen.server.record.models import Person

_PLACES = {  # field of a visit -> cell
    "occurred": "date", "next_date": "next", "note_segment": "why", "fact_id": "date", "born": "age", "name": "name",
    "outcome": "date", "mode": "date",
}  # fmt: skip


def save_rows(by: Worker, sheet: Sheet, rows: Sequence[Row]) -> list[Kept]:
    """Save each row that can be; what is wrong with the others stands in them, and everything typed is kept.

    `by` types; each visit names who saw the person. A row sent twice is one visit.
    """
    policy.require(by, "record_care", sheet.site)
    numbered = register_people.numbered(by, sheet, [row.typed.get("number", "") for row in rows])
    segments = policy.segments(by, sheet.site.path)
    above: dt.date | None = None
    kept = []
    for row in rows:
        if row.empty:
            continue
        visit = _read(row, sheet, above, segments)
        above = row.day or above
        if row.day and row.repeats:  # the line above may be saved and gone when this one is sent again
            row.typed["date"] = cells.written(row.day, clock.today())
        if visit is None:
            continue
        try:
            with store.writing():
                kept.append(_save(by, sheet, row, visit, numbered))
        except ChooseError:
            pass
        except Invalid as problem:
            row.says(_cell(problem.field), str(problem))
        except Refused as problem:
            row.says("all", str(problem))
    return kept


def _cell(field: str) -> str:
    if field.startswith("q-"):
        return f"score-{field[2:]}"
    if field.startswith(("given-", "days-", "handed-")):
        return "medicine"
    return _PLACES.get(field, field or "all")


def _read(row: Row, sheet: Sheet, above: dt.date | None, segments: frozenset[str]) -> Visit | None:
    """The visit as the cells say it, medicines apart; None where one of them cannot be read."""
    typed = row.typed
    with _Told(row):
        row.day = cells.day_before(typed["date"], clock.today(), above)
    day = row.day or clock.today()
    following = None
    with _Told(row):
        following = cells.day_after(typed["next"], day)
    with _Told(row):
        cells.gender_of(typed["sex"])
    with _Told(row):
        cells.medicines_of(typed["medicine"])
    done: tuple[str, ...] = ()
    with _Told(row):
        done = cells.done_of(typed["done"], on_paper(segments))
    asked = []
    for one in sheet.instruments:
        with _Told(row):
            said = cells.score_of(one, typed.get(f"score-{one.id}", ""), f"score-{one.id}")
            if said is not None:
                asked.append(Asked(instrument=one.id, answers=said[0], total=said[1]))
                answered = f.Response(instrument=one.id, version=one.version, answers=said[0])
                row.danger = row.danger or bool(positive_items(content(), answered))
    if row.errors:
        return None
    return Visit(
        mode=sheet.mode, occurred=day.isoformat(), next_date=following.isoformat() if following else "", done=done,
        note=typed["why"], note_segment="mental-health" if "mental-health" in segments else "general",
        asked=tuple(asked), paper=Paper(seen_by=typed.get("seen_by") or sheet.seen_by),
    )  # fmt: skip


class _Told:
    """What a cell cannot mean is written beside it, and the next is read."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> bool:
        if isinstance(problem, Invalid):
            self.row.says(problem.field, str(problem))
        return isinstance(problem, Invalid)


def _save(by: Worker, sheet: Sheet, row: Row, visit: Visit, numbered: Mapping[str, list[Person]]) -> Kept:
    """One row, all of it or nothing."""
    person, new = register_people.person_of(by, sheet, row, numbered)
    require_person(by=by, person_id=person, permission="record_care")
    chart = actions.chart_of(person)
    others = [fact for fact, body in chart.encounters if fact.id != row.id and body.met and fact.day == row.day]
    if others and not row.again:
        row.ask_again = True
        raise Invalid(
            "A visit of this day is on record already. If this is the same one, leave this row out; if it is another, "
            "say so below.", field="date",
        )  # fmt: skip
    handed, given = _medicines(row, chart, policy.segments(by, sheet.site.path))
    paper = Paper(seen_by=visit.paper.seen_by if visit.paper else "", given=tuple(given))
    visit = msgspec.structs.replace(visit, handed=tuple(handed), paper=paper)
    saved = record_visit(by=by, person=person, visit=visit, fact_id=row.id)
    return _kept(row, chart, person, new, visit, saved)


def _kept(row: Row, chart: Chart, person: str, new: bool, visit: Visit, saved: Saved) -> Kept:
    know = {one.id: one for one in content().instruments}
    old = False
    unasked = []
    for fact in saved.responses:
        body = fact.body
        if isinstance(body, f.Response):
            old = old or (body.source is not None and bool(positive_items(content(), body)))
            if body.total_only and know[body.instrument].safety:
                unasked.append(know[body.instrument].name)
    return Kept(
        row=row.id, person=person, name=chart.name, day=row.day or clock.today(),
        next=dt.date.fromisoformat(visit.next_date) if visit.next_date else None, new=new,
        enrolled=bool(chart.open_episodes), risk=saved.risk, old_danger=old, unasked=tuple(unasked),
        given=tuple(name for name, _ in visit.paper.given) if visit.paper else (),
    )  # fmt: skip


# medicines


def _medicines(row: Row, chart: Chart, segments: frozenset[str]) -> tuple[list[Handed], list[tuple[str, int]]]:
    """What was handed out of a prescription in force on that day, and what nobody prescribed here."""
    handed, given = [], []
    for text, days in cells.medicines_of(row.typed["medicine"]):
        fits = []
        for one in chart.current_medicines:
            rest = _rest(text, one.prescription)
            mine = one.prescription.segment in segments and not one.prescription.told
            if rest is not None and mine and (row.day is None or one.since <= row.day):
                fits.append((one, rest))
        if len(fits) > 1:
            raise Invalid("Two prescriptions of this name are in force. Record it on the chart.", field="medicine")
        if fits:
            one, rest = fits[0]
            strength = _plain(one.prescription.strength)
            if rest and strength and rest != strength:
                raise Invalid(
                    f"In force is {one.prescription.name} {one.prescription.strength}. Mend what you typed, or change "
                    "the prescription on the chart first.", field="medicine",
                )  # fmt: skip
            handed.append(Handed(prescription=one.fact.id, given="all", days=days))
            continue
        known = medicine_named(content(), text)
        if known is not None and known.segment not in ("general", "mental-health"):
            raise Invalid("This medicine is kept where few may read. Record it on the chart.", field="medicine")
        given.append((text, days))
    return handed, given


def _rest(text: str, prescription: f.Prescription) -> str | None:
    """What stands behind the name of a prescribed medicine, without spaces; None where it is another medicine."""
    known = listed(content(), prescription.medicine, prescription.name)
    word = _plain(text)
    for name in (prescription.name, *((known.name, *known.also) if known else ())):
        rest = word.removeprefix(_plain(name))
        if rest != word and (not rest or rest[0].isdigit()):
            return rest
    return None


def _plain(text: str) -> str:
    return "".join(text.casefold().split())
