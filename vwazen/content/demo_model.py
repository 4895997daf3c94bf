"""The parameters of the demo programme: every number with its interval, whose it is and where it was read."""

from typing import Literal

from vwazen.content.model import Entry, Part

Number = float | tuple[float, ...] | dict[str, float | tuple[float, ...]]


class Given(Part, frozen=True, kw_only=True):
    """One parameter. `low` and `high` are its interval, or the range of studies where `note` says so.

    `read` is where it was read: an address, "epidemiology notes" with a section, or empty for what is assumed.
    """

    value: Number
    low: float | None = None
    high: float | None = None
    unit: str = ""
    whose: str = ""
    read: str = ""
    tag: Literal["seen", "computed", "memory: verify", "assumed"]
    note: str = ""

    def __post_init__(self) -> None:
        if self.tag != "assumed" and not self.read:
            raise ValueError("A parameter that is not assumed says where it was read. Fill `read`, or tag it assumed")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("The interval ends before it begins. Exchange `low` and `high`")


class DemoModel(Entry, frozen=True, kw_only=True, eq=False):
    """`demo/*.yaml`: parameters and words of the invented programme. `basis` says what the file is about."""

    title: str
    basis: str
    values: dict[str, Given] = {}
    words: dict[str, tuple[str, ...]] = {}
