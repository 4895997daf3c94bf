"""The one door for writing about people: check, lock, append, refold, refresh, in one transaction.

Pages, commands, imports, sync and test fixtures all come through `append`; `vwazen.server.care.actions` says what
may be appended by whom.
"""

import datetime as dt
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID, uuid5

import msgspec
from django.db import IntegrityError, InterfaceError, OperationalError

from vwazen.clinical import facts as f
from vwazen.clinical.facts import AnyBody, Fact
from vwazen.clinical.ids import new_id
from vwazen.clinical.live import TOLERANCE
from vwazen.clinical.safety import dangerous
from vwazen.clinical.validate import problems
from vwazen.content.load import content
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.erasing import is_erased
from vwazen.server.record.installed import is_installed
from vwazen.server.record.refresh import path_of, refresh

log = logging.getLogger(__name__)
NEW, AGAIN, HELD = "new", "again", "held"
# What is told whose registrations arrive, from wherever, within the same transaction. Apps above put themselves here.
arrivals: list[Callable[[set[str]], None]] = []
P = ParamSpec("P")
T = TypeVar("T")


class Receipt(msgspec.Struct, frozen=True):
    """What became of one fact: `new`, `again` (known already, the same bytes) or `held`, with the reason."""

    fact: str
    status: str
    reason: str = ""


def make_id() -> str:
    """A new UUIDv7 of this node."""
    return new_id(int(clock.now().timestamp() * 1000), os.urandom(10))


def make_fact(
    *, by: Worker, person: str, site: str, body: AnyBody, occurred: str = "", amends: str = "", retracts: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """A fact said by `by` here and now (or at `occurred`: an ISO date or an instant with offset)."""
    stamp = clock.stamp()
    return Fact(
        id=fact_id or make_id(), person=person, occurred=occurred or stamp, recorded=stamp, author=str(by.pk),
        site=site, device="server", content=content().version, body=body, amends=amends, retracts=retracts,
    )  # fmt: skip


def append(facts: Sequence[Fact], *, received: dt.datetime | None = None, import_id: str = "") -> list[Receipt]:
    """Append facts and refresh everything that depends on them; one receipt for each, in order.

    The same id with the same bytes is `again`; with other bytes it is `held`, and kept for a person to see, under the
    import that brought it.
    Callers have checked who may write what; this is not a place to be called from a view.
    """
    now = received or clock.now()
    try:
        return _append(facts, now, import_id)
    except IntegrityError:
        # Somebody sent one of these ids for another person at this very moment; now it is known, and will be held.
        return _append(facts, now, import_id)


BROKEN = "It could not be taken: this is a fault of the programme. Tell whoever looks after it."


def append_each(
    facts: Sequence[Fact], *, code: str, received: dt.datetime | None = None, import_id: str = ""
) -> list[Receipt]:
    """As `append`; where one fact breaks it, that one is held under `code` and the others are appended all the same.

    For what comes from other machines: one fact must not keep them from ever bringing the rest. Raises only where the
    database is not there.
    """
    try:
        return append(facts, received=received, import_id=import_id)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("Facts of another machine could not be taken together.")
        if len(facts) == 1:
            with store.writing():
                return [_hold(facts[0], received or clock.now(), code, BROKEN, import_id)]
        return [
            receipt for fact in facts
            for receipt in append_each([fact], code=code, received=received, import_id=import_id)
        ]  # fmt: skip


def _append(facts: Sequence[Fact], now: dt.datetime, import_id: str) -> list[Receipt]:
    with store.writing():
        faults = _faults(facts, now)
        sound = [fact for fact in facts if fact.id not in faults]
        # Locked before looking: of two who send the same fact at once, the second must see the first.
        held = store.lock_people(
            {one.person for one in sound} | {one.body.into for one in sound if isinstance(one.body, f.Merge)}
        )
        receipts, fresh = _sort_out(facts, faults, now, import_id)
        if fresh:
            store.append_facts(fresh, now)
            _batch(fresh, now)
            refresh({fact.person for fact in fresh}, clock.today(), held=held)
            arrived = {fact.person for fact in fresh if isinstance(fact.body, f.Registration) and not fact.amends}
            for tell in arrivals if arrived else ():
                tell(arrived)
    return receipts


def _targets(facts: Sequence[Fact]) -> dict[str, Fact]:
    """What these facts amend and retract, as far as it is on record."""
    known = store.known_facts([one for fact in facts for one in (fact.amends, fact.retracts) if one])
    return {one: f.decode(data) for one, data in known.items()}


def _faults(facts: Sequence[Fact], now: dt.datetime) -> dict[str, tuple[str, str]]:
    """fact id -> code and reason, for what may not be recorded: one impossible date would break a chart for good.

    What amends a fact of somebody else is taken, as it is where that fact has not arrived yet: it says something of
    its own person all the same, and two nodes must not differ by the order in which they heard of it.
    """
    targets = {fact.id: fact for fact in facts} | _targets(facts)
    faults = {}
    for fact in facts:
        target = targets.get(fact.amends or fact.retracts)
        if target is not None and fact.amends and target.person != fact.person:
            target = None
        if wrong := problems(fact, target):
            faults[fact.id] = ("unsound", " ".join(wrong))
        elif f.instant(fact.occurred) > now + TOLERANCE:
            faults[fact.id] = ("future", _FUTURE)
        elif isinstance(fact.body, f.Response) and not is_installed(fact.body.instrument, fact.body.version):
            faults[fact.id] = ("instrument.version", _UNREAD)
    return faults


def _sort_out(
    facts: Sequence[Fact], faults: Mapping[str, tuple[str, str]], now: dt.datetime, import_id: str
) -> tuple[list[Receipt], list[Fact]]:
    known = store.known_facts([fact.id for fact in facts])
    gone = is_erased([fact.id for fact in facts if fact.id not in known])
    receipts: list[Receipt] = []
    fresh: dict[str, Fact] = {}
    for fact in facts:
        if fact.id in gone:  # a late phone, or the file once more: nothing of it is kept, not even held
            receipts.append(Receipt(fact.id, AGAIN))
            continue
        stored = known.get(fact.id) or (f.encode(fresh[fact.id]) if fact.id in fresh else None)
        if stored is not None:
            if stored == f.encode(fact):
                receipts.append(Receipt(fact.id, AGAIN))
            else:
                receipts.append(_hold(fact, now, "same-id-other-bytes", _SAME_ID, import_id))
        elif fact.id in faults:
            receipts.append(_hold(fact, now, *faults[fact.id], import_id))
        else:
            fresh[fact.id] = fact
            receipts.append(Receipt(fact.id, NEW))
    return receipts, list(fresh.values())


_SAME_ID = (
    "A fact with this id is on record and says something else. Nothing was changed. Compare the two; if this one is "
    "right, record it as an amendment."
)
_UNREAD = (
    "It answers an instrument, or a version of one, that is not installed here, so nobody can tell what it says about "
    "danger: ask the person. Install the pack that holds it, start again, and take this entry as it is."
)
_FUTURE = "It is dated in the future. Check the clock of the device, mend the date, and record it again."


def _hold(fact: Fact, now: dt.datetime, code: str, reason: str, import_id: str) -> Receipt:
    hold(
        site=fact.site, code=code, reason=reason, raw=f.encode(fact).decode(), segment=_segment_of(fact.body),
        occurred=fact.occurred, person=fact.person, now=now, import_id=import_id,
        safety=reason in (_UNREAD, BROKEN) or dangerous(fact.body, content()),
    )  # fmt: skip
    return Receipt(fact.id, HELD, reason)


def _segment_of(body: AnyBody) -> str:
    if isinstance(body, f.Response):
        try:
            return content().instrument(body.instrument).segment
        except LookupError:
            return "therapy-notes"  # the most guarded, as on the chart
    return f.segment(body)


# Why an undone import's facts and held entries do not count; what an import says again counts again.
UNDONE = "import undone"


def hold(
    *, site: str, code: str, reason: str, raw: str, segment: str, now: dt.datetime, occurred: str = "",
    person: str = "", person_name: str = "", place: str = "", import_id: str = "", source: str = "",
    safety: bool = False,
) -> bool:  # fmt: skip
    """Keep what could not be taken, once; whether it was new. What an undone import held waits anew."""
    key = held_id(site, code, raw, place)
    found = store.select("SELECT state, decision FROM record_held WHERE id = %s", [key])
    if found and tuple(found[0]) != ("dismissed", UNDONE):
        return False
    if found:
        store.execute(
            "UPDATE record_held SET state = 'open', import_id = %s, received = %s, decided = NULL, decided_by = '', "
            "decision = '' WHERE id = %s", [import_id, now, key],
        )  # fmt: skip
        return True
    store.insert(  # it may have come by another connection at this very moment
        "record_held",
        ("id", "import_id", "path", "site", "person", "person_name", "occurred", "segment", "code", "reason", "raw",
         "mended", "safety", "source", "place", "received", "state", "decided_by", "decision"),
        [(key, import_id, path_of(site), site, person, person_name[:200], occurred[:40], segment, code[:60], reason,
          raw, "", safety, source, place[:200], now, "open", "", "")], ignore=True,
    )  # fmt: skip
    return True


def held_id(site: str, code: str, raw: str, place: str) -> str:
    """The same input, held for the same reason at the same site, is one entry."""
    return hashlib.sha256("\x1f".join((site, code, raw, place if not raw else "")).encode()).hexdigest()


def _batch(facts: Sequence[Fact], now: dt.datetime) -> None:
    digest = hashlib.sha256()
    for fact in facts:
        digest.update(f.encode(fact))
    ids = json.dumps([fact.id for fact in facts])
    store.insert("record_batch", ("committed", "facts", "digest"), [(now, ids, digest.hexdigest())])


def record(
    *, by: Worker, person: str, site: str, body: AnyBody, occurred: str = "", amends: str = "", retracts: str = "",
    fact_id: str = "",
) -> Fact:  # fmt: skip
    """Append one fact said by `by`. Raises Invalid where it could not be taken.

    `fact_id`, drawn with a form, makes sending the form twice one fact: what the same worker said in the same words
    is given back; other words under that id are refused.
    """
    fact = make_fact(
        by=by, person=person, site=site, body=body, occurred=occurred, amends=amends, retracts=retracts,
        fact_id=fact_id,
    )  # fmt: skip
    if wrong := problems(fact, _targets([fact]).get(amends or retracts)):
        raise Invalid(" ".join(wrong))
    with store.writing():
        if fact_id:
            store.lock_people([person])
            stored = store.known_facts([fact_id]).get(fact_id)
            if stored is not None:
                return _said_before(f.decode(stored), fact)
        (receipt,) = append([fact])
    if receipt.status == HELD:
        raise Invalid(receipt.reason)
    return fact


def record_together(facts: Sequence[Fact]) -> list[Fact]:
    """Append what was said on one occasion, all of it or nothing. Raises Invalid where one could not be taken.

    Ids drawn with the form (see `id_beside`) make sending it twice once, fact by fact, as in `record`.
    """
    targets = _targets(facts)
    if wrong := [one for fact in facts for one in problems(fact, targets.get(fact.amends or fact.retracts))]:
        raise Invalid(" ".join(dict.fromkeys(wrong)))
    with store.writing():
        store.lock_people({fact.person for fact in facts})
        stored = {one: f.decode(raw) for one, raw in store.known_facts([fact.id for fact in facts]).items()}
        said = [_said_before(stored[fact.id], fact) if fact.id in stored else fact for fact in facts]
        for receipt in append([fact for fact in facts if fact.id not in stored]):
            if receipt.status == HELD:
                raise Invalid(receipt.reason)
    return said


def one_at_a_time(action: Callable[P, T]) -> Callable[P, T]:
    """For an action that looks at a chart and may be done once: of two at the same moment the second sees the first."""

    @wraps(action)
    def alone(*arguments: P.args, **named: P.kwargs) -> T:
        with store.alone_with(str(named["person"])):
            return action(*arguments, **named)

    return alone


def id_beside(first: str, name: str) -> str:
    """The id of another fact of the same form: the same every time for the same first id and name."""
    return str(uuid5(UUID(first), name))


def _said_before(stored: Fact, now: Fact) -> Fact:
    if (stored.person, stored.author, stored.body) == (now.person, now.author, now.body):
        return stored
    raise Invalid(
        "This form was saved already, and now says something else. Save again to record it beside the first; "
        "withdraw the one that is wrong on the person's chart.", field="fact_id",
    )  # fmt: skip


def site_named(code: str) -> Site:
    """The site of this code, or an error that says so."""
    site = Site.objects.filter(code=code).first()
    if site is None:
        raise Invalid(f"There is no site with the code {code!r}. Add it under Sites, or choose another.", field="site")
    return site


def touch(people: Iterable[str]) -> None:
    """Refresh people without a new fact, after the content or a site changed."""
    with store.writing():
        ids = list(people)
        refresh(ids, clock.today(), held=store.lock_people(ids))
