"""Finding people by how a name sounds, and telling who may be registered twice. Only ever within someone's sites.

What makes two registrations "maybe the same" is our default: every word of the shorter name sounds like one of the
longer, and the birth years are the same or one apart, or one is unknown and the place is the same. A person decides;
nothing is merged here, and two of whom somebody said that they are two people are not offered again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import Q
from jellyfish import jaro_winkler_similarity

from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import names, reach
from vwazen.server.record.models import NameKey, NotSame, Person

SHOWN = 20
AT_MOST = 2000


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a person as tells them from another; `id` is empty for someone who is not registered yet."""

    id: str = ""
    name: str
    born: str = ""
    place: str = ""


class Alike(msgspec.Struct, frozen=True):
    """Someone who may be the same person, and what speaks for it."""

    person: Person
    why: str


def find(paths: Sequence[str], who: Who, by: Worker | None = None) -> list[Person]:
    """People within `paths` whose name sounds like this one, the likeliest first, at most `SHOWN`. Of whom `by` is not
    to know is not among them."""
    ids: dict[str, None] = dict.fromkeys(names.candidates(who.name, within=paths))
    if who.born:
        ids |= dict.fromkeys(names.candidates(who.name, born=who.born, within=paths))
    if who.place:
        ids |= dict.fromkeys(names.candidates(who.name, place=who.place, within=paths))
    found = list(Person.objects.filter(_known(paths, by, "pk"), pk__in=list(ids), registered=True))
    found += _shared(by, who, {one.pk for one in found}) if by is not None else []
    keys = names.keys(who.name)
    heard: Counter[str] = Counter(NameKey.objects.filter(person__in=ids, key__in=keys).values_list("person", flat=True))
    sounds = {person: count / len(keys) for person, count in heard.items()}
    return sorted(found, key=lambda one: (-_likeness(who, one, sounds.get(one.pk, 0)), one.name, one.pk))[:SHOWN]


def _shared(by: Worker, who: Who, besides: set[str]) -> list[Person]:
    """People from elsewhere whom somebody let know at a site of `by`, and whose name sounds like this one."""
    ids = [one for one in reach.shared_with(by, "find_person") if one not in besides]
    keys = names.keys(who.name)
    if not ids or not keys:
        return []
    heard = NameKey.objects.filter(person__in=ids, key__in=keys).values("person")
    return list(Person.objects.filter(reach.open_to(by, field="pk"), pk__in=heard, registered=True))


def _known(paths: Sequence[str], by: Worker | None, person: str = "person") -> Q:
    """Rows at these paths; where it is said who asks, only of people of whom they may know."""
    return policy.within(paths) if by is None else reach.within(by, paths, person=person)


def _likeness(who: Who, one: Person, sounds: float = 0) -> float:
    """How alike letters or sounds are, whichever name they go by; place and birth year break ties and mend slips."""
    score = max(names.likeness(who.name, one.name), sounds)
    if who.place and one.place:
        score += 0.2 * jaro_winkler_similarity(names.plain(who.place), names.plain(one.place))
    if who.born and one.born:
        score += 0.2 * max(0.0, 1 - abs(_year(who.born) - _year(one.born)) / 10)
    return score


def _year(born: str) -> int:
    return int(born[:4]) if born[:4].isdigit() else 0


def alike(people: Iterable[Who], paths: Sequence[str], by: Worker | None = None) -> dict[int, list[Alike]]:
    """Position in `people` -> who else within `paths` may be the same person. Three queries however many they are."""
    everyone = list(people)
    wanted = [_whole(one.name) for one in everyone]
    keys = {key for of_one in wanted for key in of_one}
    if not keys or not paths:
        return {}
    by_person: dict[str, set[str]] = {}
    by_key: dict[str, list[tuple[str, str, str]]] = {}
    rows = NameKey.objects.filter(_known(paths, by), key__in=keys)
    for person, key, born, at in rows.values_list("person", "key", "born", "place")[:AT_MOST]:
        by_person.setdefault(person, set()).add(key)
        by_key.setdefault(key, []).append((person, born, at))
    told_apart = apart([one.id for one in everyone if one.id])
    near = [
        {
            pk
            for key in needed
            for pk, born, at in by_key.get(key, ())
            if pk != who.id and (who.id, pk) not in told_apart and _near(who, born, at)
        }
        for who, needed in zip(everyone, wanted, strict=True)
    ]
    known = Person.objects.in_bulk({pk for those in near for pk in those})  # a country has very many of one name
    found: dict[int, list[Alike]] = {}
    for place, (who, needed, those) in enumerate(zip(everyone, wanted, near, strict=True)):
        same = [
            Alike(known[pk], why)
            for pk in those
            if pk in known and _one_name(who, needed, known[pk], by_person[pk]) and (why := _why(who, known[pk]))
        ]
        if same:
            found[place] = sorted(same, key=lambda other: (-_likeness(who, other.person), other.person.pk))
    return found


def apart(people: Sequence[str]) -> set[tuple[str, str]]:
    """Pairs, either way round, of whom somebody said that they are two people; one of each is among `people`."""
    if not people:
        return set()
    pairs = list(NotSame.objects.filter(Q(one__in=people) | Q(other__in=people)).values_list("one", "other"))
    return {*pairs, *((other, one) for one, other in pairs)}


def _whole(name: str) -> frozenset[str]:
    """The keys that together say the whole name: its pairs of words, or its only word."""
    keys = names.keys(name)
    pairs = frozenset(key for key in keys if " " in key)
    return pairs or frozenset(keys)


def _one_name(who: Who, needed: frozenset[str], other: Person, shared: set[str]) -> bool:
    """Whether all of this name is in one of theirs, chosen or registered, or all of the name they go by in this one."""
    return bool(needed & shared) and (needed <= shared or _sounds(other.name) <= _sounds(who.name))


def _sounds(name: str) -> set[str]:
    return {names.sound(word) for word in names.plain(name).split()}


def _near(who: Who, born: str, place: str) -> bool:
    """Whether a birth year and a place, as they stand beside the key of a name, leave anything for `_why` to say."""
    if who.born and born:
        return abs(_year(who.born) - _year(born)) <= 1
    return bool(who.place) and names.plain(who.place)[:120] == place


def _why(who: Who, other: Person) -> str:
    """What speaks for one person; "" where too little does."""
    if who.born and other.born:
        apart = abs(_year(who.born) - _year(other.born))
        one_word = " " not in names.plain(who.name)
        if apart == 0:
            return "Same sound of name and birth year"
        return "Same sound of name, birth years one apart" if apart == 1 and not one_word else ""
    if who.place and names.plain(who.place) == names.plain(other.place):
        return "Same sound of name and place; a birth year is not recorded"
    return ""
