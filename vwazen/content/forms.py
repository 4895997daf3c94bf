"""Content of a visit that is no instrument: forms whose answers give no score, and what can be done at a visit."""

from typing import Literal

from vwazen.content.model import Entry, Part, Segment


class FormItem(Part, frozen=True, kw_only=True):
    """One question. What is not asked is absent from the answers; of `several`, asked and none holds, none is chosen.

    `choices`: id -> words, or `answers` names one of the form's lists. `unit`, `low` and `high` go with a number; they
    catch slips of the pen and are no clinical limits. A date may be a year, a month or a day.

    `danger`: the chosen ids that open the safety steps. `danger_if_recent`: a date within the safety policy's
    `act_within_days` does. `left_hospital`: the date is a discharge and is recorded as one as well.
    """

    id: str
    text: str
    kind: Literal["choice", "several", "number", "date", "text"]
    answers: str = ""
    choices: dict[str, str] = {}
    hint: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    danger: tuple[str, ...] = ()
    danger_if_recent: bool = False
    left_hospital: bool = False


class FormSection(Part, frozen=True, kw_only=True):
    title: str
    items: tuple[FormItem, ...]


class Form(Entry, frozen=True, kw_only=True, eq=False):
    """`forms/*.yaml`: questions on one page. `ask`: at the `first` visit, or when there is need.

    Who records the answers has to see `segment`.
    """

    title: str
    basis: str
    segment: Segment
    ask: Literal["first", "when_needed"]
    note: str = ""
    lists: dict[str, dict[str, str]] = {}
    sections: tuple[FormSection, ...]

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise ValueError(f"Two items are called {item.id!r}. Give each an id of its own")
            seen.add(item.id)
            if fault := _fault(item, self.lists):
                raise ValueError(f"Item {item.id!r}: {fault}")

    @property
    def items(self) -> tuple[FormItem, ...]:
        return tuple(item for section in self.sections for item in section.items)

    def choices(self, item: FormItem) -> dict[str, str]:
        """What can be chosen: id -> words; empty for a number, a date or words."""
        return self.lists[item.answers] if item.answers else item.choices


def _fault(item: FormItem, lists: dict[str, dict[str, str]]) -> str:
    if item.answers and item.answers not in lists:
        return f"there is no list {item.answers!r}; `lists` has {', '.join(sorted(lists)) or 'none'}"
    choices = lists[item.answers] if item.answers else item.choices
    if (item.kind in ("choice", "several")) != bool(choices):
        return "a choice needs choices, and nothing else has any"
    if strange := sorted(set(item.danger) - set(choices)):
        return f"{strange[0]!r} opens the safety steps and cannot be chosen"
    if (item.danger_if_recent or item.left_hospital) and item.kind != "date":
        return "only a date can be recent, or a discharge"
    if (item.unit or item.low is not None or item.high is not None) and item.kind != "number":
        return "unit, low and high go with a number"
    return ""


class Intervention(Part, frozen=True, kw_only=True):
    """Something that is done at a visit.

    `session`: it counts as a session of treatment received. `usual`: offered before the others. What is done is kept
    in its `segment`, so that nobody reads there why someone is in care.
    """

    id: str
    title: str
    segment: Segment = "mental-health"
    session: bool = False
    usual: bool = False


class InterventionGroup(Part, frozen=True, kw_only=True):
    title: str
    interventions: tuple[Intervention, ...]


class Interventions(Entry, frozen=True, kw_only=True, eq=False):
    """`interventions.yaml`: what can be done at a visit. Lists of later packs stand beside it."""

    basis: str
    groups: tuple[InterventionGroup, ...]

    def __post_init__(self) -> None:
        ids = [one.id for group in self.groups for one in group.interventions]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"Two interventions are called {twice[0]!r}. Give each an id of its own")
        for group in self.groups:
            for one in group.interventions:
                if one.session and one.segment != "mental-health":
                    raise ValueError(f"{one.id!r}: a session of treatment lies in the segment mental-health")
