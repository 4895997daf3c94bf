"""The two pictures of the outcomes page: shares with their intervals, and a run chart. Plain values in, SVG out."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from django.utils.safestring import SafeString

from vwazen.evidence.runs import Runs
from vwazen.server.reporting.words import percent, span
from vwazen.server.web.charts import Drawing
from vwazen.server.web.svg import Canvas, Spot


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One window on two bases: (share, low, high, words), or None where it is not shown."""

    title: str
    all_due: tuple[float, float, float, str] | None
    scored: tuple[float, float, float, str] | None


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """One month's share; None where there is none to show."""

    label: str
    share: float | None


def intervals(title: str, bars: Sequence[Bar], uid: str) -> Drawing:
    """Points with their intervals: filled of all due, open of the re-assessed."""
    said = " ".join(f"{bar.title}: {_said(bar)}." for bar in bars)
    return Drawing(_wide(title, bars, said, uid), _narrow(title, bars, said, uid))


def _said(bar: Bar) -> str:
    if bar.all_due is None or bar.scored is None:
        return "not shown, or nobody is due"
    words = [
        f"{percent(at[0])} ({span((at[1], at[2]))}) {at[3]}" for at in (bar.all_due, bar.scored)
    ]  # fmt: skip
    return ", ".join(words).replace("\u00a0", " ")


def _wide(title: str, bars: Sequence[Bar], said: str, uid: str) -> SafeString:
    left, wide, canvas = 150.0, 790.0, Canvas(1150)
    tall = 64 * len(bars) + 10
    _grid(canvas, left, wide, tall)
    for row, bar in enumerate(bars):
        y = 21.0 + 64 * row
        canvas.put(bar.title, Spot(0, y + 4), "val")
        for below, at, mark in ((0, bar.all_due, "1"), (26, bar.scored, "2")):
            _mark(canvas, at, left, wide, y + below, mark)
            canvas.put(percent(at[0]) if at else "not shown", Spot(left + wide + 14, y + below + 4), "val")
            if at:
                canvas.put(at[3], Spot(left + wide + 62, y + below + 4))
    canvas.bottom = tall + 24
    return canvas.svg(cls="wide", uid=f"{uid}w", title=title, description=said)


def _narrow(title: str, bars: Sequence[Bar], said: str, uid: str) -> SafeString:
    left, wide, canvas = 84.0, 236.0, Canvas(330)
    tall = 96 * len(bars)
    _grid(canvas, left, wide, tall, step=2)
    for row, bar in enumerate(bars):
        y = 20.0 + 96 * row
        canvas.put(bar.title, Spot(0, y), "val")
        for below, at, mark in ((0, bar.all_due, "1"), (40, bar.scored, "2")):
            canvas.put(at[3] if at else "not shown", Spot(left, y + below))
            _mark(canvas, at, left, wide, y + below + 15, mark)
    canvas.bottom = tall + 22
    return canvas.svg(cls="narrow", uid=f"{uid}n", title=title, description=said)


def _grid(canvas: Canvas, left: float, wide: float, tall: float, step: int = 1) -> None:
    for tenth in range(0, 11, 2 * step if step > 1 else 2):
        x = left + wide * tenth / 10
        canvas.add("path", cls="grid", d=f"M{x:.1f} 4V{tall}")
        canvas.put(f"{tenth * 10}\u00a0%", Spot(x, tall + 16, "middle"))


def _mark(
    canvas: Canvas, at: tuple[float, float, float, str] | None, left: float, wide: float, y: float, mark: str
) -> None:
    if at is None:
        return
    share, low, high = (left + wide * one for one in at[:3])
    ci, dot = ("ci", "dot") if mark == "1" else ("ci2", "dot2")
    canvas.add("path", cls=ci, d=f"M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 4:.1f}v8M{high:.1f} {y - 4:.1f}v8")
    canvas.add("circle", cls=dot, cx=share, cy=y, r=5)


def run_chart(title: str, months: Sequence[Month], runs: Runs | None, uid: str) -> Drawing:
    """Shares by month with their median. A month without a share is an open mark beneath the scale, never a zero."""
    said = f"By month, oldest first: {', '.join(f'{one.label} {_share(one)}' for one in months)}."
    if runs:
        said += f" Median {percent(runs.median)}."
    said = said.replace("\u00a0", " ")
    drawn = [
        _run(months, runs, width, tall, every).svg(cls=cls, uid=f"{uid}{cls[0]}", title=title, description=said)
        for cls, width, tall, every in (("wide", 560.0, 240.0, 4), ("narrow", 330.0, 210.0, 6))
    ]
    return Drawing(*drawn)


def _share(one: Month) -> str:
    return percent(one.share) if one.share is not None else "not shown"


def _run(months: Sequence[Month], runs: Runs | None, width: float, tall: float, every: int) -> Canvas:
    canvas = Canvas(width)
    canvas.bottom = tall
    left, right, top, floor = 40.0, width - 14, 14.0, tall - 44

    def x(n: int) -> float:
        return left + n * (right - left) / max(1, len(months) - 1)

    def y(share: float) -> float:
        return floor - share * (floor - top)

    for tenth in range(0, 11, 2):
        canvas.add("path", cls="grid", d=f"M{left} {y(tenth / 10):.1f}H{right}")
        canvas.put(f"{tenth * 10}\u00a0%", Spot(left - 6, y(tenth / 10) + 4, "end"))
    if runs:
        canvas.add("path", cls="axis", d=f"M{left} {y(runs.median):.1f}H{right}")
    known = [(n, one.share) for n, one in enumerate(months) if one.share is not None]
    for (a, first), (b, second) in pairwise(known):
        canvas.line(x(a), y(first), x(b), y(second), "line" if b == a + 1 else "line bridge")
    for n, one in enumerate(months):
        if one.share is None:
            canvas.add("circle", cls="unk", cx=x(n), cy=floor + 10, r=3)
        else:
            canvas.dot(x(n), y(one.share), 4, "dot", f"{one.label}: {percent(one.share)}")
        if n % every == 0:
            canvas.put(one.label, Spot(x(n), tall - 6, "start" if n == 0 else "middle"))
    return canvas
