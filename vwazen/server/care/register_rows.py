"""A page of a paper register and its lines: what was typed, what does not fit, and what became of it."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from vwazen.content.forms import Intervention
from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.content.rules import Protocol
from vwazen.server.care import findings
from vwazen.server.care import register_cells as cells
from vwazen.server.care.likeness import Alike
from vwazen.server.care.listing import is_id
from vwazen.server.organisation.models import Site

FIELDS = ("date", "number", "name", "age", "sex", "place", "why", "medicine", "done", "next", "seen_by")
NUMBER = 8  # figures of an id that a register writes
NEW = "new"
COUNTED = "seizures"  # what is asked on the sheet of a protocol that follows no score


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of the register holds: where, by which protocol, and who saw the people unless a row says it."""

    site: Site
    protocol: Protocol
    mode: str = "clinic"
    seen_by: str = ""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The scores that the protocol follows, one column each; a count of seizures where it follows none."""
        wanted = dict.fromkeys(one.instrument for one in self.protocol.conditions)
        know = {one.id: one for one in content().instruments}
        return tuple(know[one] for one in wanted or (COUNTED,) if one in know)


class Row(msgspec.Struct, kw_only=True):
    """One line: `id` drawn with it, what was typed by cell, and what does not fit.

    `pick`: whom somebody chose, a person's id or `NEW`, when the name was `pick_for`; `choices`: among whom;
    `ask_new`: somebody new is one of them. `again`: this person has a visit on that day, and here is another.
    `danger`: a safety question is answered yes, which must be seen also where the row cannot be saved yet.
    """

    id: str
    typed: dict[str, str]
    pick: str = ""
    pick_for: str = ""
    again: bool = False
    errors: dict[str, str] = msgspec.field(default_factory=dict)
    choices: list[Alike] = msgspec.field(default_factory=list)
    ask_new: bool = False
    ask_again: bool = False
    danger: bool = False
    day: dt.date | None = None

    @property
    def empty(self) -> bool:
        """Nothing was typed. Who saw the person is chosen for the whole sheet and is no word of its own."""
        return not any(value for name, value in self.typed.items() if name != "seen_by")

    @property
    def who(self) -> str:
        """What a choice was made for: another name is another person."""
        return " ".join(f"{self.typed['name']} / {self.typed['age']} / {self.typed['place']}".casefold().split())

    @property
    def repeats(self) -> bool:
        """Whether its day repeats the one above."""
        return self.typed["date"] in cells.DITTO

    def says(self, field: str, why: str) -> None:
        """Put what is wrong beside a cell."""
        self.errors.setdefault(field if field in self.typed else "all", why)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is on record: whom it is about and what must be known of it at once.

    `risk`: the safety steps that it opened. `old_danger`: an answer from long ago told of danger. `unasked`: only a
    total is known, so the safety question is unknown. `given`: medicines that nobody prescribed here.
    """

    row: str
    person: str
    name: str
    day: dt.date
    next: dt.date | None
    new: bool
    enrolled: bool
    risk: str = ""
    old_danger: bool = False
    unasked: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


def protocols() -> list[Protocol]:
    """What a sheet can be made for."""
    return list(content().all(Protocol))


def number_of(person: str) -> str:
    """The number by which a register names a person."""
    return person[-NUMBER:]


def on_paper(segments: Iterable[str]) -> dict[str, Intervention]:
    """What may stand on a sheet that lies on a table: nothing that only few may read."""
    open_ = {"general", "mental-health"} & set(segments)
    return {id: one for id, one in findings.interventions().items() if one.segment in open_}


class ChooseError(Exception):
    """A person has to be chosen; the row says among whom."""


def drawn(text: str) -> str:
    """The id of a row as the page sent it, or "" where it is none."""
    return text.lower() if is_id(text) else ""
