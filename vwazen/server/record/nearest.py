"""The worker nearest to where a person lives: a community health worker of their site, else of the site above it.

Of several the one who also works at a post of the person's village (a site below, with the name of their place) comes
first, then who follows the person or met them last at home, else always the same one, spread evenly over the people.
Whoever works at the village alone, and not for the person's own site, may not open their record and is not asked.
"""

import datetime as dt
from collections.abc import Iterable
from zlib import crc32

from vwazen.clinical.chart import Chart
from vwazen.server.record import names, store

ROLE = "chw"


class Nearest:
    """Looks up workers once for many people: those expected, by their paths, with the first one who is looked for."""

    def __init__(self, today: dt.date, expected: Iterable[str] = ()) -> None:
        self._today = today
        self._expected = set(expected)
        self._known: set[str] = set()  # paths that were looked up
        self._own: set[str] = set()  # the last site of each
        self._here: dict[str, set[str]] = {}  # site -> its workers
        # (site, name of a site directly below, as it is looked up) -> the workers there
        self._below: dict[tuple[str, str], set[str]] = {}

    def _look_up(self, path: str) -> None:
        paths = {path, *self._expected} - self._known
        self._known |= paths
        self._expected.clear()
        codes = [found for one in paths if (found := _codes(one))]
        self._own |= {one[-1] for one in codes}
        every = sorted({code for one in codes for code in one})
        for start in range(0, len(every), 400):
            part = every[start : start + 400]
            # A village counts for the people of the site above it and no others: a district has thousands of posts.
            own = [code for code in part if code in self._own] or [""]
            rows = store.select(
                "SELECT s.code, s.parent_id, s.name, p.worker_id FROM post p JOIN site s ON s.code = p.site_id "  # noqa: S608
                "JOIN worker w ON w.id = p.worker_id WHERE p.role = %s AND w.is_active AND p.starts <= %s AND "
                f"(p.ends IS NULL OR p.ends > %s) AND (s.code IN ({store.marks(part)}) "
                f"OR s.parent_id IN ({store.marks(own)}))",
                [ROLE, self._today, self._today, *part, *own],
                ready=len(paths) == 1,
            )
            villages: dict[str, tuple[str, str]] = {}
            for code, above, name, worker in rows:
                one, at = store.uuid_text(worker), str(code)
                self._here.setdefault(at, set()).add(one)
                if above in self._own:
                    villages.setdefault(at, (str(above), str(name)))
            for at, (above, name) in villages.items():
                self._below.setdefault((above, names.plain(name)), set()).update(self._here[at])

    def __call__(self, one: Chart, path: str) -> str:
        """The worker's id, "" where nobody is near: then it stays with whoever follows the person."""
        if path not in self._known:
            self._look_up(path)
        there = next((self._here[code] for code in reversed(_codes(path)) if self._here.get(code)), set())
        place = names.plain(one.registration.place) if one.registration else ""
        village = there & self._below.get((one.site, place), set()) if place else set()
        there = village or there
        if not there or one.owner in there:
            return one.owner if there else ""
        for fact, body in reversed(one.encounters):
            if body.met and body.mode == "home" and (body.by or fact.author) in there:
                return body.by or fact.author
        return max(sorted(there), key=lambda worker: crc32(f"{worker} {one.person}".encode()))


def _codes(path: str) -> list[str]:
    return [code for code in path.split("/") if code]
