"""What asking who may see what costs on a page, with 12,070 facilities in the tree and thousands of noes on record.

    python -m bench.access

Limit: a page answers within 100 ms at the 95th centile (docs/explanation/speed.md), and asking may take a tenth of it.
CPU, since other work on the machine is none of it. A worker with one post at a health centre, and one with a post over
the country; each run has a worker object of its own, as each request has. 20,000 people, of whom 3,000 have closed a
part to a role and 3,000 are shared elsewhere.
"""

import datetime as dt
from collections.abc import Callable

from bench import cpu_ms, head, line, node

VENDOR = node()

from django.db import connection  # noqa: E402  models load after Django
from django.test.utils import CaptureQueriesContext  # noqa: E402

from tests import world as worlds  # noqa: E402
from vwazen.server.care import actions as care  # noqa: E402
from vwazen.server.organisation import policy  # noqa: E402
from vwazen.server.organisation.models import Post, Site, Worker  # noqa: E402
from vwazen.server.record import access, reach, store  # noqa: E402
from vwazen.server.record.models import CaseloadRow, Person  # noqa: E402

FACILITIES, PEOPLE, MARKED, RUNS = 12_070, 20_000, 3_000, 60
LIMIT = "10 ms"


def fill() -> None:
    """A country of 12,070 facilities in 60 districts, and people spread over them."""
    districts = [Site(code=f"d{n}", name=f"District {n}", kind="district", parent_id="ht", path=f"ht/d{n}/")
                 for n in range(60)]  # fmt: skip
    Site.objects.bulk_create(districts)
    Site.objects.bulk_create(
        Site(
            code=f"f{n}", name=f"Facility {n}", kind="health_centre", parent_id=f"d{n % 60}", path=f"ht/d{n % 60}/f{n}/"
        )
        for n in range(FACILITIES)
    )
    ids = [f"{n:036d}" for n in range(PEOPLE)]
    paths = {one: f"ht/d{n % 60}/f{n % FACILITIES}/" for n, one in enumerate(ids)}
    Person.objects.bulk_create(
        Person(id=one, registered=True, name=f"Invented {one[-5:]}", path=paths[one], site=paths[one].split("/")[2])
        for one in ids
    )
    CaseloadRow.objects.bulk_create(
        CaseloadRow(id=f"{one}:e", person=one, episode="e", path=paths[one], site=paths[one].split("/")[2], name="x")
        for one in ids
    )
    far = dt.date(9999, 12, 31)
    store.insert("record_denied", reach.DENIED, [(one, "role:nurse", "mental-health", far) for one in ids[:MARKED]])
    store.insert(
        "record_shared", reach.SHARED, [(one, "ht/d1/f1/", "general,mental-health", far, "x") for one in ids[-MARKED:]]
    )


def measured(what: str, work: Callable[[], object]) -> None:
    with CaptureQueriesContext(connection) as asked:
        work()
    line(what, cpu_ms(work, RUNS), LIMIT, f"{len(asked)} queries")


def main() -> None:
    world = worlds.build()
    fill()
    whole = Worker(username="whole", name="Whole Country")
    whole.save()
    Post(worker=whole, role="nurse", site=world.sites["ht"], starts=dt.date(2020, 1, 1)).save()
    policy.changed()
    near, far, home = str(world.nia.pk), str(whole.pk), world.people["ben"]

    def fresh(worker: str) -> Worker:
        return Worker.objects.get(pk=worker)

    head(f"Access, {VENDOR}: {FACILITIES:,} facilities, {PEOPLE:,} people, {MARKED:,} closed and {MARKED:,} shared")
    for name, worker in (("one post at a clinic", near), ("a post over the country", far)):
        measured(f"the worker and their posts ({name})", lambda w=worker: policy.posts(fresh(w)))  # type: ignore[misc]
        measured("  and whether anybody is closed to them", lambda w=worker: reach.hidden(fresh(w)))  # type: ignore[misc]
        measured("  and of whom no score may be shown", lambda w=worker: reach.unreadable(fresh(w)))  # type: ignore[misc]
        measured(
            "  a page of a list, filtered",
            lambda w=worker: list(  # type: ignore[misc]
                CaseloadRow.objects.filter(
                    reach.within(fresh(w), policy.site_paths(fresh(w), "see_caseload"))
                ).order_by("path")[:50]
            ),
        )
        measured(
            "  a row of the directory, to write",
            lambda w=worker: access.require_person(by=fresh(w), person_id=home, permission="record_care"),  # type: ignore[misc]
        )
    chart = care.chart_of(home)
    measured("the whole door: facts, fold, log", lambda: access.person(by=fresh(near), person_id=home, purpose="care"))
    print(f"(the person has {len(chart.live)} facts)")


if __name__ == "__main__":
    main()
