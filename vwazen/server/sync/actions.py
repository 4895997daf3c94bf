"""Writing what a phone is known to hold, and counting what it sent."""

from collections.abc import Iterable, Sequence

from vwazen.server.record import store
from vwazen.server.sync.models import PhoneState

_ROW = ("device", "person", "rev", "rules", "digest", "turn", "gone")
_PART = 400


def keep(
    *, device: str, before: int, stored: int, turn: int, reset: int,
    rows: Sequence[tuple[str, int, str, str, int, bool]], forget: Sequence[str], told: Sequence[str], anew: bool,
) -> bool:  # fmt: skip
    """Write what one answer brings; False, and nothing, where another answer to the same phone came between.

    `rows` are person, rev, rules, digest, turn, gone; `anew`: nothing of what was known before counts. `stored`: the
    last turn that the phone has. What went out after it may have been lost; whoever of it is not sent again now must
    not count as sent when the phone names a later turn.
    """
    with store.writing():
        PhoneState.objects.get_or_create(pk=device)
        done = PhoneState.objects.filter(pk=device, turn=before).update(turn=turn, reset=reset)
        if not done:
            return False
        if anew:
            store.execute("DELETE FROM sync_holding WHERE device = %s", [device])
            store.execute("DELETE FROM sync_told WHERE device = %s", [device])
        store.execute(
            "UPDATE sync_holding SET rev = -1, digest = '' WHERE device = %s AND turn > %s AND NOT gone",
            [device, stored],
        )
        _delete("sync_holding", "person", device, [*(row[0] for row in rows), *forget])
        store.insert("sync_holding", _ROW, [(device, *row) for row in rows])
        _delete("sync_told", "held", device, told)
        store.insert("sync_told", ("device", "held", "turn"), [(device, one, turn) for one in told])
    return True


def _delete(table: str, column: str, device: str, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        store.execute(
            f"DELETE FROM {table} WHERE device = %s AND {column} IN ({store.marks(part)})",  # noqa: S608
            [device, *part],
        )


def count(*, device: str, month: str, kinds: Iterable[str]) -> None:
    """Add entries of these kinds to what the phone sent in a month; months long past are let go."""
    with store.writing():
        state, _ = PhoneState.objects.select_for_update().get_or_create(pk=device)
        mine = dict(state.counts.get(month, {}))
        for kind in kinds:
            mine[kind] = mine.get(kind, 0) + 1
        state.counts = {name: state.counts[name] for name in sorted(state.counts)[-2:]} | {month: mine}
        state.save(update_fields=["counts"])
