"""Referrals from outside: somebody comes with a numbered paper or a code, or is announced by a text.

Whoever sent them hears that the person has arrived, if they asked to, and nothing else ever: no name, no illness, no
kind of clinic. They never sign in.
"""

import datetime as dt
import re
from contextlib import suppress

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.content.load import content
from vwazen.content.messages import written
from vwazen.server.audit.actions import attempt
from vwazen.server.care.actions import chart_of
from vwazen.server.care.listing import is_id, may_read
from vwazen.server.care.referrals.actions import KIND, code_of, said
from vwazen.server.interop import addresses, outbox
from vwazen.server.interop.inbound import REFERRAL, Text
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.outsiders import use_stub
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import CHECK_LETTERS, Outsider, Site, Stub, Worker
from vwazen.server.record import clock, store
from vwazen.server.record.access import require_person
from vwazen.server.record.actions import id_beside, make_fact, make_id, one_at_a_time, record_together
from vwazen.server.record.models import Announced

DAYS = 3  # until somebody announced should have come, or is asked after: our default, not yet reviewed by a clinician
_NUMBER = re.compile(r"(\d{1,9})\s*-?\s*([A-Za-z])")
_WORDS = re.compile(r"[A-Za-z0-9]+")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What a number or a code says: who sent somebody, and by which paper."""

    outsider: Outsider
    stub: Stub | None = None


def known(text: str) -> Sent:
    """Who stands behind a paper's number or a code. Raises Invalid in words for one that is none."""
    plain = text.strip()
    if found := _NUMBER.fullmatch(plain):
        number, letter = int(found[1]), found[2].upper()
        if CHECK_LETTERS[number % len(CHECK_LETTERS)] != letter:
            raise Invalid("The letter does not belong to this number. Read both again from the paper.", field="number")
        stub = Stub.objects.select_related("outsider__site").filter(pk=number).first()
        if stub is not None:
            return Sent(outsider=stub.outsider, stub=stub)
    outsider = Outsider.objects.select_related("site").filter(code=plain.upper()).first()
    if outsider is None:
        raise Invalid(
            "No paper and no code reads like this. Look at it again; whoever comes is received all the same.",
            field="number",
        )  # fmt: skip
    return Sent(outsider=outsider)


def from_text(text: Text) -> str:
    """What a text that came in announces: "referral" where it holds a code or a number, or comes from a phone that
    somebody outside gave us; "" for: not mine. Somebody then waits to arrive, and does not disappear."""
    sent = _sender(text)
    if sent is None or not sent.outsider.active:
        return ""
    number = sent.stub.text if sent.stub and not sent.stub.fact else ""
    store.insert(
        "record_announced",
        ("id", "outsider", "path", "words", "stub", "received", "due", "state", "person", "decided_by", "decision"),
        [(text.id[:64], str(sent.outsider.pk), sent.outsider.site.path, text.text, number, clock.now(),
          clock.today() + dt.timedelta(days=DAYS), Announced.OPEN, "", "", "")], ignore=True,
    )  # fmt: skip
    return REFERRAL


def _sender(text: Text) -> Sent | None:
    words = {word.upper() for word in _WORDS.findall(text.text)[:60]}
    for number, letter in _NUMBER.findall(text.text):
        if CHECK_LETTERS[int(number) % len(CHECK_LETTERS)] == letter.upper():
            stub = Stub.objects.select_related("outsider__site").filter(pk=int(number)).first()
            if stub is not None:
                return Sent(outsider=stub.outsider, stub=stub)
    coded = Outsider.objects.select_related("site").filter(code__in=words).first()
    if coded is not None:
        return Sent(outsider=coded)
    if not text.address:
        return None
    rows = Outsider.objects.select_related("site").filter(active=True).exclude(phone="")
    same = [one for one in rows if addresses.same(one.phone, text.address)]
    return Sent(outsider=same[0]) if len(same) == 1 else None


@one_at_a_time
def arrive(
    *, by: Worker, person: str, outsider: str, number: str = "", announced: str = "", words: str = "",
    urgency: str = "routine", fact_id: str = "",
) -> Fact:  # fmt: skip
    """Somebody whom a person outside sent is here: the referral and the arrival at once, and the thanks that go back.

    `number` is the paper's; `announced` the text that said they would come, whose words go into the referral.
    """
    row = require_person(by=by, person_id=person, permission="record_care")
    first = fact_id or make_id()
    if (stored := said(first)) is not None:
        return stored
    if chart_of(row.pk).died:
        raise Invalid("This person has died.")
    sender = Outsider.objects.filter(pk=outsider).first() if is_id(outsider) else None
    if sender is None:
        raise Invalid("Choose who sent them, by the number, the code or the list.", field="number")
    paper = known(number).stub if number.strip() else None
    if paper is not None and paper.outsider_id != sender.pk:
        raise Invalid("This paper is somebody else's. Look at the number again.", field="number")
    told = Announced.objects.filter(pk=announced, outsider=str(sender.pk), state=Announced.OPEN).first()
    if announced and told is None:
        raise Invalid("Somebody has dealt with this text by now. Look at the list again.")
    here = Site.objects.get(pk=code_of(row.path))
    reason = "\n".join(one for one in (told.words if told else "", words.strip()) if one)
    body = f.Referral(
        to=KIND[here.kind], to_site=here.code, urgency=urgency, reason=reason, referrer=str(sender.pk),  # type: ignore[arg-type]
        stub=paper.text if paper else told.stub if told else "",
        # Who writes reads it again; the words of a text may say what it is about, and are read by fewer.
        segment="mental-health" if (told and told.words) or may_read(by, row.path) else "general",
    )  # fmt: skip
    step = f.ReferralStep(referral=first, became="arrived", worker=str(by.pk), segment=body.segment)
    facts = [
        make_fact(by=by, person=row.pk, site=here.code, body=body, fact_id=first),
        make_fact(by=by, person=row.pk, site=here.code, body=step, fact_id=id_beside(first, "arrived")),
    ]
    with store.writing():
        if paper is not None:
            use_stub(stub=paper, fact=first)
        found = record_together(facts)[0]
        if told is not None:
            _settled(told, Announced.ARRIVED, by, "", person=row.pk)
        _thank(sender, first, here)
    return found


def _thank(sender: Outsider, referral: str, here: Site) -> None:
    """ "Arrived, thank you", to whoever asked to hear."""
    if not (sender.opted_in and sender.active and sender.phone):
        return
    text = written(content(), "arrived", "en", shared=True, day=clock.today(), site="")
    with suppress(Invalid):  # a number that cannot be written to keeps nobody from being received
        outbox.queue(
            key=f"referral:{referral}", channel="sms", address=sender.phone, text=text, about="referral", path=here.path
        )


def end_announced(*, by: Worker, announced: str, decision: str) -> None:
    """Nobody came by this text, and somebody has asked after them: what was found out. The words go with it."""
    with attempt(by=by, action="announced-ended", purpose="care") as entry:
        policy.require(by, "record_care")
        row = Announced.objects.filter(pk=announced).first()
        if row is None or not policy.can(by, "record_care", row.path):
            raise Invalid("There is no such text where you work. Look at the list again.")
        entry.site = row.path
        if row.state != Announced.OPEN:
            raise Invalid("Somebody has dealt with it by now. Look at the list again.")
        if not decision.strip():
            raise Invalid("Ask whoever sent them, and write in a few words what you found out.", field="decision")
        with store.writing():
            _settled(row, Announced.ENDED, by, decision.strip()[:300])


def _settled(row: Announced, state: str, by: Worker, decision: str, person: str = "") -> None:
    store.execute(
        "UPDATE record_announced SET state = %s, words = '', person = %s, decided = %s, decided_by = %s, decision = %s "
        "WHERE id = %s AND state = 'open'",
        [state, person, clock.now(), str(by.pk), decision, row.pk],
    )
