"""Episodes as rows for counting: one for each, open or over, at the site that gave the care."""

from collections.abc import Callable, Sequence

from vwazen.clinical.chart import Chart
from vwazen.content.indicators import WINDOWS
from vwazen.content.load import Content
from vwazen.evidence.episode import EpisodeRow, episode_rows
from vwazen.server.record.rows import row_id

EPISODE = (
    "id", "person", "episode", "path", "site", "owner", "condition", "step", "gender", "age", "started", "closed",
    "outcome", "instrument", "base", "first_score", "best_score", "last_score", "last_day", "daily0", "seizures0",
    *(f"{name}{window}" for window in WINDOWS for name in ("at", "score", "daily", "seizures")),
    "contacts", "seen_again", "last_seen",
)  # fmt: skip


def rows(person: str, one: Chart, know: Content, path_of: Callable[[str], str]) -> list[Sequence[object]]:
    """The rows of one person, in the order of `EPISODE`."""
    return [_row(person, one, row, path_of(row.site)) for row in episode_rows(one, know)]


def _row(person: str, one: Chart, row: EpisodeRow, path: str) -> Sequence[object]:
    windows = (value for at in row.at for value in (at.fate, at.score, at.daily, at.seizures))
    return (
        row_id(person, row.episode), person, row.episode[:36], path, row.site, row.owner or one.owner,
        row.condition[:40], row.step, row.gender, row.age, row.started, row.closed, row.outcome, row.instrument,
        row.base, row.first, row.best, row.last, row.last_day, row.daily, row.seizures, *windows, row.contacts,
        row.seen_again, row.last_seen,
    )  # fmt: skip
