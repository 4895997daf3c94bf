"""Those who are registered and nothing else: most of a nation, so written straight as bytes.

The bytes are what `facts.encode` gives for the same registration; a test holds the two together.
"""

import msgspec

from vwazen.demo.local import Local
from vwazen.demo.pen import EPOCH, LOCAL, OFFSET, STAMP, fact_id
from vwazen.demo.people import People

_OPENS, _OPEN = 430, 500  # registrations are typed from ten past seven, local time, for so many minutes
_TYPED = 3

Listed = tuple[str, str, str, str, str, str]


class Directory(msgspec.Struct, kw_only=True):
    """People as the directory lists them (id, name, gender, born, village, phone), in the order of their ids, each with
    one fact: its bytes, its instant and its arrival in minutes since 1970. `ill` is the truth about those of them who
    are ill and whom nobody has found."""

    people: list[Listed]
    facts: list[bytes]
    at: list[int]
    received: list[int]
    ill: list[tuple[str, str]]


def directory(people: People, local: Local, many: int) -> Directory:
    """So many people who were registered and never asked or treated."""
    rng, calendar, pen = people.rng, local.calendar, people.pen
    random, identity, text = rng.random, people.identity, calendar.text
    monday = calendar.first + (1 - calendar.first) % 7
    weeks, days = divmod(calendar.today - monday, 7)
    span = (weeks * 6 + min(days, 6)) * _OPEN  # minutes at which they are open: never on a Sunday
    moments = sorted([int(random() * span) for _ in range(many)])
    digits = rng.randbytes(9 * many).hex()
    found = Directory(people=[], facts=[], at=[], received=[], ill=[])
    add_person, add_fact, add_at = found.people.append, found.facts.append, found.at.append
    prefix, site = pen.prefix, f'","site":"{pen.site}","body":{{"kind":"registration","name":"'
    until = 0
    among: tuple[str, ...] = ()
    tail = f'"}},"device":"server","content":"{pen.content}"}}'
    for n, (moment, (sex, age)) in enumerate(zip(moments, people.sexes_and_ages(many), strict=True)):
        day, minute = divmod(moment, _OPEN)
        day = monday + day // 6 * 7 + day % 6
        name, born, village, phone, language = identity(day, sex, age)
        if day >= until:  # who is at work changes by half months
            until = day // 15 * 15 + 15
            among = local.workers_on(day, "nurse", "chw", "care_manager")
        author = among[int(random() * len(among))] if among else ""
        minute += _OPENS  # the day is the same in UTC
        at = (day - EPOCH) * 1440 + minute - OFFSET
        date, typed = text[day], minute - OFFSET + _TYPED
        id = fact_id(prefix, at + _TYPED, digits[18 * n : 18 * n + 18])
        known = f'"born":"{born}","place":"{village}' if born else f'"place":"{village}'
        if phone:
            known = f'{known}","phone":"{phone}'
        add_fact(
            f'{{"id":"{id}","person":"{id}","occurred":"{date}{LOCAL[minute]}","recorded":"{date}{STAMP[typed]}",'
            f'"author":"{author}{site}{name}","gender":"{sex}",{known}","language":"{language}{tail}'.encode()
        )
        add_person((id, name, sex, born, village, phone))
        add_at(at)
        if illness := people.illness(sex, age):
            found.ill.append((id, illness))
    found.received = [at + _TYPED for at in found.at]
    return found
