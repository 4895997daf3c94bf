"""What reading any FHIR resource has in common: its head, how it is taken, how it is held."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from vwazen.clinical.facts import Source
from vwazen.content.model import Instrument
from vwazen.exchange import fit, strict
from vwazen.exchange.fhir_answers import Form, Leaf, stated_total
from vwazen.exchange.fhir_context import Context, subject
from vwazen.exchange.incoming import HeldIn, NotTakenError, PersonIn, ResponseIn, kept
from vwazen.exchange.segments import closest, codes_in, segment_of
from vwazen.exchange.strict import Json
from vwazen.exchange.tree import moment, occurred, one, words

FINISHED = ("completed", "final", "amended", "corrected")
UNFINISHED = ("in-progress", "stopped", "registered", "preliminary", "cancelled", "draft")

Read = PersonIn | ResponseIn | HeldIn


class Resource(NamedTuple):
    """A resource that was parsed: where it stands, how it came, what it says, what it is called."""

    where: str
    data: bytes
    body: Json
    source: Source
    full_url: str = ""


class Head(NamedTuple):
    """What comes before the answers; `fault` if that alone holds the resource.

    `instruments`, once they are known: whatever is held is kept as closely as they are.
    """

    person: Source | None
    described: PersonIn | None
    occurred: str | None
    fault: NotTakenError | None
    instruments: tuple[Instrument, ...] = ()


def parse(data: bytes) -> Json:
    """A resource as a dict. Raises NotTakenError."""
    try:
        body = strict.parse(data.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise NotTakenError("input.encoding", position=fault.start) from None
    except strict.UnsoundError as fault:
        raise NotTakenError("input.character" if fault.character else "input.syntax", detail=fault) from None
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        raise NotTakenError("input.kind")
    return body


def head_of(context: Context, resource: Resource, dates: tuple[str, ...]) -> Head:
    """Status, person and date, each looked at whatever is wrong with the others."""
    person: Source | None = None
    described: PersonIn | None = None
    when: str | None = None
    faults: list[NotTakenError] = []
    try:
        check_status(resource.body)
    except NotTakenError as fault:
        faults.append(fault)
    try:
        person, described = subject(context, resource.body, resource.source)
    except NotTakenError as fault:
        faults.append(fault)
    try:
        values = [resource.body.get(field) for field in dates]
        periods = [value.get("end") or value.get("start") if isinstance(value, dict) else value for value in values]
        when = occurred(periods, context.as_of)
    except NotTakenError as fault:
        faults.append(fault)
    return Head(person, described, when, faults[0] if faults else None)


def check_status(body: Json) -> None:
    status = words(body.get("status"))
    if status == "entered-in-error":
        raise NotTakenError("status.withdrawn")
    if status in UNFINISHED:
        raise NotTakenError("status.unfinished", status=status)
    if status not in FINISHED:
        raise NotTakenError("status.unknown")


def hold(
    context: Context,
    resource: Resource,
    fault: NotTakenError,
    *,
    person: Source | None = None,
    occurred: str | None = None,
    part: str = "",
    raw: bytes | None = None,
    safety: bool = False,
    instruments: Iterable[Instrument] = (),
) -> HeldIn:
    """Something held. `part` names which part of the resource, `raw` is that part (all of it by default)."""
    data = resource.data if raw is None else raw
    source = resource.source
    return HeldIn(
        source=Source(system=source.system, id=f"{source.id}#{part}" if part else source.id, version=source.version),
        code=fault.code,
        reason=fault.reason,
        segment=closest([segment_of(codes_in(data), context.content), *(known.segment for known in instruments)]),
        raw=kept(data, context.limits.raw),
        where=resource.where,
        person=person,
        occurred=occurred,
        safety=safety,
    )


def hold_with(
    context: Context,
    resource: Resource,
    head: Head,
    fault: NotTakenError,
    *,
    part: str = "",
    raw: bytes | None = None,
    safety: bool = False,
) -> HeldIn:
    """Held, with what is known of it. What its source has withdrawn says nothing of the person's safety."""
    safety = safety and fault.code != "status.withdrawn"
    return hold(
        context,
        resource,
        fault,
        person=head.person,
        occurred=head.occurred,
        part=part,
        raw=raw,
        safety=safety,
        instruments=head.instruments,
    )


def hold_rest(context: Context, resource: Resource, head: Head, rest: list[Leaf]) -> HeldIn:
    """The answered questions that belong to no installed instrument."""
    names = [leaf.codes[0] if leaf.codes else leaf.link[:40] for leaf in rest]
    fault = NotTakenError("item.rest", codes=", ".join(names[:6]) + (", …" if len(names) > 6 else ""))
    raw = json.dumps([leaf.raw for leaf in rest], ensure_ascii=False).encode()
    return hold_with(context, resource, head, fault, part="rest", raw=raw)


def is_answered(form: Form) -> bool:
    leaves = [*form.totals, *(leaf for found in form.items.values() for leaf in found)]
    return any(leaf.answers for leaf in leaves)


def total_in(form: Form, answers: dict[str, float]) -> tuple[float | None, list[str]]:
    """The stated total and a note on it. One that is no number is passed over aloud where there are answers."""
    try:
        return stated_total(form), []
    except NotTakenError:
        if not answers:
            raise
        return None, ["The total that was sent with these answers is not a number."]


def taken(
    resource: Resource,
    head: Head,
    instrument: Instrument,
    answers: dict[str, float],
    total: float | None,
    notes: list[str],
    *,
    part: bool,
) -> ResponseIn:
    if head.person is None or head.occurred is None:
        raise head.fault or NotTakenError("person.missing")
    if answers:
        fit.check_answers(instrument, answers)
    elif total is not None:
        fit.check_total(instrument, total)
    else:
        raise NotTakenError("answer.none")
    source = resource.source
    id = f"{source.id}#{instrument.id}" if part else source.id
    return ResponseIn(
        source=Source(system=source.system, id=id, version=source.version),
        person=head.person,
        occurred=head.occurred,
        instrument=instrument.id,
        version=instrument.version,
        answers=answers,
        stated_total=total,
        total_only=not answers,
        recorded=moment(one(resource.body, "meta").get("lastUpdated")) or moment(resource.body.get("issued")),
        notes=tuple(notes),
    )


def named_codes(codes: list[str]) -> str:
    shown = ", ".join(dict.fromkeys(code[:40] for code in codes[:4]))
    return f"LOINC {shown}{', …' if len(codes) > 4 else ''}" if codes else "it has no LOINC code"
