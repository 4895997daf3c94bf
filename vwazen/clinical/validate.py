"""What a fact must be before it is recorded: the record's door refuses, in these words, what could never mean a thing.

The log is never edited, so one impossible date in it would break a chart for good. The fold therefore relies on this:
for facts without problems it raises nothing, however they contradict each other. No message repeats what was written
about a person; each names the field and says how to mend it.
"""

import datetime as dt
import math
import re
from collections.abc import Iterator

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact, instant
from vwazen.clinical.kinds import HOURS

EARLIEST, LATEST = 1850, 2200
"""Years. Outside them a date is a slip of the pen, and adding a few years to it would leave the calendar."""
MOST_BYTES = 65_536
LONG, SHORT = 20_000, 300
"""Characters of a free text, and of anything else."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?")
_ID = re.compile(r"(?!\.+$)[!-.0-~]+")  # what can be one part of a page's address
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BORN = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
_TEXTS = frozenset(
    ("text", "note", "words", "reason", "teaching", "signs", "helps", "people", "call", "means", "staying", "done",
     "lessons", "became", "outcome", "care", "dose", "instructions", "back", "wishes")
)  # fmt: skip
# Columns of the record: what is longer could be kept, but neither listed nor looked up.
_WIDTHS = {
    "id": 36, "person": 36, "amends": 36, "retracts": 36, "into": 36, "episode": 36, "recommendation": 36, "risk": 36,
    "response": 36, "question": 36, "prescription": 36, "replaces": 36, "about": 36, "diagnosis": 36, "fact": 36,
    "follows": 36, "encounter": 36, "medicine": 80, "what": 60, "form": 60, "proposal": 60, "item": 80,
    "owner": 36, "by": 36, "giver": 36, "taker": 36, "called": 36, "author": 120, "site": 50, "condition": 40,
    "referral": 36, "worker": 36, "instead_of": 36, "referrer": 36, "stub": 20, "to_site": 50, "to_name": 200,
    "message": 36, "reply_to": 36, "facility": 50, "unit": 80, "visit": 120, "number": 120,
    "stay": 36, "instrument": 40, "protocol": 40, "device": 80, "content": 80, "name": 200, "chosen_name": 200,
}  # fmt: skip
_RANGES = {
    "minutes": (0, 1440), "days": (0, 1000), "step": (1, 20), "version": (1, 1000), "protocol_version": (1, 1000),
    "stated_total": (-1e6, 1e6), "amount": (0, 10_000), "times": (0, 48), "every_days": (1, 366),
    "quantity": (0, 100_000), "value": (-1e6, 1e6), "missed_days": (0, 1000), "left": (0, 10_000),
    "quiet_from": (0, 23), "quiet_until": (0, 23),
}  # fmt: skip
LEAST = 0.01
"""Of what is taken at an hour of the day: less, but for none, is a slip of the pen, and no card could show it."""
_DATES = frozenset(("next", "day", "due", "until", "ends", "last_period", "recent_act_on", "expected", "missed"))
_NEEDED: dict[str, tuple[str, ...]] = {
    "recommendation": ("due",), "snooze": ("until",), "appointment": ("next",),
    "resident_review": ("next",), "absence_call": ("day",),
}  # fmt: skip


def problems(fact: Fact, target: Fact | None = None) -> list[str]:
    """What keeps this fact from being recorded, one sentence each; empty when it may be.

    target: the fact that it amends or retracts, where that is known.
    """
    found = [*_words(fact), *_times(fact), *_links(fact, target), *_body(fact.body)]
    if not found and len(f.encode(fact)) > MOST_BYTES:
        found.append(f"The entry is longer than {MOST_BYTES // 1024} kB. Write it shorter, or as several.")
    return found or list(_order(fact))


def _words(fact: Fact) -> Iterator[str]:
    for name in ("id", "person", "author"):
        if not getattr(fact, name):
            yield f"“{name}” is empty. Every entry says what, of whom and by whom."
    for name in ("id", "person"):
        if getattr(fact, name) and not _ID.fullmatch(getattr(fact, name)):
            yield f"“{name}” holds signs that no number of an entry or a person has. Draw a new one."
    source = getattr(fact.body, "source", None)
    for part in (fact, fact.body, source):
        if isinstance(part, msgspec.Struct):
            for name in part.__struct_fields__:
                value = getattr(part, name)
                if isinstance(value, str):
                    if value:  # another system's ids are as long as it likes them
                        yield from _text("" if part is source else name, value)
                elif isinstance(value, tuple):
                    for one in value:
                        yield from _text(name, str(one))


def _text(name: str, value: str) -> Iterator[str]:
    most = LONG if name in _TEXTS else _WIDTHS.get(name, SHORT)
    if len(value) > most:
        yield f"“{name}” is longer than {most} characters. Write it shorter."
    if "\0" in value or not (value.isascii() or value.encode(errors="ignore").decode() == value):
        yield f"“{name}” holds characters that are no text. Type it again."


def _times(fact: Fact) -> Iterator[str]:
    if not _moment(fact.occurred):
        yield "“occurred” is no date and no time with its offset. Write 2026-11-19 or 2026-11-19T08:42:00+01:00."
    if not _moment(fact.recorded) or not fact.recorded.endswith(("Z", "+00:00")):
        yield "“recorded” is no time in UTC. Write 2026-11-19T07:42:00.000Z."


def _moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text) or not text.isascii():
        return False
    try:
        value = instant(text)
    except (ValueError, OverflowError):
        return False
    return EARLIEST <= value.year <= LATEST and abs(_offset(text)) <= dt.timedelta(hours=14)


def _offset(text: str) -> dt.timedelta:
    return (dt.datetime.fromisoformat(text).utcoffset() if len(text) > 10 else None) or dt.timedelta()


def _date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text)) and EARLIEST <= dt.date.fromisoformat(text).year <= LATEST
    except ValueError:
        return False


def _links(fact: Fact, target: Fact | None) -> Iterator[str]:
    retraction = isinstance(fact.body, f.Retraction)
    if retraction != bool(fact.retracts):
        yield "Only a retraction retracts, and it names what. Record the one without the other as entries of their own."
    if retraction and fact.amends:
        yield "A retraction amends nothing. Retract it, and say anew what should not count."
    if fact.id in (fact.amends, fact.retracts):
        yield "An entry cannot amend or retract itself."
    if isinstance(fact.body, f.Merge) and fact.body.into == fact.person:
        yield "These are the same registration already."
    if target is not None:
        if target.person != fact.person:
            yield "What it amends or retracts is about another person. Choose the entry on this person's chart."
        if fact.amends == target.id and target.kind != fact.kind:
            yield f"It amends an entry of another kind ({target.kind}). Retract that one, and record this beside it."


def _body(body: f.AnyBody) -> Iterator[str]:
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if name in _RANGES and value is not None:
            low, high = _RANGES[name]
            if not low <= value <= high:
                yield f"“{name}” lies between {low:g} and {high:g}."
        elif name in _DATES and (value or name in _NEEDED.get(_kind(body), ())) and not _date(value):
            yield f"“{name}” is no date. Write it as 2026-11-19."
    if isinstance(body, f.Registration) and body.born and not _born(body.born):
        yield "“born” is no birth date. Write 1985, 1985-03 or 1985-03-21, or leave it empty."
    if isinstance(body, f.Diagnosis) and body.since and not _born(body.since):
        yield "“since” is no date. Write 2019, 2019-03 or 2019-03-21, or leave it empty."
    if isinstance(body, f.Allergy) and not body.substance and not body.none_known:
        yield "An allergy needs its substance; where none is known, say so."
    if isinstance(body, f.Prescription) and body.hours:
        yield from _hours(body)
    if isinstance(body, f.Findings):
        yield from _findings(body)
    if isinstance(body, f.ContactPreference) and body.channel != "none" and not body.address:
        yield "Whoever agrees to be written to or rung says where. Add the number or the mail address."
    if isinstance(body, f.TeamMessage) and not (body.to and body.text.strip()):
        yield "A message has words, and somebody whom it is for. Add what is missing."
    if isinstance(body, f.Stay) and (body.event == "cancelled") != bool(body.cancels):
        yield "Only what takes back an event of a stay names which, and it must. Say what is cancelled."
    if isinstance(body, f.ResidentReview):
        if len(body.alone) > SHORT:
            yield "These are more areas of daily life than any form has. Send those of one review."
        for area in body.alone:
            yield from _text("item", area)
    if isinstance(body, f.Response):
        if len(body.answers) > SHORT or any(len(item) > SHORT for item in body.answers):
            yield "These are more answers than any instrument has. Send those of one instrument."
        if not all(math.isfinite(value) and abs(value) <= 1e6 for value in body.answers.values()):
            yield "An answer is no number that an instrument could hold."
        if body.total_only and body.stated_total is None:
            yield "A total alone needs its total. Add it, or send the answers."


def _kind(body: f.AnyBody) -> str:
    return str(body.__struct_config__.tag)


def _hours(body: f.Prescription) -> Iterator[str]:
    _, high = _RANGES["amount"]
    given = [one for one in body.hours if one]
    if len(body.hours) != len(HOURS) or not given or not all(LEAST <= one <= high for one in given):
        yield "“hours” says how many in the morning, at noon, in the evening and at night, and one of them at least."
    elif body.every_days is not None:
        yield "What is injected every so many days has no hours of the day. Say the one or the other."
    elif body.times not in (None, len(given)) or any(body.amount not in (None, one) for one in given):
        yield "How many each time, and how many times a day, are not what the hours of the day say. Mend one of them."


def _findings(body: f.Findings) -> Iterator[str]:
    if len(body.answers) > SHORT:
        yield "These are more answers than any form has. Send those of one form."
    for item, value in body.answers.items():
        yield from _text("item", item)
        if isinstance(value, float):
            if not math.isfinite(value):
                yield "An answer is no number."
        else:
            for one in (value,) if isinstance(value, str) else value:
                yield from _text("text", one)


def _born(text: str) -> bool:
    return bool(_BORN.fullmatch(text)) and _date((text + "-01-01")[:10])


def _order(fact: Fact) -> Iterator[str]:
    """Dates inside the body against the day on which it was said; both can be read by now."""
    body = fact.body
    if isinstance(body, f.Encounter) and body.next and body.next < fact.occurred[:10]:
        yield "The next date lies before the contact itself. Mend one of them."
    if isinstance(body, f.Trace) and body.next and body.next < fact.occurred[:10]:
        yield "The next date lies before the day of the try. Mend one of them."
    if isinstance(body, f.Assessment) and body.recent_act_on and body.recent_act_on > fact.occurred[:10]:
        yield "The act lies after the day on which it was told. Mend one of them."
    if isinstance(body, f.Stay) and body.next and body.next < fact.occurred[:10]:
        yield "The next date lies before the day of the stay that it follows. Mend one of them."
