"""All open risks of a worker's sites, from the derived lists alone: who waits for an answer first, then tier 1."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.http import Http404

from vwazen.clinical.on_call import Chain
from vwazen.server.audit.actions import log
from vwazen.server.care import held_dangers
from vwazen.server.care.alarm import Alarm, chain_of, state_of
from vwazen.server.care.listing import A_PAGE, reason, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, reach
from vwazen.server.record.models import OpenItem, Person, Segment

NOBODY, FIRST, OTHERS = 0, 1, 2
LAST = 99


def _ordered(by: Worker, today: dt.date) -> QuerySet[OpenItem]:
    """Open risks: nobody has answered, then tier 1, then the rest; each by when something is due."""
    paths = policy.site_paths(by, "act_on_risk")
    first = Segment.objects.filter(reach.within(by, paths), rank=1, starts__lte=today, ends__gt=today).values("person")
    group = Case(
        When(Q(acknowledged=False, urgent_since__isnull=False), then=Value(NOBODY)),
        When(person__in=first, then=Value(FIRST)),
        default=Value(OTHERS),
        output_field=IntegerField(),
    )
    here = OpenItem.objects.filter(reach.within(by, paths), kind=OpenItem.RISK)
    return here.annotate(group=group).order_by("group", F("due").asc(nulls_first=True), "since", "pk")


def read_board(by: Worker, cursor: str) -> dict[str, object]:
    """One page of the board for its template, logged once. `cursor` is how many stand on the pages before."""
    today, now = clock.today(), clock.now()
    start = int(cursor) if cursor.isdecimal() and len(cursor) < 7 else 0
    found = list(_ordered(by, today)[start : start + A_PAGE + 1])
    more, found = len(found) > A_PAGE, found[:A_PAGE]
    paths = policy.site_paths(by, "act_on_risk")
    log(by=by, action="read-list", site=paths[0] if len(paths) == 1 else "", purpose="risk", route="risk-board")
    people = {one.pk: one for one in Person.objects.filter(pk__in={item.person for item in found})}
    names = worker_names(item.owner for item in found)
    chains: dict[str, Chain] = {}
    tiers = _tiers(people, today)
    rows = [_row(by, item, people.get(item.person), names, tiers, today) for item in found]
    for row, item in zip(rows, found, strict=True):
        one = people.get(item.person)
        if row["group"] == NOBODY and one:
            if one.site not in chains:
                chains[one.site] = chain_of(one.site, now)
            row["alarm"] = _alarm(item, chains[one.site], now)
    dangers = held_dangers.waiting(by)
    return {"rows": rows, "next": start + A_PAGE if more else None, "now": now, "dangers": dangers}


def _row(
    by: Worker, item: OpenItem, one: Person | None, names: dict[str, str], tiers: dict[str, int], today: dt.date
) -> dict[str, object]:
    group: int = item.group  # type: ignore[attr-defined]
    return {
        "item": item,
        "group": group,
        "tier": 1 if group == NOBODY else tiers.get(item.person, LAST),
        "apart": tell_apart(one) if one else "",
        "says": reason(by, item),
        "owner": names.get(item.owner, ""),
        "late": item.due is not None and item.due < today,
        "alarm": None,
    }


def _tiers(people: Iterable[str], today: dt.date) -> dict[str, int]:
    """Person id -> the tier in force today, the most urgent where there are several."""
    here = Segment.objects.filter(person__in=list(people), starts__lte=today, ends__gt=today)
    return dict(here.order_by("-rank").values_list("person", "rank"))


def _alarm(item: OpenItem, chain: Chain, now: dt.datetime) -> Alarm:
    """The clock of an open item, as far as the list knows it: not who took it on."""
    taken = item.urgent_since if item.acknowledged else None
    state = state_of(chain, item.urgent_since, now, taken)
    return Alarm(chain=chain, since=item.urgent_since, state=state, lines=(), now=now)


def alarm_of(by: Worker, person: str, risk: str) -> Alarm:
    """The clock of one open risk, for a page that stays open. Raises Http404 where it is closed or elsewhere."""
    policy.require(by, "act_on_risk")
    here = OpenItem.objects.filter(reach.within(by, policy.site_paths(by, "act_on_risk")), kind=OpenItem.RISK)
    item = here.filter(person=person, fact=risk).first()
    one = Person.objects.filter(pk=person).first()
    if item is None or one is None:
        raise Http404("This risk is not open.")
    now = clock.now()
    return _alarm(item, chain_of(one.site, now), now)
