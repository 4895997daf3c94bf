"""Writes facts: ids that sort by site and time, local instants, and when each arrived."""

import datetime as dt
from random import Random

from vwazen.clinical.facts import AnyBody, Fact

EPOCH = dt.date(1970, 1, 1).toordinal()
OFFSET = 120  # the invented country keeps UTC+2
DAY = 1440  # minutes
_MINUTES = tuple(f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(1440))
PLAIN = tuple(f" {one}" for one in _MINUTES)
STAMP = tuple(f"T{one}.000Z" for one in _MINUTES)
LOCAL = tuple(f"T{one}.000+02:00" for one in _MINUTES)


class Calendar:
    """Days as ordinals, and their ISO text, made once. `now` is in minutes since 1970 in UTC."""

    def __init__(self, now: dt.datetime, years: int) -> None:
        moment = now.astimezone(dt.UTC)
        self.now = int(moment.timestamp()) // 60
        self.today = moment.date().toordinal()
        self.first = self.today - years * 365 - 40
        self.text = {day: dt.date.fromordinal(day).isoformat() for day in range(self.first - 4400, self.today + 500)}

    def plain(self, minutes: int) -> str:
        """An instant in UTC as databases read it: 2026-11-21 14:05:00."""
        return self.text[minutes // 1440 + EPOCH] + PLAIN[minutes % 1440]

    def stamp(self, minutes: int) -> str:
        """An instant as facts write it: UTC, to the millisecond."""
        return self.text[minutes // 1440 + EPOCH] + STAMP[minutes % 1440]

    def local(self, minutes: int) -> str:
        """The same instant as people there say it."""
        minutes += OFFSET
        return self.text[minutes // 1440 + EPOCH] + LOCAL[minutes % 1440]

    def at(self, day: int, minute: int) -> int:
        """Minutes since 1970 of a local time of day, but never after now."""
        at = (day - EPOCH) * 1440 + minute - OFFSET
        return at if at < self.now - 2 else self.now - 2


def fact_id(site: str, minutes: int, digits: str) -> str:
    """A UUIDv8: the site's number in four hexadecimal digits, the minute, 18 random hexadecimal digits.

    The site comes first because sites are written one after another: each then adds pages at the end of a table that is
    clustered by person, where ids by time alone would touch every page of it again.
    """
    minute = minutes.to_bytes(4, "big").hex("-", 2)
    return f"{site}{minute}-8{digits[:3]}-8{digits[3:6]}-{digits[6:]}"


class Pen:
    """The facts of one site, in the order of writing; `at` is the instant of each as the log sorts it, `received` when
    it reached the server, both in minutes since 1970."""

    __slots__ = ("at", "calendar", "content", "facts", "number", "prefix", "received", "rng", "site")

    def __init__(self, calendar: Calendar, rng: Random, site: str, content: str, number: int = 0) -> None:
        self.calendar, self.rng, self.site, self.content, self.number = calendar, rng, site, content, number
        self.prefix = f"{number:04x}"
        self.facts: list[Fact] = []
        self.at: list[int] = []
        self.received: list[int] = []

    def elsewhere(self, site: str) -> "Pen":
        """The same pen at another site: what it writes there stands in the same lists."""
        other = Pen(self.calendar, self.rng, site, self.content, self.number)
        other.facts, other.at, other.received = self.facts, self.at, self.received
        return other

    def aside(self, rng: Random) -> "Pen":
        """The same pen with random numbers of its own: what it writes changes nothing else that is drawn."""
        other = self.elsewhere(self.site)
        other.rng = rng
        return other

    def id(self, minutes: int) -> str:
        """A new id of that minute."""
        return fact_id(self.prefix, minutes, self.rng.getrandbits(72).to_bytes(9, "big").hex())

    def say(
        self, person: str, minutes: int, author: str, body: AnyBody, *, late: int = 0, device: str = "server",
        amends: str = "", retracts: str = "", typed: int = 3, date_only: bool = False, off: int = 0,
    ) -> str:  # fmt: skip
        """Write one fact and give its id.

        `late`: minutes from typing to arrival; `typed`: minutes from happening to typing; `off`: how far the
        device's clock was wrong, in minutes, so that the fact bears another time than the true one.
        """
        calendar = self.calendar
        now = calendar.now
        recorded, at, received = minutes + typed + off, minutes + off, minutes + typed + late
        recorded = recorded if recorded < now else now  # `min` costs seven times as much, and a nation asks often
        at = at if at < now else now
        id = self.id(recorded)
        occurred = calendar.local(at)
        if date_only:
            occurred = occurred[:10]
            at = (at + OFFSET) // 1440 * 1440 + 720
        self.facts.append(
            Fact(
                id=id, person=person or id, occurred=occurred, recorded=calendar.stamp(recorded), author=author,
                site=self.site, body=body, device=device, content=self.content, amends=amends, retracts=retracts,
            )
        )  # fmt: skip
        self.at.append(at)
        self.received.append(received if received < now else now)
        return id
