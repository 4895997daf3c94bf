"""A FHIR Observation (a total, or a panel with its answers) as responses, or as something held."""

from collections.abc import Iterator

from vwazen.clinical.facts import Source
from vwazen.content.load import Content
from vwazen.content.model import Instrument
from vwazen.exchange.fhir_answers import (
    Form,
    Leaf,
    form_answers,
    known_leaf,
    observation_leaf,
    pick,
    plain_number,
    safety_positive,
    value_of,
)
from vwazen.exchange.fhir_context import Context, keys_of, referred, subject
from vwazen.exchange.fhir_resource import (
    Head,
    Read,
    Resource,
    check_status,
    head_of,
    hold_rest,
    hold_with,
    is_answered,
    named_codes,
    parse,
    taken,
    total_in,
)
from vwazen.exchange.incoming import HeldIn, NotTakenError
from vwazen.exchange.strict import Json
from vwazen.exchange.tree import each, loinc_codes, one

PANEL, TOTAL, SINGLE = range(3)


def read_observation(context: Context, resource: Resource) -> Iterator[Read]:
    """An Observation of a total, or of a panel with its answers inside it or beside it."""
    head = head_of(context, resource, ("effectiveDateTime", "effectiveInstant", "effectivePeriod", "issued"))
    raw = resource.data
    try:
        if _is_single(resource.body, context.content):
            yield _alone(context, resource, head)
            return
        parts = parts_of(context, resource.body)
        members = list(parts.values())
        if members:
            raw = b"[" + b",".join([resource.data, *members]) + b"]"
        for number in parts:
            context.index.use(number)
        totals, panels = wholes(resource.body, context.content)
        head = head._replace(instruments=(*totals, *panels))
        forms, rest, stated = _observed(context, resource, head, members)
    except NotTakenError as fault:
        yield hold_with(context, resource, head, fault, raw=raw)
        return
    if head.described:
        yield head.described
    for place, form in enumerate(forms):
        try:
            answers, notes = form_answers(form, {})
            total, more = total_in(form, answers)
            total = stated.get(form.instrument.id) if total is None else total
            yield taken(resource, head, form.instrument, answers, total, [*notes, *more], part=place > 0)
        except NotTakenError as fault:
            part = form.instrument.id if place else ""
            yield hold_with(context, resource, head, fault, part=part, raw=raw, safety=safety_positive([form], {}))
    if rest:
        yield hold_rest(context, resource, head, rest)


def _observed(
    context: Context, resource: Resource, head: Head, members: list[bytes]
) -> tuple[list[Form], list[Leaf], dict[str, float]]:
    """The forms in an Observation, what is left, and its own number as the total of its instrument."""
    body, content = resource.body, context.content
    totals, panels = wholes(body, content)
    inside = [observation_leaf(component) for component in each(body, "component")]
    if not totals and not panels and not members and not any(known_leaf(leaf, content) for leaf in inside):
        raise NotTakenError("instrument.unknown", code=named_codes(loinc_codes(one(body, "code"))))
    if head.fault or head.person is None:
        raise head.fault or NotTakenError("person.missing")
    leaves = [*inside, *(_member(context, data, head.person) for data in members)]
    number = plain_number(body)
    if value_of(body) and (number is None or not totals):
        name = next((instrument.name for instrument in (*totals, *panels)), "this panel")
        raise NotTakenError("total.number" if totals else "total.panel", instrument=name)
    forms, rest = pick(leaves, [*totals, *panels], content)
    forms = [form for form in forms if is_answered(form)]
    stated = {instrument.id: number for instrument in totals} if number is not None else {}
    if totals and stated and not any(form.instrument.id in stated for form in forms):
        forms.insert(0, Form(totals[0], {}, []))
    if not forms:
        raise NotTakenError("answer.none")
    return forms, rest, stated


def wholes(observation: Json, content: Content) -> tuple[list[Instrument], list[Instrument]]:
    """The instruments whose total an Observation is, and those whose panel it is."""
    hits = [hit for code in loinc_codes(one(observation, "code")) for hit in content.by_loinc(code)]
    totals = {instrument.id: instrument for kind, instrument, _ in hits if kind == "total"}
    panels = {instrument.id: instrument for kind, instrument, _ in hits if kind == "panel"}
    return list(totals.values()), list(panels.values())


def waits(observation: Json, full_url: str, context: Context) -> tuple[int, list[str]] | None:
    """How an Observation waits until all are known: its rank and names. None if it stands for itself.

    In the end the panels are read, then the totals that nothing took in, then the single answers left over.
    """
    totals, _ = wholes(observation, context.content)
    names = keys_of("Observation", observation, full_url)
    if observation.get("hasMember"):
        return PANEL, names
    if totals and observation.get("derivedFrom"):
        sources = [key for keys in referred(observation, "derivedFrom").values() for key in keys]
        return TOTAL, [*names, *(total_of(key, total) for key in sources for total in totals)]
    if totals and context.index.wanted(names):
        return TOTAL, names
    return (SINGLE, names) if _is_single(observation, context.content) else None


def total_of(response: str, instrument: Instrument) -> str:
    """The name under which an Observation waits for the QuestionnaireResponse that it is the total of."""
    return f"total of {instrument.id} in {response}"


def _is_single(observation: Json, content: Content) -> bool:
    """Whether an Observation is the answer to one item, and no more."""
    if any(wholes(observation, content)) or observation.get("component") or observation.get("hasMember"):
        return False
    return known_leaf(observation_leaf(observation), content)


def _alone(context: Context, resource: Resource, head: Head) -> HeldIn:
    """One answer that no panel asked for."""
    codes = loinc_codes(one(resource.body, "code"))
    hits = [hit for code in codes for hit in context.content.by_loinc(code)]
    names = [instrument.name for _, instrument, _ in hits]
    fault = head.fault or NotTakenError("item.alone", instrument=" or ".join(dict.fromkeys(names)))
    leaf = observation_leaf(resource.body)
    forms = [Form(instrument, {item: [leaf]}, []) for _, instrument, item in hits if item]
    return hold_with(context, resource, head, fault, safety=safety_positive(forms, {}))


def parts_of(context: Context, observation: Json) -> dict[int, bytes]:
    """The waiting observations that a panel or total refers to, by number."""
    found: dict[int, bytes] = {}
    for keys in referred(observation, "hasMember", "derivedFrom").values():
        part = next((part for key in keys if (part := context.index.part(key))), None)
        if part and part.rank != PANEL:  # a panel in a panel is read for itself
            found[part.number] = part.data
    return found


def _member(context: Context, data: bytes, person: Source) -> Leaf:
    """One answer of a panel, which must be finished and about the same person."""
    body = parse(data)
    check_status(body)
    whose, _ = subject(context, body, Source(system=context.system, id="member"))
    if whose != person:
        raise NotTakenError("person.several")
    return observation_leaf(body)
