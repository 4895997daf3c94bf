"""Figures as the database adds them up, compared with the same rows added up one by one; and figures that are kept."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from django.test import Client

from tests import kept as worlds_kept
from tests.integration.test_consent_page import no
from tests.integration.test_outcomes_page import many, patient, text  # noqa: F401  `many` is a fixture
from tests.world import World
from vwazen.content.indicators import WINDOWS, Outcomes
from vwazen.evidence.episode import CHANGE, JUDGED, MISSING, TIERS, UNFOLLOWED
from vwazen.evidence.outcomes import Cell
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation.models import Site
from vwazen.server.record import background, clock, remaking
from vwazen.server.record.models import EpisodeRow
from vwazen.server.reporting import cube, kept
from vwazen.server.reporting import scope as scopes
from vwazen.server.reporting.cube import Asked, Known, Status
from vwazen.server.reporting.figures import Figures, Wanted, figures
from vwazen.server.reporting.models import KeptFigures
from vwazen.server.reporting.scope import Scope

TODAY = dt.date(2026, 11, 22)
TREE = ("zz/", "zz/a/", "zz/a/1/", "zz/a/10/", "zz/a/2/", "zz/b/", "zz/b/1/", "zz/b/2/", "zz/b/2/x/", "zz/c/")
CLOSED = " AND person NOT IN (%s, %s)"


def enrolled(dice: random.Random, number: int) -> EpisodeRow:
    """An enrolment of anybody; places and conditions are unlike in size, so that some sums are small."""
    started = TODAY - dt.timedelta(days=dice.randint(0, 900))
    closed = started + dt.timedelta(days=dice.randint(1, 400)) if dice.random() < 0.5 else None
    said: dict[str, object] = {}
    for window in WINDOWS:
        said[f"at{window}"] = dice.choice((*TIERS, *MISSING))
        said[f"daily{window}"] = dice.choice((None, 0.0, 1.0, 2.0))
        said[f"seizures{window}"] = dice.choice((None, 0.0, 4.0))
    return EpisodeRow(
        id=f"{number}", person=f"p{number // 2}", episode=f"e{number}", site="", owner=dice.choice(("", "w1", "w2")),
        path=dice.choices(TREE, weights=(1, 1, 9, 9, 2, 1, 9, 5, 5, 1))[0], step=dice.randint(1, 3),
        condition=dice.choices(("depression", "epilepsy", "alcohol"), weights=(9, 3, 1))[0],
        gender=dice.choice(("female", "male", "")), age=dice.choice((None, 15, 20, 30, 70)), started=started,
        closed=closed, outcome=dice.choice(("lost", "completed", "died")) if closed else "",
        base=dice.choices((JUDGED, CHANGE, UNFOLLOWED), weights=(8, 1, 1))[0],
        daily0=dice.choice((None, 0.0, 1.0, 3.0)), contacts=dice.randint(0, 9),
        seen_again=started + dt.timedelta(days=dice.randint(1, 60)) if dice.random() < 0.7 else None,
        last_seen=TODAY - dt.timedelta(days=dice.randint(0, 200)) if dice.random() < 0.8 else None, **said,
    )  # fmt: skip


class Plain:
    """The figures' sums made one row at a time, each site for itself: no statement, no place above a site."""

    def __init__(self, rules: Outcomes) -> None:
        self.every, self.rules = list(EpisodeRow.objects.all()), rules

    def rows(self, asked: Asked) -> Iterator[EpisodeRow]:
        for row in self.every:
            if (
                (asked.sites is None or row.path in asked.sites) and row.condition not in asked.without
                and all(self.key(row, name) == value for name, value in asked.only)
                and (asked.since is None or row.started >= asked.since)
                and (asked.until is None or row.started <= asked.until) and row.person not in asked.closed[1]
            ):  # fmt: skip
                yield row

    def key(self, row: EpisodeRow, name: str) -> str:
        return {
            "site": row.path, "none": "", "step": str(row.step), "worker": row.owner, "condition": row.condition,
            "sex": row.gender, "month": f"{row.started:%Y-%m}", "age": self.rules.age_group(row.age),
        }[name]  # fmt: skip

    def status(self, asked: Asked, rules: Outcomes, as_of: dt.date) -> list[Status]:
        away = as_of - dt.timedelta(days=rules.out_of_touch_days)
        return [
            Status(
                path=row.path, base=row.base, outcome=row.outcome or "open", many=1, contacts=row.contacts,
                away=int(row.closed is None and (row.last_seen or row.started) <= away),
            )
            for row in self.rows(asked)
        ]  # fmt: skip

    def fates(
        self, asked: Asked, by: Sequence[str], windows: Sequence[int], rules: Outcomes, as_of: dt.date
    ) -> list[list[Cell]]:
        return [
            [
                Cell(key=tuple(self.key(row, name) for name in by), fate=getattr(row, f"at{WINDOWS[window]}"), many=1)
                for row in self.rows(asked)
                if row.base == JUDGED and row.started <= cube.over(rules, as_of)[window]
            ]
            for window in windows
        ]

    def people_in_care(self, asked: Asked, _: Outcomes) -> int:
        return len({row.person for row in self.rows(asked) if row.closed is None})

    def known(self, asked: Asked, rules: Outcomes, as_of: dt.date) -> dict[str, list[Known]]:
        found: dict[str, list[Known]] = {}
        for row in self.rows(asked):
            limited, ill = (row.daily0 or 0) >= 1, row.condition in rules.seizure_conditions
            if not limited and not ill:
                continue
            for n, (window, last) in enumerate(zip(WINDOWS, cube.over(rules, as_of), strict=True)):
                daily, counted = getattr(row, f"daily{window}"), getattr(row, f"seizures{window}")
                due = row.started <= last
                eased = due and limited and row.base != UNFOLLOWED
                one = Known(
                    limited=int(eased), asked=int(eased and daily is not None),
                    easier=int(eased and daily is not None and daily < row.daily0), epilepsy=int(due and ill),
                    counted=int(due and ill and counted is not None), free=int(due and ill and counted == 0),
                )  # fmt: skip
                sums = found.setdefault(row.path, [Known(**dict.fromkeys(Known.__struct_fields__, 0))] * len(WINDOWS))
                sums[n] = Known(**{name: getattr(sums[n], name) + getattr(one, name) for name in one.__struct_fields__})
        return found

    def seen_again(self, asked: Asked, rules: Outcomes, as_of: dt.date) -> list[tuple[str, int, int]]:
        soon = dt.timedelta(days=rules.seen_again_days)
        found: dict[str, tuple[int, int]] = {}
        for row in self.rows(asked):
            if row.started <= as_of - soon:
                of, again = found.get(f"{row.started:%Y-%m}", (0, 0))
                in_time = row.seen_again is not None and row.seen_again - row.started <= soon
                found[f"{row.started:%Y-%m}"] = of + 1, again + in_time
        return [(month, *found[month]) for month in sorted(found)]


def place(path: str, top: str, *, whole: bool, closed: bool = False, without: tuple[str, ...] = ()) -> Scope:
    sites = None if path == "zz/" else tuple(one for one in TREE if one.startswith(path))
    return Scope(
        site=Site(path=path, code=path), top=top, whole=whole, without=without, sites=sites,
        closed=(CLOSED, ("p3", "p8")) if closed else ("", ()),
    )  # fmt: skip


def said(one: Figures) -> Figures:
    """Lines in one order: that of a page is by size."""
    return msgspec.structs.replace(one, lines=tuple(sorted(one.lines, key=lambda line: line.key)))


WISHES = [
    *(
        Wanted(window=window, by=by)
        for window in WINDOWS
        for by in ("site", "step", "worker", "condition", "sex", "age")
    ),
    Wanted(by="sex", only=(("step", "2"), ("age", "25-39")), since=TODAY - dt.timedelta(days=500)),
    Wanted(window="6", only=(("worker", "w1"),), until=TODAY - dt.timedelta(days=300)),
]


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [80, 400])
def test_every_figure_is_that_of_its_rows_one_by_one(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every place, for who sees all and for who sees sums: what is hidden is the same, too."""
    dice = random.Random(rows)
    EpisodeRow.objects.bulk_create(enrolled(dice, number) for number in range(rows))
    rules = scopes.definitions()
    pairs = [(path, place(path, path, whole=True, closed=path == "zz/a/")) for path in TREE]
    asked = []
    for path, here in pairs:
        asked += [(here, None, wish) for wish in WISHES if path in TREE[:3] or wish.by == "site"]
        for top in ("zz/", "zz/b/"):
            if path.startswith(top):
                above = place(top, top, whole=False, without=("alcohol",))
                here_ = place(path, top, whole=False, without=("alcohol",))
                asked += [(here_, above, wish) for wish in WISHES if not wish.only]
    asked = dice.sample(asked, 40)
    counted = [figures(here, wish, rules, TODAY, top) for here, top, wish in asked]
    plain = Plain(rules)
    for name in ("status", "fates", "people_in_care", "known", "seen_again"):
        monkeypatch.setattr(cube, name, getattr(plain, name))
    for one, (here, top, wish) in zip(counted, asked, strict=True):
        assert said(one) == said(figures(here, wish, rules, TODAY, top)), (here.site.path, top and top.site.path, wish)
    hidden = [one for one in counted if not one.whole]
    assert any(None in one.fates.values() for one in hidden)
    assert rows < 100 or any(line.tally for one in hidden for line in one.lines), "and some of them are shown"


# kept


@pytest.fixture
def large(many: World, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: F811
    """The same world, of which every place counts as one of very many sites; tests count what waits themselves."""
    monkeypatch.setattr(scopes, "MANY_SITES", 0)
    monkeypatch.setattr(kept, "start", lambda: None)
    monkeypatch.setattr(kept, "_waiting", {})
    return many


def asked(world: World, who: str, at: str = "/outcomes?site=bel-dlo") -> str:
    client = Client()
    client.force_login(world.workers[who])
    return text(client.get(at).content.decode())


def page(world: World, who: str, at: str = "/outcomes?site=bel-dlo") -> str:
    """The page, opened again once its figures were counted."""
    asked(world, who, at)
    while kept.count_next():
        pass
    return asked(world, who, at)


def later(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    at = clock.now() + dt.timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: at)


@pytest.mark.django_db
def test_no_page_waits_for_a_count_and_nothing_is_read_meanwhile(large: World) -> None:
    client = Client()
    client.force_login(large.pia)
    before = AccessEntry.objects.count()
    waits = client.get("/outcomes?site=bel-dlo&by=sex")
    assert "These figures are being counted" in waits.content.decode() and waits["Refresh"] == "3"
    assert 'href="/outcomes?site=bel-dlo&amp;by=sex"' in waits.content.decode()
    assert AccessEntry.objects.count() == before and "Due at" not in text(waits.content.decode())
    assert len(kept._waiting) == 1 and not KeptFigures.objects.exists()
    client.get("/outcomes?site=bel-dlo&by=sex")
    assert len(kept._waiting) == 1, "counted once for all who ask"
    assert kept.count_next() and not kept.count_next()
    found = client.get("/outcomes?site=bel-dlo&by=sex")
    assert "Due at 3 months 28" in text(found.content.decode()) and "Refresh" not in found
    assert AccessEntry.objects.filter(action="read-figures", site=large.sites["bel-dlo"].path).count() == 1
    assert client.get("/outcomes?site=nowhere").status_code == 422
    assert large.pia.pk and asked(large, "nia").count("being counted") == 1, "of another reader nothing is shown"


@pytest.mark.django_db
def test_a_page_says_when_its_figures_were_counted(large: World) -> None:
    words = page(large, "pia")
    at = KeptFigures.objects.get().at
    assert "Due at 3 months 28" in words and f"Counted at {at:%H:%M}: what was written down since is not in" in words
    patient(large, "Later", 18, 3)
    again = asked(large, "pia")
    assert "Due at 3 months 28" in again and "counted again" not in again and not kept._waiting
    assert "Due at 3 months 29" in page(large, "pia", "/outcomes?site=bel-dlo&by=sex"), "nobody had asked for this yet"
    assert "Due at 3 months 29" in page(large, "max", "/outcomes?site=centre") or "not shown" in page(large, "max")


@pytest.mark.django_db
def test_the_background_counts_again_what_was_asked_lately(large: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page(large, "pia")
    patient(large, "Later", 18, 3)
    kept.count_again()
    assert "Due at 3 months 28" in asked(large, "pia"), "not old yet"
    later(monkeypatch, 11)
    assert kept.count_again in background.jobs
    for job in background.jobs:
        job()
    words = asked(large, "pia")
    assert "Due at 3 months 29" in words and f"Counted at {clock.now():%H:%M}" in words
    later(monkeypatch, 21)
    patient(large, "Latest", 18, 3)
    words = asked(large, "pia")
    assert "Due at 3 months 29" in words and "It is being counted again" in words, "older ones, and they say so"
    kept.count_next()
    words = asked(large, "pia")
    assert "Due at 3 months 30" in words and "counted again" not in words
    later(monkeypatch, 3 * 24 * 60 + 1)
    kept.count_again()
    assert not KeptFigures.objects.exists(), "nobody has asked for days"


@pytest.mark.django_db
def test_kept_figures_are_of_who_may_be_counted_for_this_reader_now(large: World) -> None:
    assert "Enrolled 32" in page(large, "nia")
    assert "being counted" in asked(large, "pia"), "of other segments: another count"
    assert "Enrolled" in page(large, "pia")
    no(large, "role:nurse", by="kai", who="well0")
    words = asked(large, "nia")
    assert "being counted" in words and "Due at" not in words, "a figure of before the no is shown to nobody it names"
    assert "Enrolled 31" in page(large, "nia") and "Counted at" in asked(large, "pia")


@pytest.mark.django_db
def test_what_somebody_may_not_see_any_more_is_neither_shown_nor_counted_for_them(
    large: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(large, "nia")
    page(large, "pia", "/outcomes?site=bel-dlo&by=worker")
    later(monkeypatch, 11)
    for who in ("nia", "pia"):
        for post in large.workers[who].posts.all():
            post.role = "chw" if who == "nia" else "me_officer"
            post.save()
    client = Client()
    client.force_login(large.nia)
    assert client.get("/outcomes?site=bel-dlo").status_code == 403
    words = asked(large, "pia", "/outcomes?site=bel-dlo&by=worker")
    assert "being counted" in words and "Due at" not in words, "sums now: small ones must be hidden"
    kept.count_again()
    kept.count_again()
    assert not KeptFigures.objects.exists(), "by worker, and narrowed, they are for nobody who sees sums"


@pytest.mark.django_db
def test_figures_of_other_content_are_counted_again_and_not_shown(
    large: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(large, "pia")
    monkeypatch.setattr(remaking, "SHAPE", remaking.SHAPE + 1)
    assert "being counted" in asked(large, "pia")
    later(monkeypatch, 11)
    kept.count_again()
    assert KeptFigures.objects.count() == 1 and "Due at 3 months 28" in asked(large, "pia")


@pytest.mark.django_db
def test_what_another_version_of_the_programme_kept_breaks_no_page_and_holds_up_nothing(
    large: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    page(large, "pia")
    page(large, "pia", "/outcomes?site=bel-dlo&by=sex")
    KeptFigures.objects.update(figures='{"old": 1}')
    assert "being counted" in asked(large, "pia")
    assert "Due at 3 months 28" in page(large, "pia")
    KeptFigures.objects.update(wanted='{"place": "?"')
    later(monkeypatch, 11)
    kept.count_again()
    kept.count_again()
    assert not KeptFigures.objects.exists(), "the oldest is in nobody's way"


@pytest.mark.django_db
def test_a_file_is_counted_anew_and_what_is_of_yesterday_says_so(large: World, monkeypatch: pytest.MonkeyPatch) -> None:
    page(large, "pia")
    patient(large, "Later", 18, 3)
    client = Client()
    client.force_login(large.pia)
    sent = client.post("/outcomes/export", {"site": "bel-dlo", "format": "csv"})
    assert ",due,29," in b"".join(sent.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Due at 3 months 29" in asked(large, "pia"), "and is kept"
    today = clock.today()
    monkeypatch.setattr(clock, "today", lambda: today + dt.timedelta(days=1))
    words = asked(large, "pia")
    assert f"Counted on {today:%-d %B} at" in words and f"As of {today:%-d %B %Y}" in words
    assert "It is being counted again" in words
    kept.count_next()
    assert "Counted at" in asked(large, "pia")


@pytest.mark.django_db(transaction=True)
def test_a_thread_counts_what_waits_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    world = worlds_kept.world()
    monkeypatch.setattr(scopes, "MANY_SITES", 0)
    assert "being counted" in asked(world, "pia")
    if thread := kept._thread:
        thread.join(20)
    assert "Counted at" in asked(world, "pia") and kept._thread is None
