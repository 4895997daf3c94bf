"""Charts say what the data say: everything inside the frame, unknown never a number, no label on another."""

import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tries import tries
from vwazen.server.web import charts
from vwazen.server.web.charts import Band, Bar, Lane, Point, Tick, Trajectory
from vwazen.server.web.dates import distance
from vwazen.server.web.examples import PHQ_9, examples, five_years, nine_weeks
from vwazen.server.web.picture import description
from vwazen.server.web.plot import Plot
from vwazen.server.web.svg import number, text_width, wrap

START = date(2026, 1, 5)
SVG = "{http://www.w3.org/2000/svg}"

texts = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(["<script>alert(1)</script>", "a\"&'b"])
days = st.integers(-400, 1800).map(lambda d: START + timedelta(days=d))
scores = st.integers(0, 27) | st.sampled_from([12.375, 9.0])
points = st.one_of(
    st.builds(Point, when=days, value=scores),
    st.builds(Point, when=days, value=st.none(), note=texts),
    st.builds(Point, when=days, value=st.none(), conflict=st.tuples(scores, scores)),
)
bars = st.builds(
    Bar, start=days, end=st.none() | days, label=texts, short=texts, kind=st.sampled_from(["step", "given", "gap"])
)
ticks = st.builds(Tick, when=days, held=st.booleans(), kind=st.sampled_from(["session", "review"]), note=texts)
lanes = st.builds(
    Lane,
    label=texts,
    summary=texts,
    bars=st.lists(bars, max_size=3).map(tuple),
    ticks=st.lists(ticks, max_size=20).map(tuple),
)
pictures = st.builds(
    Trajectory,
    title=texts,
    instrument=texts,
    points=st.lists(points, max_size=60).map(tuple),
    start=days,
    today=days,
    bands=st.sampled_from([(), PHQ_9, (Band(label="0 to 2", low=0, high=2), Band(label="3 to 6", low=3, high=27))]),
    target=st.none() | scores,
    target_label=texts,
    lanes=st.lists(lanes, max_size=3).map(tuple),
    direction=st.sampled_from(["lower-is-better", "higher-is-better"]),
    error=st.none() | st.sampled_from([1.5, 5.0, 40.0]),
    low=st.none() | st.just(0.0),
    high=st.none() | st.sampled_from([27.0, 100.0]),
)


def parsed(svg: str) -> ET.Element:
    """The drawing as XML; a fault in it is a failure."""
    return ET.fromstring(svg)


def boxes(root: ET.Element) -> list[tuple[str, float, float, float, float]]:
    """Every label with its rectangle, measured here and not by the code that placed it."""
    found = []
    for text in root.iter("text"):
        words = "".join(text.itertext())
        bold = text.get("class") == "val"
        # the widest of the fonts named in tokens.css, DejaVu Sans, has digits of .64 and a mean letter of .6 em
        width = sum(2 if ord(c) > 0x2E80 else 1 for c in words) * (13 * 0.7 if bold else 12 * 0.61)
        x, y = float(text.get("x", "nan")), float(text.get("y", "nan"))
        left = x - {"": 0.0, "middle": width / 2, "end": width}[text.get("text-anchor", "")]
        found.append((words, left, y - 9, left + width, y + 2))
    return found


@tries(50)
@given(pictures)
@example(nine_weeks())
@example(five_years())
def test_every_mark_lies_within_the_picture(picture: Trajectory) -> None:
    for svg in charts.trajectory(picture):
        root = parsed(svg)
        _, _, width, height = map(float, (root.get("viewBox") or "").split())
        for circle in root.iter("circle"):
            assert 0 <= float(circle.get("cx", "nan")) <= width
            assert 0 <= float(circle.get("cy", "nan")) <= height
        for rect in root.iter("rect"):
            assert float(rect.get("x", "nan")) >= 0
            assert float(rect.get("x", "nan")) + float(rect.get("width", "nan")) <= width + 2.1
            assert float(rect.get("height", "nan")) >= 0
        for words, left, top, right, bottom in boxes(root):
            assert left >= 0, words
            assert right <= width, words
            assert top >= -1, words
            assert bottom <= height, words


@tries(50)
@given(pictures)
@example(nine_weeks())
@example(five_years())
def test_no_label_lies_on_another(picture: Trajectory) -> None:
    for svg in charts.trajectory(picture):
        for (a, l1, t1, r1, b1), (b, l2, t2, r2, b2) in combinations(boxes(parsed(svg)), 2):
            assert l1 >= r2 or l2 >= r1 or t1 >= b2 or t2 >= b1, f"{a!r} lies on {b!r}"


@tries(50)
@given(pictures)
def test_unknown_is_never_drawn_as_a_score(picture: Trajectory) -> None:
    for narrow, svg in enumerate(charts.trajectory(picture)):
        plot = Plot(picture, 340 if narrow else 720, narrow=bool(narrow))
        root = parsed(svg)
        unknown = [c for c in root.iter("circle") if c.get("class") == "unk"]
        assert len(unknown) == sum(not p.values for p in picture.points)
        for circle in unknown:
            assert float(circle.get("cy", "nan")) > plot.floor + 8
        known = [c for c in root.iter("circle") if c.get("class") in ("dot", "hollow")]
        in_plot = [c for c in known if float(c.get("cy", "nan")) <= plot.floor + 0.1]
        assert len(in_plot) == sum(len(p.values) for p in picture.points)


@given(st.lists(st.none() | scores | st.tuples(scores, scores), max_size=70), st.sampled_from(["line", "bars"]))
def test_a_spark_holds_the_last_entries_and_keeps_unknown_apart(series: list[charts.Score], kind: str) -> None:
    root = parsed(charts.spark(series, title="PHQ-9", lo=0, hi=27, target=9, good=(0, 4), kind=kind))  # type: ignore[arg-type]
    shown = series[-charts.SHOWN :]
    unknown = [c for c in root.iter("circle") if c.get("class") == "unk"]
    assert len(unknown) == shown.count(None)
    if kind == "line":
        assert all(float(c.get("cy", "nan")) > charts.FLOOR + 2 for c in unknown)
    for circle in root.iter("circle"):
        assert 0 <= float(circle.get("cx", "nan")) <= charts.WIDTH
        assert 0 <= float(circle.get("cy", "nan")) <= charts.HEIGHT
    said = root.findtext("title") or ""
    assert said.count("not scored") == len(unknown)
    assert (f"of {len(series)}" in said) == (len(series) > charts.SHOWN)


def test_a_count_of_none_is_seen_and_is_not_the_mark_of_unknown() -> None:
    root = parsed(charts.spark([3, 0, None], title="Seizures", lo=0, hi=10, kind="bars"))
    assert [r.get("height") for r in root.iter("rect")] == ["8.4", "1.5"]
    assert len(list(root.iter("circle"))) == 1


def test_names_are_escaped_everywhere() -> None:
    bad = "<script>alert(1)</script>"
    picture = Trajectory(
        title=bad,
        instrument=bad,
        points=(Point(when=START, value=None, note=bad), Point(when=START + timedelta(7), value=3, note=bad)),
        start=START,
        today=START + timedelta(14),
        bands=(Band(label=bad, low=0, high=27),),
        target=5,
        target_label=bad,
        lanes=(Lane(label=bad, summary=bad, bars=(Bar(start=START, end=None, label=bad),)),),
    )
    for markup in (*charts.trajectory(picture), charts.table(picture), charts.spark([1], title=bad, lo=0, hi=27)):
        assert "<script" not in markup
        assert "&lt;script&gt;" in markup
        parsed(markup)


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    picture = Trajectory(title="a\x00b", instrument="c\x1bd", points=(), start=START, today=START)
    assert "ab" in (parsed(charts.trajectory(picture).wide).findtext("title") or "")


def test_ids_are_unique_over_the_charts_of_a_page() -> None:
    drawn = [svg for picture in examples() for svg in charts.trajectory(picture)]
    drawn += charts.trajectory(nine_weeks(), uid="again")
    ids = [e.get("id") for svg in drawn for e in parsed(svg).iter() if e.get("id")]
    assert len(ids) == len(set(ids)) == 2 * len(drawn)
    for svg in drawn:
        root = parsed(svg)
        assert (root.get("aria-labelledby") or "").split() == [e.get("id") for e in root if e.tag in ("title", "desc")]


def test_a_line_across_a_day_that_is_not_scored_is_dotted() -> None:
    lines = [p.get("class") for p in parsed(charts.trajectory(nine_weeks()).wide).iter("path")]
    assert lines.count("line") == 2
    assert lines.count("line bridge") == 1


def test_two_values_of_one_day_are_both_drawn_and_neither_is_chosen() -> None:
    picture = Trajectory(
        title="CES-D",
        instrument="CES-D",
        points=(
            Point(when=START, value=30),
            Point(when=START + timedelta(7), value=None, conflict=(12, 21)),
            Point(when=START + timedelta(14), value=10),
        ),
        start=START,
        today=START + timedelta(14),
        high=60,
    )
    root = parsed(charts.trajectory(picture).wide)
    classes = [c.get("class") for c in root.iter("circle")]
    assert classes.count("hollow") == 2
    assert classes.count("dot") == 2
    assert "12 or 21" in ["".join(t.itertext()) for t in root.iter("text")]
    assert "12 or 21" in description(picture)
    assert "12 or 21" in charts.table(picture)


def test_a_point_cannot_have_a_value_and_a_conflict_nor_a_number_that_is_none() -> None:
    with pytest.raises(ValueError, match="not both"):
        Point(when=START, value=3, conflict=(3, 4))
    with pytest.raises(ValueError, match="finite"):
        Point(when=START, value=float("nan"))


def test_the_description_and_table_say_what_the_picture_shows() -> None:
    said = description(nine_weeks())
    assert "17 September 2026 18; 1 October 2026 17" in said
    assert "29 October 2026 not scored, 2 unanswered" in said
    assert "Target 9, half of the first score." in said
    assert "Fluoxetine: 23 of 35 days." in said
    table = charts.table(nine_weeks())
    assert table.index("17 Nov") < table.index("17 Sep")
    assert "not scored, 2 unanswered" in table
    assert "moderately severe" in table


def test_a_long_series_is_summed_up_in_words_and_told_in_the_table() -> None:
    said = description(five_years())
    assert said.startswith("60 entries. First 17 on 4 November 2021, lowest 3")
    assert "5 not scored. 2 days with values that disagree." in said
    assert charts.table(five_years()).count("<tr>") == 61


def test_nothing_scored_yet_is_said() -> None:
    picture = Trajectory(title="PHQ-9", instrument="PHQ-9", points=(), start=START, today=START)
    assert "No score yet, which is not zero." in charts.trajectory(picture).wide


def test_a_whisker_only_where_the_caller_gives_the_error() -> None:
    without = parsed(charts.trajectory(nine_weeks()).wide)
    assert not [p for p in without.iter("path") if p.get("class") == "ci"]
    root = parsed(charts.trajectory(five_years()).wide)
    assert len([p for p in root.iter("path") if p.get("class") == "ci"]) == 1
    assert "Measurement error 3.1 points either way." in description(five_years())


def test_the_axis_counts_weeks_up_to_half_a_year_and_then_names_months_or_years() -> None:
    def marks(length: int) -> list[str]:
        picture = Trajectory(title="", instrument="", points=(), start=START, today=START + timedelta(length))
        return [mark.label for mark in Plot(picture, 720, narrow=False).marks]

    assert marks(63) == ["week 0", "2", "4", "6", "8", "10"]
    assert marks(182)[0] == "week 0"
    assert marks(183) == ["Feb 2026", "Mar", "Apr", "May", "Jun", "Jul"]
    assert marks(1800) == ["2027", "2028", "2029", "2030"]


def test_weeks_before_the_start_are_counted_backwards() -> None:
    early = Point(when=START - timedelta(weeks=3), value=9)
    picture = Trajectory(title="", instrument="", points=(early,), start=START, today=START + timedelta(weeks=5))
    assert [m.label for m in Plot(picture, 720, narrow=False).marks][:5] == ["−3", "−2", "−1", "week 0", "1"]


def test_a_higher_score_stands_higher_and_the_best_band_is_the_green_one() -> None:
    for direction, best in (("lower-is-better", "minimal"), ("higher-is-better", "severe")):
        picture = Trajectory(
            title="",
            instrument="",
            points=(),
            start=START,
            today=START,
            bands=PHQ_9,
            direction=direction,  # type: ignore[arg-type]
        )
        plot = Plot(picture, 720, narrow=False)
        assert plot.y(20) < plot.y(3)
        root = parsed(charts.trajectory(picture).wide)
        green = next(r for r in root.iter("rect") if r.get("class") == "band b0")
        label = next(t for t in root.iter("text") if "".join(t.itertext()) == best)
        assert float(green.get("y", "nan")) < float(label.get("y", "nan"))
        assert float(label.get("y", "nan")) < float(green.get("y", "nan")) + float(green.get("height", "nan"))


@given(st.text(max_size=200), st.floats(30, 300))
def test_wrapping_loses_no_letter(text: str, width: float) -> None:
    lines = wrap(text, width)
    kept = "".join("".join(lines).split())
    assert kept == "".join("".join(wrap(text, 1e9)).split())
    assert all(text_width(line) <= width or len(line) == 1 for line in lines)


def test_numbers_are_exact_and_have_a_real_minus() -> None:
    assert [number(v) for v in (0, -0.0, 100, 12.375, 7.5, -3)] == ["0", "0", "100", "12.375", "7.5", "−3"]


@pytest.mark.parametrize(
    ("days_away", "words"),
    [(0, "today"), (1, "tomorrow"), (-1, "yesterday"), (5, "in 5 days"), (-13, "13 days ago"), (-14, "2 weeks ago")],
)
def test_distance_in_words(days_away: int, words: str) -> None:
    assert distance(START + timedelta(days_away), START) == words


def test_distance_never_says_zero_or_a_clumsy_one() -> None:
    said = {distance(START + timedelta(d), START) for d in range(-4000, 4000)}
    assert not [w for w in said if " 0 " in f" {w}" or "1 days" in w.split(" ago") or w.startswith("in 1 weeks")]
    assert "2 years ago" in said
