"""Who is reviewed with the time there is: the agenda of a consulting specialist, and who waits beyond it.

Declared minutes decide how many; tiers decide who. What must be acted on within a day comes first, whatever the
condition. Then a share of the places is kept for conditions that PHQ-9 does not measure, since a list ordered by
PHQ-9 alone would never reach them; places they do not need go to the others. Whoever is not placed is in the overflow.
"""

import datetime as dt
from collections.abc import Iterable
from math import ceil

import msgspec

LAST_TIER = 7  # the tiers that ask for a specialist; 8 and 9 are the team's own work
EMERGENCIES = 2  # tiers to act on within 24 hours: no share of places stands before them
QUESTIONS = LAST_TIER + 1  # someone of no such tier, about whom a question is open


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One person who may come to the review.

    `tier` is 0 to 9, 0 for on track. `waiting_since` breaks ties, oldest first; `asked_since` is the day of the oldest
    open question, if there is one. `other`: a condition that PHQ-9 does not measure.
    """

    person: str
    tier: int
    waiting_since: dt.date
    asked_since: dt.date | None = None
    other: bool = False

    @property
    def wanted(self) -> bool:
        """Whether this person belongs to a review at all."""
        return 1 <= self.tier <= LAST_TIER or self.asked_since is not None

    @property
    def order(self) -> tuple[int, dt.date, str]:
        """Tier, then who has waited longest, then the id, so that two runs agree."""
        if 1 <= self.tier <= LAST_TIER:
            return self.tier, self.waiting_since, self.person
        return QUESTIONS, self.asked_since or self.waiting_since, self.person


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """`places` in the order of review, and everyone else in `overflow`, in the same order.

    `capacity` is None where no minutes were declared: then nobody is left out, and the page says so.
    """

    places: tuple[Case, ...]
    overflow: tuple[Case, ...]
    capacity: int | None
    kept: int


def agenda(cases: Iterable[Case], *, minutes: int | None, minutes_per_case: int, other_places: float) -> Agenda:
    """The review that fits into `minutes`; the same for every order of `cases`.

    A person given twice (two episodes) is placed once, by the more urgent. `other_places` is a share from 0 to 1,
    rounded up; one place alone is never kept back. Raises ValueError for minutes or a share out of range.
    """
    if minutes_per_case < 1 or (minutes is not None and minutes < 0) or not 0 <= other_places <= 1:
        raise ValueError("Minutes are 0 or more, a case takes at least one, and a share lies between 0 and 1.")
    ordered = _once(cases)
    if minutes is None:
        return Agenda(places=tuple(ordered), overflow=(), capacity=None, kept=0)
    capacity = minutes // minutes_per_case
    kept = ceil(capacity * other_places - 1e-9) if capacity > 1 else 0
    placed = [case for case in ordered if case.order[0] <= EMERGENCIES][:capacity]
    rest = [case for case in ordered if case.order[0] > EMERGENCIES]
    room = capacity - len(placed)
    reserved = min(room, max(0, kept - sum(case.other for case in placed)))
    placed += [case for case in rest if case.other][:reserved]
    taken = {case.person for case in placed}
    placed += [case for case in rest if case.person not in taken][: capacity - len(placed)]
    taken = {case.person for case in placed}
    return Agenda(
        places=tuple(sorted(placed, key=lambda case: case.order)),
        overflow=tuple(case for case in ordered if case.person not in taken), capacity=capacity, kept=kept,
    )  # fmt: skip


def _once(cases: Iterable[Case]) -> list[Case]:
    """Everyone who belongs to a review, each once, most urgent first; `other` before not, where both stand equal."""
    found: dict[str, Case] = {}
    for case in sorted(cases, key=_urgency):
        if case.wanted:
            found.setdefault(case.person, case)
    return list(found.values())


def _urgency(case: Case) -> tuple[object, ...]:
    """Every field, so that no order of arrival is left to decide."""
    return case.order, not case.other, case.asked_since or dt.date.max, case.tier, case.waiting_since
