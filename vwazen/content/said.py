"""Sentences of the clinic in other languages: what `said.yaml` of a language holds, and what must be right about it.

The server writes its sentences (why somebody stands on a list, what a protocol proposes, how a medicine is taken) in
English. A phone finds them again by their own words, in pairs: English with holes, and the same in its language.
`phone/decide/said.ts` does it. A hole is called by what may stand in it: `{day}`, `{n}` for a number, the name of a
group of pairs, or one of `FREE` for what comes through to the letter; a number behind the name tells two alike apart.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

Said = Mapping[str, Mapping[str, str]]
Fault = tuple[str, str, str]

CARE = "-care"
"""How a group ends that only those get who read mental-health care; its pairs join the group without the ending."""
STARTS = ("amount", "clinic", "conflict", "dose", "entry", "held", "manual", "who", "why")
"""Groups that a screen asks for; the others stand in holes."""
TYPED = ("day", "n")
FREE = ("name", "text")
OWN = "answer"
"""A group that the phone makes itself: labels of answers, as the instruments have them in both languages."""
_HOLE = re.compile(r"\{(\w+)\}")
_DIGITS = re.compile(r"\d+")


def kind(hole: str) -> str:
    """What may stand in it: 'day2' -> 'day'."""
    return hole.rstrip("0123456789")


def for_phone(
    languages: Mapping[str, Said], *, reads: bool
) -> tuple[dict[str, list[str]], dict[str, dict[str, list[str]]]]:  # fmt: skip
    """The pairs of these languages as they travel: the English of each group once, and by language what it says to each
    of them in the same order, "" for nothing. `reads`: for who reads mental-health care."""
    every = {code: for_roles(said, reads=reads) for code, said in languages.items() if said}
    names = dict.fromkeys(name for said in every.values() for name in said)
    english = {
        name: list(dict.fromkeys(key for said in every.values() for key in said.get(name, ()))) for name in names
    }
    its = {
        code: {name: [said[name].get(key, "") for key in english[name]] for name in names if name in said}
        for code, said in every.items()
    }
    return english, its


def for_roles(said: Said, *, reads: bool) -> dict[str, dict[str, str]]:
    """The groups that a phone needs whose worker reads mental-health care, or does not."""
    groups: dict[str, dict[str, str]] = {}
    for name, pairs in said.items():
        if reads or not name.endswith(CARE):
            groups.setdefault(name.removesuffix(CARE), {}).update(pairs)
    # What no sentence of theirs names in a hole stays behind.
    reached: set[str] = set()
    more = groups.keys() & set(STARTS)
    while more:
        reached |= more
        more = groups.keys() & {kind(hole) for name in more for hole in _holes(groups[name])} - reached
    return {name: pairs for name, pairs in groups.items() if name in reached}


def _holes(pairs: Mapping[str, str]) -> set[str]:
    return {hole for english in pairs for hole in _HOLE.findall(english)}


def faults(said: Said, names: Iterable[str]) -> Iterator[Fault]:
    """What would lose or change something on the way, or never be found. `names`: all groups of the language."""
    groups = {name.removesuffix(CARE) for name in names}
    for name, pairs in said.items():
        for english, its in pairs.items():
            place = f"$.said.{name}.{english}"
            have, wanted = _HOLE.findall(its), _HOLE.findall(english)
            if not its.strip():
                yield place, f"“{english}” has no sentence.", "Write one, or take it out: English is shown then."
            elif sorted(have) != sorted(wanted) or len(set(wanted)) != len(wanted):
                yield place, f"The holes of “{english}” differ.", "Use each of them once on both sides."
            elif Counter(_DIGITS.findall(_HOLE.sub("", its))) != Counter(_DIGITS.findall(_HOLE.sub("", english))):
                yield place, f"The numbers of “{english}” differ.", "Keep them as they are, in figures."
            elif any(not part for part in _HOLE.split(english)[2:-2:2]):
                yield place, f"Two holes of “{english}” touch.", "Put words or a comma between them."
            for hole in wanted:
                if kind(hole) not in (*TYPED, *FREE, OWN, *groups):
                    named = ", ".join((*TYPED, *FREE, OWN))
                    yield place, f"Nothing is called {{{hole}}}.", f"Use {named} or a group of pairs."
                elif english == f"{{{hole}}}" and kind(hole) == name.removesuffix(CARE):
                    yield place, f"“{english}” leads to itself.", "Take it out."


def shapes(said: Said) -> dict[str, set[str]]:
    """What a language has pairs for: the English of each group, its holes as kinds."""
    return {name: {shape(english) for english in pairs} for name, pairs in said.items()}


def shape(text: str) -> str:
    """The sentence with its holes as kinds: a day, a number, or words of any sort."""
    return _HOLE.sub(lambda hole: f"{{{kind(hole[1]) if kind(hole[1]) in TYPED else 'text'}}}", text)
