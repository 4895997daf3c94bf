"""From facts to rows: fold a person's chart and write what lists and searches read.

What is written here is derived; `vwazen rebuild` throws it away and makes it again.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol

import msgspec

from vwazen.clinical import caseload
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.fold import chart
from vwazen.clinical.identity import merges, root_of
from vwazen.clinical.live import live
from vwazen.clinical.seen import Sight, open_risks, shown
from vwazen.content.load import Content, content
from vwazen.server.organisation.models import Site
from vwazen.server.record import (
    contact_rows,
    first_help,
    home_rows,
    message_items,
    names,
    reach,
    standing,
    stay_rows,
    store,
    trace_rows,
)
from vwazen.server.record.consent_items import items as consent_items
from vwazen.server.record.episodes import EPISODE
from vwazen.server.record.episodes import rows as episode_rows
from vwazen.server.record.models import FOREVER
from vwazen.server.record.nearest import Nearest
from vwazen.server.record.open_items import OPEN, carer_of, open_items, plainly
from vwazen.server.record.quality_rows import QUALITY
from vwazen.server.record.quality_rows import rows as quality_rows
from vwazen.server.record.referral_rows import REFERRAL
from vwazen.server.record.referral_rows import items as referral_items
from vwazen.server.record.referral_rows import rows as referral_rows
from vwazen.server.record.rows import row_id
from vwazen.server.record.standing import Row

_CASELOAD = (
    "id", "person", "episode", "path", "site", "owner", "name", "born", "place", "condition", "step", "step_since",
    "started", "instrument", "first_score", "best_score", "last_score", "last_day", "unscored", "state", "course",
    "last_contact", "next_date", "other",
)  # fmt: skip
_SEGMENT = (
    "row", "person", "path", "owner", "other", "starts", "ends", "tier", "rank", "waiting_since", "rule", "word",
    "reason", "plain",
)  # fmt: skip
_KEY = ("key", "place", "born", "path", "person")
_LAST = 99
NOWHERE = "unknown/"
_MERGE = b'"body":{"kind":"merge"'  # in the stored facts of whoever is merged into somebody


class Follower(Protocol):
    """What follows the record, whatever changed it, as what waits in the outbox does."""

    def see(self, one: Chart) -> None:
        """A chart as it is now. Whoever keeps it keeps it from being forgotten."""

    def end(self, people: Sequence[str]) -> None:
        """The rows of all these people, the merged among them, are written; called inside the transaction."""


# What makes one for each refresh as of a day. Apps above put themselves here.
followers: list[Callable[[dt.date], Follower]] = []


@cache
def _paths() -> dict[str, str]:
    return dict(Site.objects.values_list("code", "path"))


def path_of(site: str) -> str:
    """The path of a site code; a code nobody knows is its own path, so that its people are not lost."""
    paths = _paths()
    if site not in paths:
        _paths.cache_clear()
        paths = _paths()
    return paths.get(site) or nowhere(site)


def nowhere(site: str) -> str:
    """The path at which people of an unknown site stand."""
    return f"{NOWHERE}{site}/"


def clusters(people: Iterable[str]) -> dict[str, str]:
    """person id -> root id, for these people and everyone merged with them."""
    return {one: known.into for one, known in store.known_people(people).items()}


def refresh(
    people: Iterable[str],
    today: dt.date,
    until: dt.datetime | None = None,
    held: Mapping[str, store.Known] | None = None,
) -> None:
    """Refold these people (and whoever they are merged with) and write their rows. Call inside `writing()`, with them
    locked; `held`: what `lock_people` said of them."""
    wanted = set(people)
    known = _together(held or {}, wanted)
    stored: dict[str, bytes] = {}
    into: dict[str, str] = {}
    # A merge among what is read names somebody, into whom others were merged before: they belong to the chart as well.
    while wanted:
        if not wanted <= known.keys():
            known |= store.known_people(wanted)
        fresh = store.stored_facts_of(sorted((wanted | known.keys()) - stored.keys()), until)
        stored |= fresh
        into |= merges_of({one: f.decode_many(data) for one, data in fresh.items() if _MERGE in data}, today)
        wanted = {target for target in into.values() if target not in stored}
        if wanted:
            store.lock_people(wanted)
    roots = {one: root_of(one, into) for one in stored}
    together: dict[str, list[str]] = {}
    for one, root in roots.items():
        together.setdefault(root, []).append(one)
    know, near, found = content(), Nearest(today, [one.path for one in known.values()]), Derived()
    following = [follower(today) for follower in followers]

    def renew(root: str) -> Row:
        theirs = [fact for one in together[root] for fact in f.decode_many(stored.pop(one))]
        one = _for_lists(theirs, know, today, root)
        found.add(one, know, today, near)
        for follower in following:
            follower.see(one)
        return root, *person_row(one)

    # One after the other, each forgotten before the next: what was just read then lies in the processor's cache.
    directory = [renew(root) for root in sorted(together)]
    aliases = {one: root for one, root in roots.items() if one != root}
    _write(found, directory, aliases, {one: was.written for one, was in known.items()})
    for follower in following:
        follower.end(sorted(roots))


def _together(known: Mapping[str, store.Known], people: Iterable[str]) -> dict[str, store.Known]:
    """Those of whom is known, that are one with these people: more may be held, of whom nothing is new."""
    into = {one: those.into for one, those in known.items() if those.into}
    if not into:
        return {one: known[one] for one in people if one in known}
    roots = {root_of(one, into) for one in people}
    return {one: those for one, those in known.items() if root_of(one, into) in roots}


def merges_of(facts: Mapping[str, Sequence[f.Fact]], today: dt.date) -> dict[str, str]:
    """person -> whom they are merged into, by the facts of each."""
    into: dict[str, str] = {}
    for theirs in facts.values():
        if f.Merge in {type(fact.body) for fact in theirs}:
            into |= merges(live(theirs, today))
    return into


def fold_all(
    facts: Mapping[str, Sequence[f.Fact]], into: Mapping[str, str], today: dt.date
) -> tuple[dict[str, Chart], dict[str, str]]:
    """The chart of everyone at the end of the merges, and alias -> whose chart it is."""
    roots = {one: root_of(one, into) for one in facts}
    together: dict[str, list[f.Fact]] = {}
    for one, theirs in facts.items():
        together.setdefault(roots[one], []).extend(theirs)
    know = content()
    charts = {root: _for_lists(together[root], know, today, root) for root in sorted(together)}
    return charts, {one: root for one, root in roots.items() if one != root}


def _for_lists(facts: Sequence[f.Fact], know: Content, today: dt.date, person: str) -> Chart:
    """The chart that lists are made of: nothing in it that the person closed to everybody, but for a danger."""
    one = chart(facts, know, today, person=person)
    closed = one.permits.sealed(today)
    if not closed:
        return one
    sight = Sight(given=frozenset(f.SEGMENTS), risk=True, closed=closed, open_risks=open_risks(one))
    return chart(shown(facts, sight, know), know, today, person=person)


class Derived(msgspec.Struct, kw_only=True):
    """The rows that follow from charts: table -> rows, in the order of `COLUMNS`."""

    keys: list[Sequence[object]] = msgspec.field(default_factory=list)
    rows: list[Sequence[object]] = msgspec.field(default_factory=list)
    segments: list[Sequence[object]] = msgspec.field(default_factory=list)
    items: list[Sequence[object]] = msgspec.field(default_factory=list)
    attendance: list[Sequence[object]] = msgspec.field(default_factory=list)
    courses: list[Sequence[object]] = msgspec.field(default_factory=list)
    episodes: list[Sequence[object]] = msgspec.field(default_factory=list)
    quality: list[Sequence[object]] = msgspec.field(default_factory=list)
    shared: list[Sequence[object]] = msgspec.field(default_factory=list)
    denied: list[Sequence[object]] = msgspec.field(default_factory=list)
    referrals: list[Sequence[object]] = msgspec.field(default_factory=list)
    first_help: list[Sequence[object]] = msgspec.field(default_factory=list)
    stays: list[Sequence[object]] = msgspec.field(default_factory=list)
    identifiers: list[Sequence[object]] = msgspec.field(default_factory=list)
    contacts: list[Sequence[object]] = msgspec.field(default_factory=list)
    talks: list[Sequence[object]] = msgspec.field(default_factory=list)
    traces: list[Sequence[object]] = msgspec.field(default_factory=list)

    def add(self, one: Chart, know: Content, today: dt.date, near: Nearest) -> None:
        """The rows of one person. Someone whose registration has not arrived, or was withdrawn, stands on the lists as
        "Not registered"."""
        person = one.person
        path, first = path_of(one.site), len(self.items)
        bare = "mental-health" in one.permits.sealed(today)
        self.keys += _name_keys(person, one, path)
        self.items += open_items(one, path, know, today, near)
        self.attendance += home_rows.attendance(one, path, today)
        self.courses += home_rows.course(one, path, today)
        self.episodes += episode_rows(person, one, know, path_of)
        self.quality += quality_rows(person, one, path, know, today)
        self.shared += reach.shared_rows(person, one, path, today, path_of)
        self.denied += reach.denied_rows(person, one, today)
        self.referrals += referral_rows(one, path_of)
        self.contacts += contact_rows.contacts(person, one, path)
        self.talks += contact_rows.talks(person, one, path)
        self.first_help += first_help.rows(one, path)
        self.traces += trace_rows.rows(person, one, path_of)
        self.stays += stay_rows.rows(one, path, path_of)
        self.identifiers += stay_rows.identifier_rows(one, path)
        self.items += stay_rows.items(one, path, carer_of(one), today)
        self.items += referral_items(one, path_of, today)
        self.items += consent_items(one, path, carer_of(one), today)
        self.items += message_items.items(one, path, today)
        if bare:
            self.items[first:] = [plainly(item) for item in self.items[first:]]
        episodes = {episode.id: episode for episode in one.open_episodes}
        for row in caseload.rows(one, know, today):
            episode = episodes.get(row.episode)
            id_ = row_id(person, row.episode) if row.episode else person
            other = episode is None or episode.instrument != "phq-9"
            owner = (episode.owner if episode else "") or one.owner
            self.rows.append(_caseload_row(id_, one, episode, path, owner, other))
            self.segments += [
                (
                    id_, person, path, owner, other, part.starts, part.ends or FOREVER, part.tier,
                    part.tier or _LAST, part.waiting_since, part.rule, part.word,
                    part.plain if bare else part.reason, part.plain,
                )
                for part in row.segments
            ]  # fmt: skip

    def tables(self) -> tuple[tuple[str, Sequence[str], list[Sequence[object]]], ...]:
        """Table, columns, rows."""
        return (
            ("record_name_key", _KEY, self.keys), ("record_caseload", _CASELOAD, self.rows),
            ("record_segment", _SEGMENT, self.segments), ("record_open_item", OPEN, self.items),
            ("record_attendance", home_rows.ATTENDANCE, self.attendance),
            ("record_stay_course", home_rows.COURSE, self.courses),
            ("record_episode", EPISODE, self.episodes), ("record_quality", QUALITY, self.quality),
            ("record_shared", reach.SHARED, self.shared), ("record_denied", reach.DENIED, self.denied),
            ("record_referral", REFERRAL, self.referrals),
            ("record_first_help", first_help.FIRST_HELP, self.first_help),
            ("interop_contact", contact_rows.CONTACT, self.contacts), ("interop_talk", contact_rows.TALK, self.talks),
            ("record_stay", stay_rows.STAY, self.stays), ("record_identifier", stay_rows.IDENTIFIER, self.identifiers),
            ("record_last_trace", trace_rows.TRACE, self.traces),
        )  # fmt: skip


DERIVED = tuple(table for table, _, _ in Derived().tables())
"""The tables of rows that follow from charts, every one with a column `person`."""


def derive(charts: Mapping[str, Chart], today: dt.date) -> Derived:
    """What lists and searches read about these people. Reads the paths of sites, and the posts of whoever is near."""
    found, know = Derived(), content()
    near = Nearest(today, {path_of(one.site) for one in charts.values() if one.open_episodes})
    for one in charts.values():
        found.add(one, know, today, near)
    return found


def _write(
    found: Derived, directory: Sequence[Row], aliases: Mapping[str, str], before: Mapping[str, bytes | None]
) -> None:
    """Let these rows stand in place of those that stood `before` (see `standing`). `directory`: `id` and `PERSON`."""
    together = store.Together()
    everyone = sorted({*(str(row[0]) for row in directory), *aliases})
    written = standing.replace(together, everyone, before, found.tables())
    store.write_people(
        together, ("id", *PERSON, "merged_into", "written"), [(*row, "", written[str(row[0])]) for row in directory]
    )
    for alias, root in aliases.items():
        together.execute(
            "UPDATE record_person SET merged_into = %s, registered = %s, rev = rev + 1, written = %s WHERE id = %s",
            [root, False, written[alias], alias],
        )
    together.send()
    reach.changed()


PERSON = ("registered", "name", "gender", "born", "place", "phone", "site", "path", "died")


def person_row(one: Chart) -> tuple[object, ...]:
    """The directory's columns `PERSON` of one chart."""
    who = one.registration
    return (
        who is not None, one.name[:200], who.gender if who else "", who.born if who else "",
        who.place[:120] if who else "", who.phone[:40] if who else "", one.site, path_of(one.site), one.died,
    )  # fmt: skip


def _name_keys(person: str, one: Chart, path: str) -> list[Sequence[object]]:
    who = one.registration
    if who is None:
        return []
    found = {key for name in (who.name, who.chosen_name) if name for key in names.keys(name)}
    place, born = names.plain(who.place)[:120], who.born[:4]
    return [(key, place, born, path, person) for key in sorted(found)]


def _caseload_row(
    id_: str, one: Chart, episode: EpisodeView | None, path: str, owner: str, other: bool
) -> Sequence[object]:
    who = one.registration
    last, newest = (episode.last, episode.newest) if episode else (None, None)
    course = "[]"
    if episode and episode.baseline and episode.instrument in one.series:
        since = episode.baseline.day
        points = [p for p in one.series[episode.instrument].points if p.day >= since][-24:]
        # As `json.dumps` writes it, which takes three times as long.
        parts = [f'["{p.day}", {"null" if p.high is None else repr(p.high)}]' for p in points]
        course = f"[{', '.join(parts)}]"
    return (
        id_, one.person, episode.id if episode else "", path, one.site, owner, one.name[:200],
        who.born if who else "", who.place[:120] if who else "", episode.condition if episode else "",
        episode.step if episode else None, episode.step_since if episode else None,
        episode.started if episode else None, episode.instrument if episode else "",
        min(episode.baseline.values) if episode and episode.baseline else None,
        episode.best.high if episode and episode.best else None, last.high if last else None,
        last.day if last else None, newest.words[:200] if newest and newest.total is None else "",
        episode.state if episode else "", course, one.last_contact, one.next_date, other,
    )  # fmt: skip
