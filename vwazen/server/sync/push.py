"""What a phone brings: each fact is taken, known already, or held with its reason for a person to look at.

Nothing that a phone sends is refused: whoever wrote it was there. What may not stand on the record is held, and of
what is held a danger is looked at first. Sending again is harmless: the same fact is known the second time, whatever
has become of the worker's rights since.
"""

import logging
from collections.abc import Collection, Iterator, Sequence

import msgspec
from django.db import InterfaceError, OperationalError

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.safety import dangerous
from vwazen.content.load import content
from vwazen.server.care.actions import may_give
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Device, Site, Worker
from vwazen.server.record import clock, reach, store
from vwazen.server.record.access import segment_of
from vwazen.server.record.actions import AGAIN, HELD, Receipt, append, hold
from vwazen.server.record.erasing import is_erased
from vwazen.server.record.held import NOBODY, fact_in
from vwazen.server.record.installed import is_installed
from vwazen.server.record.models import Held, Person
from vwazen.server.sync.kinds import OF_OWN_SEGMENT, RIGHT, SHARED, unread_danger, untold
from vwazen.server.sync.mended import Waiting, dated_again, settle, take_what_waited, waiting
from vwazen.server.sync.models import Holding
from vwazen.server.sync.reading import fact_of, glimpse, legible

log = logging.getLogger(__name__)
AT_ONCE = 50  # facts in one transaction
TAKEN_AWAY = "phone.revoked"
_SEGMENT = "therapy-notes"  # of what cannot be read: the most guarded


class Fault(msgspec.Struct, frozen=True):
    """Why a fact may not be written: a code, and words for whoever sent it and whoever looks at it."""

    code: str
    reason: str


_UNREADABLE = Fault("phone.unreadable", "It cannot be read as an entry. Write by hand what matters of it.")
_AUTHOR = Fault("phone.author", "It is in the name of somebody else than the worker of this phone.")
_DEVICE = Fault("phone.device", "It says that it was written on a phone which is not this worker's.")
_SITE = Fault("phone.site", "It was written for a site where this worker has no post that allows it now.")
_KIND = Fault("phone.kind", "This is not recorded on a phone. Record it on the pages of the clinic.")
_SOURCE = Fault("phone.source", "It says that it came from another system, and a phone is none.")
_RIGHT = Fault("phone.right", "This worker has no post today that allows this.")
_PERSON = Fault(
    "phone.person",
    "The person is not among those whom this worker may know of now. They may have moved to another site.",
)
_NOBODY = Fault(NOBODY, "Nobody with this number is registered here: their registration has not arrived.")
_SEGMENTS = Fault("phone.segment", "It belongs to a part of the record that this worker does not write.")
_GIVES = Fault("phone.gives", "This instrument is not given by workers with these posts. Ask the person again.")
_MENDS = Fault("phone.mends", "It changes or withdraws what somebody else recorded. Do this on the person's chart.")
_UNREAD = Fault(
    "phone.instrument",
    "It answers an instrument, or a version of one, that is not installed here, so nobody can tell what it says about "
    "danger: ask the person. Install the pack that holds it, start again, and take this entry as it is.",
)
_BROKEN = Fault(
    "phone.broken", "The server could not take it: this is a fault of the programme. Tell whoever looks after it."
)
_REVOKED = Fault(
    TAKEN_AWAY, "It was on a phone that had been taken away from this worker. Look whether it is theirs, then take it."
)


def push(device: Device, raw: Sequence[bytes], turn: int = 0) -> list[Receipt]:
    """Take what a phone brings, in its order; one receipt for each. `turn`: the last that it has stored."""
    return _Batch(device, raw, turn).take()


def keep_only(device: Device, raw: Sequence[bytes]) -> list[Receipt]:
    """Hold everything that a phone brings which was taken away: nothing is lost, and nothing stands on the record."""
    return _Batch(device, raw).keep()


def registered(people: Collection[str]) -> None:
    """These registrations arrived, by whatever way: what phones told of them before is taken, by the rights that
    whoever told it has now."""
    take_what_waited(people, _sound)


def _sound(row: Held) -> tuple[Worker, Fact] | None:
    device = Device.objects.select_related("worker").filter(pk=row.import_id).first()
    fact = _Batch(device, [row.raw.encode()]).sound() if device is not None and device.worker.is_active else None
    return (device.worker, fact) if device is not None and fact is not None else None


class _Batch:
    def __init__(self, device: Device, raw: Sequence[bytes], turn: int = 0) -> None:
        self.device, self.by, self.raw, self.turn = device, device.worker, raw, turn
        self.facts = [fact_of(one) for one in raw]
        known = [fact for fact in self.facts if fact is not None]
        self.stored = store.known_facts([fact.id for fact in known])
        self.gone = is_erased([fact.id for fact in known if fact.id not in self.stored])
        self.sites = {one.code: one for one in Site.objects.filter(code__in={fact.site for fact in known})}
        self.people = Person.objects.in_bulk({fact.person for fact in known})
        self.phones: frozenset[str] | None = None
        self.held_there: frozenset[str] | None = None
        self.waiting: Waiting = {}

    def keep(self) -> list[Receipt]:
        self.waiting = waiting(self._phones(), [fact for fact in self.facts if fact is not None])
        return [self._known(fact) or self._hold(at, _REVOKED) for at, fact in enumerate(self.facts)]

    def take(self) -> list[Receipt]:
        self.waiting = waiting(self._phones(), [fact for fact in self.facts if fact is not None])
        receipts: dict[int, Receipt] = {}
        sound: list[int] = []
        registered = {*self._registered(), *self._registered_in_wrong_words()}
        targets = self._targets()
        for at, fact in enumerate(self.facts):
            if fact is None:
                receipts[at] = self._hold(at, _UNREADABLE)
            elif known := self._known(fact):
                receipts[at] = known
            elif fault := self._fault(fact, registered, targets):
                receipts[at] = self._hold(at, fault)
            else:
                sound.append(at)
        for start in range(0, len(sound), AT_ONCE):
            receipts |= self._append(sound[start : start + AT_ONCE])
        return [receipts[at] for at in range(len(self.facts))]

    def sound(self) -> Fact | None:
        """The first, where it may be written now."""
        fact = self.facts[0]
        return fact if fact is not None and self._fault(fact, (), self._targets()) is None else None

    def _append(self, these: Sequence[int]) -> dict[int, Receipt]:
        facts = [fact for at in these if (fact := self.facts[at]) is not None]
        try:
            with settle(self.by, self.waiting, facts) as receipts:
                receipts.extend(append(facts, import_id=str(self.device.pk)))
            return dict(zip(these, receipts, strict=True))
        except (OperationalError, InterfaceError):
            raise  # the database is not there: the phone asks again
        except Exception:
            # One that breaks the fold must not keep a phone from ever sending the others.
            log.exception("A batch of a phone could not be taken.")
            if len(these) == 1:
                return {these[0]: self._hold(these[0], _BROKEN)}
            return {at: receipt for one in these for at, receipt in self._append([one]).items()}

    def _known(self, fact: Fact | None) -> Receipt | None:
        """Said before in the same words, or erased since: known, whatever the worker may do today. So is what was
        held and mended under its id, where the old words come once more, late on the way."""
        if fact is None:
            return None
        said, stored = f.encode(fact), self.stored.get(fact.id)
        if fact.id in self.gone or stored == said:
            return Receipt(fact.id, AGAIN)
        mended = Held.objects.filter(import_id__in=self._phones(), state=Held.MENDED, raw=said.decode())
        return Receipt(fact.id, AGAIN) if stored is not None and mended.exists() else None

    def _registered(self) -> Iterator[str]:
        """Whom this batch registers, by a registration that will be taken."""
        for fact in self.facts:
            if fact is not None and isinstance(fact.body, f.Registration) and not fact.amends:
                row = self.people.get(fact.person)
                new = row is None or not row.registered
                if self._known(fact) or (new and not self._fault(fact, {fact.person}, {})):
                    yield fact.person

    def _registered_in_wrong_words(self) -> Iterator[str]:
        """Whose registration came before and is held for its words alone: a danger told since must not wait."""
        unknown = {fact.person for fact in self.facts if fact is not None} - self.people.keys()
        open_ = Held.objects.filter(import_id__in=self._phones(), person__in=unknown, state=Held.OPEN)
        for row in open_.exclude(code__startswith="phone.") if unknown else ():
            if isinstance(getattr(fact_in(row), "body", None), f.Registration):
                yield row.person

    def _targets(self) -> dict[str, Fact]:
        """What these facts mend, withdraw or say to be read, as far as it is on record."""
        known = [fact for fact in self.facts if fact is not None]
        ids = [one for fact in known for one in (fact.amends, fact.retracts, _read_by(fact)) if one]
        return {id_: f.decode(raw) for id_, raw in store.known_facts(ids).items()}

    def _fault(self, fact: Fact, registered: Collection[str], targets: dict[str, Fact]) -> Fault | None:
        right = RIGHT.get(fact.kind)
        if fact.author != str(self.by.pk):
            return _AUTHOR
        if fact.device != str(self.device.pk) and fact.device not in self._phones():
            return _DEVICE
        if right is None:
            return _KIND
        if untold(fact):
            return _SOURCE
        site = self.sites.get(fact.site)
        if site is None or not any(site.path.startswith(post.site.path) for post in policy.posts(self.by)):
            return _SITE
        rights = [right, *(["act_on_risk"] if isinstance(fact.body, f.Encounter) and fact.body.risk else [])]
        if not all(policy.can(self.by, one, site) for one in rights):
            return _RIGHT
        path = self._where(fact, rights, registered, site.path)
        if path is None:
            row = self.people.get(fact.person)
            return _NOBODY if row is None or not (row.registered or row.merged_into) else _PERSON
        return self._words(fact, path, targets)

    def _words(self, fact: Fact, path: str, targets: dict[str, Fact]) -> Fault | None:
        """Whether what it says may be said by this worker there."""
        body = fact.body
        if isinstance(body, f.Response):
            if not is_installed(body.instrument, body.version):
                return _UNREAD
            if not may_give(self.by, path, content().instrument(body.instrument, body.version)):
                return _GIVES
        if isinstance(body, OF_OWN_SEGMENT):
            message = targets.get(_read_by(fact))  # nobody has read what they may not: it would be called for no longer
            if f.segment(body) not in policy.segments(self.by, path):
                return _SEGMENTS
            if message is not None and f.segment(message.body) not in self._read_of(fact.person, path):
                return _SEGMENTS
        target = targets.get(fact.amends or fact.retracts)
        if target is not None and target.author != fact.author:
            return None if fact.amends and isinstance(body, SHARED) else _MENDS
        return None

    def _read_of(self, person: str, path: str) -> frozenset[str]:
        """The segments that the worker may read of this person, by their word and a share's bounds too."""
        row = self.people.get(person)
        if row is not None and row.merged_into:
            row = Person.objects.filter(pk=row.merged_into).first() or row
        at = reach.place(self.by, row, ["record_care"]) if row is not None else None
        open_ = reach.given(self.by, at) if at is not None else policy.segments(self.by, path)
        return frozenset(one for one in open_ if row is None or not reach.is_denied(self.by, row, one))

    def _where(self, fact: Fact, rights: Sequence[str], registered: Collection[str], site: str) -> str | None:
        """The path by which the worker reaches the person with these rights; None where they do not."""
        row = self.people.get(fact.person)
        if fact.person in registered and (row is None or not row.registered):
            return site
        if row is None:
            return None
        if row.merged_into:
            row = Person.objects.filter(pk=row.merged_into).first() or row
        at = reach.place(self.by, row, rights[:1])
        if at is not None and row.registered and not (reach.hidden(self.by) and reach.is_denied(self.by, row)):
            return at.path
        if at is not None and not row.registered:  # on a list, though their registration has not arrived
            return at.path
        # They left this worker's scope, and the phone could not know it yet: what was done there and then counts.
        return site if fact.person in self._on_phone() else None

    def _phones(self) -> frozenset[str]:
        """Every phone of this worker: entries of an old one may be sent by the new one."""
        if self.phones is None:
            self.phones = frozenset(str(pk) for pk in self.by.devices.values_list("pk", flat=True))
        return self.phones

    def _on_phone(self) -> frozenset[str]:
        """Whom the phone still holds, as far as it has told."""
        if self.held_there is None:
            mine = Holding.objects.filter(device=str(self.device.pk), person__in=list(self.people))
            mine = mine.exclude(gone=True, turn__lte=self.turn)
            self.held_there = frozenset(mine.values_list("person", flat=True))
        return self.held_there

    def _hold(self, at: int, fault: Fault) -> Receipt:
        fact, raw = self.facts[at], self.raw[at]
        known = self.people.get(fact.person) if fact is not None else None
        if fact is None:
            id_, kind, site = glimpse(raw)
            site = site if Site.objects.filter(code=site).exists() else _home(self.by)
            hold(
                site=site, code=fault.code, reason=fault.reason, raw=legible(raw), segment=_SEGMENT, now=clock.now(),
                import_id=str(self.device.pk), safety=unread_danger(kind) or not kind,
            )  # fmt: skip
            return Receipt(id_, HELD, fault.reason)
        if any(fact_in(row) == fact for row in self.waiting.get(fact.id, ())):
            return Receipt(fact.id, HELD, fault.reason)  # sent again, and it waits already: once is enough
        site = fact.site if fact.site in self.sites else _home(self.by)
        with store.writing():
            hold(
                site=site, code=fault.code, reason=fault.reason, raw=f.encode(fact).decode(),
                segment=segment_of(fact.body, content()), now=clock.now(), occurred=fact.occurred,
                person=fact.person[:36], person_name=known.name if known is not None else "",
                import_id=str(self.device.pk), safety=fault is _UNREAD or dangerous(fact.body, content()),
            )  # fmt: skip
            if fault is not _REVOKED:  # whoever has that phone now decides nothing in the worker's name
                dated_again(self.by, fact, self.waiting)
        return Receipt(fact.id, HELD, fault.reason)


def _read_by(fact: Fact) -> str:
    """The message that this says to be read; "" for anything else."""
    return fact.body.message if isinstance(fact.body, f.MessageRead) else ""


def _home(by: Worker) -> str:
    """The site at which something of this worker is held that names none: where they have, or last had, a post."""
    last = by.posts.order_by("-starts", "-pk").first()
    return last.site_id if last is not None else ""
