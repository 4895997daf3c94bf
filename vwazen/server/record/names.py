"""How a name sounds, so that a misspelt one is found: keys made in Python, one B-tree on both databases.

The key folds what Haitian, French, Spanish, English and Kinyarwanda spelling keep apart for one sound: accents,
doubled letters, c/k/q, s/z/x, ph/f, v/w/b, y/i/j, l/r at the start of nothing, silent h; vowels count only at the
start. Jaro-Winkler then orders what the keys found.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import jellyfish

from vwazen.server.record import store

CANDIDATES = 200
_GROUPS = str.maketrans({"q": "k", "z": "s", "x": "s", "w": "v", "b": "v", "y": "i", "j": "i", "g": "k", "d": "t"})


def plain(text: str) -> str:
    """Lower case, letters only, no accents: 'Bèl-Dlo' -> 'bel dlo'."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in letters).split())


@lru_cache(maxsize=65536)
def sounds(words: str) -> tuple[str, ...]:
    """The keys of the words in a text, in their order. Kept, since a country has far fewer names than people."""
    return tuple(sound(word) for word in plain(words).split())


def sound(word: str) -> str:
    """The key of one word: 'Phillippe' and 'Filip' are both 'flp'."""
    word = word.replace("ph", "f").replace("ch", "s").replace("sh", "s").replace("ou", "v")
    soft = []
    for index, letter in enumerate(word):
        if letter == "c":
            soft.append("s" if word[index + 1 : index + 2] in ("e", "i", "y") else "k")
        elif letter != "h":
            soft.append(letter)
    folded = "".join(soft).translate(_GROUPS)
    kept = [
        letter
        for index, letter in enumerate(folded)
        if (index == 0 or letter not in "aeiou") and (index == 0 or letter != folded[index - 1])
    ]
    if kept and kept[0] in "aeiou":
        kept[0] = "a"
    return "".join(kept)


def keys(name: str) -> tuple[str, ...]:
    """Every key a name is filed under: each word, and each pair of words in order of sound."""
    words = sorted({key for part in name.split() for key in sounds(part)} - {""})[:6]
    pairs = [f"{a} {b}" for i, a in enumerate(words) for b in words[i + 1 :]]
    return tuple(key[:60] for key in (*pairs, *words))


def likeness(asked: str, name: str) -> float:
    """0 to 1: the best Jaro-Winkler match of each asked word, averaged."""
    words = plain(name).split()
    wanted = plain(asked).split()
    if not words or not wanted:
        return 0.0
    best = [max(jellyfish.jaro_winkler_similarity(one, other) for other in words) for one in wanted]
    return sum(best) / len(best)


def candidates(name: str, *, place: str = "", born: str = "", within: Sequence[str] = ()) -> list[str]:
    """Person ids whose name sounds like this one: pairs of words first, at most 200.

    `within` leaves out everyone not filed at or below these site paths before the 200 are counted, so that a common
    name elsewhere hides nobody here.
    """
    found: dict[str, None] = {}
    all_keys = keys(name)
    pairs = [key for key in all_keys if " " in key]
    singles = [key for key in all_keys if " " not in key]
    for group in (pairs, singles):
        if not group or (group is singles and len(found) >= CANDIDATES // 4):
            continue
        where, values = f"key IN ({store.marks(group)})", list(group)
        if place:
            where, values = f"{where} AND place = %s", [*values, plain(place)]
        if born:
            where, values = f"{where} AND born = %s", [*values, born[:4]]
        if within:
            scope = " OR ".join(["path LIKE %s"] * len(within))
            where += f" AND ({scope})"
            values += [f"{path}%" for path in within]
        statement = f"SELECT person FROM record_name_key WHERE {where} LIMIT {CANDIDATES}"  # noqa: S608
        found |= dict.fromkeys(str(row[0]) for row in store.select(statement, values))
    return list(found)[:CANDIDATES]
