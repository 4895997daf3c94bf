"""Invented names: of people, by sex, and of places; and how a name is misspelt at a second registration."""

from collections.abc import Mapping, Sequence
from itertools import product
from random import Random

Words = Mapping[str, Sequence[str]]
_SLIPS = (("k", "c"), ("ou", "u"), ("i", "y"), ("w", "u"), ("z", "s"), ("l", "r"), ("nn", "n"), ("v", "b"), ("e", "é"))


def _all(*parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys("".join(one) for one in product(*parts)))


class Names:
    """Every name that the syllables of `content/demo/words.yaml` make: some ten thousand of each half."""

    def __init__(self, words: Words) -> None:
        first, middle = words["given_first"], words["given_middle"]
        self._given = {
            "female": _all(first, middle, words["given_woman"]), "male": _all(first, middle, words["given_man"]),
        }  # fmt: skip
        self._family = _all(words["family_first"], words["family_middle"], words["family_last"])
        self._place = tuple(tuple(words[f"place_{part}"]) for part in ("first", "last"))

    def given(self, rng: Random, sex: str) -> str:
        """A first name: "Mabalens" """
        among = self._given[sex]
        return among[int(rng.random() * len(among))]

    def family(self, rng: Random) -> str:
        """A family name: "Ntambosabwa"."""
        return self._family[int(rng.random() * len(self._family))]

    def person(self, rng: Random, sex: str) -> str:
        """First name and family name; now and then two first names."""
        random, given, family = rng.random, self._given[sex], self._family
        first = given[int(random() * len(given))]
        if random() < 0.08:
            first = f"{first} {given[int(random() * len(given))]}"
        return f"{first} {family[int(random() * len(family))]}"

    def place(self, rng: Random) -> str:
        """A village or a hill: "Nan Ragwe"."""
        first, last = (part[int(rng.random() * len(part))] for part in self._place)
        return f"{first} {last.capitalize()}" if rng.random() < 0.4 else first + last


def misspelt(rng: Random, name: str) -> str:
    """The same name as another clerk hears it: one or two slips, or the halves exchanged."""
    if rng.random() < 0.15:
        return " ".join(reversed(name.split()))
    slips = [pair for pair in _SLIPS if pair[0] in name[1:]]
    for old, new in rng.sample(slips, min(len(slips), 1 + (rng.random() < 0.3))):
        name = name[0] + name[1:].replace(old, new, 1)
    return name
