"""One QuestionnaireResponse or Observation as responses, or as something held with its reason."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from vwazen.clinical.facts import Source
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.exchange import fit, strict
from vwazen.exchange.fhir_answers import (
    Form,
    Leaf,
    by_link,
    form_answers,
    known_leaf,
    observation_leaf,
    pick,
    plain_number,
    response_leaves,
    stated_total,
    value_of,
)
from vwazen.exchange.fhir_context import Context, asked, keys_of, referred, subject
from vwazen.exchange.incoming import HeldIn, NotTakenError, PersonIn, ResponseIn, kept
from vwazen.exchange.segments import codes_in, segment_of
from vwazen.exchange.strict import Json
from vwazen.exchange.tree import each, loinc_codes, moment, occurred, one, words

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


class _Head(NamedTuple):
    """What comes before the answers; `fault` if that alone holds the resource."""

    person: Source | None
    described: PersonIn | None
    occurred: str | None
    fault: NotTakenError | None


def hold(
    context: Context,
    resource: Resource,
    fault: NotTakenError,
    *,
    person: Source | None = None,
    occurred: str | None = None,
    part: str = "",
    raw: bytes | None = None,
) -> HeldIn:
    """Something held. `part` names which part of the resource, `raw` is that part (all of it by default)."""
    data = resource.data if raw is None else raw
    source = resource.source
    return HeldIn(
        source=Source(system=source.system, id=f"{source.id}#{part}" if part else source.id, version=source.version),
        code=fault.code,
        reason=fault.reason,
        segment=segment_of(codes_in(data), context.content),
        raw=kept(data, context.limits.raw),
        where=resource.where,
        person=person,
        occurred=occurred,
    )


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


def read_response(context: Context, resource: Resource) -> Iterator[Read]:
    """A QuestionnaireResponse: a response an instrument, and what belongs to none is held."""
    head = _head(context, resource, ("authored",))
    try:
        if head.fault or head.person is None or head.occurred is None:
            raise head.fault or NotTakenError("person.missing")
        says = asked(context, resource.body)
        leaves = response_leaves(resource.body, says.definition)
        if says.exact:
            forms, rest = by_link(leaves, says.instruments[0])
        else:
            forms, rest = pick(leaves, says.instruments, context.content)
        answered = [form for form in forms if _is_answered(form)]
        if not answered:
            raise _nothing(forms, leaves)
    except NotTakenError as fault:
        yield hold(context, resource, fault, person=head.person, occurred=head.occurred)
        return
    if head.described:
        yield head.described
    keys = keys_of("QuestionnaireResponse", resource.body, resource.full_url)
    for form in answered:
        try:
            answers, notes = form_answers(form, says.definition.scores, ours=says.exact)
            total, more = _total(form, answers)
            waiting = [found for key in keys if (found := context.index.part(total_of(key, form.instrument)))]
            if waiting and (beside := _finished_total(waiting[0][1])) is not None:
                context.index.use(waiting[0][0])
                total = beside if total is None else total
            notes = [*notes, *more, *([says.note] if says.note else [])]
            yield _taken(resource, head.person, head.occurred, form.instrument, answers, total, notes, part=True)
        except NotTakenError as fault:
            yield hold(context, resource, fault, person=head.person, occurred=head.occurred, part=form.instrument.id)
    if rest:
        yield _rest(context, resource, head, rest)


def read_observation(context: Context, resource: Resource) -> Iterator[Read]:
    """An Observation of a total, or of a panel with its answers inside it or beside it."""
    head = _head(context, resource, ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued"))
    raw = resource.data
    try:
        totals, panels = wholes(resource.body, context.content)
        if not totals and not panels and not any(known_leaf(leaf, context.content) for leaf in _components(resource)):
            raise NotTakenError("instrument.unknown", code=_codes(loinc_codes(one(resource.body, "code"))))
        members = _members(context, resource)
        if members:
            raw = b"[" + b",".join([resource.data, *(data for _, data in members)]) + b"]"
            for number, _ in members:
                context.index.use(number)
        if head.fault or head.person is None or head.occurred is None:
            raise head.fault or NotTakenError("person.missing")
        leaves = [*_components(resource), *(_member(context, data, head.person) for _, data in members)]
        number_ = plain_number(resource.body)
        if value_of(resource.body) and (number_ is None or not totals):
            name = (totals or panels)[0].name if totals or panels else "this panel"
            raise NotTakenError("total.number" if totals else "total.panel", instrument=name)
        forms, rest = pick(leaves, [*totals, *panels], context.content)
        forms = [form for form in forms if _is_answered(form)]
        if number_ is not None and not any(form.instrument.id == totals[0].id for form in forms):
            forms.insert(0, Form(totals[0], {}, []))
        if not forms:
            raise NotTakenError("answer.none")
    except NotTakenError as fault:
        yield hold(context, resource, fault, person=head.person, occurred=head.occurred, raw=raw)
        return
    if head.described:
        yield head.described
    for place, form in enumerate(forms):
        try:
            answers, notes = form_answers(form, {})
            total, more = _total(form, answers)
            if total is None and any(form.instrument.id == one_.id for one_ in totals):
                total = number_
            yield _taken(
                resource, head.person, head.occurred, form.instrument, answers, total, [*notes, *more], part=place > 0
            )
        except NotTakenError as fault:
            part = form.instrument.id if place else ""
            yield hold(context, resource, fault, person=head.person, occurred=head.occurred, part=part, raw=raw)
    if rest:
        yield _rest(context, resource, head, rest)


def wholes(observation: Json, content: Content) -> tuple[list[Instrument], list[Instrument]]:
    """The instruments whose total an Observation is, and those whose panel it is."""
    hits = [hit for code in loinc_codes(one(observation, "code")) for hit in content.by_loinc(code)]
    totals = {instrument.id: instrument for kind, instrument, _ in hits if kind == "total"}
    panels = {instrument.id: instrument for kind, instrument, _ in hits if kind == "panel"}
    return list(totals.values()), list(panels.values())


def waits(observation: Json, full_url: str, content: Content) -> list[str] | None:
    """The names under which an Observation waits for the panel or response that it is part of; None if it is whole."""
    totals, panels = wholes(observation, content)
    names = keys_of("Observation", observation, full_url)
    if totals:
        sources = referred(observation, "derivedFrom").values()
        answers = [key for keys in sources for key in keys if "QuestionnaireResponse/" in key or key.startswith("urn:")]
        return [*names, *(total_of(key, total) for key in answers for total in totals)] if answers else None
    single = not panels and not observation.get("component") and not observation.get("hasMember")
    return names if single and known_leaf(observation_leaf(observation), content) else None


def total_of(response: str, instrument: Instrument) -> str:
    """The name under which an Observation waits for the QuestionnaireResponse that it is the total of."""
    return f"total of {instrument.id} in {response}"


def alone(context: Context, resource: Resource) -> HeldIn:
    """One answer that no panel asked for."""
    head = _head(context, resource, ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued"))
    codes = loinc_codes(one(resource.body, "code"))
    names = [instrument.name for code in codes for _, instrument, _ in context.content.by_loinc(code)]
    fault = head.fault or NotTakenError("item.alone", instrument=" or ".join(names))
    return hold(context, resource, fault, person=head.person, occurred=head.occurred)


def _head(context: Context, resource: Resource, dates: tuple[str, ...]) -> _Head:
    """Status, person and date, each looked at whatever is wrong with the others."""
    person: Source | None = None
    described: PersonIn | None = None
    when: str | None = None
    faults: list[NotTakenError] = []
    try:
        _check_status(resource.body)
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
    return _Head(person, described, when, faults[0] if faults else None)


def _check_status(body: Json) -> None:
    status = words(body.get("status"))
    if status == "entered-in-error":
        raise NotTakenError("status.withdrawn")
    if status in UNFINISHED:
        raise NotTakenError("status.unfinished", status=status)
    if status not in FINISHED:
        raise NotTakenError("status.unknown")


def _is_answered(form: Form) -> bool:
    leaves = [*form.totals, *(leaf for found in form.items.values() for leaf in found)]
    return any(leaf.answers for leaf in leaves)


def _nothing(forms: list[Form], leaves: list[Leaf]) -> NotTakenError:
    """Why nothing could be read out of these leaves."""
    answered = [leaf for leaf in leaves if leaf.answers]
    if forms or not answered:
        return NotTakenError("answer.none")
    codes = [code for leaf in answered for code in leaf.codes]
    return NotTakenError("instrument.unknown", code=_codes(codes)) if codes else NotTakenError("instrument.unclear")


def _codes(codes: list[str]) -> str:
    shown = ", ".join(dict.fromkeys(code[:40] for code in codes[:4]))
    return f"LOINC {shown}{', …' if len(codes) > 4 else ''}" if codes else "it has no LOINC code"


def _total(form: Form, answers: dict[str, float]) -> tuple[float | None, list[str]]:
    """The stated total and a note on it. One that is no number is passed over aloud where there are answers."""
    try:
        return stated_total(form), []
    except NotTakenError:
        if not answers:
            raise
        return None, ["The total that was sent with these answers is not a number."]


def _taken(
    resource: Resource,
    person: Source,
    when: str,
    instrument: Instrument,
    answers: dict[str, float],
    total: float | None,
    notes: list[str],
    *,
    part: bool,
) -> ResponseIn:
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
        person=person,
        occurred=when,
        instrument=instrument.id,
        version=instrument.version,
        answers=answers,
        stated_total=total,
        total_only=not answers,
        recorded=moment(one(resource.body, "meta").get("lastUpdated")) or moment(resource.body.get("issued")),
        notes=tuple(notes),
    )


def _rest(context: Context, resource: Resource, head: _Head, rest: list[Leaf]) -> HeldIn:
    """The answered questions that belong to no installed instrument."""
    names = [leaf.codes[0] if leaf.codes else leaf.link[:40] for leaf in rest]
    fault = NotTakenError("item.rest", codes=", ".join(names[:6]) + (", …" if len(names) > 6 else ""))
    raw = json.dumps([leaf.raw for leaf in rest], ensure_ascii=False).encode()
    return hold(context, resource, fault, person=head.person, occurred=head.occurred, part="rest", raw=raw)


def _components(resource: Resource) -> list[Leaf]:
    return [observation_leaf(component) for component in each(resource.body, "component")]


def _members(context: Context, resource: Resource) -> list[tuple[int, bytes]]:
    """The waiting observations that a panel or total refers to."""
    found: dict[int, bytes] = {}
    for keys in referred(resource.body, "hasMember", "derivedFrom").values():
        part = next((part for key in keys if (part := context.index.part(key))), None)
        if part:
            found[part[0]] = part[1]
    return list(found.items())


def _member(context: Context, data: bytes, person: Source) -> Leaf:
    """One answer of a panel, which must be finished and about the same person."""
    body = parse(data)
    _check_status(body)
    whose, _ = subject(context, body, Source(system=context.system, id="member"))
    if whose != person:
        raise NotTakenError("person.several")
    return observation_leaf(body)


def _finished_total(data: bytes) -> float | None:
    body = parse(data)
    return plain_number(body) if words(body.get("status")) in FINISHED else None
