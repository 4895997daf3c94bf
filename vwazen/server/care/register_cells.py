"""Reading the cells of a paper register as they are typed: days, scores, medicines, codes of what was done.

Each returns what was meant or raises Invalid in plain words; nothing is guessed. `DITTO` stands for the cell above.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from vwazen.content.forms import Intervention
from vwazen.content.model import Instrument
from vwazen.server.organisation.errors import Invalid

DITTO = ('"', "''", "”", "“", "″", "do")
GENDERS = {"f": "female", "m": "male", "o": "other", "": "unknown"}
UNANSWERED = "-_.?"
SHORTEST = 3  # letters of a code of what was done
_DAY = re.compile(r"(\d{1,2})(?:\s*[/.-]\s*(\d{1,2})(?:\s*[/.-]\s*(\d{4}|\d{2}))?)?[/.]?")
_WEEKS = re.compile(r"(\d{1,2})\s*(?:w|weeks?)")
_MEDICINE = re.compile(r"(.*\D)\s*[x×,:]?\s*(\d{1,4})\s*(?:d|days?)?")


def day_before(text: str, today: dt.date, above: dt.date | None) -> dt.date:
    """The day of a visit: `17` is the newest 17th, `17/11` the newest 17 November; today at the latest."""
    if text in DITTO:
        if above is None:
            raise Invalid("There is no day above that it could repeat. Write the day, as 17/11.", field="date")
        return above
    if not text:
        raise Invalid(f"Write the day of the visit, as 17/11, or {DITTO[0]} for the same as above.", field="date")
    day = _day(text, today, back=True, field="date")
    if day > today:
        raise Invalid("This day has not come yet. Mend the day.", field="date")
    return day


def written(day: dt.date, today: dt.date) -> str:
    """A day as a register writes it, so that `day_before` reads the same again."""
    short = f"{day.day}/{day.month}"
    return short if day_before(short, today, None) == day else f"{short}/{day.year}"


def day_after(text: str, visit: dt.date) -> dt.date | None:
    """The next date: `1/12` is the first 1 December after the visit, `4w` four weeks after it; None for none."""
    if not text:
        return None
    if weeks := _WEEKS.fullmatch(text.lower()):
        return visit + dt.timedelta(weeks=int(weeks[1]))
    return _day(text, visit, back=False, field="next")


def _day(text: str, near: dt.date, *, back: bool, field: str) -> dt.date:
    """A date as typed, day first; what is left out is the nearest before (or after) `near`."""
    wrong = Invalid("This is no day. Write the day first, as 17, 17/11 or 17/11/2026.", field=field)
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        found = _DAY.fullmatch(text) if text.isascii() else None
    if found is None:
        raise wrong
    day, month, year = int(found[1]), int(found[2] or 0), found[3] or ""
    if year:
        try:
            return dt.date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        except ValueError:
            raise wrong from None
    step = -1 if back else 1
    at = near.year * 12 + near.month - 1
    for _ in range(49):  # a 29 February comes back within four years
        try:
            one = dt.date(at // 12, at % 12 + 1, day)
        except ValueError:
            one = None
        if one and month in (0, one.month) and (one <= near if back else one > near):
            return one
        at += step
    raise wrong


def birth_of(text: str, visit: dt.date) -> str:
    """What was written as age or birth: an age counts from the visit; anything else goes on as it is."""
    if text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 120:
        return str(visit.year - int(text))
    return text


def gender_of(text: str) -> str:
    """f, m, o, or nothing where nobody wrote it down."""
    known = GENDERS | {word: word for word in GENDERS.values()}
    if text.lower() not in known:
        raise Invalid("Write f, m or o, or leave it empty.", field="sex")
    return known[text.lower()]


def score_of(instrument: Instrument, text: str, field: str) -> tuple[dict[str, float], float | None] | None:
    """Answers by item, or a total alone (`T14`); None where nothing was asked.

    Answers are one figure an item, in order; one that was not answered is a hyphen. A count is a number.
    """
    if not text:
        return None
    items = [one for one in instrument.items if not one.optional]
    word = "".join(text.split())
    if word[:1] in "tT":
        if not word[1:].isdigit() or not word.isascii():
            raise Invalid("Write a total alone as T14.", field=field)
        return {}, float(word[1:])
    if instrument.form == "count":
        if not (word.isdigit() and word.isascii()):
            raise Invalid("Write how many, as a number; 0 where there were none.", field=field)
        return {items[0].id: float(word)}, None
    example = "".join("0" for _ in items)
    if len(word) not in (len(items), len(instrument.items)) or not all(
        one in UNANSWERED or (one.isascii() and one.isdigit()) for one in word
    ):
        raise Invalid(
            f"Write the {len(items)} answers as {len(items)} figures, such as {example}, with a hyphen for one that "
            "was not answered; or the total alone with a T before it, as T14.", field=field,
        )  # fmt: skip
    order = items if len(word) == len(items) else list(instrument.items)
    found = {item.id: float(one) for item, one in zip(order, word, strict=True) if one not in UNANSWERED}
    if not found:
        raise Invalid("No answer is in it. Leave it empty where nothing was asked.", field=field)
    return found, None


def medicines_of(text: str) -> list[tuple[str, int]]:
    """`fluoxetine 20 mg 30; amitriptyline 14`: each medicine with the days for which it was given."""
    found = []
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        said = _MEDICINE.fullmatch(part.strip())
        if said is None or not said[1].strip(" x×,:") or not 1 <= int(said[2]) <= 1000:
            raise Invalid(
                "Write each medicine with the days given at the end, as fluoxetine 30; a semicolon between two.",
                field="medicine",
            )
        found.append((" ".join(said[1].strip(" x×,:").split()), int(said[2])))
    return found


def codes(known: Iterable[Intervention]) -> dict[str, str]:
    """id -> the shortest beginning of the id that no other has: what a register writes for what was done."""
    ids = [one.id for one in known]
    found = {}
    for one in ids:
        for length in range(SHORTEST, len(one) + 1):
            if sum(other.startswith(one[:length]) for other in ids) == 1 or length == len(one):
                found[one] = one[:length].upper()
                break
        found.setdefault(one, one.upper())
    return found


def done_of(text: str, known: Mapping[str, Intervention]) -> tuple[str, ...]:
    """Ids of what was done, from codes with spaces between; a code that two share is refused, and never chosen."""
    found: dict[str, None] = {}
    for word in re.split(r"[\s,;+]+", text.strip()):
        if not word:
            continue
        meant = word.casefold()
        fits = [meant] if meant in known else [one for one in known if one.startswith(meant)]
        if len(meant) < SHORTEST or len(fits) != 1:
            listed = ", ".join(known[one].title for one in fits[:4])
            many = f"It could mean: {listed}. Write more of it." if fits else "The codes stand under the grid."
            raise Invalid(f"“{word[:20]}” is no code of what is done. {many}", field="done")
        found[fits[0]] = None
    return tuple(found)
