"""Draws a `Trajectory`: bands, target, scores, and what was received beneath.

Scores that are unknown stand in a row of their own under the scale, so that nobody can read them as a low score.
"""

from datetime import date
from itertools import pairwise

from django.utils.safestring import SafeString

from vwazen.server.web.axis import time_axis
from vwazen.server.web.dates import long_day
from vwazen.server.web.picture import (
    Bar,
    Lane,
    Point,
    Trajectory,
    description,
    heading,
    target_words,
)
from vwazen.server.web.svg import Box, Canvas, Spot, element, number, text_width, wrap

STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # between the marks of a scale without bands
ROW = 26  # from one lane to the next
THICK = 18  # a lane's bar


class Plot:
    """One drawing of one picture, `width` units wide; `narrow` is for a phone or a column; the scale is `tall`."""

    def __init__(self, picture: Trajectory, width: float, *, narrow: bool, tall: float = 248) -> None:
        self.picture = picture
        self.narrow = narrow
        self.canvas = Canvas(width)
        self.first, self.last, self.marks = time_axis(picture, 5 if narrow else 8)
        self.low, self.high = picture.range
        beside = [b.label for b in picture.bands] + [lane.summary for lane in picture.lanes]
        names = max((text_width(lane.label) for lane in picture.lanes), default=0.0) + 12
        self.left = 34.0 if narrow else names if 104 < names < 140 else 104.0
        room = min(max((text_width(t) for t in beside), default=0.0), 136.0) + 0.1
        self.right = width - 10 if narrow else width - max(room + 8, 20)
        self.top = 18.0
        self.floor = self.top + (196 if narrow else tall)  # where the lowest score lies
        unknown = any(not p.values for p in picture.points)
        self.unknown_row = self.floor + 14
        self.axis = self.floor + (28 if unknown else 0)

    def x(self, when: date) -> float:
        """Where a day lies, kept inside the plot."""
        share = (when - self.first).days / max(1, (self.last - self.first).days)
        return self.left + (self.right - self.left) * min(1.0, max(0.0, share))

    def y(self, value: float) -> float:
        """Where a score lies."""
        return self.floor - (value - self.low) / (self.high - self.low) * (self.floor - self.top)

    def draw(self, uid: str) -> SafeString:
        """The finished picture."""
        self._scale()
        self._time()
        bottom = self._lanes(self.axis + 28)
        today = self.x(self.picture.today)
        self.canvas.add("path", cls="today", d=f"M{today:.1f} {self.top:.1f}V{bottom - 4:.1f}")
        self._course()
        self._target()
        self._labels()
        if self.narrow:
            self._bands_inside()
        self.canvas.bottom = bottom
        return self.canvas.svg(
            cls="narrow" if self.narrow else "wide",
            uid=uid,
            title=heading(self.picture),
            description=description(self.picture),
        )

    # the scale

    def _scale(self) -> None:
        higher = self.picture.direction == "higher-is-better"
        bands = sorted(self.picture.bands, key=lambda b: b.low, reverse=higher)
        for i, band in enumerate(bands):
            upper = [b.low for b in bands if b.low > band.low]
            top, bottom = self.y(min(upper, default=self.high)), self.y(band.low)
            if bottom - top > 0:
                shape = {"x": self.left, "y": top, "width": self.right - self.left, "height": bottom - top}
                self.canvas.add("rect", cls=f"band b{min(i, 4)}", **shape)
            middle = (top + bottom) / 2 + 4
            if not self.narrow:
                lines = wrap(band.label, self.canvas.width - self.right - 8)
                for j, line in enumerate(lines):
                    y = middle + (j - (len(lines) - 1) / 2) * 14
                    self.canvas.place(line, [Spot(self.right + 8, y)])
        step = next((s for s in STEPS if (self.high - self.low) / s <= 5), (self.high - self.low) / 5)
        rounds = [i * step for i in range(int(self.low // step) + 1, int(self.high // step) + 1)]
        for value in dict.fromkeys([self.low, self.high, *([b.low for b in bands] or rounds)]):
            y = self.y(value)
            self.canvas.add("path", cls="grid", d=f"M{self.left:.1f} {y:.1f}H{self.right:.1f}")
            self.canvas.place(number(value), [Spot(self.left - 8, y + 4, "end")])
        if self.narrow:
            if higher:
                self.canvas.place("higher is better", [Spot(self.left, 11)])
        else:
            y = self.canvas.write(self.picture.instrument, 0, self.top + 4, width=72)
            if higher:
                self.canvas.write("higher is better", 0, y, width=72)

    def _bands_inside(self) -> None:
        """Name the bands within the plot, last of all: where scores leave no room the table still names them."""
        for band in self.picture.bands:
            upper = [b.low for b in self.picture.bands if b.low > band.low]
            y = (self.y(min(upper, default=self.high)) + self.y(band.low)) / 2 + 4
            spots = [Spot(self.right - 4, y, "end"), Spot(self.left + 4, y)]
            self.canvas.place(band.short or band.label, spots)

    def _time(self) -> None:
        self.canvas.add("path", cls="axis", d=f"M{self.left:.1f} {self.axis:.1f}H{self.right:.1f}")
        for mark in self.marks:
            x = self.x(mark.when)
            half = text_width(mark.label) / 2
            centre = min(max(x, half), self.canvas.width - half)
            self.canvas.add("path", cls="axis", d=f"M{x:.1f} {self.axis:.1f}v4")
            self.canvas.place(mark.label, [Spot(centre, self.axis + 17, "middle")])
        x = self.x(self.picture.today)
        half = text_width("today") / 2
        self.canvas.place("today", [Spot(min(x, self.canvas.width - half), 11, "middle"), Spot(x, 11)], "on")

    def _target(self) -> None:
        if self.picture.target is None:
            return
        y = self.y(self.picture.target)
        self.canvas.add("path", cls="target", d=f"M{self.left:.1f} {y:.1f}H{self.right:.1f}")
        full, short = target_words(self.picture)
        for clear, words in ((True, full), (True, short), (False, full), (False, short)):
            end = self.right - text_width(words) - 6
            middle = (self.left + 6 + end) / 2
            spots = [Spot(x, v) for x in (self.left + 6, middle, end) for v in (y - 6, y + 15)]
            aside = [Spot(self.right + 8, y + 4)]
            if (words == short or not self.narrow) and self.canvas.place(words, spots + aside, "tgt", clear=clear):
                return

    # the scores

    def _course(self) -> None:
        """Lines, then marks: solid between neighbouring scores, dotted across a day without one sure score."""
        points = self.picture.in_order
        known = [(i, p, p.value) for i, p in enumerate(points) if p.value is not None]
        for (i, a, v), (j, b, w) in pairwise(known):
            cls = "line" if j == i + 1 else "line bridge"
            self.canvas.line(self.x(a.when), self.y(v), self.x(b.when), self.y(w), cls)
        if known:
            self._error(*known[-1][1:])
        radius = 5.0 if self._gap(points) > 12 else 3.0
        for point in points:
            if point.values:
                self._dots(point, radius)
        self._unknown([p for p in points if not p.values])

    def _gap(self, points: tuple[Point, ...] | list[Point]) -> float:
        """The least distance between two marks."""
        places = [self.x(p.when) for p in points]
        return min((b - a for a, b in pairwise(places)), default=99.0)

    def _ends(self, value: float) -> tuple[float, float]:
        """Top and bottom of the measurement error about a score, kept on the scale."""
        error = self.picture.error or 0.0
        return self.y(min(self.high, value + error)), self.y(max(self.low, value - error))

    def _error(self, point: Point, value: float) -> None:
        if self.picture.error is None:
            return
        x, (high, low) = self.x(point.when), self._ends(value)
        d = f"M{x - 4:.1f} {high:.1f}h8M{x:.1f} {high:.1f}V{low:.1f}M{x - 4:.1f} {low:.1f}h8"
        self.canvas.add("path", cls="ci", d=d)
        self.canvas.mark(Box(x - 5, high - 1, x + 5, low + 1))

    def _dots(self, point: Point, radius: float) -> None:
        x = self.x(point.when)
        ys = sorted(self.y(v) for v in point.values)
        if point.conflict:
            self.canvas.line(x, ys[0], x, ys[-1], "line bridge")
        tip = self._tip(point)
        for y in ys:
            cls = "hollow" if point.conflict else "dot"
            self.canvas.dot(x, y, radius, cls, tip)

    def _tip(self, point: Point) -> str:
        """What a mark says when pointed at; a thumb cannot point, so the narrow chart stays light."""
        return "" if self.narrow else f"{long_day(point.when)}: {point.words}"

    def _unknown(self, points: list[Point]) -> None:
        y = self.unknown_row
        lone = self._gap(points) > 20
        for point in points:
            x = self.x(point.when)
            self.canvas.dot(x, y, 8.0 if lone else 3.5, "unk", self._tip(point))
            if lone:
                self.canvas.put("?", Spot(x, y + 4, "middle"), "on")
        if not points:
            return
        if lone:
            for point in reversed(points):
                x = self.x(point.when)
                for words in dict.fromkeys((point.words, "not scored")):
                    if self.canvas.place(words, [Spot(x - 13, y + 4, "end"), Spot(x + 13, y + 4)]):
                        break
            return
        first, last = self.x(points[0].when), self.x(points[-1].when)
        spots = [Spot(first - 9, y + 4, "end"), Spot(last + 9, y + 4)]
        self.canvas.place(f"{len(points)} not scored", spots)

    def _labels(self) -> None:
        points = [p for p in self.picture.in_order if p.values]
        if not points:
            return
        extremes = [f(points, key=lambda p: max(p.values)) for f in (max, min)]
        order = [points[-1], points[0], *(p for p in points if p.conflict), *extremes]
        if len(points) <= (8 if self.narrow else 16):
            order += reversed(points)
        self._label(points[-1])
        self._error_label(points)
        done = {id(points[-1])}
        for point in order:
            if id(point) not in done:
                done.add(id(point))
                self._label(point)

    def _label(self, point: Point) -> None:
        x = self.x(point.when)
        top, bottom = self.y(max(point.values)), self.y(min(point.values))
        text = " or ".join(number(v) for v in point.values)
        spots = [
            Spot(x, top - 10, "middle"),
            Spot(x, bottom + 20, "middle"),
            Spot(x + 4, top - 10),
            Spot(x - 4, top - 10, "end"),
            Spot(x + 10, (top + bottom) / 2 + 4),
            Spot(x - 10, (top + bottom) / 2 + 4, "end"),
            Spot(x + 4, bottom + 20),
            Spot(x - 4, bottom + 20, "end"),
            Spot(x, top - 24, "middle"),
            Spot(x, bottom + 34, "middle"),
        ]
        self.canvas.place(text, spots, "val", below=self.floor)

    def _error_label(self, points: list[Point]) -> None:
        known = [(p, p.value) for p in points if p.value is not None]
        if self.picture.error is None or not known:
            return
        x, (high, low) = self.x(known[-1][0].when), self._ends(known[-1][1])
        short = f"±{number(self.picture.error)}"
        for words in (f"{short} measurement error", short):
            spots = [
                Spot(x + 8 * side, y, anchor) for side, anchor in ((1, "start"), (-1, "end")) for y in (low, high + 8)
            ]
            if self.canvas.place(words, spots, below=self.floor):
                return

    # what was done

    def _lanes(self, y: float) -> float:
        """Draw every lane from `y` down; returns where the drawing ends."""
        for lane in self.picture.lanes:
            aside = self.canvas.width - self.right - 8
            fits = text_width(lane.label) <= self.left - 10 and text_width(lane.summary) <= aside
            if fits and not self.narrow:
                self.canvas.place(lane.label, [Spot(0, y + 13)], "on")
                self.canvas.place(lane.summary, [Spot(self.right + 8, y + 13)])
            else:
                words = ", ".join(w for w in (lane.label, lane.summary) if w)
                y = self.canvas.write(words, self.left, y + 10) - 9
            self._lane(lane, y)
            y += ROW
        return y + 4

    def _lane(self, lane: Lane, y: float) -> None:
        middle = y + THICK / 2
        if lane.ticks or not lane.bars:
            self.canvas.add("path", cls="grid", d=f"M{self.left:.1f} {middle:.1f}H{self.right:.1f}")
        for bar in lane.bars:
            self._bar(bar, y)
        places = sorted(self.x(t.when) for t in lane.ticks)
        near = min((b - a for a, b in pairwise(places)), default=99.0)
        radius = min(5.0, max(1.5, near * 0.4))
        for tick in lane.ticks:
            if not self.first <= tick.when <= self.last:
                continue
            x = self.x(tick.when)
            said = (long_day(tick.when), "" if tick.held else "not held", tick.note)
            tip = "" if self.narrow or radius < 3 else ", ".join(w for w in said if w)
            if tick.kind == "review":
                self.canvas.diamond(x, middle, radius, tip)
            else:
                self.canvas.dot(x, middle, radius, "tick" if tick.held else "hollow", tip)

    def _bar(self, bar: Bar, y: float) -> None:
        end = min(bar.end or self.picture.today, self.last)
        if end < self.first or bar.start > self.last:
            return
        x = self.x(bar.start)
        width = max(self.x(end) - x, 2.0)
        cls = {"step": "lane2", "given": "lane", "gap": "gap"}[bar.kind]
        tip = f"{bar.label}: {long_day(bar.start)} to {long_day(bar.end) if bar.end else 'today'}".lstrip(": ")
        self.canvas.add("rect", element("title", tip), cls=cls, x=x, y=y, width=width, height=THICK, rx=3)
        for words in (bar.label, bar.short):
            if words and text_width(words) + 8 <= width:
                self.canvas.place(words, [Spot(x + 6, y + 13)], "gapt" if bar.kind == "gap" else "on")
                return
