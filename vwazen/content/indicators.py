"""Content about figures: what counts as an outcome, when it is looked for, and when a figure would name somebody."""

from typing import Annotated

from msgspec import Meta

from vwazen.content.model import Entry, Part, Segment

WINDOWS = ("3", "6", "12")


class Window(Part, frozen=True, kw_only=True):
    """When an outcome is looked for: `day` counts from the enrolment, and so many days on either side count."""

    id: str
    title: str
    day: int
    either_side: int
    basis: str

    @property
    def opens(self) -> int:
        """The first day after enrolment that counts."""
        return self.day - self.either_side

    @property
    def closes(self) -> int:
        """The last day after enrolment that counts; only from the next day on is anybody due."""
        return self.day + self.either_side


class AgeGroup(Part, frozen=True, kw_only=True):
    """Whole years at enrolment, both ends included; None is open."""

    id: str
    title: str
    low: int | None = None
    high: int | None = None


class Outcomes(Entry, frozen=True, kw_only=True, eq=False):
    """`indicators/outcomes.yaml`: the definitions behind the outcomes page. `version` stands on every figure."""

    title: str
    basis: str
    windows: tuple[Window, ...]
    baseline_until_day: int
    out_of_touch_days: int
    seen_again_days: int
    seizure_conditions: tuple[str, ...]
    register_scales: tuple[str, ...]
    segments: dict[str, Segment]
    ages: tuple[AgeGroup, ...]
    small_cell: Annotated[int, Meta(gt=1)]
    small_cell_basis: str

    def __post_init__(self) -> None:
        if tuple(one.id for one in self.windows) != WINDOWS:
            raise ValueError(
                f"The record keeps one value for each of the windows {', '.join(WINDOWS)}: name just these"
            )
        if any(one.opens <= self.baseline_until_day for one in self.windows):
            raise ValueError("A window may not open before the last day on which a first score counts as the start")

    def age_group(self, age: int | None) -> str:
        """The id of the group of this age; "" where the age is not known or in none."""
        if age is None:
            return ""
        fitting = (
            one.id for one in self.ages if (one.low is None or one.low <= age) and (one.high is None or age <= one.high)
        )
        return next(fitting, "")
