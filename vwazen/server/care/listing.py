"""What lists of people share: who works as what, how old someone is, where a long list goes on, what may be read."""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict

from vwazen.server.organisation import policy
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.models import OpenItem

A_PAGE = 50


def worker_names(ids: Iterable[str]) -> dict[str, str]:
    """Worker id -> name, in one query; an id that no account has is left out."""
    wanted = {one for one in ids if is_id(one)}
    if not wanted:
        return {}
    return {str(pk): name for pk, name in Worker.objects.filter(pk__in=wanted).values_list("pk", "name")}


def is_id(text: str) -> bool:
    """Whether this can be an id of ours."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def drawn_id(request: HttpRequest) -> QueryDict | None:
    """What a form sent, with a `fact_id` that is no id left empty; None for a page that is only opened."""
    if request.method != "POST":
        return None
    sent = request.POST.copy()
    if not is_id(sent.get("fact_id", "")):
        sent["fact_id"] = ""
    return sent


def age(born: str, today: dt.date | None = None) -> str:
    """How old someone born in this year, month or on this day is: "41", "about 41", or "" where nobody knows."""
    parts = [int(part) for part in born.split("-") if part.isdigit()]
    if not parts:
        return ""
    day = today or clock.today()
    if len(parts) == 1:
        return f"about {day.year - parts[0]}"
    return str(day.year - parts[0] - ((day.month, day.day) < (parts[1], parts[2] if len(parts) > 2 else 1)))


def opens_chart(by: Worker, path: str | None = None) -> bool:
    """Whether `by` may open charts at this path (anywhere, with None); what a chart shows goes by the segments."""
    return policy.can(by, "see_chart", path) or policy.can(by, "see_caseload", path)


class Filed(Protocol):
    """Anything with a birth and a place."""

    @property
    def born(self) -> str: ...

    @property
    def place(self) -> str: ...


def tell_apart(one: Filed) -> str:
    """Age and place, which tell two people of one name apart; what is not recorded is said."""
    return f"{age(one.born) or 'age not recorded'} · {one.place or 'place not recorded'}"


def may_read(by: Worker, path: str, person: str = "") -> bool:
    """Whether reasons that carry scores may be shown to `by` at this path, and of this person; else the plain ones."""
    return "mental-health" in policy.segments(by, path) and person not in reach.unreadable(by)


def reason(by: Worker, item: OpenItem) -> str:
    """Why this is open, as far as `by` may know it."""
    words = item.reason if may_read(by, item.path, item.person) else item.plain
    return words if words.endswith((".", "?", "!")) else f"{words}."


R = TypeVar("R", bound=OpenItem)


def page_after(rows: QuerySet[R], cursor: str) -> tuple[list[R], str]:
    """One page in the order (since, id) after `cursor`, and the cursor of the next page ("" at the end).

    A cursor is an instant and an id; one that cannot be read begins at the beginning.
    """
    stamp, _, last = cursor.partition("~")
    since = clock.instant_of(stamp)
    if since is not None:
        rows = rows.filter(Q(since__gt=since) | Q(since=since, pk__gt=last))
    found = list(rows.order_by("since", "pk")[: A_PAGE + 1])
    more = len(found) > A_PAGE
    found = found[:A_PAGE]
    return found, f"{found[-1].since.isoformat()}~{found[-1].pk}" if more else ""


def caring(paths: Iterable[str]) -> QuerySet[Post]:
    """The posts held today that record care at one of these paths."""
    roles = [id for id, role in policy.scopes().roles.items() if "record_care" in role.permissions]
    today = clock.today()
    return Post.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=today), role__in=roles, starts__lte=today,
        site__path__in={above for path in paths for above in upwards(path)},
    )  # fmt: skip


def carers(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Who may own someone at one of these paths: (id, name) of active workers who record care there, by name."""
    found = Worker.objects.filter(is_active=True, pk__in=caring(paths).values("worker")).values_list("pk", "name")
    return [(str(pk), name) for pk, name in found]
