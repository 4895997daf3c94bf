"""What was held of a phone and was mended on it waits for nobody at the clinic any more.

A phone sends what came back again under the same id, mended, or as an amendment that names it. By nothing else are the
two known to be one.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.clinical.safety import dangerous
from vwazen.content.load import content
from vwazen.server.organisation.models import Worker
from vwazen.server.record import store
from vwazen.server.record.actions import NEW, Receipt
from vwazen.server.record.held import Correction, decide, fact_in
from vwazen.server.record.models import Held

Waiting = dict[str, list[Held]]  # by the id of the fact that the entry is


def waiting(phones: Collection[str], facts: Sequence[Fact]) -> Waiting:
    """What is held of these phones and may be mended by one of these facts.

    Of what says something else than is on record under its id, the id does not tell which of the two is meant.
    """
    ids = {one for fact in facts for one in (fact.id, fact.amends) if one}
    open_ = Held.objects.filter(import_id__in=sorted(phones), state=Held.OPEN).exclude(code="same-id-other-bytes")
    found: Waiting = {}
    for row in open_ if ids else ():
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
        for row in rows:
            fact = mends[row.pk]
            if fact.id in new:
                said = f"mended on the phone, taken as fact {fact.id}"
                decide(row, by, "mend-held", Held.MENDED, said, person=fact.person, mended=_correction(row, fact))


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
    only_day = msgspec.structs.replace(held, occurred=fact.occurred) == fact
    given = Correction(occurred=fact.occurred) if only_day else Correction(raw=f.encode(fact).decode())
    return msgspec.json.encode(given).decode()
