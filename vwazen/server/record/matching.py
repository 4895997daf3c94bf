"""Whom another system means: by a number that somebody confirmed, else by what was told, exactly. Never guessed."""

from collections.abc import Iterable

from vwazen.server.record import names
from vwazen.server.record.models import Identifier, Person

ALIKE = 0.75  # of 1: below it two names are hardly one person's, unless the birth is the same (our default)


def by_number(pairs: Iterable[tuple[str, str]]) -> list[Person]:
    """Everybody who goes by one of these (system, number); imports of FHIR write a number as Patient/number."""
    found: set[str] = set()
    for system, number in dict.fromkeys(pairs):
        known = Identifier.objects.filter(system=system, number__in=(number, f"Patient/{number}"))
        found |= set(known.values_list("person", flat=True))
    return list(Person.objects.filter(pk__in=found).order_by("pk"))


def exactly(name: str, born: str, gender: str) -> list[Person]:
    """The living of this name (marks and the order of its words aside), this birth and this sex. None for a single
    word, a birth without a year, or a sex that is not told: too many would fit."""
    words = sorted(names.plain(name).split())
    if len(words) < 2 or len(born.strip()) < 4 or gender not in ("female", "male", "other"):
        return []
    ids = names.candidates(name, born=born.strip())
    rows = Person.objects.filter(pk__in=ids, registered=True, born=born.strip(), gender=gender, died=None)
    return [one for one in rows.filter(merged_into="") if sorted(names.plain(one.name).split()) == words]


def differs(person: Person, name: str, born: str) -> bool:
    """Whether what is told of somebody is hardly about this person: another birth, and a name unlike theirs."""
    same = not born or not person.born or born[:4] == person.born[:4]
    return not same and bool(name) and names.likeness(name, person.name) < ALIKE
