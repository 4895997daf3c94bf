"""The outcomes page as plain values: what is counted, on which basis, how sure it is, and what may not be shown."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from vwazen.content.indicators import WINDOWS, Outcomes
from vwazen.evidence import disclosure
from vwazen.evidence.disclosure import Leaves, Shown, Vector, below
from vwazen.evidence.episode import BETTER, MISSING, REMISSION, RESPONSE, SAME, SCORED, WORSE
from vwazen.evidence.outcomes import PARTS, Cell, Share, Tally, part_of, tally
from vwazen.server.reporting import cube
from vwazen.server.reporting.cube import Asked, Known
from vwazen.server.reporting.scope import Scope

OPEN, ALL = "open", "all"
MONTHS = 24


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a page was asked for, as far as the worker may: see `Asked`; `window` and `by` as in `WINDOWS`, `cube`."""

    window: str = "3"
    by: str = "site"
    only: tuple[tuple[str, str], ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def place(self) -> int:
        return WINDOWS.index(self.window)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the breakdown: everyone due there, by fate; `tally` None is not shown."""

    key: str
    tally: Tally | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the page and its exports say. None is not shown: it would tell of a few people.

    `status` counts enrolments by how care stands; `bases` by why they can or cannot be judged; `windows` holds a tally
    for each window; `fates` those of the chosen one; `months` the re-assessed by month of enrolment, `again` the
    seen again in time.
    """

    whole: bool
    people: int | None
    contacts: int | None
    away: int | None
    enrolled: int | None
    status: Mapping[str, int | None]
    bases: Mapping[str, int | None]
    windows: tuple[Tally | None, ...]
    fates: Mapping[str, int | None]
    known: tuple[tuple[tuple[int, int, int] | None, tuple[int, int, int] | None], ...]
    lines: tuple[Line, ...]
    months: tuple[tuple[str, Share | None], ...]
    again: tuple[tuple[str, Share | None], ...]


def asked(scope: Scope, wanted: Wanted) -> Asked:
    return Asked(
        place=scope.site.path, sites=scope.sites, without=scope.without, only=wanted.only, since=wanted.since,
        until=wanted.until, closed=scope.closed,
    )  # fmt: skip


def figures(scope: Scope, wanted: Wanted, rules: Outcomes, as_of: dt.date, top: Scope | None = None) -> Figures:
    """The figures of a place. `top`, the highest place that the worker sees, is needed where `scope` is not whole."""
    if scope.whole:
        return _whole(scope, wanted, rules, as_of)
    if top is None:
        raise ValueError("what a place may show depends on the places above it")
    return _guarded(scope, top, wanted, rules, as_of)


def _recent(what: Asked, wanted: Wanted, rules: Outcomes, as_of: dt.date) -> Asked:
    """The same, of the whole months that a run chart shows: up to the last whose window is over."""
    last = cube.over(rules, as_of)[wanted.place]
    first = last.replace(day=1)
    for _ in range(MONTHS - 1):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return msgspec.structs.replace(what, since=max(first, what.since or first))


# Whoever may open the charts: every figure


def _whole(scope: Scope, wanted: Wanted, rules: Outcomes, as_of: dt.date) -> Figures:
    what = asked(scope, wanted)
    status, known = cube.status(what, rules, as_of), cube.known(what, rules, as_of)
    (cells,) = cube.fates(what, [wanted.by], [wanted.place], rules, as_of)
    names = _keys(cells, wanted.by, scope.site.path)
    recent = _recent(what, wanted, rules, as_of)
    return Figures(
        whole=True, people=cube.people_in_care(what, rules), contacts=sum(one.contacts for one in status),
        away=sum(one.away for one in status), enrolled=sum(one.many for one in status),
        status=_sums((one.outcome, one.many) for one in status), bases=_sums((one.base, one.many) for one in status),
        windows=tuple(map(tally, _windows(what, [], wanted.place, cells, rules, as_of))),
        fates=dict(tally(cells).fates),
        known=tuple((_daily(known, n, ""), _seizures(known, n, "")) for n in range(len(WINDOWS))),
        lines=tuple(Line(key=key, tally=tally(group)) for key, group in names.items()),
        months=_months(*cube.fates(recent, ["month"], [wanted.place], rules, as_of)),
        again=tuple((month, Share(many=again, of=of)) for month, of, again in cube.seen_again(recent, rules, as_of)),
    )  # fmt: skip


def _windows(
    what: Asked, by: Sequence[str], chosen: int, cells: list[Cell], rules: Outcomes, as_of: dt.date
) -> list[list[Cell]]:  # fmt: skip
    """The cells of every window, of which the chosen one's are known."""
    others = [n for n in range(len(WINDOWS)) if n != chosen]
    found = dict(zip(others, cube.fates(what, by, others, rules, as_of), strict=True))
    return [found.get(n, cells) for n in range(len(WINDOWS))]


def _sums(counts: Iterable[tuple[str, int]]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for name, many in counts:
        found[name] = (found.get(name) or 0) + many
    return found


def _keys(cells: Sequence[Cell], by: str, path: str) -> dict[str, list[Cell]]:
    """The cells by what the breakdown is by; of sites, by the place directly below."""
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        key = below(path, cell.key[0]) if by == "site" else cell.key[0]
        found.setdefault(key, []).append(cell)
    return found


def _months(cells: Sequence[Cell]) -> tuple[tuple[str, Share | None], ...]:
    return tuple((month, tally(group).reassessed) for month, group in sorted(_keys(cells, "month", "").items()))


def _daily(known: Mapping[str, list[Known]], window: int, path: str) -> tuple[int, int, int]:
    """Eased, asked again, limited at the start: of everyone due below this path."""
    rows = [one[window] for at, one in known.items() if at.startswith(path)]
    return sum(one.easier for one in rows), sum(one.asked for one in rows), sum(one.limited for one in rows)


def _seizures(known: Mapping[str, list[Known]], window: int, path: str) -> tuple[int, int, int]:
    rows = [one[window] for at, one in known.items() if at.startswith(path)]
    return sum(one.free for one in rows), sum(one.counted for one in rows), sum(one.epilepsy for one in rows)


# Anyone else: sums that tell of nobody


class _Guard(msgspec.Struct, frozen=True, kw_only=True):
    """Decides for one family of figures what may be shown of a place."""

    place: str
    top: str
    limit: int

    def shown(self, leaves: Leaves, sums: Leaves | None = None) -> Shown:
        return disclosure.shown(leaves, top=self.top, place=self.place, limit=self.limit, sums=sums)

    def parts(
        self, counts: Iterable[tuple[str, str, int]], names: Sequence[str], sums: Leaves | None = None
    ) -> dict[str, int | None]:
        """(path, value, count) -> the counts of this place by value, None where not shown."""
        leaves: dict[tuple[str, str], Vector] = {}
        mine = dict.fromkeys(names, 0)
        for path, value, many in counts:
            leaves[path, value] = (leaves.get((path, value), (0,))[0] + many,)
            mine.setdefault(value, 0)
            if path.startswith(self.place):
                mine[value] = mine.get(value, 0) + many
        seen = self.shown(leaves, sums)
        return {value: many if seen.open and value not in seen.values else None for value, many in mine.items()}

    def one(self, counts: Iterable[tuple[str, Vector]]) -> Vector | None:
        """(path, counts) -> the sums of this place, or None."""
        counts = list(counts)
        leaves: dict[tuple[str, str], Vector] = {}
        for path, vector in counts:
            leaves[path, ALL] = disclosure.add((leaves.get((path, ALL), (0,) * len(vector)), vector), len(vector))
        if not self.shown(leaves).open or not leaves:
            return None
        wide = len(next(iter(leaves.values())))
        return disclosure.add((vector for (path, _), vector in leaves.items() if path.startswith(self.place)), wide)


def _guarded(scope: Scope, top: Scope, wanted: Wanted, rules: Outcomes, as_of: dt.date) -> Figures:
    what = asked(top, Wanted())
    guard = _Guard(place=scope.site.path, top=top.site.path, limit=rules.small_cell)
    status, known = cube.status(what, rules, as_of), cube.known(what, rules, as_of)
    by = wanted.by if wanted.by != "site" else "none"
    (cells,) = cube.fates(what, ["site", by], [wanted.place], rules, as_of)
    (months,) = cube.fates(_recent(what, wanted, rules, as_of), ["site", "month"], [wanted.place], rules, as_of)
    sums = _parts(cells, lambda _: ALL)
    windows = tuple(_window(guard, one) for one in _windows(what, ["site"], wanted.place, cells, rules, as_of))
    enrolled = guard.one((one.path, (one.many,)) for one in status)
    away = guard.one((one.path, (one.away, one.many - one.away)) for one in status if one.outcome == OPEN)
    met = sum(one.contacts for one in status if one.path.startswith(guard.place))
    return Figures(
        whole=False, people=None, contacts=met if enrolled else None, away=away[0] if away else None,
        enrolled=enrolled[0] if enrolled else None,
        status=guard.parts([(one.path, one.outcome, one.many) for one in status], ()),
        bases=guard.parts([(one.path, one.base, one.many) for one in status], ()),
        windows=windows, fates=_fates(guard, cells, windows[wanted.place], sums),
        known=tuple(
            (_family(guard, known, n, _daily), _family(guard, known, n, _seizures)) for n in range(len(WINDOWS))
        ),
        lines=_lines(guard, cells, wanted, sums), months=_guarded_months(guard, months, sums), again=(),
    )  # fmt: skip


def _parts(cells: Iterable[Cell], value: Callable[[Cell], str]) -> Leaves:
    """The four parts of everyone due, by path and by what `value` says of a cell.

    By one value alone, these decide which places show nothing of the window.
    """
    leaves: dict[tuple[str, str], list[int]] = {}
    for cell in cells:
        leaves.setdefault((cell.key[0], value(cell)), [0] * len(PARTS))[part_of(cell.fate)] += cell.many
    return {at: tuple(counts) for at, counts in leaves.items()}


def _here(guard: _Guard, cells: Iterable[Cell]) -> list[Cell]:
    return [one for one in cells if one.key[0].startswith(guard.place)]


def _window(guard: _Guard, cells: Sequence[Cell]) -> Tally | None:
    """Everyone due here; nobody is an answer, where the places above show theirs."""
    open_here = not cells or guard.shown(_parts(cells, lambda _: ALL)).open
    return tally(_here(guard, cells)) if open_here else None


def _fates(guard: _Guard, cells: Sequence[Cell], shown: Tally | None, sums: Leaves) -> dict[str, int | None]:
    """Remission and response are shown with the window; the two other parts are divided with care each on its own."""
    found: dict[str, int | None] = {one: shown.of(one) if shown else None for one in (REMISSION, RESPONSE)}
    for group in ((BETTER, SAME, WORSE, SCORED), MISSING):
        inside = [(one.key[0], one.fate, one.many) for one in cells if one.fate in group]
        found |= guard.parts(inside, group, sums) if shown else dict.fromkeys(group)
    return found


def _lines(guard: _Guard, cells: Sequence[Cell], wanted: Wanted, sums: Leaves) -> tuple[Line, ...]:
    """The breakdown; a value that occurs anywhere has its line, or its absence would tell that nobody is there."""
    sites = wanted.by == "site"
    seen = guard.shown(sums if sites else _parts(cells, lambda one: one.key[1]), sums)
    groups: dict[str, list[Cell]] = {} if sites else {one.key[1]: [] for one in cells}
    for one in _here(guard, cells):
        groups.setdefault(below(guard.place, one.key[0]) if sites else one.key[1], []).append(one)
    hidden = seen.places if sites else seen.values
    return tuple(
        Line(key=key, tally=tally(group) if seen.open and key not in hidden else None) for key, group in groups.items()
    )


def _guarded_months(guard: _Guard, cells: Sequence[Cell], sums: Leaves) -> tuple[tuple[str, Share | None], ...]:
    leaves: dict[tuple[str, str], Vector] = {}
    groups: dict[str, list[Cell]] = {one.key[1]: [] for one in cells}
    for one in cells:
        at = one.key[0], one.key[1]
        missing = one.many if one.fate in MISSING else 0
        leaves[at] = disclosure.add((leaves.get(at, (0, 0)), (one.many - missing, missing)), 2)
    for one in _here(guard, cells):
        groups[one.key[1]].append(one)
    seen = guard.shown(leaves, sums)
    return tuple(
        (month, tally(group).reassessed if seen.open and month not in seen.values else None)
        for month, group in sorted(groups.items())
    )


def _family(
    guard: _Guard, known: Mapping[str, list[Known]], window: int,
    of: Callable[[Mapping[str, list[Known]], int, str], tuple[int, int, int]],
) -> tuple[int, int, int] | None:  # fmt: skip
    """Three counts that lie in each other, such as free, counted and all; hidden by the parts between them."""
    counts = []
    for path in known:
        few, some, every = of({path: known[path]}, window, "")
        counts.append((path, (few, some - few, every - some)))
    return of(known, window, guard.place) if guard.one(counts) else None
