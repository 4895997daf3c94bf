"""Whose visit a line of a paper register is: by number, or by name among those who sound alike. Nobody is guessed."""

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Q
from django.db.models.functions import Right

from vwazen.clinical import facts as f
from vwazen.server.care import actions
from vwazen.server.care import register_cells as cells
from vwazen.server.care.likeness import Alike, Who, alike
from vwazen.server.care.likeness import find as search
from vwazen.server.care.register_rows import NEW, NUMBER, ChooseError, Row, Sheet, number_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, names, reach, store
from vwazen.server.record.actions import id_beside
from vwazen.server.record.models import Person


def numbered(by: Worker, sheet: Sheet, wanted: Iterable[str]) -> dict[str, list[Person]]:
    """number -> who has it at the site of the sheet, in one query."""
    numbers = {_number(one) for one in wanted if _number(one)}
    if not numbers or not policy.can(by, "find_person", sheet.site):
        return {}
    found: dict[str, list[Person]] = {}
    here = Person.objects.filter(reach.within(by, [sheet.site.path], person="pk")).alias(tail=Right("pk", NUMBER))
    rows = list(here.filter(Q(registered=True) | ~Q(merged_into=""), tail__in=numbers))
    # A sheet printed before two registrations were said to be one still names the other.
    joined = Person.objects.in_bulk([one.merged_into for one in rows if one.merged_into])
    for one in rows:
        meant = joined.get(one.merged_into, one)
        if meant.registered and policy.can(by, "find_person", meant.path):  # followed elsewhere, no name of theirs
            found.setdefault(number_of(one.pk), []).append(meant)
    return found


def _number(text: str) -> str:
    """The end of an id as typed, whatever its capitals and hyphens; "" where it is none."""
    word = "".join(one for one in text.casefold() if one.isalnum())
    return word[-NUMBER:] if len(word) >= NUMBER and word.isascii() else ""


def person_of(by: Worker, sheet: Sheet, row: Row, known: Mapping[str, list[Person]]) -> tuple[str, bool]:
    """Whose visit it is, and whether this row registers them. Raises `ChooseError` where somebody must choose."""
    stored = store.known_facts([row.id]).get(row.id)
    if stored is not None:  # sent before: the same person again, and the record says whether the words are the same
        return f.decode(stored).person, False
    typed = row.typed
    own = id_beside(row.id, "person")
    if typed["number"] and typed["number"].casefold() != NEW:
        return _by_number(row, known.get(_number(typed["number"]), [])), False
    if not typed["name"]:
        raise Invalid("Write the number, or the name with age and place.", field="name")
    born = actions.birth(cells.birth_of(typed["age"], row.day or clock.today()))
    who = Who(name=typed["name"], born=born, place=typed["place"])
    paths = policy.site_paths(by, "find_person")
    row.choices, row.ask_new = _candidates(by, who, paths), policy.can(by, "register_person", sheet.site)
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
    raise ChooseError


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


def _candidates(by: Worker, who: Who, paths: Sequence[str]) -> list[Alike]:
    """Who it may be: first those in whom more than the name agrees, then whoever sounds alike."""
    likely = alike([who], paths, by).get(0, [])
    known = {one.person.pk for one in likely}
    return [*likely, *(Alike(one, "") for one in search(paths, who, by) if one.pk not in known)][:6]
