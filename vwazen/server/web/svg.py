"""Small SVG drawings made of text: escaped elements, and labels that never lie on each other."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.utils.safestring import SafeString, mark_safe

# XML 1.0 has no way to write these, escaped or not
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Wider than any font in --font (static/web/tokens.css): what is free by this measure is free on screen
_EM = {"val": 0.72, "": 0.64}
_SIZE = {"val": 13.0, "": 12.0}


class Box(NamedTuple):
    """A rectangle in the units of the viewBox."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        """True if the two rectangles share more than an edge."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Spot(NamedTuple):
    """Where a label might go: the point its baseline starts from, ends at or is centred on."""

    x: float
    y: float
    anchor: str = "start"


def number(value: float) -> str:
    """A number as people write it: no trailing zeros, at most three decimals, a real minus sign.

    Three, because a pro-rated PHQ-9 counts in eighths and is never rounded to another score.
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def clean(text: str) -> str:
    """The text without characters that no XML document can hold."""
    return _UNWRITABLE.sub("", text)


def element(name: str, inside: str | None = None, /, **attributes: str | float) -> SafeString:
    """One element, everything escaped but a SafeString inside; `cls` becomes class, _ in a name becomes -."""
    parts = [f"<{name}"]
    for key, value in attributes.items():
        shown = f"{value:.1f}" if isinstance(value, float) else escape(clean(str(value)))
        if shown:
            parts.append(f' {"class" if key == "cls" else key.replace("_", "-")}="{shown}"')
    if inside is not None and not isinstance(inside, SafeString):
        inside = escape(clean(inside))
    parts.append("/>" if inside is None else f">{inside}</{name}>")
    return SafeString("".join(parts))  # each part is escaped above


def _width(character: str) -> float:
    if ord(character) > 0x2E80:
        return 2.0
    return 1.6 if character in "mwMW@%" else 1.25 if character.isupper() else 1.0


@lru_cache(4096)  # a label is measured for each place where it might stand
def text_width(text: str, cls: str = "") -> float:
    """A generous estimate of a label's width; capitals and wide scripts count for more."""
    kind = "val" if cls == "val" else ""
    return sum(map(_width, text)) * _EM[kind] * _SIZE[kind]


def text_box(text: str, spot: Spot, cls: str = "") -> Box:
    """The rectangle a label covers."""
    width = text_width(text, cls)
    left = spot.x - {"start": 0.0, "middle": width / 2, "end": width}[spot.anchor]
    size = _SIZE["val" if cls == "val" else ""]
    return Box(left, spot.y - size * 0.8, left + width, spot.y + size * 0.25)


def _pieces(word: str, width: float) -> Iterator[str]:
    piece = ""
    for character in word:
        if piece and text_width(piece + character) > width:
            yield piece
            piece = ""
        piece += character
    yield piece


def wrap(text: str, width: float) -> list[str]:
    """The text in lines no wider than `width`; a word wider than that is cut, never lost."""
    lines = [""]
    for word in clean(text).split():
        for piece in _pieces(word, width):
            joined = f"{lines[-1]} {piece}".strip()
            if text_width(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
    return [line for line in lines if line]


class Canvas:
    """Collects elements, and remembers where text and marks are so that the next label keeps clear."""

    def __init__(self, width: float) -> None:
        self.width = width
        self.bottom = 0.0
        self._shapes: list[SafeString] = []
        self._words: list[SafeString] = []  # drawn last, so that no line crosses out a label
        self._texts: list[Box] = []
        self._marks: list[Box] = []
        self._lines: list[Box] = []
        self._drawn: list[tuple[float, float, float, float]] = []  # of which `_lines` does not know yet

    def add(self, name: str, inside: str | None = None, /, **attributes: str | float) -> None:
        """Draw an element that labels need not avoid."""
        self._shapes.append(element(name, inside, **attributes))

    def dot(self, x: float, y: float, radius: float, cls: str, tip: str) -> None:
        """Draw a circle; a `tip` is said when it is pointed at."""
        self.add("circle", element("title", tip) if tip else None, cls=cls, cx=x, cy=y, r=radius)
        self.mark(Box(x - radius, y - radius, x + radius, y + radius))

    def diamond(self, x: float, y: float, radius: float, tip: str) -> None:
        """Draw a square on its corner."""
        r = radius * 1.3
        d = f"M{x:.1f} {y - r:.1f}l{r:.1f} {r:.1f} {-r:.1f} {r:.1f} {-r:.1f} {-r:.1f}z"
        self.add("path", element("title", tip) if tip else None, cls="tick", d=d)
        self.mark(Box(x - r, y - r, x + r, y + r))

    def mark(self, box: Box) -> None:
        """No label may cover this rectangle."""
        self._marks.append(box)

    def line(self, x1: float, y1: float, x2: float, y2: float, cls: str) -> None:
        """Draw a line; labels keep off it where they can."""
        self.add("path", cls=cls, d=f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}")
        self._drawn.append((x1, y1, x2, y2))

    def _on_a_line(self, box: Box) -> bool:
        """Whether a label there would lie on a line. Many a drawing has lines and no labels to place."""
        for x1, y1, x2, y2 in self._drawn:
            steps = max(1, int(max(abs(x2 - x1), abs(y2 - y1)) // 6))
            for i in range(steps + 1):
                x, y = x1 + (x2 - x1) * i / steps, y1 + (y2 - y1) * i / steps
                self._lines.append(Box(x - 1.5, y - 1.5, x + 1.5, y + 1.5))
        self._drawn.clear()
        return any(box.meets(line) for line in self._lines)

    def put(self, text: str, spot: Spot, cls: str = "") -> None:
        """Write the text here, whatever lies beneath."""
        self._texts.append(text_box(text, spot, cls))
        anchor = "" if spot.anchor == "start" else spot.anchor
        self._words.append(element("text", text, cls=cls, x=float(spot.x), y=float(spot.y), text_anchor=anchor))

    def place(
        self, text: str, spots: list[Spot], cls: str = "", *, below: float | None = None, clear: bool = False
    ) -> bool:
        """Write the text at the first spot that is free, best one off the lines; False where none is.

        `below` is the lowest edge allowed; `clear` takes no spot on a line. A label that finds no room is left out
        whole, so the caller must say the same thing elsewhere (the description and the table do).
        """
        text = clean(text)
        fitting = []
        for spot in spots:
            box = text_box(text, spot, cls)
            inside = box.left >= 0 and box.right <= self.width and box.top >= 0
            if not text or not inside or (below is not None and box.bottom > below):
                continue
            if not any(box.meets(other) for other in (*self._texts, *self._marks)):
                fitting.append((spot, self._on_a_line(box)))
        free = [spot for spot, crossed in fitting if not crossed]
        if not free and not clear:
            free = [spot for spot, _ in fitting]
        if free:
            self.put(text, free[0], cls)
        return bool(free)

    def write(self, text: str, x: float, y: float, cls: str = "", width: float = 0) -> float:
        """Write text in lines of `width` from (x, y) down; returns the baseline of the next line."""
        for line in wrap(text, width or self.width - x):
            self.place(line, [Spot(x, y)], cls)
            y += 15
        return y

    @property
    def body(self) -> SafeString:
        """Everything drawn so far."""
        return mark_safe("".join([*self._shapes, *self._words]))  # noqa: S308  made of escaped elements

    def svg(self, *, cls: str, uid: str, title: str, description: str) -> SafeString:
        """The finished picture; `uid` must be unique on the page."""
        uid = escape(uid)
        size = f'viewBox="0 0 {self.width:g} {self.bottom:g}" width="{self.width:g}" height="{self.bottom:g}"'
        names = element("title", title, id=f"{uid}-t") + element("desc", description, id=f"{uid}-d")
        head = f'<svg class="{escape(cls)}" {size} role="img" aria-labelledby="{uid}-t {uid}-d">'
        return mark_safe(f"{head}{names}{self.body}</svg>")  # noqa: S308  made of escaped elements
