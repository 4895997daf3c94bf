"""Those who are registered and nothing else: most of a nation, so written straight as bytes.

The bytes are what `facts.encode` gives for the same registration; a test holds the two together.
"""

import msgspec

from vwazen.demo.local import Local
from vwazen.demo.pen import fact_id
from vwazen.demo.people import People

Listed = tuple[str, str, str, str, str, str]


class Directory(msgspec.Struct, kw_only=True):
    """People as the directory lists them (id, name, gender, born, village, phone), each with one fact: its bytes, its
    instant and its arrival. `ill` is the truth about those of them who are ill and whom nobody has found."""

    people: list[Listed]
    facts: list[bytes]
    at: list[int]
    received: list[int]
    ill: list[tuple[str, str]]


def directory(people: People, local: Local, many: int) -> Directory:
    """So many people who were registered and never asked or treated."""
    rng, calendar, pen = people.rng, local.calendar, people.pen
    random, span = rng.random, calendar.today - calendar.first
    found = Directory(people=[], facts=[], at=[], received=[], ill=[])
    site = f'","site":"{pen.site}","body":{{"kind":"registration","name":"'
    tail = f'"}},"device":"server","content":"{pen.content}"}}'
    for _ in range(many):
        sex, age = people.sex_and_age()
        day = calendar.first + int(random() * span)
        name, born, village, phone, language = people.identity(day, sex, age)
        author = local.worker(rng, day, "nurse", "chw", "care_manager")
        at = calendar.at(day, 430 + int(random() * 500))
        recorded = at + 3
        id = fact_id(rng, recorded)
        known = f'"born":"{born}","place":"{village}"' if born else f'"place":"{village}"'
        if phone:
            known = f'{known},"phone":"{phone}"'
        found.facts.append(
            f'{{"id":"{id}","person":"{id}","occurred":"{calendar.local(at)}","recorded":"{calendar.stamp(recorded)}",'
            f'"author":"{author}{site}{name}","gender":"{sex}",{known},"language":"{language}{tail}'.encode()
        )
        found.people.append((id, name, sex, born, village, phone))
        found.at.append(at)
        found.received.append(recorded)
        if illness := people.illness(sex, age):
            found.ill.append((id, illness))
    return found
