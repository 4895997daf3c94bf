"""What one site's years amount to: the lives that were lived there, and the facts that the record holds of them."""

import msgspec

from vwazen.clinical import facts as f
from vwazen.demo.directory import Directory
from vwazen.demo.journey import Journey, Person
from vwazen.demo.local import Local
from vwazen.demo.pen import Pen
from vwazen.demo.people import Registered
from vwazen.demo.programme import Place


class Scene(msgspec.Struct, frozen=True):
    """What was staged, and with whom."""

    name: str
    people: tuple[str, ...]


class Life(msgspec.Struct, kw_only=True):
    """A registered person with all their journeys; `screened` is the true severity at a screening, if there was one.

    `twin` is a second registration of the same person; `merged` says whether somebody found it. `reviewed`: the day on
    which the team spoke about their death, 0 where it did not.
    """

    registered: Registered
    person: Person | None
    journeys: list[Journey]
    screened: float | None = None
    illness: str = ""
    twin: str = ""
    reviewed: int = 0
    merged: bool = False


class Made(msgspec.Struct, kw_only=True):
    """What one site's years left: facts with their arrival, the lives behind them, and everyone else it lists."""

    place: Place
    pen: Pen
    lives: list[Life]
    local: Local
    directory: Directory
    scenes: list[Scene] = []
    refused: list[f.Fact] = []
    helped: list[str] = []

    @property
    def facts(self) -> list[f.Fact]:
        """What is known of those who are more than registered."""
        return self.pen.facts

    @property
    def received(self) -> list[int]:
        return self.pen.received
