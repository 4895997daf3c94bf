"""What waits for whom: the open items and urgent tiers that one worker may see, and each as a reason with its clock."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from vwazen.clinical.caseload import say
from vwazen.server.care import caselist
from vwazen.server.care.listing import may_read
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record import clock, reach, store
from vwazen.server.record.models import OpenItem
from vwazen.server.record.open_items import NEVER_PUT_OFF

AHEAD = 7  # days: what is due later stands in the diary
COUNTED = 1000
FEW = 100  # sites, a district's: an index leads to them one by one; of more, the whole list is walked in its order
WHOSE = {"mine": "Mine", "team": "My team's", "sites": "My sites"}
# Any of these rights shows the kind. Triage and questions to the specialist have pages of their own and are counted.
RIGHTS = {
    OpenItem.RISK: ("act_on_risk",), OpenItem.CONTACT: ("see_caseload",), OpenItem.REFILL: ("see_caseload", "dispense"),
    OpenItem.REFERRAL: ("record_care",), OpenItem.REFERRED: ("record_care",),
    OpenItem.RESULT: ("see_caseload", "see_chart"), OpenItem.ADVICE: ("carry_out",), OpenItem.PLAN: ("record_care",),
    OpenItem.HISTORICAL: ("triage",), OpenItem.TRACE: ("see_caseload",), OpenItem.MESSAGE: ("record_care",),
    OpenItem.CONSENT: ("see_caseload",),
    OpenItem.STAY: ("see_caseload",), OpenItem.LEAVE: ("see_caseload",), OpenItem.DISCHARGE: ("see_caseload",),
    OpenItem.FOLLOW: ("see_caseload",), OpenItem.UNREACHED: ("see_caseload",), OpenItem.MEDICINE: ("see_chart",),
    OpenItem.HOME: ("see_chart",), OpenItem.WAY_HOME: ("see_caseload",), OpenItem.ABSENT: ("see_chart",),
}  # fmt: skip
OPENS = ("see_caseload", "carry_out")
# What a button is called and where it leads; of two addresses the first that this node has.
_VISIT = ("Record the visit", ("visit",), "?do=contact#do-contact")
_ACTIONS = {
    OpenItem.CONTACT: _VISIT, OpenItem.REFILL: ("Refill", ("medicines",), ""),
    OpenItem.RESULT: ("Look at it", ("medicines",), ""), OpenItem.PLAN: ("Open the plan", ("care-plan",), ""),
    OpenItem.HISTORICAL: ("Contact and ask", ("triage-decide",), ""),
    OpenItem.TRACE: ("Say what came of it", ("trace",), ""), OpenItem.CONSENT: ("Decide with them", ("consent",), ""),
    OpenItem.MESSAGE: ("Read it", ("team-messages",), ""),
    OpenItem.STAY: ("Read it", ("stays",), ""), OpenItem.LEAVE: ("Say where they are", ("stays",), ""),
    OpenItem.DISCHARGE: ("Complete the discharge", ("stays",), ""), OpenItem.FOLLOW: _VISIT, OpenItem.UNREACHED: _VISIT,
    OpenItem.MEDICINE: ("Look at it", ("stays",), ""),
    OpenItem.HOME: ("Review the stay", ("residence",), ""), OpenItem.WAY_HOME: ("Next step", ("way-home",), ""),
    OpenItem.ABSENT: ("Write down the call", ("day-member",), "?do=call#do-call"),
}  # fmt: skip


class Where(msgspec.Struct, frozen=True):
    """Site paths, and every site below them where they are a few, else None. `by`: who asks; of whom they are not to
    know at all is left out."""

    paths: tuple[str, ...]
    sites: tuple[str, ...] | None = None
    by: Worker | None = None

    @property
    def people(self) -> str:
        """Counts people; at very many sites whoever is in two programmes counts twice, or a nation would wait."""
        return "count(DISTINCT person)" if self.sites is not None else "count(*)"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is drawn from: kinds by where they may be seen, the tiers, and whose. `owners` None is everyone."""

    kinds: tuple[tuple[tuple[str, ...], Where], ...]
    tiers: Where
    owners: tuple[str, ...] | None


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that waits: why, its clock in words, and the one button that does it.

    `key` is its place in the list: tier or 5, day, id. `item` is what may be put off, "" where nothing may.
    """

    key: tuple[int, dt.date, str]
    kind: str
    text: str
    clock: str
    late: bool
    action: str
    url: str
    item: str
    owner: str
    tier: int = 0
    word: str = ""
    dated: bool = False


def paths_of(by: Worker, rights: Sequence[str]) -> tuple[str, ...]:
    """Where `by` has any of these rights; a right that this node's roles do not know gives nothing."""
    known = [right for right in rights if right in policy.scopes().permissions]
    return tuple(sorted({path for right in known for path in policy.site_paths(by, right)}))


def scope_of(by: Worker, whose: str, today: dt.date) -> Scope:
    """What `by` sees as theirs, their team's or their sites'."""
    owners: tuple[str, ...] | None = (str(by.pk),) if whose == "mine" else None
    if whose == "team":
        owners = caselist.team(by, today)
    by_place: dict[tuple[str, ...], list[str]] = {}
    for kind, rights in RIGHTS.items():
        if paths := paths_of(by, rights):
            by_place.setdefault(paths, []).append(kind)
    tiers = policy.site_paths(by, "see_caseload")
    places = {paths: where(paths, look=owners is None, by=by) for paths in {*by_place, tiers}}
    kinds = tuple((tuple(kinds), places[paths]) for paths, kinds in by_place.items())
    return Scope(kinds=kinds, tiers=places[tiers], owners=owners)


def where(paths: tuple[str, ...], *, look: bool, by: Worker | None = None) -> Where:
    """These paths; with `look` their sites too, where they are few: an index then leads to them one by one."""
    if not look or not paths:
        return Where(paths, by=by)
    sites = tuple(Site.objects.filter(policy.within(paths)).values_list("path", flat=True)[: FEW + 1])
    return Where(paths, sites if len(sites) <= FEW else None, by)


def rows(paths: Sequence[str]) -> Q:
    """Rows at these paths; the sites are named one by one where they are few, so that an index leads to them."""
    place = where(tuple(paths), look=True)
    return policy.within(paths) if place.sites is None else Q(path__in=place.sites)


def inside(place: Where, column: str) -> tuple[str, list[object]]:
    """A condition: the column `path` lies at these places, and the `person` beside it is one of whom they may know."""
    known, more = reach.open_sql(place.by, f"{column[: -len('path')]}person") if place.by is not None else ("", [])
    here, values = at(place, column)
    return f"{here}{known}", [*values, *more]


def at(place: Where, column: str) -> tuple[str, list[object]]:
    """A condition: the column lies at these places."""
    if place.sites is not None or not place.paths:
        sites = place.sites or ()
        return (f"{column} IN ({store.marks(sites)})", list(sites)) if sites else ("1 = 0", [])
    likes = " OR ".join([f"{column} LIKE %s"] * len(place.paths))
    return f"({likes})", [f"{path}%" for path in place.paths]


def items_where(scope: Scope, today: dt.date, path: str = "i.path") -> tuple[str, list[object]]:
    """The condition over record_open_item i for what waits today."""
    parts: list[str] = []
    values: list[object] = []
    kind = store.by_itself("i.kind")  # the list is in the order of places and days: all of a kind are not gathered
    for kinds, place in scope.kinds:
        here, more = inside(place, path)
        parts.append(f"({kind} IN ({store.marks(kinds)}) AND {here})")
        values += [*kinds, *more]
    seen = " OR ".join(parts) or "1 = 0"
    condition = (
        f"({seen}) AND i.starts <= %s AND (i.rank < 5 OR i.day <= %s) AND (i.kind <> 'historical' OR i.owner <> '')"
    )
    values += [today, today + dt.timedelta(days=AHEAD)]
    return _owned(condition, values, scope, "i.owner")


def tiers_where(scope: Scope, today: dt.date, most: int) -> tuple[str, list[object]]:
    """The condition over record_segment s for who stands in one of the first tiers today."""
    here, values = inside(scope.tiers, "s.path")
    condition = f"{here} AND s.rank <= %s AND s.starts <= %s AND s.ends > %s"
    return _owned(condition, [*values, most, today, today], scope, "s.owner")


def _owned(condition: str, values: list[object], scope: Scope, column: str) -> tuple[str, list[object]]:
    if scope.owners is None:
        return condition, values
    return f"{column} IN ({store.marks(scope.owners)}) AND {condition}", [*scope.owners, *values]


def who_may(path: str, right: str) -> str:
    """Whom to ask at a place for what needs this right, in a sentence; said plainly where nobody holds it."""
    return asking(_holders([path], (right,))[path, right])


def asking(names: Sequence[str]) -> str:
    """Names as a sentence that says whom to ask."""
    if not names:
        return "Nobody at this site may do this: ask whoever keeps the posts."
    return f"Ask {' or '.join(names[:2])}{' or others' if len(names) > 2 else ''}."


def _holders(paths: Iterable[str], rights: Sequence[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(path, right) -> names of the active workers who have the right there today, the nearest first. One query."""
    given = policy.scopes().roles.items()
    return holders(paths, {right: [id for id, role in given if right in role.permissions] for right in rights})


def holders(paths: Iterable[str], roles: Mapping[str, Collection[str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(path, key of `roles`) -> names of the active workers who have one of these roles there today, the nearest
    first. One query."""
    today = clock.today()
    above = {path: upwards(path) for path in paths}
    posts = Post.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=today), starts__lte=today, worker__is_active=True,
        role__in={role for those in roles.values() for role in those},
        site__path__in={one for those in above.values() for one in those},
    ).values_list("site__path", "role", "worker__name")  # fmt: skip
    held = sorted(posts, key=lambda post: (-len(post[0]), post[2]))
    return {
        (path, key): tuple(dict.fromkeys(name for site, role, name in held if site in those and role in wanted))
        for path, those in above.items() for key, wanted in roles.items()
    }  # fmt: skip


# What closes it needs this right, which its owner may lack.
_NEEDS = {OpenItem.RESULT: "prescribe", OpenItem.REFILL: "dispense"}


def whom_to_ask(by: Worker, items: Iterable[OpenItem]) -> dict[str, tuple[str, ...]]:
    """Item -> who can do what `by` sees and may not do: look at a result, hand out. One query at the most."""
    others = [one for one in items if one.kind in _NEEDS and not policy.can(by, _NEEDS[one.kind], one.path)]
    if not others:
        return {}
    names = _holders({one.path for one in others}, tuple(_NEEDS.values()))
    return {one.pk: names[one.path, _NEEDS[one.kind]] for one in others}


def action_of(kind: str, person: str, fact: str) -> tuple[str, str]:
    """The one button of a kind: what it is called and where it leads."""
    if kind == OpenItem.RISK:
        return "Safety steps", reverse("risk", args=[person, fact])
    if kind in (OpenItem.REFERRAL, OpenItem.REFERRED):
        return "Open the referral", reverse("referral", args=[person, fact])
    if kind == OpenItem.ADVICE:
        return "Say what became of it", reverse("tasks")
    words, pages, otherwise = _ACTIONS.get(kind, _VISIT)
    for page in pages:
        try:
            return words, reverse(page, args=[person])
        except NoReverseMatch:
            continue
    return words, reverse("chart", args=[person]) + otherwise


def reason_of(
    by: Worker, item: OpenItem, today: dt.date, ask: Mapping[str, tuple[str, ...]] | None = None
) -> Reason:  # fmt: skip
    """One open item as `by` may read it; `ask`, of `whom_to_ask`, says who can do what `by` may not."""
    given = item.kind in (OpenItem.ADVICE, OpenItem.PLAN) and item.owner == str(by.pk)
    text = item.reason if given or may_read(by, item.path, item.person) else item.plain
    clock, late = clock_of(item, today)
    words, url = action_of(item.kind, item.person, item.fact)
    fixed = item.kind in NEVER_PUT_OFF
    text = text if text.endswith((".", "?", "!")) else f"{text}."
    if ask is not None and item.pk in ask:
        text = f"{text} {asking(ask[item.pk])}"
        words = f"Ask {ask[item.pk][0]}" if ask[item.pk] else "Open the chart"
        if not policy.can(by, "see_chart", item.path):  # the page of medicines is not for them
            url = reverse("chart", args=[item.person])
    return Reason(
        key=(item.rank, item.day, item.pk), kind=item.kind, text=text,
        clock=clock, late=late, action=words, url=url, item="" if fixed else item.pk, owner=item.owner,
        dated=item.due is not None,
    )  # fmt: skip


def clock_of(item: OpenItem, today: dt.date) -> tuple[str, bool]:
    """When it is due or since when it waits, in words, and whether that is late."""
    if item.kind == OpenItem.RISK and item.urgent_since and not item.acknowledged:
        return "nobody has answered the call yet", True
    if item.due is None:
        return f"waits since {say(item.day)}", False
    left = (item.due - today).days
    what = "safety contact " if item.kind == OpenItem.RISK else ""
    if left < 0:
        return f"{what}due {say(item.due)}, {_span(-left)} late", True
    return f"{what}due {'today' if not left else f'{say(item.due)}, in {_days(left)}'}", False


def _days(many: int) -> str:
    return f"{many} day{'' if many == 1 else 's'}"


def _span(days: int) -> str:
    """How long: days as far as they mean anything, then months, then years; the date stands beside it."""
    if days < 60:
        return _days(days)
    return f"{days // 30} months" if days < 730 else f"{days // 365} years"


def items_of(scope: Scope, people: Iterable[str], today: dt.date) -> list[OpenItem]:
    """Everything of these people that waits today in this scope."""
    wanted = sorted(people)
    if not wanted:
        return []
    condition, values = items_where(scope, today, store.by_itself("i.path"))  # by their persons, not by all at a place
    rows = store.select(
        f"SELECT i.id FROM record_open_item i WHERE i.person IN ({store.marks(wanted)}) AND {condition}",  # noqa: S608
        [*wanted, *values],
    )
    return list(OpenItem.objects.filter(pk__in=[row[0] for row in rows]))


def counted(parts: dict[str, tuple[str, list[object]]]) -> dict[str, str]:
    """Name -> how many rows each SELECT gives, in one statement: "12", or "1,000+" beyond what is counted."""
    if not parts:
        return {}
    statement = " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM ({select} LIMIT {COUNTED + 1}) t{number}"  # noqa: S608
        for number, (name, (select, _)) in enumerate(parts.items())
    )
    found = store.select(statement, [value for _, values in parts.values() for value in values])
    numbers = {str(name): int(str(many)) for name, many in found}
    return {name: f"{COUNTED:,}+" if many > COUNTED else f"{many:,}" for name, many in numbers.items()}
