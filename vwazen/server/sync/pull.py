"""What a phone is sent: the difference between whom it holds, as far as it has told, and whom it may hold now."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from vwazen.clinical.facts import decode
from vwazen.server.organisation.models import Device, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.models import Held, Person
from vwazen.server.sync import actions, briefs, wire
from vwazen.server.sync.difference import Json, check, difference, unnamed
from vwazen.server.sync.models import Holding, PhoneState, Told
from vwazen.server.sync.push import TAKEN_AWAY
from vwazen.server.sync.scope import rules_of, scope_of

AT_ONCE = 100  # people whose briefs are made together
MOST_LOOKED = 400  # charts folded for one answer
MOST_BYTES = 150_000  # of one answer, compressed, as far as can be foreseen
_FULL_SHRINKS, _THIN_SHRINKS = 4, 2  # how much smaller a brief is when compressed among others, at the least
MENDED, DISMISSED = "It is on the record now.", "Somebody looked at it and decided that it does not count"


class Had(msgspec.Struct, frozen=True, gc=False):
    """A row of `Holding`."""

    rev: int
    rules: str
    digest: str
    turn: int
    gone: bool


class Pulled(msgspec.Struct, kw_only=True):
    """What the answer holds. `turn` is what the phone names once it has stored it.

    `changed`: person -> what is different from the brief that the phone has; `check` is a digest of the whole ones.
    """

    turn: int
    briefs: list[bytes] = msgspec.field(default_factory=list)
    changed: dict[str, bytes] = msgspec.field(default_factory=dict)
    check: str = ""
    drop: list[str] = msgspec.field(default_factory=list)
    settled: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    more: bool = False
    reset: bool = False
    beyond: tuple[int, int] | None = None

    @property
    def brings(self) -> bool:
        return bool(self.briefs or self.changed or self.drop or self.settled or self.reset)


class _Changes(msgspec.Struct, kw_only=True):
    """What is to be written of one answer: rows sent, rows found the same, people told to drop, drops confirmed."""

    rows: list[tuple[str, int, str, str, int, bool]] = msgspec.field(default_factory=list)
    forget: list[str] = msgspec.field(default_factory=list)


def on_phone(device: Device, turn: int, people: Collection[str]) -> dict[str, bytes]:
    """Person -> their brief, of those of whom the phone is known to have the very brief that is made now.

    To be asked before what the phone brings is taken: then it can be sent what that changed, and not the whole.
    """
    rows = Person.objects.in_bulk(sorted(set(people))[:AT_ONCE])
    mine = Holding.objects.filter(device=str(device.pk), person__in=list(rows), gone=False, turn__lte=turn)
    had = {row.person: row for row in mine if row.rules.endswith("f") and row.rev == rows[row.person].rev}
    made = briefs.full(device.worker, [rows[one] for one in had], clock.today()) if had else {}
    data = {person: wire.encode(brief) for person, brief in made.items()}
    return {person: one for person, one in data.items() if digest_of(one) == had[person].digest}


def digest_of(brief: bytes) -> str:
    """By which a brief is told from another one of the same person."""
    return hashlib.blake2b(brief, digest_size=16).hexdigest()


def pull(
    device: Device, turn: int, whole: Collection[str] = (), on_it: Mapping[str, bytes] | None = None,
    held: Collection[str] = (),
) -> Pulled:  # fmt: skip
    """The next part of what this phone lacks, and what it must drop.

    `turn`: the last that it has stored. `whole`: people of whom it wants the whole brief, whatever it was sent.
    `on_it`: person -> the brief that it has, from `on_phone`; of them it is sent what is different. `held`: facts that
    it sent just now and that were held.
    """
    by, key, today = device.worker, str(device.pk), clock.today()
    state = PhoneState.objects.filter(pk=key).first() or PhoneState(device=key)
    lost = turn > state.turn or 0 < turn < state.reset
    stored = 0 if lost else turn
    new = max(state.turn, turn) + 1
    # Who is beyond is told at the beginning; it is no news afterwards.
    scope, rules = scope_of(by, today, count=stored == 0), rules_of(by, today)
    found = Pulled(turn=new, reset=lost, beyond=scope.beyond if stored == 0 else None)
    changes = _Changes()
    had = {} if lost else _had(key)
    for person in had.keys() & set(whole):
        had[person] = msgspec.structs.replace(had[person], turn=new)  # as if it had not arrived
    wanted = [(one, rev, rules + "f") for one, rev in scope.full.items()]
    wanted += [(one, rev, rules + "t") for one, rev in scope.thin.items()]
    lacking = [(one, rev, how) for one, rev, how in wanted if not _has(had.get(one), rev, how, stored)]
    _send(by, today, lacking, had, stored, on_it or {}, found, changes)
    _drop(had, {one for one, _, _ in wanted}, stored, found, changes)
    told = _settled(device, stored, held, found)
    if not found.brings and not changes.rows and not changes.forget:
        found.turn = turn
        return found
    if not actions.keep(
        device=key, before=state.turn, stored=stored, turn=new if found.brings else state.turn,
        reset=new if lost else state.reset, rows=changes.rows, forget=changes.forget, told=told, anew=lost,
    ):  # fmt: skip
        return Pulled(turn=turn, more=True)  # the same phone is being answered twice at once: it asks again
    if not found.brings:
        found.turn = turn
    return found


def _had(device: str) -> dict[str, Had]:
    rows = store.select("SELECT person, rev, rules, digest, turn, gone FROM sync_holding WHERE device = %s", [device])
    return {row[0]: Had(*row[1:]) for row in rows}  # type: ignore[arg-type, misc]


def _has(had: Had | None, rev: int, how: str, stored: int) -> bool:
    """Whether the phone is known to hold the newest of this person."""
    return had is not None and not had.gone and had.turn <= stored and had.rev == rev and had.rules == how


def _send(
    by: Worker, today: dt.date, lacking: Sequence[tuple[str, int, str]], had: dict[str, Had], stored: int,
    on_it: Mapping[str, bytes], found: Pulled, changes: _Changes,
) -> None:  # fmt: skip
    """Make briefs, a hundred people at a time, and send those that differ, until the answer is full."""
    size = looked = 0
    whole: list[Json] = []
    for start in range(0, len(lacking), AT_ONCE):
        if size >= MOST_BYTES or looked >= MOST_LOOKED:
            found.more = True
            break
        part = lacking[start : start + AT_ONCE]
        looked += sum(how.endswith("f") for _, _, how in part)
        made = dict(_made(by, part, today))
        for person, rev, how in part:
            brief = made.get(person)
            if brief is None:
                _gone(person, had.get(person), stored, found, changes)
                continue
            data = wire.encode(brief)
            digest = digest_of(data)
            before = had.get(person)
            has = before.digest if before is not None and not before.gone and before.turn <= stored else ""
            if before is not None and has == digest:
                changes.rows.append((person, rev, how, digest, before.turn, False))
                continue
            old = on_it.get(person)
            told = difference(old, data) if old is not None and digest_of(old) == has else None
            if told is not None:
                found.changed[person] = unnamed(told[0], person)
                whole.append(told[1])
            else:
                found.briefs.append(data)
            changes.rows.append((person, rev, how, digest, found.turn, False))
            size += len(data) // (_FULL_SHRINKS if how.endswith("f") else _THIN_SHRINKS)
    found.check = check(whole) if whole else ""


def _made(by: Worker, part: Sequence[tuple[str, int, str]], today: dt.date) -> Iterator[tuple[str, wire.Brief]]:
    rows = Person.objects.in_bulk([person for person, _, _ in part])
    whole = [rows[person] for person, _, how in part if how.endswith("f") and person in rows]
    others = [rows[person] for person, _, how in part if how.endswith("t") and person in rows]
    yield from briefs.full(by, whole, today).items()
    yield from briefs.thin(by, others).items()


def _drop(had: dict[str, Had], wanted: set[str], stored: int, found: Pulled, changes: _Changes) -> None:
    for person, before in had.items():
        if person not in wanted:
            _gone(person, before, stored, found, changes)


def _gone(person: str, before: Had | None, stored: int, found: Pulled, changes: _Changes) -> None:
    """Somebody whom the phone may not hold: told until it has said that it dropped them."""
    if before is None:
        return
    if before.gone and before.turn <= stored:
        changes.forget.append(person)
        return
    found.drop.append(person)
    changes.rows.append((person, before.rev, before.rules, before.digest, found.turn, True))


def _settled(device: Device, stored: int, held: Collection[str], found: Pulled) -> list[str]:
    """Put into the answer what somebody decided of held entries, until this phone has stored that; their ids.

    Of all phones of this worker: the entry that waits on this one may have come from another one first, or from this
    one before it was let in anew. A phone passes over what it does not hold: of what is held now it is told again.
    """
    known = Told.objects.filter(device=str(device.pk), turn__lte=stored).values_list("held", flat=True)
    phones = [str(pk) for pk in device.worker.devices.values_list("pk", flat=True)]
    decided = Held.objects.filter(import_id__in=phones).exclude(state=Held.OPEN).values_list("pk", flat=True)
    new = set(decided) - set(known)
    if not new and not held:
        return []
    rows = [
        (fact_id(row) or row.pk, row) for row in Held.objects.filter(import_id__in=phones).order_by("decided", "pk")
    ]
    # What came from a phone that was taken away says nothing of the same entry where another phone sent it.
    sound = {fact for fact, row in rows if row.code != TAKEN_AWAY}
    said = [(fact, row) for fact, row in rows if row.code != TAKEN_AWAY or fact not in sound]
    waits = {fact for fact, row in said if row.state == Held.OPEN}  # some with another day than before
    last = {fact: row for fact, row in said if row.state != Held.OPEN}
    told = [(fact, row.pk) for fact, row in rows if (row.pk in new or fact in held) and fact not in waits]
    for fact in dict.fromkeys(fact for fact, _ in told):
        mended = last[fact].state == Held.MENDED
        words = MENDED if mended else f"{DISMISSED}: {last[fact].decision}"
        found.settled.append((fact, "mended" if mended else "dismissed", words))
    return [pk for _, pk in told]


def fact_id(row: Held) -> str:
    """The id of the fact that a held entry is, as far as it has one."""
    try:
        return decode(row.raw.encode()).id
    except msgspec.MsgspecError:
        pass
    try:
        found = msgspec.json.decode(row.raw.encode(), type=dict[str, object]).get("id")
    except msgspec.MsgspecError:
        return ""
    return found if isinstance(found, str) else ""
