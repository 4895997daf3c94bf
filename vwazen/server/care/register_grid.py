"""A paper register typed in: one row a visit, each saved by itself, once, with its true day and who saw the person.

A row finds its person by number, or by name among those who sound alike; nobody is chosen by the program. The number
is the end of the person's id, which the printed sheet and the chart show.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from django.db.models.functions import Right

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.monitoring import listed
from vwazen.clinical.safety import positive_items
from vwazen.content.clinic import medicine_named
from vwazen.content.forms import Intervention
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.content.rules import Protocol
from vwazen.server.care import actions, findings
from vwazen.server.care import register_cells as cells
from vwazen.server.care.likeness import Alike, Who, alike
from vwazen.server.care.likeness import find as search
from vwazen.server.care.listing import is_id
from vwazen.server.care.visit import Asked, Handed, Paper, Saved, Visit, record_visit
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, names, store
from vwazen.server.record.actions import id_beside
from vwazen.server.record.models import Person

FIELDS = ("date", "number", "name", "age", "sex", "place", "why", "medicine", "done", "next", "seen_by")
NUMBER = 8  # figures of an id that a register writes
NEW = "new"
COUNTED = "seizures"  # what is asked on the sheet of a protocol that follows no score
_PLACES = {  # field of a visit -> cell
    "occurred": "date", "next_date": "next", "note_segment": "why", "fact_id": "date", "born": "age", "name": "name",
    "outcome": "date", "mode": "date",
}  # fmt: skip


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of the register holds: where, by which protocol, and who saw the people unless a row says it."""

    site: Site
    protocol: Protocol
    mode: str = "clinic"
    seen_by: str = ""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The scores that the protocol follows, one column each; a count of seizures where it follows none."""
        wanted = dict.fromkeys(one.instrument for one in self.protocol.conditions)
        know = {one.id: one for one in content().instruments}
        return tuple(know[one] for one in wanted or (COUNTED,) if one in know)


class Row(msgspec.Struct, kw_only=True):
    """One line: `id` drawn with it, what was typed by cell, and what does not fit.

    `pick`: whom somebody chose, a person's id or `NEW`, when the name was `pick_for`; `choices`: among whom;
    `ask_new`: somebody new is one of them. `again`: this person has a visit on that day, and here is another.
    """

    id: str
    typed: dict[str, str]
    pick: str = ""
    pick_for: str = ""
    again: bool = False
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    choices: list[Alike] = msgspec.field(default_factory=list)
    ask_new: bool = False
    ask_again: bool = False
    day: dt.date | None = None

    @property
    def empty(self) -> bool:
        """Nothing was typed. Who saw the person is chosen for the whole sheet and is no word of its own."""
        return not any(value for name, value in self.typed.items() if name != "seen_by")

    @property
    def who(self) -> str:
        """What a choice was made for: another name is another person."""
        return " ".join(f"{self.typed['name']} / {self.typed['age']} / {self.typed['place']}".casefold().split())

    def says(self, field: str, why: str) -> None:
        """Put what is wrong beside a cell."""
        self.errors.setdefault(field if field in self.typed else "all", why)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is on record: whom it is about and what must be known of it at once.

    `risk`: the safety steps that it opened. `old_danger`: an answer from long ago told of danger. `unasked`: only a
    total is known, so the safety question is unknown. `given`: medicines that nobody prescribed here.
    """

    row: str
    person: str
    name: str
    day: dt.date
    next: dt.date | None
    new: bool
    enrolled: bool
    risk: str = ""
    old_danger: bool = False
    unasked: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def protocols() -> list[Protocol]:
    """What a sheet can be made for."""
    return list(content().all(Protocol))


def _repeats(row: Row) -> bool:
    """Whether the day repeats the one above."""
    return row.typed["date"] in cells.DITTO


def number_of(person: str) -> str:
    """The number by which a register names a person."""
    return person[-NUMBER:]


def on_paper(segments: Iterable[str]) -> dict[str, Intervention]:
    """What may stand on a sheet that lies on a table: nothing that only few may read."""
    open_ = {"general", "mental-health"} & set(segments)
    return {id: one for id, one in findings.interventions().items() if one.segment in open_}


def save(by: Worker, sheet: Sheet, rows: Sequence[Row]) -> list[Kept]:
    """Save each row that can be; what is wrong with the others stands in them, and everything typed is kept.

    `by` types; each visit names who saw the person. A row sent twice is one visit.
    """
    policy.require(by, "record_care", sheet.site)
    numbered = _numbered(by, sheet, [row.typed.get("number", "") for row in rows])
    segments = policy.segments(by, sheet.site.path)
    above: dt.date | None = None
    kept = []
    for row in rows:
        if row.empty:
            continue
        visit = _read(row, sheet, above, segments)
        above = row.day or above
        if row.day and _repeats(row):  # the line above may be saved and gone when this one is sent again
            row.typed["date"] = cells.written(row.day, clock.today())
        if visit is None:
            continue
        try:
            with store.writing():
                kept.append(_save(by, sheet, row, visit, numbered))
        except _ChooseError:
            pass
        except Invalid as problem:
            row.says(_cell(problem.field), str(problem))
        except Refused as problem:
            row.says("all", str(problem))
    return kept


class _ChooseError(Exception):
    """A person has to be chosen; the row says among whom."""


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
    person, new = _person(by, sheet, row, numbered)
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


# who it is


def _numbered(by: Worker, sheet: Sheet, wanted: Iterable[str]) -> dict[str, list[Person]]:
    """number -> who has it at the site of the sheet, in one query."""
    numbers = {_number(one) for one in wanted if _number(one)}
    if not numbers or not policy.can(by, "find_person", sheet.site):
        return {}
    found: dict[str, list[Person]] = {}
    rows = Person.objects.filter(path__startswith=sheet.site.path, registered=True).alias(tail=Right("pk", NUMBER))
    for one in rows.filter(tail__in=numbers):
        found.setdefault(number_of(one.pk), []).append(one)
    return found


def _number(text: str) -> str:
    """The end of an id as typed, whatever its capitals and hyphens; "" where it is none."""
    word = "".join(one for one in text.casefold() if one.isalnum())
    return word[-NUMBER:] if len(word) >= NUMBER and word.isascii() else ""


def _person(by: Worker, sheet: Sheet, row: Row, numbered: Mapping[str, list[Person]]) -> tuple[str, bool]:
    """Whose visit it is, and whether this row registers them. Raises `_ChooseError` where somebody must choose."""
    stored = store.known_facts([row.id]).get(row.id)
    if stored is not None:  # sent before: the same person again, and the record says whether the words are the same
        return f.decode(stored).person, False
    typed = row.typed
    own = id_beside(row.id, "person")
    if typed["number"] and typed["number"].casefold() != NEW:
        return _by_number(row, numbered.get(_number(typed["number"]), [])), False
    if not typed["name"]:
        raise Invalid("Write the number, or the name with age and place.", field="name")
    born = actions.birth(cells.birth_of(typed["age"], row.day or clock.today()))
    who = Who(name=typed["name"], born=born, place=typed["place"])
    paths = policy.site_paths(by, "find_person")
    row.choices, row.ask_new = _candidates(who, paths), policy.can(by, "register_person", sheet.site)
    pick = row.pick if row.pick_for == row.who else ""
    if pick == NEW or (not row.choices and typed["number"].casefold() == NEW):
        person = actions.register(
            by=by, site=sheet.site.code, name=typed["name"], gender=cells.gender_of(typed["sex"]), born=born,
            place=typed["place"], person=own,
        )  # fmt: skip
        return person, True
    if pick and any(one.person.pk == pick for one in row.choices):
        return pick, False
    row.pick, row.pick_for = _likeliest(who, row), row.who
    row.says("name", _ASK if row.choices else _NOBODY)
    raise _ChooseError


_ASK = "Choose below who this is."
_NOBODY = "Nobody of this name is registered where you work. Mend the name, or say below that they are new."


def _likeliest(who: Who, row: Row) -> str:
    """What stands marked until somebody saves again: the only one who agrees in all three, or that they are new."""
    same = [
        one.person.pk for one in row.choices
        if who.born and who.place and one.person.born[:4] == who.born[:4]
        and names.plain(one.person.name) == names.plain(who.name)
        and names.plain(one.person.place) == names.plain(who.place)
    ]  # fmt: skip
    if len(same) == 1:
        return same[0]
    return NEW if row.ask_new and not row.choices else ""


def _by_number(row: Row, found: Sequence[Person]) -> str:
    """The one who has this number; where a name was typed too, it must be theirs."""
    if len(found) != 1:
        raise Invalid(
            "Two people have this number. Leave it out, and write the name." if found else
            "Nobody followed at this site has this number. Compare it with the sheet, or leave it out and write the "
            "name.", field="number",
        )  # fmt: skip
    (one,) = found
    typed = row.typed["name"]
    if typed and not set(names.keys(typed)) & set(names.keys(one.name)):
        raise Invalid(f"This number is that of {one.name}. Mend the number or the name.", field="number")
    return one.pk


def _candidates(who: Who, paths: Sequence[str]) -> list[Alike]:
    """Who it may be: first those in whom more than the name agrees, then whoever sounds alike."""
    likely = alike([who], paths).get(0, [])
    known = {one.person.pk for one in likely}
    return [*likely, *(Alike(one, "") for one in search(paths, who) if one.pk not in known)][:6]


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


def drawn(text: str) -> str:
    """The id of a row as the page sent it, or "" where it is none."""
    return text.lower() if is_id(text) else ""
