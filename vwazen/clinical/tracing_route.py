"""The order in which a worker walks from place to place: the nearest next, then mended where two ways cross.

Short enough for a day on foot; not the shortest way there is. Coordinates are degrees, distances kilometres in a
straight line: paths are longer, and a river or a hill is not known here.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

Point = tuple[float, float]
_EARTH_KM = 6371.0


def km(one: Point, other: Point) -> float:
    """The straight distance between two points of (latitude, longitude), in kilometres."""
    lat, lon = radians(one[0]), radians(one[1])
    to_lat, to_lon = radians(other[0]), radians(other[1])
    half = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(half)))


def length(way: Sequence[Point]) -> float:
    """How long the way is, in kilometres."""
    return sum(km(one, other) for one, other in pairwise(way))


def walk(points: Sequence[Point], start: Point | None = None) -> list[int]:
    """The indexes of `points` in walking order, from `start` (else from the first point); each exactly once.

    The same points in another order give the same way, but for points that lie on each other.
    """
    if not points:
        return []
    left = sorted(range(len(points)), key=lambda index: points[index])
    here = start if start is not None else points[left[0]]
    order: list[int] = []
    while left:
        nearest = min(left, key=lambda index: (km(here, points[index]), points[index]))
        left.remove(nearest)
        order.append(nearest)
        here = points[nearest]
    return _mended(points, order, start)


def _mended(points: Sequence[Point], order: list[int], start: Point | None) -> list[int]:
    """2-opt: turn a stretch round wherever that makes the way shorter, until nothing does."""

    def at(place: int) -> Point | None:
        if place < 0:
            return start
        return points[order[place]] if place < len(order) else None

    def gain(first: int, last: int) -> float:
        before, one, other, after = at(first - 1), at(first), at(last), at(last + 1)
        if one is None or other is None:
            return 0.0
        old = (km(before, one) if before else 0.0) + (km(other, after) if after else 0.0)
        new = (km(before, other) if before else 0.0) + (km(one, after) if after else 0.0)
        return old - new

    for _ in range(len(order)):  # each round shortens the way; so many are never needed on a day's list
        turned = False
        for first in range(0 if start is not None else 1, len(order) - 1):
            for last in range(first + 1, len(order)):
                if gain(first, last) > 1e-9:
                    order[first : last + 1] = reversed(order[first : last + 1])
                    turned = True
        if not turned:
            break
    return order
