"""The register of people in care at one place, line by line, through the record's door."""

from collections.abc import Iterator, Sequence
from itertools import chain

from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.evidence import register
from vwazen.server.care.listing import worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import access, clock
from vwazen.server.record.models import CaseloadRow, Person
from vwazen.server.reporting.files import Row, origin
from vwazen.server.reporting.scope import definitions

XLSX_MOST = 20_000  # people; a workbook is made whole before it is sent


def people(by: Worker, site: Site) -> list[Person]:
    """Everyone in care at this place and below, by id and not by name: a file travels further than a page."""
    owned = CaseloadRow.objects.filter(policy.within([site.path])).exclude(episode="").values("person")
    return list(Person.objects.filter(pk__in=owned, merged_into="").order_by("pk"))


def scales(by: Worker, site: Site) -> tuple[Instrument, ...]:
    return register.scales(content(), definitions(), policy.segments(by, site))


def head(known: Sequence[Instrument]) -> Row:
    return (*register.head(known), "origin")


def lines(by: Worker, site: Site, rows: Sequence[Person]) -> Iterator[Row]:
    """A line for each of these people, as `by` may see them; the caller logs the file."""
    known, know, today = scales(by, site), content(), clock.today()
    owners = CaseloadRow.objects.filter(policy.within([site.path])).values_list("owner", flat=True).distinct()
    names, said = worker_names(owners), origin()
    for view in access.many(by=by, rows=rows):
        yield tuple(chain(register.line(view.chart, known, know, today, names), (said,)))
