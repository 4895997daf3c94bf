"""Which figures must not be shown, so that neither they nor any sum or difference of shown ones tells of a few people.

A table has rows (places), columns (values such as an age group) and totals of both. Each entry is a vector of counts,
such as remission, response, other, missing: one count between 1 and the limit hides the entry. Since a total minus
what is shown gives back what is hidden, more is hidden until nothing is: a hidden entry can be worked out exactly if
it is a bridge in the graph whose nodes are rows and columns and whose edges are hidden entries. What is hidden along a
row or column must also not be few people together, or it could be guessed closely.

Places form a tree. A place is looked at from the top of what a reader may see: what a page above hides stays hidden
on every page below, or the pages could be subtracted from each other.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

Vector = tuple[int, ...]
Leaves = Mapping[tuple[str, str], Vector]
"""(path of a place, value) -> counts."""

_TOTAL = "\x00total"  # the margin, as a row and as a column
_Entry = tuple[str, str]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of one place: nothing unless `open`; else all values but `values`, all places but `places`.

    `places` are the hidden ones directly below.
    """

    open: bool
    values: frozenset[str]
    places: frozenset[str]


def small(counts: Vector, limit: int) -> bool:
    """Whether one of these tells of a few people; nobody at all is no secret."""
    return any(0 < one < limit for one in counts)


def add(vectors: Iterable[Vector], width: int) -> Vector:
    """The sum of vectors of `width` counts."""
    sums = [0] * width
    for vector in vectors:
        for place, one in enumerate(vector):
            sums[place] += one
    return tuple(sums)


def below(place: str, path: str) -> str:
    """The place directly below `place` on the way to `path`; `place` itself for what stands there."""
    head = path[len(place) :].split("/", 1)[0]
    return f"{place}{head}/" if head else place


def shown(leaves: Leaves, *, top: str, place: str, limit: int, sums: Leaves | None = None) -> Shown:
    """What may be shown of `place`, to a reader who may look at `top` and everything below it.

    `sums`, by default the leaves themselves, decide which places are hidden whole. Figures that add up to the same
    sums must be given the same, so that no place is hidden among the ones and shown among the others.
    """
    sums = leaves if sums is None else sums
    width = _width(leaves)
    whole = add((vector for (path, _), vector in sums.items() if path.startswith(top)), _width(sums))
    if small(whole, limit) or not place.startswith(top):
        return Shown(open=False, values=frozenset(), places=frozenset())
    values = _one_row(_by(leaves, top, 1), width, limit)
    here = top
    while True:
        rows, hidden_rows, hidden = _level(leaves, sums, here, values, limit)
        if here == place:
            return Shown(open=True, values=values, places=frozenset(hidden_rows))
        down = below(here, place)
        if down in hidden_rows or down not in rows:
            return Shown(open=down not in rows, values=frozenset(), places=frozenset())
        values = frozenset(value for row, value in hidden if row == down)
        here = down


def _width(leaves: Leaves) -> int:
    return max((len(vector) for vector in leaves.values()), default=1)


def _by(leaves: Leaves, top: str, part: int) -> dict[str, list[Vector]]:
    """The vectors of everything below `top`: by place directly below (0), or by value (1)."""
    found: dict[str, list[Vector]] = {}
    for (path, value), vector in leaves.items():
        if path.startswith(top):
            found.setdefault(below(top, path) if part == 0 else value, []).append(vector)
    return found


def _one_row(groups: Mapping[str, list[Vector]], width: int, limit: int) -> frozenset[str]:
    """What to hide where only one total stands beside the parts."""
    sums = {name: add(vectors, width) for name, vectors in groups.items()}
    hidden = {name for name, vector in sums.items() if small(vector, limit)}
    while hidden and (more := _weak(sums, hidden, width, limit)):
        hidden.add(more)
    return frozenset(hidden)


def _weak(sums: Mapping[str, Vector], hidden: set[str], width: int, limit: int) -> str:
    """What to hide next in a line whose hidden parts give too much away; "" where they do not, or nothing is left."""
    together = add((sums[name] for name in hidden), width)
    if len(hidden) > 1 and not small(together, limit):
        return ""
    left = [name for name in sums if name not in hidden]
    return min(left, key=lambda name: (sum(sums[name]) == 0, sum(sums[name]), name), default="")


def _level(
    leaves: Leaves, sums: Leaves, place: str, above: frozenset[str], limit: int
) -> tuple[set[str], set[str], set[_Entry]]:
    """The places directly below `place`, those hidden whole, and the hidden entries of the others.

    `above` are the values hidden of `place` itself.
    """
    width = _width(leaves)
    rows = set(_by(leaves, place, 0)) | set(_by(sums, place, 0))
    hidden_rows = set(_one_row(_by(sums, place, 0), _width(sums), limit))
    entries: dict[_Entry, Vector] = {}
    for (path, value), vector in leaves.items():
        if path.startswith(place):
            at = below(place, path), value
            entries[at] = add((entries.get(at, (0,) * width), vector), width)
    values = sorted({value for _, value in entries})
    for row in rows:
        for value in values:
            entries.setdefault((row, value), (0,) * width)
    hidden = {at for at, vector in entries.items() if small(vector, limit)}
    while True:
        hidden |= {at for at in entries if at[0] in hidden_rows or at[1] in above}
        if more := _next_entry(entries, hidden, hidden_rows, above, sorted(rows), values, width, limit):
            hidden.add(more)
            continue
        found = _bridge(hidden, hidden_rows, above, entries, limit)
        if found is None:
            return rows, hidden_rows, {at for at in hidden if at[0] not in hidden_rows}
        line = [at for at in entries if at not in hidden and (at[0] == found[0] or at[1] == found[1])]
        if not line:
            hidden_rows.add(found[0])
        else:
            hidden.add(min(line, key=lambda at: (sum(entries[at]) == 0, sum(entries[at]), at)))


def _next_entry(
    entries: Mapping[_Entry, Vector], hidden: set[_Entry], hidden_rows: set[str], above: frozenset[str],
    rows: Sequence[str], values: Sequence[str], width: int, limit: int,
) -> _Entry | None:  # fmt: skip
    """The next entry to hide in the first row or column that gives too much away."""
    lines = [[(row, value) for value in values] for row in rows if row not in hidden_rows]
    lines += [[(row, value) for row in rows] for value in values if value not in above]
    for line in lines:
        inside = {at for at in line if at in hidden}
        if inside:
            sums = {"\x00".join(at): entries[at] for at in line}
            more = _weak(sums, {"\x00".join(at) for at in inside}, width, limit)
            if more:
                row, value = more.split("\x00")
                return row, value
    return None


def _bridge(
    hidden: set[_Entry], hidden_rows: set[str], above: frozenset[str], entries: Mapping[_Entry, Vector], limit: int
) -> _Entry | None:
    """A hidden entry with few people in it that the shown ones tell exactly; None where there is none."""
    edges = sorted(hidden | {(row, _TOTAL) for row in hidden_rows} | {(_TOTAL, value) for value in above})
    near: dict[str, list[tuple[str, int]]] = {}
    for number, (row, value) in enumerate(edges):
        near.setdefault(f"r{row}", []).append((f"v{value}", number))
        near.setdefault(f"v{value}", []).append((f"r{row}", number))
    for number, (row, value) in enumerate(edges):
        at = row, value
        if at in entries and small(entries[at], limit) and not _joined(near, f"r{row}", f"v{value}", without=number):
            return at
    return None


def _joined(near: Mapping[str, list[tuple[str, int]]], one: str, other: str, *, without: int) -> bool:
    seen, waiting = {one}, [one]
    while waiting:
        for node, edge in near[waiting.pop()]:
            if edge != without and node not in seen:
                if node == other:
                    return True
                seen.add(node)
                waiting.append(node)
    return False
