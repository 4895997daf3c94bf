"""Small charts as inline SVG: pure functions from plain values to safe strings, no models and no clock.

`spark` stands in a list, `trajectory` on a chart or review page, and `table` says the same in numbers.
Colours come from classes in static/web/base.css, so print, dark and high contrast need nothing here.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vwazen.server.web.picture import Band, Bar, Lane, Point, Tick, Trajectory, table
from vwazen.server.web.plot import Plot
from vwazen.server.web.svg import Canvas, element, number

__all__ = ["Band", "Bar", "Drawing", "Lane", "Point", "Score", "Tick", "Trajectory", "spark", "table", "trajectory"]

# A number, None for not scored, or every number of a day whose records disagree
Score = float | None | tuple[float, ...]

WIDTH, HEIGHT = 72, 34
TOP, FLOOR, UNKNOWN = 4.0, 25.0, 30.5  # highest score, lowest score, and the row of what is not known
SHOWN = 12  # of a longer series the last so many, and the title says so


class Drawing(NamedTuple):
    """One chart drawn twice, so that letters keep their size; style sheets show the one that fits."""

    wide: SafeString
    narrow: SafeString


def trajectory(picture: Trajectory, *, uid: str = "", width: int = 720, tall: int = 248) -> Drawing:
    """Draw a course: `width` units wide with a scale of `tall` units, and 340 wide for a phone.

    `uid` makes the ids unique where the very same picture stands twice on a page.
    """
    uid = uid or "c" + hashlib.sha256(msgspec.json.encode(picture)).hexdigest()[:12]
    wide = Plot(picture, width, narrow=False, tall=tall).draw(f"{uid}w")
    return Drawing(wide, Plot(picture, 340, narrow=True).draw(f"{uid}n"))


def _said(points: Sequence[Score], title: str) -> str:
    if not points:
        return f"{title}: no entry yet"
    shown = [_values(p) for p in points[-SHOWN:]]
    words = ", ".join(" or ".join(number(n) for n in values) or "not scored" for values in shown)
    which = "" if len(points) <= SHOWN else f"the last {SHOWN} of {len(points)}, "
    return f"{title}, {which}oldest first: {words}"


def _values(score: Score) -> tuple[float, ...]:
    if score is None:
        return ()
    return score if isinstance(score, tuple) else (score,)


def spark(
    points: Sequence[Score],
    *,
    lo: float,
    hi: float,
    title: str,
    target: float | None = None,
    good: tuple[float, float] | None = None,
    kind: Literal["line", "bars"] = "line",
) -> SafeString:
    """A series in 72 by 34 units on the fixed scale `lo` to `hi`, so that rows of a list compare.

    Oldest first, evenly spaced. `good` tints a range, such as remission. A value beyond the scale is drawn at its
    edge; what is not scored stands beneath the scale, never at its low end.
    """
    canvas = Canvas(WIDTH)
    canvas.bottom = HEIGHT
    said = _said(points, title)
    shown = [_values(p) for p in points[-SHOWN:]]
    if kind == "bars":
        _bars(canvas, shown, hi)
    else:
        _line(canvas, shown, lo=lo, hi=hi, target=target, good=good)
    body = format_html("{}{}", element("title", said), canvas.body)
    return element("svg", body, cls="spark", viewBox=f"0 0 {WIDTH} {HEIGHT}", width=WIDTH, height=HEIGHT, role="img")


def _line(
    canvas: Canvas,
    points: list[tuple[float, ...]],
    *,
    lo: float,
    hi: float,
    target: float | None,
    good: tuple[float, float] | None,
) -> None:
    def x(i: int) -> float:
        return WIDTH - 4.0 if len(points) < 2 else 4 + i * (WIDTH - 8) / (len(points) - 1)

    def y(value: float) -> float:
        return FLOOR - (min(max(value, lo), hi) - lo) / ((hi - lo) or 1) * (FLOOR - TOP)

    if good:
        ys = sorted(y(v) for v in good)
        canvas.add("rect", cls="band b0", x=0, y=ys[0], width=WIDTH, height=ys[1] - ys[0])
    if target is not None:
        canvas.add("path", cls="target", d=f"M0 {y(target):.1f}H{WIDTH}")
    sure = [(i, v[0]) for i, v in enumerate(points) if len(v) == 1]
    for (i, a), (j, b) in pairwise(sure):
        canvas.line(x(i), y(a), x(j), y(b), "line" if j == i + 1 else "line bridge")
    for i, values in enumerate(points):
        if not values:
            canvas.add("circle", cls="unk", cx=x(i), cy=UNKNOWN, r=2.5)
        elif len(values) > 1:
            ys = sorted(y(v) for v in values)
            canvas.line(x(i), ys[0], x(i), ys[-1], "line bridge")
            for place in ys:
                canvas.add("circle", cls="hollow", cx=x(i), cy=place, r=2.5)
    if sure:
        canvas.add("circle", cls="dot", cx=x(sure[-1][0]), cy=y(sure[-1][1]), r=3.5)


def _bars(canvas: Canvas, points: list[tuple[float, ...]], hi: float) -> None:
    """Counts: the last one full, earlier ones faint; none at all is a stub, unknown is an open mark."""
    base = HEIGHT - 2.0
    canvas.add("path", cls="axis", d=f"M0 {base + 0.5}H{WIDTH}")
    slot = (WIDTH - 2) / max(6, len(points))
    top = max([hi, *(n for values in points for n in values)]) or 1
    for i, values in enumerate(points):
        x = WIDTH - (len(points) - i) * slot
        last = i == len(points) - 1
        if not values:
            canvas.add("circle", cls="unk", cx=x + slot / 2 - 1, cy=base - 6, r=2.5)
        for j, value in enumerate(values):
            wide = (slot - 3) / len(values)
            tall = max(1.5, max(0.0, value) / top * (base - TOP))
            cls = "sparkbar" if last else "sparkbar faint"
            canvas.add("rect", cls=cls, x=x + j * wide, y=base - tall, width=wide, height=tall, rx=1)
