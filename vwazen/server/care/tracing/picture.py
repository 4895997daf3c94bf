"""The day's way as a small drawing without any map behind it: places by number, or a plain row where none is known."""

from django.utils.safestring import SafeString, mark_safe

from vwazen.server.care.tracing.round import Round
from vwazen.server.web.svg import element

WIDE, HIGH, EDGE = 360.0, 240.0, 28.0
STEP = 34.0


def draw(day: Round) -> SafeString:
    """The way as SVG: north is up; "" where there is nobody to see."""
    if not day.groups:
        return mark_safe("")
    return _map(day) if len(day.known) + (day.start is not None) > 1 else _row(day)


def _map(day: Round) -> SafeString:
    """Places where they lie, joined in walking order."""
    points = [*([day.start] if day.start else []), *(one.point for one in day.known if one.point)]
    lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
    span = max(max(lats) - min(lats), max(lons) - min(lons)) or 1.0
    scale = min((WIDE - 2 * EDGE) / span, (HIGH - 2 * EDGE) / span)

    def at(point: tuple[float, float]) -> tuple[float, float]:
        x = WIDE / 2 + (point[1] - (max(lons) + min(lons)) / 2) * scale
        return x, HIGH / 2 - (point[0] - (max(lats) + min(lats)) / 2) * scale

    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, points))
    parts = [
        element("title", "The way on a plain map"),
        element("desc", f"{_words(day)} North is up; distances are straight lines."),
        element("polyline", points=line, fill="none", stroke="currentColor", stroke_dasharray="4 4"),
    ]
    if day.start:
        x, y = at(day.start)
        parts.append(element("rect", x=x - 6, y=y - 6, width=12, height=12, fill="currentColor"))
    for number, one in enumerate(day.known, 1):
        if one.point is not None:
            parts += _dot(*at(one.point), str(number))
    return _svg(parts, HIGH)


def _row(day: Round) -> SafeString:
    """Numbered places under each other: their order, and nothing about where they lie."""
    high = STEP * len(day.groups) + 12
    parts = [element("title", "The places of the day"), element("desc", _words(day))]
    if len(day.groups) > 1:
        parts.append(
            element("line", x1=24, y1=STEP / 2, x2=24, y2=high - STEP / 2 - 12, stroke="currentColor",
                    stroke_dasharray="4 4")
        )  # fmt: skip
    for number, one in enumerate(day.groups, 1):
        y = STEP * (number - 0.5)
        parts += [*_dot(24.0, y, str(number)), element("text", _label(one.place, len(one.stops)), x=48, y=y + 4)]
    return _svg(parts, high)


def _label(place: str, many: int) -> str:
    return f"{place}, {many} {'person' if many == 1 else 'people'}"


def _words(day: Round) -> str:
    named = "; ".join(f"{number} {_label(one.place, len(one.stops))}" for number, one in enumerate(day.groups, 1))
    return f"In this order: {named}."


def _dot(x: float, y: float, number: str) -> list[SafeString]:
    return [
        element("circle", cx=x, cy=y, r=11, fill="var(--surface)", stroke="currentColor", stroke_width=2),
        element("text", number, x=x, y=y + 4, text_anchor="middle", cls="val"),
    ]


def _svg(parts: list[SafeString], high: float) -> SafeString:
    inside = mark_safe("".join(parts))  # noqa: S308  each part is escaped by `element`
    return element("svg", inside, cls="way", viewBox=f"0 0 {WIDE:g} {high:g}", role="img")
