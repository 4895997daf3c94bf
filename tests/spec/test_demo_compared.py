"""Draws the demo beside real answers: docs/explanation/demo-compared.svg and the figures in demo-compared.md.

The real data stay where they are (`../shared/data/trials`); without them this is skipped. Two samples of other people
with other instruments: what is compared is the shape, not the level.
"""

import csv
import datetime as dt
import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import correlation, fmean, median

import msgspec
import pytest

from tests.spec.pages import ROOT, table
from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.demo.kit import Kit
from vwazen.demo.programme import plan, stream
from vwazen.demo.site import make

DATA = ROOT.parent / "shared" / "data" / "trials"
FOLDER = ROOT / "docs" / "explanation"
NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
REVERSED = (4, 8, 12, 16)  # items of CES-D that count the other way
SEEN = 400  # days that somebody must have had time to be measured in, so that nobody is cut off by today
BINS = ((1, 10), (11, 17), (18, 24), (25, 31), (32, 45), (46, 90), (91, 365))
Course = list[tuple[float, float]]


class Look(msgspec.Struct):
    """One source: correlations between items, and each person's (day, score) in order.

    `gappy` is the share of forms with an item missing or with a total alone; `web` holds courses of a study by web.
    """

    items: list[float]
    alpha: float
    courses: list[Course]
    gappy: float = 0.0
    web: list[Course] = []


def between_items(rows: Sequence[Sequence[float]]) -> tuple[list[float], float]:
    """Correlations of every pair of items, and Cronbach's alpha as it would be with nine items (Spearman-Brown)."""
    columns = list(zip(*rows, strict=True))
    pairs = [correlation(a, b) for n, a in enumerate(columns) for b in columns[n + 1 :]]

    def variance(values: Sequence[float]) -> float:
        middle = fmean(values)
        return fmean((one - middle) ** 2 for one in values)

    alone, together = sum(map(variance, columns)), variance([sum(row) for row in rows])
    alpha = len(columns) / (len(columns) - 1) * (1 - alone / together)
    times = 9 / len(columns)
    return sorted(pairs), times * alpha / (1 + (times - 1) * alpha)


def real() -> Look:
    with (DATA / "positive-psychology-cesd.csv").open() as file:
        every = list(csv.DictReader(file))
    rows = [row for row in every if float(row["occasion"]) == 0]
    web: dict[str, Course] = {row["id"]: [(0.0, float(row["cesdTotal"]))] for row in rows}
    for row in every:
        if float(row["occasion"]) > 0 and row["id"] in web:
            web[row["id"]].append((float(row["elapsed.days"]), float(row["cesdTotal"])))
    answers = [[3 - x if n in REVERSED else x for n in range(1, 21) for x in (float(row[f"cesd{n:02}"]) - 1,)]
               for row in rows]  # fmt: skip
    by_person: dict[str, Course] = {}
    with (DATA / "enrichd-bdi.csv").open() as file:
        for row in csv.DictReader(file):
            if row["BDI"] not in ("", "NA"):
                by_person.setdefault(row["ID"], []).append((float(row["time"]), float(row["BDI"])))
    return Look(*between_items(answers), [sorted(one) for one in by_person.values()],
                web=[sorted(one) for one in web.values()])  # fmt: skip


def invented() -> Look:
    know = content()
    kit = Kit(know)
    rng = stream(1, "compared")
    answers = [list(kit.screen(rng, rng.gauss(*kit.rates.attender_theta)).answers.values()) for _ in range(2_000)]
    courses, forms, gappy = [], 0, 0
    for seed in (1, 2, 3):
        programme = plan(know, size="clinic", seed=seed, now=NOW)
        made = make(kit, programme, programme.clinics[0])
        wanted = {life.registered.person: life.journeys[0].start for life in made.lives
                  if life.journeys and life.journeys[0].condition == "depression"
                  and life.journeys[0].start < made.local.calendar.today - SEEN}  # fmt: skip
        found: dict[str, dict[float, float]] = {}
        for fact in made.facts:
            body, start = fact.body, wanted.get(fact.person)
            if start is None or not isinstance(body, f.Response) or body.instrument != "phq-9" or fact.amends:
                continue
            forms += 1
            scored = [value for item, value in body.answers.items() if item != "10"]
            if len(scored) == 9:
                found.setdefault(fact.person, {})[fact.day.toordinal() - start] = sum(scored)
            gappy += len(scored) < 9
        courses += [sorted((day, score) for day, score in one.items() if 0 <= day <= 400) for one in found.values()]
    return Look(*between_items(answers), [one for one in courses if one], gappy=gappy / forms)


def gaps(look: Look) -> list[float]:
    """Days between one measure and the next."""
    return sorted(b[0] - a[0] for one in look.courses for a, b in itertools.pairwise(one) if b[0] > a[0])


def again(look: Look) -> list[tuple[float, float | None, int]]:
    """For gaps of about so many days: the correlation of a score with the next, and from how many pairs."""
    found = []
    for low, high in BINS:
        pairs = [(a[1], b[1]) for one in look.courses for a, b in itertools.pairwise(one)
                 if low <= b[0] - a[0] <= high]  # fmt: skip
        enough = len(pairs) >= 40
        found.append(((low + high) / 2, correlation(*zip(*pairs, strict=True)) if enough else None, len(pairs)))
    return found


def still(courses: Sequence[Course], days: Sequence[int]) -> list[float]:
    """The share of people who are measured on such a day or later."""
    last = [one[-1][0] for one in courses]
    return [fmean(day <= end for end in last) for day in days]


def quantile(values: Sequence[float], q: float) -> float:
    return values[min(len(values) - 1, int(q * len(values)))]


def page(there: Look, here: Look) -> str:
    rows = []
    for name, values in (
        ("correlation of two items, median", lambda x: f"{median(x.items):.2f}"),
        ("the same, from the 10th to the 90th of a hundred",
         lambda x: f"{quantile(x.items, 0.1):.2f} to {quantile(x.items, 0.9):.2f}"),
        ("Cronbach's alpha, brought to nine items", lambda x: f"{x.alpha:.2f}"),
        ("days from a measure to the next, median", lambda x: f"{median(gaps(x)):.0f}"),
        ("the same, 10th to 90th", lambda x: f"{quantile(gaps(x), 0.1):.0f} to {quantile(gaps(x), 0.9):.0f}"),
        ("measures a person, median", lambda x: f"{median(len(one) for one in x.courses):.0f}"),
        ("still measured at 90 days or later", lambda x: f"{100 * still(x.courses, [90])[0]:.0f} %"),
        ("the same, of those asked by web", lambda x: f"{100 * still(x.web, [90])[0]:.0f} %" if x.web else "not asked"),
        ("still measured at 180 days or later", lambda x: f"{100 * still(x.courses, [180])[0]:.0f} %"),
        ("forms with an item missing, or with a total alone",
         lambda x: f"{100 * x.gappy:.0f} %" if x.gappy else "none in these files"),
    ):  # fmt: skip
        rows.append((name, values(there), values(here)))
    for (middle, *theirs), (_, *ours) in zip(again(there), again(here), strict=True):
        said = [f"{one:.2f} ({pairs} pairs)" if one is not None else "too few" for one, pairs in (theirs, ours)]
        rows.append((f"correlation of a score with the next about {middle:.0f} days later", *said))
    once = 100 * fmean(len(one) == 1 for one in here.courses)
    said = table(("What", "Real answers", "Demo"), rows)
    return (
        "<!-- Printed by tests/spec/test_demo_compared.py. Change that, not this page. -->\n\n"
        "# The demo beside real answers\n\n"
        "Real: items of CES-D from 197 adults before a web-based intervention (positive-psychology-cesd), courses of "
        "BDI from 390 people in the therapy arm of a trial in the United States (enrichd-bdi: visits nearly weekly "
        "for half a year, which no clinic keeps up). Demo: items of PHQ-9 from 2,000 attenders, courses of PHQ-9 of "
        "everyone in three clinics whose care for depression began more than 400 days ago. Other instruments, other "
        "people: compare shapes, not levels.\n\n"
        "What is alike: how strongly items hang together, and how a score foretells the next a month or two later. "
        "What is not: the demo's items are more alike among themselves than real ones are (one factor draws them all); "
        f"its measures are a month apart where the trial's are a week; and {once:.0f} of 100 people are measured once "
        "and never again, as in clinics and by web, while a trial keeps nearly everyone. Both real lines of who is "
        "still measured fall to nothing at six months because the studies ended, not because people left.\n\n"
        f"![Four small charts: correlations between items, days between measures, how a score foretells the next, who "
        f"is still measured](demo-compared.svg)\n\n{said}"
    )


# The picture: four small charts, lines for the real data and for the demo.

WIDE, HIGH, LEFT, TOP = 250, 150, 46, 34
INK = {"real": "#5a5a5a", "web": "#8a4b08", "demo": "#0b6e6e"}
DASH = {"real": ' stroke-dasharray="5 4"', "web": ' stroke-dasharray="1 3"', "demo": ""}


def chart(n: int, title: str, x_name: str, lines: dict[str, list[tuple[float, float]]], x: tuple[float, float],
          ticks: Sequence[float]) -> str:  # fmt: skip
    """One chart with both lines; y runs from 0 to 1."""
    left, top = LEFT + (n % 2) * (WIDE + 80), TOP + (n // 2) * (HIGH + 84)

    def at(point: tuple[float, float]) -> str:
        return f"{left + WIDE * (point[0] - x[0]) / (x[1] - x[0]):.1f},{top + HIGH * (1 - point[1]):.1f}"

    parts = [f'<text x="{left}" y="{top - 12}" font-weight="600">{title}</text>']
    for y in (0, 0.5, 1):
        parts.append(f'<path d="M{at((x[0], y))} L{at((x[1], y))}" stroke="#d9d9d9"/>')
        parts.append(f'<text x="{left - 8}" y="{top + HIGH * (1 - y) + 4:.0f}" text-anchor="end">{y:g}</text>')
    for tick in ticks:
        where = at((tick, 0)).split(",")[0]
        parts.append(f'<text x="{where}" y="{top + HIGH + 16}" text-anchor="middle">{tick:g}</text>')
    parts.append(f'<text x="{left + WIDE}" y="{top + HIGH + 34}" text-anchor="end">{x_name}</text>')
    for name, points in lines.items():
        path = " L".join(at(point) for point in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{INK[name]}" stroke-width="2"{DASH[name]}/>')
    return "".join(parts)


def below(values: Sequence[float], at: Sequence[float]) -> list[tuple[float, float]]:
    """The share of values at or below each."""
    return [(one, sum(value <= one for value in values) / len(values)) for one in at]


def picture(there: Look, here: Look) -> str:
    both = {"real": there, "demo": here}
    steps = [n / 50 for n in range(-5, 46)]
    days = list(range(0, 61, 2))
    later = list(range(0, 361, 10))
    charts = [
        chart(0, "Two items: share of pairs below", "correlation",
              {name: below(look.items, steps) for name, look in both.items()}, (-0.1, 0.9), (0, 0.3, 0.6, 0.9)),
        chart(1, "Next measure: share within", "days",
              {name: below(gaps(look), days) for name, look in both.items()}, (0, 60), (0, 14, 28, 42, 56)),
        chart(2, "A score and the next: correlation", "days between",
              {name: [(x, y) for x, y, _ in again(look) if y is not None and x <= 70] for name, look in both.items()},
              (0, 70), (0, 14, 28, 42, 56, 70)),
        chart(3, "Still measured: share", "days since the first",
              {name: list(zip(later, still(one, later), strict=True))
               for name, one in (("real", there.courses), ("web", there.web), ("demo", here.courses))}, (0, 360),
              (0, 90, 180, 270, 360)),
    ]  # fmt: skip
    key = "".join(
        f'<path d="M{46 + n * 170},492 h28" stroke="{INK[name]}" stroke-width="2"'
        f'{DASH[name]}/><text x="{80 + n * 170}" y="496">{words}</text>'
        for n, (name, words) in enumerate(
            (("real", "real answers"), ("demo", "demo (synthetic)"), ("web", "real, by web"))
        )
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 650 510" width="650" height="510" role="img" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#1a1a1a">'
        "<title>The demo beside real answers</title>"
        f'<rect width="650" height="510" fill="#fff"/>{"".join(charts)}{key}</svg>\n'
    )


@pytest.mark.skipif(not DATA.exists(), reason="the trials' data are not on this machine")
def test_the_demo_beside_real_answers() -> None:
    there, here = real(), invented()
    made = {"demo-compared.md": page(there, here).rstrip() + "\n", "demo-compared.svg": picture(there, here)}
    for name, text in made.items():
        file = FOLDER / name
        if os.environ.get("VWAZEN_WRITE_DOCS"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert Path(file).read_text("utf-8") == text, f"{name} is not current. Run with VWAZEN_WRITE_DOCS=1."
    assert abs(median(there.items) - median(here.items)) < 0.2
    assert abs(there.alpha - here.alpha) < 0.1
