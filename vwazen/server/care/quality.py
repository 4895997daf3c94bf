"""How good the record is: what is late, missing, impossible, double or contradictory, and who can mend it.

Counts and lists read derived rows only, and only those of a segment that the reader may see where the person is: what
is hidden is not counted either. Doubles are looked for among those in care and those registered lately, a page of
them at a time.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import CharField, Count, Max, Q, QuerySet
from django.db.models.functions import Cast, Substr
from django.urls import reverse

from vwazen.clinical.ids import new_id
from vwazen.clinical.quality import LATE_KEPT
from vwazen.content.clinic import measures
from vwazen.content.load import content
from vwazen.server.care import unowned, waiting
from vwazen.server.care.actions import gives
from vwazen.server.care.likeness import Alike, Who, alike
from vwazen.server.care.listing import worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import holders
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, held, reach
from vwazen.server.record.models import CaseloadRow, Held, Person, Quality

OPENS = ("see_caseload", "see_outcomes")
KINDS = {
    "missing": "Missing", "impossible": "Impossible", "contradictory": "Contradictory", "double": "Maybe double",
    "late": "Late",
}  # fmt: skip
LATE = (4, 7, 14, 30)  # days from which on a page calls an entry late; the reader chooses
USUAL = 7  # our default
A_PAGE = 50
SITES = 60  # of a table
COUNTED_SITES = 70  # at once: most have some fault
SCANNED = 300  # people among whom doubles are counted; of more, the list shows them page by page
LATELY = dt.timedelta(days=90)  # registered since then is looked at though in nobody's care yet: our default
OWNER, HELD_WHAT = "owner", "held"
_WORDS = {
    "born": "Age or birth year", "gender": "Sex", "reach": "Place or phone", "diagnosis": "Diagnosis",
    "consent": "Consent", OWNER: "An owner who is there, or a next date", HELD_WHAT: "Held entries",
    "registration": "Who this is", "death": "A death, and word of the person after it", "future": "Dated in the future",
    "plan_item": "A line of the plan", "related_person": "Somebody around the person",
}  # fmt: skip


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """How a fault is mended: the right it takes, what the link is called, and the route and its end."""

    permission: str
    action: str
    route: str
    end: str = ""
    instrument: bool = False

    def may(self, by: Worker, path: str, what: str) -> bool:
        """Whether `by` mends it at this site path."""
        if self.instrument and not gives(by, path, what.partition(":")[2]):
            return False
        return policy.can(by, self.permission, path)

    def url(self, person: str, what: str) -> str:
        """Where it is mended for this person."""
        more = [what.partition(":")[2]] if self.instrument else []
        return reverse(self.route, args=[person, *more]) + self.end


_REGISTER = Mend(permission="register_person", action="Mend", route="correct-person")
_RECORD = Mend(permission="record_care", action="Look at it", route="chart", end="?mend=1#record-of")
_MENDS = {
    ("missing", "diagnosis"): Mend(permission="enrol", action="Add one", route="diagnoses", end="?do=diagnosis"),
    ("missing", "consent"): Mend(permission="record_care", action="Ask and record", route="consent"),
    ("missing", "items"): Mend(permission="ask", action="Ask again", route="ask", instrument=True),
    ("contradictory", "plan_item"): Mend(permission="record_care", action="Choose", route="care-plan"),
}


def mend(kind: str, what: str) -> Mend:
    """How a fault of this kind is mended."""
    known = _MENDS.get((kind, what.partition(":")[0]))
    if known is not None:
        return known
    return _REGISTER if kind == "missing" or what in ("born", "registration") else _RECORD


def say(what: str) -> str:
    """What a fault is about, in words."""
    if what in _WORDS:
        return _WORDS[what]
    head, _, instrument = what.partition(":")
    names = {one.id: one.name for one in content().instruments}
    if head == "items":
        return f"Items of {names.get(instrument, instrument)}: not scored"
    if what in names:
        return f"{names[what]}: two answers of one day"
    known = measures(content()).get(what)
    return known.title if known else what.replace("_", " ").capitalize()


def who_mends(site: Site | None, permission: str) -> str:
    """Who may, by name where a site is meant: "Nurse Nia, Walker Wim and 3 others"; else what the right is called."""
    if site is None:
        return f"whoever may {policy.scopes().permissions[permission]}"
    found = [one.name for one in holders(site, permission)]
    if not found:
        return "nobody who has a post here now"
    more = len(found) - 3
    return ", ".join(found[:3]) + (f" and {more} other{'s' if more > 1 else ''}" if more > 0 else "")


# what may be seen


def _paths(by: Worker) -> tuple[str, ...]:
    return tuple(sorted({path for right in OPENS for path in policy.site_paths(by, right)}))


def places(by: Worker) -> QuerySet[Site]:
    """The sites of which `by` may see counts."""
    return Site.objects.filter(policy.within(_paths(by)))


def seen(by: Worker, today: dt.date, days: int, *, named: bool = False) -> QuerySet[Quality]:
    """The faults that `by` may know of: in scope, of segments they see there. `named`: only where they see people.

    Whoever sees counts and no charts sees those of nobody's care: a birth year, a day.
    """
    found = Q(pk__in=[])
    for path in {post.site.path for post in policy.posts(by)}:
        people = policy.can(by, "see_caseload", path)
        mine = policy.segments(by, path) if people else frozenset[str]()
        if not named and policy.can(by, "see_outcomes", path):
            mine |= {"general"}
        if mine:
            found |= waiting.rows([path]) & Q(segment__in=sorted(mine))
    recent = today - dt.timedelta(days=LATE_KEPT)
    shut = Q(segment="mental-health") & reach.closed(by, "mental-health")
    known = Quality.objects.filter(found & reach.open_to(by)).exclude(shut)
    return known.exclude(Q(kind=Quality.LATE) & (Q(days__lt=days) | Q(since__lt=recent)))


# counts


class SiteCounts(msgspec.Struct, frozen=True, kw_only=True):
    """One site: kind -> how many faults, or None where nobody can tell: there are too many people to look through at
    once for doubles, or nothing impossible is known and what could not be taken in is not for the reader to open."""

    site: Site
    many: dict[str, int | None]


def by_site(by: Worker, today: dt.date, days: int, after: str = "") -> tuple[list[SiteCounts], str]:
    """A page of faults by site and kind, in the order of the tree; sites without any are left out. `after`: a code.

    Counted for so many sites at a time, since to count those of a country for one page of them takes longer than all
    the rest. Also the code after which the next page begins.
    """
    sites, pairs = places(by), doubles_by_site(by)
    if last := sites.filter(code=after).first():
        sites = sites.filter(path__gt=last.path)
    found: list[SiteCounts] = []
    while len(found) <= SITES and (some := list(sites[:COUNTED_SITES])):
        found += _counts(by, today, days, some, pairs)
        sites = sites.filter(path__gt=some[-1].path)
    return found[:SITES], found[SITES - 1].site.code if len(found) > SITES else ""


def _counts(
    by: Worker, today: dt.date, days: int, sites: Sequence[Site], pairs: Counter[str] | None
) -> list[SiteCounts]:  # fmt: skip
    told: dict[str, Counter[str]] = {}
    here = seen(by, today, days).filter(path__in=[site.path for site in sites])
    for path, kind, many in here.values_list("path", "kind").annotate(many=Count("pk")).order_by():
        told.setdefault(code_of(path), Counter())[kind] += many
    for path, many in without_owner(by, today, sites).items():
        told.setdefault(code_of(path), Counter())["missing"] += many
    opens = policy.site_paths(by, "mend_held")
    if opens:
        open_ones = held.visible(by).filter(state=Held.OPEN, site__in=[site.code for site in sites])
        for code, many in open_ones.values_list("site").annotate(many=Count("pk")).order_by():
            told.setdefault(code, Counter())["impossible"] += many
    for code in pairs or ():
        told.setdefault(code, Counter())
    found = []
    for site in sites:
        if site.code in told:
            known: dict[str, int | None] = {kind: told[site.code][kind] for kind in KINDS}
            known["double"] = None if pairs is None else pairs[site.code]
            if not known["impossible"] and not site.path.startswith(opens):
                known["impossible"] = None
            found.append(SiteCounts(site=site, many=known))
    return found


def without_owner(by: Worker, today: dt.date, sites: Iterable[Site]) -> dict[str, int]:
    """Path -> people in care whom nobody follows, or who have no next date, at those sites where `by` may mend it."""
    paths = policy.site_paths(by, "enrol")
    here = tuple(site.path for site in sites if site.path.startswith(paths))
    return unowned.by_path(waiting.Where(paths, here, by), today) if here else {}


def lost_at(by: Worker, site: Site | None, today: dt.date) -> str:
    """How many such people there are at a site and below it, or anywhere: "12", or "1,000+" beyond what is counted."""
    paths = policy.site_paths(by, "enrol")
    if site is not None:
        below = tuple(path for path in paths if path.startswith(site.path))
        paths = (site.path,) if site.path.startswith(paths) else below
    place = waiting.where(paths, look=True, by=by)
    return waiting.counted({"lost": unowned.people(place, today)})["lost"] if paths else "0"


def code_of(path: str) -> str:
    """The code of a site, which is the end of its path."""
    return path.rstrip("/").rpartition("/")[2]


def whats(by: Worker, kind: str, site: Site | None, today: dt.date, days: int) -> list[tuple[str, int]]:
    """What faults of one kind are about, with how many; the most first."""
    rows = seen(by, today, days).filter(kind=kind)
    if site is not None:
        rows = rows.filter(waiting.rows([site.path]))
    found = [(what, many) for what, many in rows.values_list("what").annotate(many=Count("pk")).order_by()]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def page(by: Worker, kind: str, what: str, site: Site | None, today: dt.date, after: str) -> tuple[list[Quality], str]:
    """Faults of one kind about one thing, where `by` sees people by name; and after which the next page begins.

    By person and entry, not by when the row was written: a row is written anew with every word about the person, and
    an order that follows that would tell who was just written about, by somebody whose words the reader may not see.
    """
    rows = seen(by, today, 0, named=True).filter(kind=kind, what=what)
    person, fact, who = [*after.split("~"), "", ""][:3]
    if person:
        same = Q(person=person) & (Q(fact__gt=fact) | Q(fact=fact, who__gt=who))
        rows = rows.filter(Q(person__gt=person) | same)
    if site is not None:
        rows = rows.filter(waiting.rows([site.path]))
    found = list(rows.order_by("person", "fact", "who")[: A_PAGE + 1])
    last = found[A_PAGE - 1] if len(found) > A_PAGE else None
    return found[:A_PAGE], f"{last.person}~{last.fact}~{last.who}" if last else ""


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What was written down late in one month at one site: how many entries, and the longest delay in days.

    `worker`: by whom, where one site is looked at; `code` is the site's. `month` is its first day.
    """

    worker: str
    site: str
    code: str
    month: dt.date
    many: int
    most: int


def late(by: Worker, site: Site | None, today: dt.date, days: int, start: int = 0) -> tuple[list[Late], bool]:
    """One page of late entries by month and site, the newest month first; at one site by worker as well. Whether more.

    One sees one's own, who leads all of them.
    """
    rows = seen(by, today, days).filter(kind=Quality.LATE)
    keys = ["month", "site"]
    if site is not None:
        rows, keys = rows.filter(waiting.rows([site.path])), ["month", "site", "who"]
    rows = rows.filter(policy.within(policy.site_paths(by, "see_outcomes")) | Q(who=str(by.pk)))
    month = Substr(Cast("since", CharField()), 1, len("2026-11"))  # a date is written alike on both databases
    listed = rows.annotate(month=month).values(*keys).annotate(many=Count("pk"), most=Max("days"))
    found = list(listed.order_by("-month", *keys[1:])[start : start + A_PAGE + 1])
    names = worker_names(one.get("who", "") for one in found)
    sites = dict(Site.objects.filter(code__in={one["site"] for one in found}).values_list("code", "name"))
    told = [
        Late(
            worker=names.get(one["who"], "somebody who is not on this node") if "who" in one else "",
            site=sites.get(one["site"], one["site"]), code=one["site"], many=one["many"], most=one["most"],
            month=dt.date.fromisoformat(f"{one['month']}-01"),
        )
        for one in found[:A_PAGE]
    ]  # fmt: skip
    return told, len(found) > A_PAGE


# doubles


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Two registrations that may be one person, and what speaks for it."""

    one: Person
    other: Alike


def _looked_at(by: Worker, paths: Sequence[str], after: str, most: int) -> list[str]:
    """The next of those in care or registered lately: two phones may have met somebody of whom no clinic knows yet."""
    here = waiting.rows(paths)
    rows = CaseloadRow.objects.filter(here, reach.open_to(by), person__gt=after).exclude(episode="")
    in_care = rows.values_list("person", flat=True).distinct().order_by("person")[:most]
    since = new_id(int((clock.now() - LATELY).timestamp() * 1000), bytes(10))  # ids begin with the time
    new = Person.objects.filter(here, reach.open_to(by, field="pk"), pk__gt=max(after, since), registered=True)
    return sorted({*in_care, *new.values_list("pk", flat=True).order_by("pk")[:most]})[:most]


def _double_paths(by: Worker) -> tuple[str, ...]:
    """Where somebody may compare two registrations and sees who is in care."""
    return tuple(path for path in policy.site_paths(by, "register_person") if policy.can(by, "see_caseload", path))


def doubles(by: Worker, site: Site | None, after: str) -> tuple[list[Pair], str]:
    """Pairs among the next people, each once, and after whom to go on; "" where all were looked through."""
    paths = _double_paths(by)
    where = [site.path] if site is not None and any(site.path.startswith(path) for path in paths) else paths
    ids = _looked_at(by, where, after, A_PAGE + 1) if where else []
    return _pairs(by, ids[:A_PAGE], paths), ids[A_PAGE - 1] if len(ids) > A_PAGE else ""


def _pairs(by: Worker, ids: Iterable[str], paths: Sequence[str]) -> list[Pair]:
    people = sorted(Person.objects.filter(pk__in=list(ids), registered=True), key=lambda one: one.pk)
    found = alike([Who(id=one.pk, name=one.name, born=one.born, place=one.place) for one in people], paths, by)
    pairs: dict[frozenset[str], Pair] = {}
    for at, others in found.items():
        for other in others:
            pairs.setdefault(frozenset((people[at].pk, other.person.pk)), Pair(one=people[at], other=other))
    return list(pairs.values())


def doubles_by_site(by: Worker) -> Counter[str] | None:
    """site -> pairs; None where there are more people than are looked through at once. Nobody may: none."""
    paths = _double_paths(by)
    ids = _looked_at(by, paths, "", SCANNED + 1) if paths else []
    if len(ids) > SCANNED:
        return None
    found: dict[frozenset[str], str] = {}
    for start in range(0, len(ids), A_PAGE):
        for pair in _pairs(by, ids[start : start + A_PAGE], paths):
            found.setdefault(frozenset((pair.one.pk, pair.other.person.pk)), pair.one.site)
    return Counter(found.values())
