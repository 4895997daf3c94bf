"""Writes facts: ids that sort by time, local instants, and when each arrived."""

import datetime as dt
from random import Random

from vwazen.clinical.facts import AnyBody, Fact

EPOCH = dt.date(1970, 1, 1).toordinal()
OFFSET = 120  # the invented country keeps UTC+2
_MASK = 2**74 - 1


class Calendar:
    """Days as ordinals, and their ISO text, made once. `now` is in minutes since 1970 in UTC."""

    def __init__(self, now: dt.datetime, years: int) -> None:
        moment = now.astimezone(dt.UTC)
        self.now = int(moment.timestamp()) // 60
        self.today = moment.date().toordinal()
        self.first = self.today - years * 365 - 40
        self.text = {day: dt.date.fromordinal(day).isoformat() for day in range(self.first - 4400, self.today + 500)}

    def stamp(self, minutes: int) -> str:
        """An instant as facts write it: UTC, to the millisecond."""
        day, minute = divmod(minutes, 1440)
        return f"{self.text[day + EPOCH]}T{minute // 60:02}:{minute % 60:02}:00.000Z"

    def local(self, minutes: int) -> str:
        """The same instant as people there say it."""
        day, minute = divmod(minutes + OFFSET, 1440)
        return f"{self.text[day + EPOCH]}T{minute // 60:02}:{minute % 60:02}:00.000+02:00"

    def at(self, day: int, minute: int) -> int:
        """Minutes since 1970 of a local time of day, but never after now."""
        return min((day - EPOCH) * 1440 + minute - OFFSET, self.now - 2)


class Pen:
    """The facts of one site, in the order of writing, with the minute in which each reached the server."""

    __slots__ = ("calendar", "content", "facts", "received", "rng", "site")

    def __init__(self, calendar: Calendar, rng: Random, site: str, content: str) -> None:
        self.calendar, self.rng, self.site, self.content = calendar, rng, site, content
        self.facts: list[Fact] = []
        self.received: list[int] = []

    def id(self, minutes: int) -> str:
        """A UUIDv7 of that minute."""
        low = self.rng.getrandbits(74) & _MASK
        text = f"{minutes * 60000 + (low & 0x7FFF):012x}"
        return (
            f"{text[:8]}-{text[8:]}-7{low >> 62 & 0xFFF:03x}-{0x8000 | low >> 48 & 0x3FFF:04x}-{low & 0xFFFFFFFFFFFF:012x}"
        )

    def say(
        self, person: str, minutes: int, author: str, body: AnyBody, *, late: int = 0, device: str = "server",
        amends: str = "", retracts: str = "", typed: int = 3, date_only: bool = False, off: int = 0,
    ) -> str:  # fmt: skip
        """Write one fact and give its id.

        `late`: minutes from typing to arrival; `typed`: minutes from happening to typing; `off`: how far the
        device's clock was wrong, in minutes, so that the fact bears another time than the true one.
        """
        calendar = self.calendar
        recorded = min(minutes + typed + off, calendar.now)
        id = self.id(recorded)
        occurred = calendar.local(min(minutes + off, calendar.now))
        self.facts.append(
            Fact(
                id=id, person=person or id, occurred=occurred[:10] if date_only else occurred,
                recorded=calendar.stamp(recorded), author=author, site=self.site, body=body, device=device,
                content=self.content, amends=amends, retracts=retracts,
            )
        )  # fmt: skip
        self.received.append(min(minutes + typed + late, calendar.now))
        return id
