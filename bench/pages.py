"""Lists, chart, review and search at the server, with 3,500 and with 141,000 open episodes, over Django's own client.

A thousand people are folded for real; their rows are then copied under new ids, since a list reads rows only. The
nation's directory rows for the search carry generated names.
"""

import random
from functools import partial

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from bench import head, line, node, wall_ms

VENDOR = node()

from tests import world as worlds  # noqa: E402  models load after Django
from vwazen.clinical import facts as f  # noqa: E402
from vwazen.server.record import names, store  # noqa: E402
from vwazen.server.record.actions import append, make_fact, make_id  # noqa: E402
from vwazen.server.record.models import CaseloadRow, NameKey, OpenItem, Person, Segment  # noqa: E402

FOLDED = 1000
DISTRICT, NATION = 3_500, 141_000
DIRECTORY = 300_000
SYLLABLES = [
    "ba",
    "ri",
    "no",
    "ke",
    "lu",
    "ma",
    "zo",
    "ti",
    "fe",
    "wi",
    "da",
    "sa",
    "gu",
    "pe",
    "yo",
    "che",
    "la",
    "mi",
]


def name(dice: random.Random) -> str:
    """An invented name of two words."""
    return " ".join("".join(dice.choices(SYLLABLES, k=dice.randint(2, 3))).capitalize() for _ in range(2))


def folded(world: worlds.World, dice: random.Random) -> None:
    """People of every kind, through the record's own door."""
    for _ in range(FOLDED):
        person, made = make_id(), []

        def say(body: f.AnyBody, ago: int, person: str = person, made: list[f.Fact] = made) -> None:
            made.append(make_fact(by=world.nia, person=person, site="bel-dlo", body=body, occurred=worlds.day(ago)))

        start = dice.randint(5, 700)
        say(f.Registration(name=name(dice), born=str(dice.randint(1940, 2008)), place="Nan Mango"), start)
        say(f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression",
                      owner=str(world.kai.pk)), start)  # fmt: skip
        total, ago = dice.randint(8, 25), start
        while ago > 0:
            total = max(0, min(24, total + dice.randint(-5, 3)))
            answers = worlds.phq9(total, int(dice.random() < 0.03))
            say(f.Response(instrument="phq-9", version=1, answers=answers), ago)
            say(f.Encounter(mode="clinic", next=worlds.day(max(0, ago - 20))), ago)
            ago -= dice.randint(14, 60)
        append(made)


def copied(target: int) -> None:
    """Copy the folded rows under new ids until there are `target` open episodes."""
    models = (Person, CaseloadRow, Segment, OpenItem, NameKey)
    base = CaseloadRow.objects.exclude(person__contains="~").count()
    done = CaseloadRow.objects.count() // base
    for copy in range(done, max(done, target // base)):
        for model in models:
            table, columns = model._meta.db_table, [one.column for one in model._meta.fields]
            auto = model in (Segment, NameKey)
            kept = [one for one in columns if not (auto and one == "id")]
            changed = {"id", "person", "row"} if not auto else {"person", "row"}
            chosen = ", ".join(f"{one} || '~{copy}'" if one in changed else f'"{one}"' for one in kept)
            key = "id" if model is Person else "person"
            quoted = ", ".join(f'"{one}"' for one in kept)
            store.execute(f"INSERT INTO {table} ({quoted}) SELECT {chosen} FROM {table} WHERE {key} NOT LIKE '%%~%%'")
    store.execute("ANALYZE")


def directory(count: int, dice: random.Random) -> None:
    """Directory rows with their name keys, for the search."""
    keys, people = [], []
    for one in range(count):
        who, born = name(dice), str(dice.randint(1940, 2020))
        people.append((f"d{one}", 0, True, who, "female", born, "Nan Mango", "", "bel-dlo", "ht/centre/bel-dlo/", ""))
        keys += [(key, "nan mango", born, f"d{one}") for key in names.keys(who)]
    columns = ("id", "rev", "registered", "name", "gender", "born", "place", "phone", "site", "path", "merged_into")
    with store.writing():
        store.insert("record_person", columns, people)
        store.insert("record_name_key", ("key", "place", "born", "person"), keys)
    store.execute("ANALYZE")


def _ask(client: Client, address: str) -> HttpResponse:
    """One request; a search is posted, since no address holds a name."""
    if address.startswith("POST "):
        return client.post(address[5:], {"name": "Mario Basari"}, follow=True)
    return client.get(address)


def main() -> None:
    """Print the table."""
    dice = random.Random(3)
    world = worlds.build_organisation()
    folded(world, dice)
    person = str(Person.objects.filter(registered=True).values_list("pk", flat=True)[7])
    kai, pia = Client(), Client()
    kai.force_login(world.kai, "django.contrib.auth.backends.ModelBackend")
    pia.force_login(world.pia, "django.contrib.auth.backends.ModelBackend")
    for size in (DISTRICT, NATION):
        copied(size)
        if size == NATION:
            directory(DIRECTORY, dice)
        head(f"pages, {VENDOR}, {CaseloadRow.objects.count():,} open episodes (wall ms at the server)")
        for what, client, address in (
            ("caseload, first page, all", kai, "/caseload?owner="),
            ("caseload, mine", kai, "/caseload?owner=me"),
            ("chart", kai, f"/people/{person}"),
            ("case review, agenda", pia, "/review"),
            ("case review, one packet", pia, f"/people/{person}/review"),
            ("triage", kai, "/triage"),
            (
                f"search by name among {NameKey.objects.values('person').distinct().count():,}",
                kai,
                "/people?name=mario+basari",
            ),
        ):
            ask = partial(_ask, client, address)
            reply = ask()
            figures = wall_ms(ask, 12)
            line(what, figures, "p95 100 ms", "" if reply.status_code == 200 else f"answered {reply.status_code}")
    connection.close()


if __name__ == "__main__":
    main()
