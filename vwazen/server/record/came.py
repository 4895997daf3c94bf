"""What came in with an import, as one worker may know it: what they may not see is not counted for them."""

from collections.abc import Iterable

import msgspec
from django.db.models import Count, Q

from vwazen.content.load import content
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record.models import Held, Import

# Why entries wait, by the first word of their code, in the order in which they are told.
WHY = {
    "person": "Whom it is about is not clear",
    "elsewhere": "The person is followed at another site",
    "date": "The day is not clear",
    "status": "Its source has withdrawn it, or has not finished it",
    "source": "Two versions contradict each other",
    "same-id-other-bytes": "It is on record, and says something else now",
    "future": "It is dated in the future",
    "answer": "An answer cannot be right",
    "total": "A total cannot be right",
    "instrument": "No installed instrument reads it",
    "item": "Answers that belong to no installed instrument",
    "row": "A row of a table is out of shape",
    "phone": "A phone sent what could not be taken from its worker",
    "adt": "A hospital's message needs somebody",
    "input": "The input itself cannot be read",
}
OTHER = "Another reason"


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one instrument. `ask`: there are totals without answers, and a safety question behind them."""

    name: str
    given: int
    new: int
    total_only: int
    ask: bool
    differ: int
    impossible: int
    positive: int
    recent: int


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Entries held for one reason: how many, how many still wait, how many of these are about safety."""

    why: str
    words: str
    held: int
    waiting: int
    safety: int


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """One import in numbers."""

    people: int
    new_people: int
    dead: int
    answers: tuple[Answers, ...]
    differ: int
    impossible: int
    positive: int
    recent: int
    historical: int
    replaced: int
    repeated: int
    again: int
    held: tuple[Waiting, ...]
    held_again: int
    not_read: tuple[tuple[str, int], ...]

    @property
    def given(self) -> int:
        """Responses in the files."""
        return sum(one.given for one in self.answers)

    @property
    def new(self) -> int:
        """Responses that were not on record before."""
        return sum(one.new for one in self.answers)

    @property
    def waiting(self) -> int:
        """Held entries that wait."""
        return sum(one.waiting for one in self.held)

    @property
    def safety(self) -> int:
        """Those of them in which a question of safety is answered yes."""
        return sum(one.safety for one in self.held)

    @property
    def ask(self) -> int:
        """Totals whose safety question nobody knows the answer to."""
        return sum(one.total_only for one in self.answers if one.ask)


def came(job: Import, by: Worker) -> Came:
    """The import as `by` may know it."""
    seen = policy.segments(by, job.path)
    counts: dict[str, int] = job.counts
    answers = _answers(counts, seen)
    clinical = "mental-health" in seen
    return Came(
        people=counts.get("people", 0), new_people=counts.get("new_people", 0), dead=counts.get("dead", 0),
        answers=answers, differ=sum(one.differ for one in answers), impossible=sum(one.impossible for one in answers),
        positive=sum(one.positive for one in answers), recent=sum(one.recent for one in answers),
        historical=counts.get("historical_people", 0) if clinical else 0,
        replaced=counts.get("replaced", 0), repeated=counts.get("repeated", 0), again=counts.get("again", 0),
        held=held_by_reason(Q(import_id=job.id, segment__in=sorted(seen))),
        held_again=sum(counts.get(f"held_again:{one}", 0) for one in seen),
        not_read=tuple(sorted((name.partition(":")[2], many) for name, many in counts.items()
                              if name.startswith("not_read:") and many)),
    )  # fmt: skip


def given(job: Import, by: Worker) -> int:
    """How many answers were in the files, of the instruments that `by` may see."""
    return sum(one.given for one in _answers(job.counts, policy.segments(by, job.path)))


def _answers(counts: dict[str, int], seen: Iterable[str]) -> tuple[Answers, ...]:
    names = [name.partition(":")[2] for name in counts if name.startswith("responses:")]
    installed = {one.id: one for one in content().instruments}

    def of(what: str, name: str) -> int:
        return counts.get(f"{what}:{name}", 0)

    return tuple(
        Answers(
            name=installed[name].name, given=of("responses", name), new=of("new", name),
            total_only=of("total_only", name), ask=bool(installed[name].safety and of("total_only", name)),
            differ=of("totals_differ", name), impossible=of("totals_impossible", name),
            positive=of("safety_positive", name), recent=of("safety_recent", name),
        )
        for name in sorted(names, key=lambda one: (-of("responses", one), one))
        if name in installed and installed[name].segment in seen
    )  # fmt: skip


def held_by_reason(which: Q) -> tuple[Waiting, ...]:
    """Held entries by why they wait."""
    rows = Held.objects.filter(which).values_list("code", "state", "safety").annotate(many=Count("pk"))
    told: dict[str, list[int]] = {}
    for code, state, safety, many in rows:
        one = told.setdefault(why(code), [0, 0, 0])
        one[0] += many
        if state == Held.OPEN:
            one[1] += many
            one[2] += many if safety else 0
    order = [*WHY, ""]
    return tuple(
        Waiting(why=key, words=WHY.get(key, OTHER), held=told[key][0], waiting=told[key][1], safety=told[key][2])
        for key in sorted(told, key=order.index)
    )


def why(code: str) -> str:
    """The family of a code: a key of `WHY`, or nothing."""
    key = code.partition(".")[0]
    return key if key in WHY else ""


def of_family(family: str) -> Q:
    """Entries of a family, by their codes."""
    if family in WHY:
        return Q(code=family) | Q(code__startswith=f"{family}.")
    known = Q(pk__in=[])
    for key in WHY:
        known |= Q(code=key) | Q(code__startswith=f"{key}.")
    return ~known
