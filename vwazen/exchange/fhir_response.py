"""A FHIR QuestionnaireResponse as responses, or as something held with its reason."""

from collections.abc import Iterator

from vwazen.content.model import Instrument
from vwazen.exchange.fhir_answers import (
    Definition,
    Form,
    Leaf,
    by_link,
    form_answers,
    pick,
    plain_number,
    response_leaves,
    safety_positive,
)
from vwazen.exchange.fhir_context import Context, asked, keys_of
from vwazen.exchange.fhir_observation import total_of
from vwazen.exchange.fhir_resource import (
    FINISHED,
    Read,
    Resource,
    head_of,
    hold_rest,
    hold_with,
    is_answered,
    named_codes,
    parse,
    taken,
    total_in,
)
from vwazen.exchange.incoming import NotTakenError
from vwazen.exchange.tree import words


def read_response(context: Context, resource: Resource) -> Iterator[Read]:
    """A QuestionnaireResponse: a response an instrument, and what belongs to none is held."""
    head = head_of(context, resource, ("authored",))
    safety = False
    try:
        says = asked(context, resource.body)
        leaves = response_leaves(resource.body, says.definition)
        if says.exact:
            forms, rest = by_link(leaves, says.instruments[0])
        else:
            forms, rest = pick(leaves, says.instruments, context.content)
        head = head._replace(instruments=(*says.instruments, *(form.instrument for form in forms)))
        safety = safety_positive(forms, says.definition.scores, ours=says.exact)
        if head.fault:
            raise head.fault
        answered = [form for form in forms if is_answered(form)]
        if not answered:
            raise _nothing(forms, leaves)
    except NotTakenError as fault:
        safety = safety or _safety(context, resource)
        yield hold_with(context, resource, head, head.fault or fault, safety=safety)
        return
    if head.described:
        yield head.described
    keys = keys_of("QuestionnaireResponse", resource.body, resource.full_url)
    for form in answered:
        try:
            answers, notes = form_answers(form, says.definition.scores, ours=says.exact)
            total, more = total_in(form, answers)
            beside, stated = _beside(context, keys, form.instrument)
            if stated is not None and total is not None and stated != total:
                more = [*more, f"An observation beside these answers states another total: {stated:g}."]
            notes = [*notes, *more, *([says.note] if says.note else [])]
            total = stated if total is None else total
            response = taken(resource, head, form.instrument, answers, total, notes, part=True)
            if beside is not None:
                context.index.use(beside)
            yield response
        except NotTakenError as fault:
            safety = safety_positive([form], says.definition.scores, ours=says.exact)
            yield hold_with(context, resource, head, fault, part=form.instrument.id, safety=safety)
    if rest:
        yield hold_rest(context, resource, head, rest)


def _safety(context: Context, resource: Resource) -> bool:
    """Whether a question of safety is answered yes, as far as its codes alone can tell."""
    try:
        forms, _ = pick(response_leaves(resource.body, Definition()), [], context.content)
    except NotTakenError:
        return False
    return safety_positive(forms, {})


def _nothing(forms: list[Form], leaves: list[Leaf]) -> NotTakenError:
    """Why nothing could be read out of these leaves."""
    answered = [leaf for leaf in leaves if leaf.answers]
    if forms or not answered:
        return NotTakenError("answer.none")
    codes = [code for leaf in answered for code in leaf.codes]
    if not codes:
        return NotTakenError("instrument.unclear")
    return NotTakenError("instrument.unknown", code=named_codes(codes))


def _beside(context: Context, keys: list[str], instrument: Instrument) -> tuple[int | None, float | None]:
    """An Observation that states the total of these answers: its number among the waiting ones, and the total."""
    for key in keys:
        found = context.index.part(total_of(key, instrument))
        if found:
            body = parse(found.data)
            stated = plain_number(body) if words(body.get("status")) in FINISHED else None
            return (found.number, stated) if stated is not None else (None, None)
    return None, None
