"""The outcomes page in words: every figure with its share, its interval and the address of its people."""

import datetime as dt
from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

import msgspec
from django.urls import reverse

from vwazen.content.indicators import Outcomes
from vwazen.evidence.intervals import wilson
from vwazen.evidence.outcomes import Share, Tally
from vwazen.evidence.runs import Runs, runs
from vwazen.server.care.listing import worker_names
from vwazen.server.care.words import first_up
from vwazen.server.organisation.models import Site
from vwazen.server.reporting import pictures
from vwazen.server.reporting.asking import query
from vwazen.server.reporting.figures import MONTHS, Figures, Line, Wanted
from vwazen.server.reporting.files import Value
from vwazen.server.reporting.pictures import Bar, Month
from vwazen.server.reporting.scope import Scope
from vwazen.server.reporting.words import BASES, DIMENSIONS, FATES, SEXES, STATUS, percent, span
from vwazen.server.web.charts import Drawing

_MISSED = (
    ("in_care", "Not scored"), ("unmet", "Not met"), ("lost", "Closed as lost"), ("died", "Died"), ("ended", "Ended"),
)  # fmt: skip
NOT_SHOWN = "not shown"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: its label, the number as it is written, a note, and where its people are listed ("" for nobody)."""

    label: str
    value: str
    note: str = ""
    url: str = ""
    share: str = ""
    interval: str = ""
    count: int | None = None
    of: int | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a table: `narrow` is the address of the page narrowed to it."""

    label: str
    narrow: str
    cells: tuple[Figure, ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    head: tuple[Figure, ...]
    due: tuple[Figure, ...]
    windows: tuple[tuple[str, tuple[Figure, ...]], ...]
    tiers: tuple[Figure, ...]
    life: tuple[tuple[str, tuple[Figure, ...]], ...]
    rows: tuple[Row, ...]
    status: tuple[Figure, ...]
    bases: tuple[Figure, ...]
    response: Drawing
    trend: Drawing | None
    trend_words: str
    again: Drawing | None
    again_words: str


class Writer:
    """Turns figures into words for one place and one wish."""

    def __init__(self, scope: Scope, wanted: Wanted, rules: Outcomes, found: Figures) -> None:
        self.scope, self.wanted, self.rules, self.found = scope, wanted, rules, found
        self.page_of_people = reverse("outcomes-people")

    def people(self, group: str, **more: str) -> str:
        """Where the people behind a figure are listed; nowhere for who may not see them."""
        if not self.scope.whole:
            return ""
        parts = query(self.scope, self.wanted, **more, group=group)
        del parts["by"]
        return f"{self.page_of_people}?{urlencode(parts)}"

    def figure(self, label: str, many: int | None, group: str = "", note: str = "", **more: str) -> Figure:
        if many is None:
            return Figure(label=label, value=NOT_SHOWN, note=note)
        url = self.people(group, **more) if group and many else ""
        return Figure(label=label, value=f"{many:,}", note=note, url=url, count=many)

    def share(self, label: str, share: Share | None, group: str, **more: str) -> Figure:
        if share is None:
            return Figure(label=label, value=NOT_SHOWN)
        return Figure(
            label=label, value=f"{share.many:,}", note=f"of {share.of:,}", share=percent(share.value),
            interval=span(share.interval), url=self.people(group, **more) if share.many else "", count=share.many,
            of=share.of,
        )  # fmt: skip

    def sheet(self) -> Sheet:
        found = self.found
        months = [Month(label=_month(one), share=share.value if share else None) for one, share in found.months]
        again = [Month(label=_month(one), share=share.value if share else None) for one, share in found.again]
        trend, trend_words = _trend(f"Re-assessed at {self.title}", months, "t")
        seen, seen_words = _trend(f"Seen again within {self.rules.seen_again_days} days", again[-MONTHS:], "s")
        return Sheet(
            head=tuple(self._head()), due=tuple(self._due()), windows=tuple(self._windows()),
            tiers=tuple(self._tiers()), life=tuple(self._life()), rows=tuple(self._rows()),
            status=tuple(self.figure(first_up(STATUS.get(one, one)), many, f"status:{one}")
                         for one, many in self._ordered(found.status, STATUS)),
            bases=tuple(self.figure(first_up(BASES.get(one, one)), many, f"base:{one}")
                        for one, many in self._ordered(found.bases, BASES)),
            response=pictures.intervals(
                f"Response at {' and '.join(one.title for one in self.rules.windows)}, on two bases",
                [_bar(one.title, tally) for one, tally in zip(self.rules.windows, found.windows, strict=True)], "resp",
            ),
            trend=trend, trend_words=trend_words, again=seen, again_words=seen_words,
        )  # fmt: skip

    @property
    def title(self) -> str:
        return self.rules.windows[self.wanted.place].title

    def _ordered(self, counts: object, words: dict[str, str]) -> Iterable[tuple[str, int | None]]:
        found = dict(counts)  # type: ignore[call-overload]
        order = list(words)
        return sorted(found.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))

    def _head(self) -> Iterable[Figure]:
        found = self.found
        since = f"since {self.wanted.since:%-d %b %Y}" if self.wanted.since else "since the record began"
        yield self.figure("Enrolled", found.enrolled, "enrolled", since)
        note = "each once" if found.whole else ""
        yield self.figure("In care now", found.people if found.whole else found.status.get("open", 0), "open", note)
        yield self.figure("Contacts", found.contacts, "", "times a person was met")
        yield self.figure("Lost", found.status.get("lost", 0), "status:lost", "closed as lost to follow-up")
        away = f"in care, not met for {self.rules.out_of_touch_days} days"
        yield self.figure("Out of touch", found.away, "away", away)
        yield self.figure("Died", found.status.get("died", 0), "status:died", "while in care, as recorded")

    def _due(self) -> Iterable[Figure]:
        now = self.found.windows[self.wanted.place]
        yield self.figure(f"Due at {self.title}", now.due if now else None, "due", "whose window is over")
        yield self.share("Re-assessed", now.reassessed if now else None, "scored")
        for fate, label in _MISSED:
            many = self.found.fates.get(fate, 0) if now else None
            yield self.figure(label, many, f"fate:{fate}", FATES[fate])

    def _windows(self) -> Iterable[tuple[str, tuple[Figure, ...]]]:
        for window, tally in zip(self.rules.windows, self.found.windows, strict=True):
            here = {"window": window.id}
            figures = [
                self.figure("due", tally.due if tally else None, "due", **here),
                self.share("re-assessed", tally.reassessed if tally else None, "scored", **here),
            ]
            for name, group in (("response", "responded"), ("remission", "fate:remission")):
                pair = getattr(tally, name) if tally else (None, None)
                figures += [
                    self.share(f"{name}, {basis}", one, group, **here)
                    for basis, one in zip(("all due", "re-assessed"), pair, strict=True)
                ]
            yield window.title, tuple(figures)

    def _tiers(self) -> Iterable[Figure]:
        now = self.found.windows[self.wanted.place]
        for fate, words in FATES.items():
            many = self.found.fates.get(fate, 0) if now else None
            if fate == "scored" and not many:
                continue
            share = Share(many=many, of=now.due) if now and many is not None else None
            yield self.share(first_up(words), share, f"fate:{fate}")

    def _life(self) -> Iterable[tuple[str, tuple[Figure, ...]]]:
        for window, (daily, seizures) in zip(self.rules.windows, self.found.known, strict=True):
            here = {"window": window.id}
            yield (
                window.title,
                tuple(
                    self.share(label, Share(many=three[0], of=three[n]) if three else None, group, **here)
                    for three, names in ((daily, ("easier",) * 2), (seizures, ("free",) * 2))
                    for (label, n), group in zip((("all due", 2), ("re-assessed", 1)), names, strict=True)
                ),
            )

    def _rows(self) -> Iterable[Row]:
        lines = sorted(
            self.found.lines, key=lambda one: (one.tally is None, -(one.tally.due if one.tally else 0), one.key)
        )
        names = _names(self.wanted.by, lines, self.rules)
        for line in lines:
            key, narrow = line.key, ""
            if self.wanted.by == "site":
                code = key.rstrip("/").rpartition("/")[2]
                inside = {"site": code}
                narrow = "" if key == self.scope.site.path or line.tally is None else self._to(**inside)
            else:
                inside = {self.wanted.by: key}
                narrow = self._to(**inside) if self.scope.whole and key else ""
            tally = line.tally
            group = inside if key else {}
            cells = (
                self.figure("due", tally.due if tally else None, "due" if group else "", **group),
                self.share("re-assessed", tally.reassessed if tally else None, "scored" if group else "", **group),
                self.share("responded, all due", tally.response[0] if tally else None, "responded", **group),
                self.share("responded, re-assessed", tally.response[1] if tally else None, "responded", **group),
            )
            yield Row(label=names.get(key, key), narrow=narrow, cells=cells)

    def _to(self, **more: str) -> str:
        return f"{reverse('outcomes')}?{urlencode(query(self.scope, self.wanted, **more))}"


def _bar(title: str, tally: Tally | None) -> Bar:
    if tally is None or not tally.due:
        return Bar(title=title, all_due=None, scored=None)
    due, scored = tally.response
    return Bar(title=title, all_due=_point(due, "all due"), scored=_point(scored, "re-assessed"))


def _point(share: Share, basis: str) -> tuple[float, float, float, str] | None:
    if share.value is None or share.interval is None:
        return None
    return share.value, *share.interval, f"{share.many:,} of {share.of:,} {basis}"


def _trend(title: str, months: Sequence[Month], uid: str) -> tuple[Drawing | None, str]:
    known = [one.share for one in months if one.share is not None]
    if len(known) < 2:
        return None, ""
    seen = runs(known)
    return pictures.run_chart(f"{title}, by month of enrolment", months, seen, uid), _said(seen)


def _said(seen: Runs | None) -> str:
    """What a run chart says, and that it does not say why."""
    if seen is None:
        return ""
    middle = f"Median {percent(seen.median)}"
    if seen.useful < 10:
        return f"{middle}. Too few months for a run chart to say whether anything changed."
    if seen.shift:
        row = f"{seen.longest} months in a row on one side of it"
        return f"{middle}. {row}: something changed; a run chart does not say what."
    if seen.few:
        return f"{middle}, crossed {seen.crossings} times, fewer than chance would: something changed, slowly."
    return f"{middle}. No sign that anything changed beyond chance."


def _month(text: str) -> str:
    return dt.date.fromisoformat(f"{text}-01").strftime("%b %y")


def _names(by: str, lines: Sequence[Line], rules: Outcomes) -> dict[str, str]:
    keys = [one.key for one in lines]
    if by == "site":
        return dict(Site.objects.filter(path__in=keys).values_list("path", "name"))
    if by == "worker":
        return {**worker_names(keys), "": "nobody"}
    if by == "age":
        return {**{one.id: one.title for one in rules.ages}, "": "not recorded"}
    if by == "sex":
        return {**SEXES, "": "not recorded"}
    if by == "step":
        return {one: f"Step {one}" for one in keys}
    return {one: first_up(one.replace("_", " ").replace("-", " ")) or "not recorded" for one in keys}


def narrowed(scope: Scope, wanted: Wanted, rules: Outcomes) -> list[tuple[str, str]]:
    """What the page is narrowed to, in words, each with the address without it."""
    found = []
    for name, value in wanted.only:
        words = _names(name, [Line(key=value, tally=None)], rules).get(value, value)
        rest = msgspec.structs.replace(wanted, only=tuple(one for one in wanted.only if one[0] != name))
        found.append((f"{DIMENSIONS[name]}: {words}", f"{reverse('outcomes')}?{urlencode(query(scope, rest))}"))
    return found


HEAD = ("place", "as_of", "definition", "window", "part", "line", "measure", "count", "of", "share", "low", "high",
        "narrowed_to", "origin")  # fmt: skip


def rows(scope: Scope, wanted: Wanted, rules: Outcomes, sheet: Sheet, as_of: dt.date, origin: str) -> list[list[Value]]:
    """The sheet as a table, a figure a row, in the order of `HEAD`; "not shown" stands where a figure is hidden."""
    window = rules.windows[wanted.place].title
    narrow = "; ".join(words for words, _ in narrowed(scope, wanted, rules))
    days = [f"enrolled from {wanted.since}" if wanted.since else "", f"to {wanted.until}" if wanted.until else ""]
    narrow = "; ".join(one for one in (narrow, *days) if one)
    found: list[list[Value]] = []

    def add(part: str, line: str, figure: Figure, at: str = window) -> None:
        interval = wilson(figure.count, figure.of) if figure.count is not None and figure.of else None
        share = figure.count / figure.of if figure.count is not None and figure.of else None
        low, high = interval or (None, None)
        count = figure.count if figure.count is not None else figure.value
        found.append(
            [scope.site.name, as_of, rules.version, at, part, line, figure.label, count, figure.of,
             _round(share), _round(low), _round(high), narrow, origin]
        )  # fmt: skip

    for figure in sheet.head:
        add("at a glance", "", figure, "")
    for figure in sheet.due:
        add("due", "", figure)
    for title, figures in sheet.windows:
        for figure in figures:
            add("response", "", figure, title)
    for figure in sheet.tiers:
        add("fate", "", figure)
    for title, figures in sheet.life:
        for n, figure in enumerate(figures):
            add("daily life" if n < 2 else "seizures", "", figure, title)
    for row in sheet.rows:
        for figure in row.cells:
            add(f"by {DIMENSIONS[wanted.by].lower()}", row.label, figure)
    for part, figures in (("how care stands", sheet.status), ("who is judged", sheet.bases)):
        for figure in figures:
            add(part, "", figure, "")
    return found


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
