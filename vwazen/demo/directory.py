"""Those who are registered and nothing else: most of a nation, so written straight as bytes.

The bytes are what `facts.encode` gives for the same registration; a test holds the two together.
"""

import msgspec

from vwazen.demo.local import Local
from vwazen.demo.pen import EPOCH, LOCAL, OFFSET, PLAIN, STAMP, fact_id
from vwazen.demo.people import People

_OPENS, _OPEN = 430, 500  # registrations are typed from ten past seven, local time, for so many minutes
_TYPED = 3

Listed = tuple[str, str, str, str, str, str]


class Directory(msgspec.Struct, kw_only=True):
    """People as the directory lists them (id, name, gender, born, village, phone), in the order of their ids, each with
    one fact: its bytes, its instant and its arrival as databases read them. `ill` is the truth about those of them who
    are ill and whom nobody has found."""

    people: list[Listed]
    facts: list[bytes]
    at: list[str]
    received: list[str]
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
    add_person, add_fact = found.people.append, found.facts.append
    add_at, add_received = found.at.append, found.received.append
    prefix, site = pen.prefix, f'","site":"{pen.site}","body":{{"kind":"registration","name":"'
    tail = f'"}},"device":"server","content":"{pen.content}"}}'
    until, over, cut = 0, 0, 0
    among: tuple[str, ...] = ()
    for moment, (sex, age) in zip(moments, people.sexes_and_ages(many), strict=True):
        if moment >= over:  # the next of their days, with what is the same for everybody of it
            day = moment // _OPEN
            opened, over = _OPENS - OFFSET - day * _OPEN, (day + 1) * _OPEN  # the day is the same in UTC
            day = monday + day // 6 * 7 + day % 6
            date, midnight = text[day], (day - EPOCH) * 1440 + _TYPED
            if day >= until:  # who is at work changes by half months
                until = day // 15 * 15 + 15
                among = local.workers_on(day, "nurse", "chw", "care_manager")
        name, born, village, phone, language = identity(day, sex, age)
        author = among[int(random() * len(among))] if among else ""
        minute = moment + opened
        typed, here = minute + _TYPED, LOCAL[minute + OFFSET]
        id = fact_id(prefix, midnight + minute, digits[cut : cut + 18])
        cut += 18
        known = f'"born":"{born}","place":"{village}' if born else f'"place":"{village}'
        if phone:
            known = f'{known}","phone":"{phone}'
        add_fact(
            f'{{"id":"{id}","person":"{id}","occurred":"{date}{here}","recorded":"{date}{STAMP[typed]}",'
            f'"author":"{author}{site}{name}","gender":"{sex}",{known}","language":"{language}{tail}'.encode()
        )
        add_person((id, name, sex, born, village, phone))
        add_at(date + PLAIN[minute])
        add_received(date + PLAIN[typed])
        if illness := people.illness(sex, age):
            found.ill.append((id, illness))
    return found
