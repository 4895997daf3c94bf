"""The case review as a sitting: who stands on a specialist's agenda this week, who waits beyond it, who was reviewed.

Built afresh for each page from the derived rows, so that somebody who becomes urgent stands on top at once. What was
reviewed is read from the facts: this week's advice. Bounded: it reads the first thousand places from an index, never
a nation; the words of a place are looked up for those that are shown.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from django.db.models import Q
from django.utils import timezone

from vwazen.clinical import facts as f
from vwazen.clinical.agenda import LAST_TIER, Agenda, Case, agenda
from vwazen.content.load import content
from vwazen.content.rules import Tiers
from vwazen.server.care import caselist
from vwazen.server.care import waiting as waits
from vwazen.server.care.caselist import Filters, Place, Standing
from vwazen.server.organisation import policy
from vwazen.server.organisation.find import upwards
from vwazen.server.organisation.models import Post, Site, Worker
from vwazen.server.record import reach, store
from vwazen.server.record.models import OpenItem

LOADED = 1000
AGENDAS = 2  # on one page: whoever sees a country sees one of each district
QUESTIONS = 200
OTHERS = 50  # rows of other conditions that are looked at first, and twice as many as find a place


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of advice of this week: what of it is read, since a country has thousands."""

    person: str
    author: str
    occurred: str

    @property
    def at(self) -> dt.datetime:
        return f.instant(self.occurred)


_read = msgspec.json.Decoder(Reviewed).decode


class Sitting(msgspec.Struct, frozen=True, kw_only=True):
    """An agenda, and how far it has come. `rows` is each person's most urgent row, `paths` where they are followed.

    `minutes` are those declared for the week (None: not declared), `left` what is left of them. `done` are the people
    whom this specialist has advised on this week, the first one first. `more`: there are others beyond those loaded.
    """

    agenda: Agenda
    rows: dict[str, str]
    paths: dict[str, str]
    minutes: int | None
    left: int | None
    done: tuple[str, ...]
    more: bool
    who: tuple[str, ...]
    asked: frozenset[str]

    @property
    def people(self) -> tuple[str, ...]:
        """Those who are still to be reviewed, in order."""
        return tuple(case.person for case in self.agenda.places)

    @property
    def total(self) -> int:
        """How long the agenda is, with those already reviewed."""
        return len(self.done) + len(self.people)

    def position(self, person: str) -> int | None:
        """Which case this is, from 1; None for someone who is not on the agenda."""
        if person in self.people:
            return len(self.done) + self.people.index(person) + 1
        return self.done.index(person) + 1 if person in self.done else None

    def around(self, person: str) -> tuple[str, str]:
        """Who comes before and after; "" at the ends. From outside the agenda its first case comes next."""
        line = (*self.done, *self.people)
        if person not in line:
            return "", self.people[0] if self.people else ""
        here = line.index(person)
        return line[here - 1] if here else "", line[here + 1] if here + 1 < len(line) else ""


def monday(today: dt.date) -> dt.date:
    """The first day of this week, from which declared minutes count."""
    return today - dt.timedelta(days=today.weekday())


def reviewed(today: dt.date) -> list[Reviewed]:
    """This week's advice, the oldest first."""
    start = timezone.make_aware(dt.datetime.combine(monday(today), dt.time()))
    return [_read(one) for one in store.advice_received(start)]


def mine(by: Worker, today: dt.date) -> Sitting:
    """The agenda of a specialist: their own minutes, everyone where they may review."""
    return _sitting(policy.site_paths(by, "review"), [by], reviewed(today), today, by)


def theirs(by: Worker, today: dt.date, start: int = 0) -> tuple[list[Sitting], bool]:
    """The agendas that people of `by`'s sites may stand on, one for each set of specialists with the same sites: a
    page of them from the one numbered `start` on, and whether more follow.

    Minutes of specialists who share their sites add up. Only people whom `by` may see are left in.
    """
    paths = policy.site_paths(by, "ask_question")
    groups: dict[tuple[str, ...], list[Worker]] = {}
    specialists = _specialists(paths, today)
    policy.read_posts(specialists)
    for specialist in specialists:
        groups.setdefault(policy.site_paths(specialist, "review"), []).append(specialist)
    advice, end = reviewed(today), start + AGENDAS
    some = list(groups.items())[start:end]
    return [_only(_sitting(scope, workers, advice, today, by), paths) for scope, workers in some], len(groups) > end


def _specialists(paths: Sequence[str], today: dt.date) -> list[Worker]:
    """Active workers who may review at one of these sites, by name."""
    roles = [id for id, role in policy.scopes().roles.items() if "review" in role.permissions]
    held = Q(starts__lte=today) & (Q(ends__isnull=True) | Q(ends__gt=today))
    above = {one for path in paths for one in upwards(path)}
    sites = Site.objects.filter(policy.within(paths) | Q(path__in=above)).values("code")
    posts = Post.objects.filter(held, role__in=roles, site__in=sites)
    return list(Worker.objects.filter(is_active=True, pk__in=posts.values("worker")))


def _only(sitting: Sitting, paths: tuple[str, ...]) -> Sitting:
    """The same agenda with nobody in it who is out of these sites; places are as they were given."""

    def kept(cases: Iterable[Case]) -> tuple[Case, ...]:
        return tuple(case for case in cases if sitting.paths[case.person].startswith(paths))

    shown = msgspec.structs.replace(
        sitting.agenda, places=kept(sitting.agenda.places), overflow=kept(sitting.agenda.overflow)
    )
    return msgspec.structs.replace(sitting, agenda=shown, done=())


def _sitting(
    scope: tuple[str, ...], workers: list[Worker], advice: list[Reviewed], today: dt.date, viewer: Worker
) -> Sitting:
    rules = content().get(Tiers, "default")
    declared = [one.minutes_per_week for one in workers if one.minutes_per_week is not None]
    minutes = sum(declared) if declared else None
    ids = {str(one.pk) for one in workers}
    done = tuple(dict.fromkeys(one.person for one in advice if one.author in ids))
    left = None if minutes is None else max(0, minutes - len(done) * rules.minutes_per_case)
    newest = {one.person: one for one in advice}
    capacity = 0 if left is None else left // rules.minutes_per_case
    standing, others, asked = _waiting(scope, viewer, capacity, newest, today)
    cases = [
        Case(
            person=one.person, tier=one.rank % caselist.ON_TRACK, waiting_since=one.waiting_since,
            other=one.row in others, asked_since=asked[one.person].date() if one.person in asked else None,
        )
        for one in standing
        if _still_wanted(one, asked.get(one.person), newest.get(one.person))
    ]  # fmt: skip
    found = agenda(cases, minutes=left, minutes_per_case=rules.minutes_per_case, other_places=rules.other_places)
    waiting = {case.person for case in (*found.places, *found.overflow)}
    first: dict[str, Standing] = {}
    for one in standing:
        first.setdefault(one.person, one)
    return Sitting(
        agenda=found, rows={person: one.row for person, one in first.items()},
        paths={person: one.path for person, one in first.items()}, minutes=minutes, left=left,
        done=tuple(one for one in done if one not in waiting), more=len(standing) >= LOADED,
        who=tuple(one.name for one in workers), asked=frozenset(asked),
    )  # fmt: skip


def _still_wanted(place: Standing, asked: dt.datetime | None, advice: Reviewed | None) -> bool:
    """Whether someone advised on this week has to come again: something began, or was asked, after the advice."""
    if advice is None:
        return True
    return place.waiting_since > advice.at.date() or (asked is not None and asked > advice.at)


def _waiting(
    scope: tuple[str, ...], viewer: Worker, capacity: int, newest: Mapping[str, Reviewed], today: dt.date
) -> tuple[list[Standing], set[str], dict[str, dt.datetime]]:  # fmt: skip
    """The first rows of the tiers that ask for a specialist and those asked about; rows of other conditions; who asked.

    Of the other conditions the first `capacity` who are still wanted are enough: no more of them can find a place.
    """
    sites = caselist.few(Site.objects.filter(policy.within(scope))[: caselist.FEW_SITES + 1])
    every = Filters(paths=scope, sites=sites, ranks=tuple(range(1, LAST_TIER + 1)), by=viewer)
    here = waits.rows(scope) & reach.open_to(viewer)
    questions = OpenItem.objects.filter(here, kind=OpenItem.QUESTION).order_by("since", "pk")
    # The oldest question of each person.
    items = {one.person: one for one in list(questions.only("person", "path", "since")[:QUESTIONS])[::-1]}
    asked = {person: item.since for person, item in items.items()}
    found = {one.row: one for one in caselist.order(every, today, LOADED)}
    of_others = msgspec.structs.replace(every, other=True)
    others = caselist.order(of_others, today, looked := 2 * capacity + OTHERS)
    wanted = sum(_still_wanted(one, asked.get(one.person), newest.get(one.person)) for one in others)
    if len(others) == looked and wanted < capacity:  # almost all of these were advised on: some more, sure to be enough
        others = caselist.order(of_others, today, capacity + len(newest))
    found |= {one.row: one for one in others}
    absent = tuple(sorted(items.keys() - {one.person for one in found.values()}))
    if absent:
        quiet = Filters(paths=scope, sites=sites, people=absent, by=viewer)
        found |= {one.row: one for one in caselist.order(quiet, today, len(absent) * 2)}
        for person in items.keys() - {one.person for one in found.values()}:
            item = items[person]  # nobody enrolled them, and a question is open all the same
            found[person] = Standing(
                row=person,
                person=person,
                path=item.path,
                rank=caselist.ON_TRACK,
                waiting_since=min(item.since.date(), today),
            )
    ordered = sorted(found.values(), key=lambda one: (one.rank, one.waiting_since, one.row))
    return ordered, {one.row for one in others}, asked


def shown(sitting: Sitting, people: Iterable[str], today: dt.date) -> list[Place]:
    """Where these people stand and why, in this order."""
    wanted = list(people)
    known = caselist.places_in([sitting.rows[person] for person in wanted], today)
    return [known.get(sitting.rows[person]) or _unplaced(sitting, person, today) for person in wanted]


def _unplaced(sitting: Sitting, person: str, today: dt.date) -> Place:
    """Someone who is in no tier, since nobody enrolled them, and about whom a question is open."""
    return Place(
        row=person, person=person, path=sitting.paths[person], owner="", tier=0, rank=caselist.ON_TRACK,
        waiting_since=today, word="Question", reason="Not enrolled.", plain="Not enrolled.",
    )  # fmt: skip
