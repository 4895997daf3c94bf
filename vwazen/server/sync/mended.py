"""What was held of a phone and was mended on it waits for nobody at the clinic any more.

A phone sends what came back again under the same id, mended, or as an amendment that names it. By nothing else are the
two known to be one. What was held only because somebody's registration had not arrived is taken when it does.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import msgspec
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.db.models.functions import Substr

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.safety import dangerous
from vwazen.content.load import content
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.actions import HELD, NEW, Receipt, append
from vwazen.server.record.held import NOBODY, Correction, decide, fact_in
from vwazen.server.record.models import Held

log = logging.getLogger(__name__)
Waiting = dict[str, list[Held]]  # by the id of the fact that the entry is
_BEGINS = '{"id":'  # as `facts.encode` writes it


def waiting(phones: Collection[str], facts: Sequence[Fact]) -> Waiting:
    """What is held of these phones and may be mended by one of these facts.

    Of what says something else than is on record under its id, the id does not tell which of the two is meant.
    """
    ids = {one for fact in facts for one in (fact.id, fact.amends) if one}
    open_ = Held.objects.filter(import_id__in=sorted(phones), state=Held.OPEN).exclude(code="same-id-other-bytes")
    # By how a stored fact begins, so that of all that is open only these are read. What could not be read when it came
    # stands as the phone wrote it, and is looked into.
    meant = ~Q(raw__startswith=_BEGINS)
    written = {one: msgspec.json.encode(one).decode() for one in ids}
    for length in {len(one) for one in written.values()}:
        open_ = open_.alias(**{f"first{length}": Substr("raw", len(_BEGINS) + 1, length)})
        meant |= Q(**{f"first{length}__in": sorted(one for one in written.values() if len(one) == length)})
    found: Waiting = {}
    for row in open_.filter(meant) if ids else ():
        held = fact_in(row)
        if held is not None and held.id in ids:
            found.setdefault(held.id, []).append(row)
    return found


@contextmanager
def settle(by: Worker, open_: Waiting, facts: Sequence[Fact]) -> Iterator[list[Receipt]]:
    """One transaction in which the caller appends these facts and adds the receipts to the list; what the taken ones
    mend is then settled, as on the page of what is held."""
    receipts: list[Receipt] = []
    mends = {row.pk: fact for fact in facts for row in _mended_by(fact, open_)}
    if not mends:
        yield receipts
        return
    with store.writing():
        # Locked before the people are, as on that page; who decided there meanwhile has decided.
        rows = list(Held.objects.filter(pk__in=sorted(mends), state=Held.OPEN).order_by("pk").select_for_update())
        yield receipts
        new = {one.fact for one in receipts if one.status == NEW}
        # With a registration among the facts it may have been taken meanwhile as what waited for it.
        still = set(Held.objects.filter(pk__in=sorted(mends), state=Held.OPEN).values_list("pk", flat=True))
        for row in rows:
            fact = mends[row.pk]
            if fact.id in new and row.pk in still:
                said = f"mended on the phone, taken as fact {fact.id}"
                decide(row, by, "mend-held", Held.MENDED, said, person=fact.person, mended=_correction(row, fact))


def dated_again(by: Worker, fact: Fact, open_: Waiting) -> None:
    """This waits now, and is what waited before but for its day, which the phone mended: that one waits no more."""
    before = [row.pk for row in open_.get(fact.id, ()) if (held := fact_in(row)) and _but_for_its_day(held, fact)]
    for row in Held.objects.filter(pk__in=before, state=Held.OPEN).select_for_update() if before else ():
        decide(
            row, by, "mend-held", Held.MENDED, "sent again with another day, and waits with that", person=fact.person
        )


def _but_for_its_day(held: Fact, fact: Fact) -> bool:
    return msgspec.structs.replace(held, occurred=fact.occurred) == fact


class _WaitsOnError(Exception):
    """It cannot be taken yet: nothing that was begun stays."""


Sound = Callable[[Held], tuple[Worker, Fact] | None]


def take_what_waited(people: Collection[str], sound: Sound) -> None:
    """Take what phones told of people whose registration arrives now, as it came, a danger first.

    `sound` gives what was held and who told it, and nothing where it may still not be written. Each is taken by itself,
    so that what cannot be taken waits on as it is and keeps no other back.
    """
    # Both values of `safety`, so that the index finds what waits for somebody among all that is held.
    open_ = Held.objects.filter(state=Held.OPEN, safety__in=(True, False), code=NOBODY, person__in=sorted(people))
    for key in open_.order_by("-safety", "occurred", "id").values_list("pk", flat=True):
        try:
            with store.writing():
                _take(str(key), sound)
        except _WaitsOnError:
            continue
        except (OperationalError, InterfaceError):
            raise  # the database is not there: whoever brought the registration asks again, and then it is taken
        except Exception:
            log.exception("What was held of a phone could not be taken.")


def _take(key: str, sound: Sound) -> None:
    # The people are locked by now. Whoever decides it on the page has locked it, and waits for them: theirs counts.
    row = Held.objects.filter(pk=key, state=Held.OPEN).select_for_update(skip_locked=True).first()
    told = sound(row) if row else None
    if row is None or told is None:
        raise _WaitsOnError
    by, fact = told
    if append([fact], import_id=row.import_id)[0].status == HELD:
        raise _WaitsOnError
    said = f"their registration arrived, taken as fact {fact.id}"
    decide(row, by, "mend-held", Held.MENDED, said, person=fact.person)


def _mended_by(fact: Fact, open_: Waiting) -> Iterator[Held]:
    """What this takes the place of. A danger waits on for a person where it is not told any more."""
    for row in (*open_.get(fact.id, ()), *open_.get(fact.amends, ())):
        held = fact_in(row)
        if held is None or (held.person, held.author, held.kind) != (fact.person, fact.author, fact.kind):
            continue
        if not row.safety or fact.body == held.body or dangerous(fact.body, content()):
            yield row


def _correction(row: Held, fact: Fact) -> str:
    held = fact_in(row)
    if held is None or held == fact:
        return ""
    only_day = _but_for_its_day(held, fact)
    given = Correction(occurred=fact.occurred) if only_day else Correction(raw=f.encode(fact).decode())
    return msgspec.json.encode(given).decode()
