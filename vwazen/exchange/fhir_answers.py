"""What was answered in a FHIR QuestionnaireResponse or Observation: which instruments, which answers.

Everything is cut into leaves (one question with its answers), each leaf is known by its codes, and
the instruments that cover most leaves take them: PHQ-9 rather than PHQ-2 where items 3 to 9 are there.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vwazen.content.load import Content
from vwazen.content.model import Instrument, Item
from vwazen.exchange.fit import answer_list, check_answer
from vwazen.exchange.incoming import NotTakenError
from vwazen.exchange.strict import Json
from vwazen.exchange.tree import LOINC, each, loinc_codes, loinc_in, number, one, words

# Extensions by which a coded answer states its score: STU3 and R4.
SCORES = ("iso21090-CO-value", "ordinalValue", "itemWeight", "questionnaire-ordinalValue")
YES_NO = (0, 1)


class Leaf(NamedTuple):
    """One question: its link id, its LOINC codes, its answers (each with a `value[x]`), and how it came."""

    link: str
    codes: tuple[str, ...]
    answers: list[Json]
    raw: Json


class Form(NamedTuple):
    """The leaves of one instrument: by item id, and those that state its total."""

    instrument: Instrument
    items: dict[str, list[Leaf]]
    totals: list[Leaf]


class Definition(NamedTuple):
    """What a Questionnaire says of its questions and coded answers.

    codes: LOINC codes of the whole; items: link id -> LOINC codes; scores: (link id, code) -> score.
    """

    codes: tuple[str, ...] = ()
    items: Mapping[str, tuple[str, ...]] = {}
    scores: Mapping[tuple[str, str], float] = {}


def definition(questionnaire: Json) -> Definition:
    """Read the codes out of a FHIR Questionnaire."""
    items: dict[str, tuple[str, ...]] = {}
    scores: dict[tuple[str, str], float] = {}
    waiting = each(questionnaire, "item")
    while waiting:
        item = waiting.pop()
        waiting.extend(each(item, "item"))
        link = words(item.get("linkId"))
        items[link] = tuple(loinc_codes({"coding": item.get("code")}))
        for option in (*each(item, "answerOption"), *each(item, "option")):
            coding = one(option, "valueCoding")
            stated = _stated_score(option, coding)
            if stated is not None:
                scores[link, words(coding.get("code"))] = stated
    named = [words(i.get("value")) for i in each(questionnaire, "identifier") if i.get("system") in LOINC]
    return Definition((*loinc_codes({"coding": questionnaire.get("code")}), *named), items, scores)


def response_leaves(response: Json, known: Definition) -> list[Leaf]:
    """The questions of a QuestionnaireResponse, groups and follow-up questions flattened, in their order."""
    found: list[Leaf] = []
    waiting = each(response, "item")[::-1]
    while waiting:
        item = waiting.pop()
        answers = each(item, "answer")
        inner = [*each(item, "item"), *(follow for answer in answers for follow in each(answer, "item"))]
        waiting.extend(inner[::-1])
        link = words(item.get("linkId"))
        own = (loinc_in(item.get("definition")), loinc_in(link), *loinc_codes({"coding": item.get("code")}))
        codes = dict.fromkeys(code for code in (*own, *known.items.get(link, ())) if code)
        found.append(Leaf(link, tuple(codes), [a for a in answers if value_of(a) is not None], item))
    return found


def observation_leaf(observation: Json) -> Leaf:
    """An Observation, or one of its components, as a question with one answer or none."""
    answer = {key: value for key, value in observation.items() if key.startswith("value")}
    concept = one(observation, "valueCodeableConcept")
    if concept:
        codings = each(concept, "coding")
        first = next((coding for coding in codings if coding.get("system") in LOINC), codings[0] if codings else {})
        answer = {"valueCoding": first}
    return Leaf("", tuple(loinc_codes(one(observation, "code"))), [answer] if answer else [], observation)


def value_of(answer: Json) -> str | None:
    """The name of the field that holds an answer's value, None where there is none."""
    return next((key for key, value in answer.items() if key.startswith("value") and value is not None), None)


def known_leaf(leaf: Leaf, content: Content) -> bool:
    return any(content.by_loinc(code) for code in leaf.codes)


def pick(leaves: Sequence[Leaf], named: Sequence[Instrument], content: Content) -> tuple[list[Form], list[Leaf]]:
    """The instruments that cover these leaves, and the answered leaves that none covers.

    `named`: what the questionnaire or panel calls itself; it decides where two instruments cover as much.
    """
    left = dict(enumerate(leaves))
    candidates = {instrument.id: instrument for instrument in named}
    for leaf in leaves:
        for code in leaf.codes:
            candidates.update((instrument.id, instrument) for _, instrument, _ in content.by_loinc(code))
    names = {instrument.id for instrument in named} | _stated(leaves, content)
    forms: list[Form] = []
    while candidates:
        tried = [(_cover(instrument, left), instrument) for _, instrument in sorted(candidates.items())]
        (items, totals), best = max(tried, key=lambda pair: _rank(pair[0], pair[1], names))
        if not items and not totals:
            break
        forms.append(
            Form(best, {id: [left[n] for n in numbers] for id, numbers in items.items()}, [left[n] for n in totals])
        )
        for number_ in [*totals, *(n for numbers in items.values() for n in numbers)]:
            left.pop(number_, None)
        del candidates[best.id]
    return forms, [leaf for leaf in left.values() if leaf.answers]


def by_link(leaves: Sequence[Leaf], instrument: Instrument) -> tuple[list[Form], list[Leaf]]:
    """The same for a questionnaire of our own, whose link ids are the instrument's item ids."""
    ids = {item.id for item in instrument.items}
    items: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        if leaf.link in ids:
            items.setdefault(leaf.link, []).append(leaf)
    others = [leaf for leaf in leaves if leaf.link not in ids]
    totals = [leaf for leaf in others if instrument.loinc.total in leaf.codes or leaf.link == "total"]
    rest = [leaf for leaf in others if leaf.answers and leaf not in totals]
    return [Form(instrument, items, totals)], rest


_Cover = tuple[dict[str, list[int]], list[int]]


def _stated(leaves: Sequence[Leaf], content: Content) -> set[str]:
    """Instruments whose panel or total is among the leaves."""
    found = (hit for leaf in leaves for code in leaf.codes for hit in content.by_loinc(code))
    return {instrument.id for kind, instrument, _ in found if kind != "item"}


def _cover(instrument: Instrument, left: Mapping[int, Leaf]) -> _Cover:
    items: dict[str, list[int]] = {}
    totals: list[int] = []
    codes = {item.loinc: item.id for item in instrument.items if item.loinc}
    for number_, leaf in left.items():
        item = next((codes[code] for code in leaf.codes if code in codes), None)
        if item is not None:
            items.setdefault(item, []).append(number_)
        elif instrument.loinc.total in leaf.codes:
            totals.append(number_)
    return items, totals


def _rank(cover: _Cover, instrument: Instrument, names: set[str]) -> tuple[int, int, bool, float]:
    items, totals = cover
    needed = [item for item in instrument.items if not item.optional]
    return len(items), len(totals), instrument.id in names, len(items) / max(1, len(needed))


def form_answers(
    form: Form, scores: Mapping[tuple[str, str], float], *, ours: bool = False
) -> tuple[dict[str, float], list[str]]:
    """The coded answers of a form by item id, and notes on what was decided. Raises NotTakenError.

    `ours`: the questionnaire is our own, so a plain number is the answer's value as it was given.
    """
    answers: dict[str, float] = {}
    differing: list[str] = []
    for item in form.instrument.items:
        given = [(leaf, answer) for leaf in form.items.get(item.id, []) for answer in leaf.answers]
        if not given:
            continue
        if len(given) > 1:
            raise NotTakenError("answer.twice", item=item.id, instrument=form.instrument.name)
        leaf, answer = given[0]
        value, differs = _value(form.instrument, item, answer, scores, leaf.link, ours)
        check_answer(form.instrument, item, value)
        answers[item.id] = value
        if differs:
            differing.append(item.id)
    notes = []
    if differing:
        items = ", ".join(differing)
        notes.append(f"Items {items}: the code of the answer and the score beside it disagree; the score was taken.")
    return answers, notes


def safety_positive(forms: Sequence[Form], scores: Mapping[tuple[str, str], float], *, ours: bool = False) -> bool:
    """Whether any answer to a safety item is positive, whatever is wrong with the rest."""
    for form in forms:
        items = {item.id: item for item in form.instrument.items}
        for rule in form.instrument.safety:
            for leaf in form.items.get(rule.item, []):
                for answer in leaf.answers:
                    try:
                        value, _ = _value(form.instrument, items[rule.item], answer, scores, leaf.link, ours)
                    except NotTakenError:
                        continue
                    if value >= rule.at_least:
                        return True
    return False


def stated_total(form: Form) -> float | None:
    """The total that a form states, None where it states none. Raises NotTakenError if it is no number."""
    given = [answer for leaf in form.totals for answer in leaf.answers]
    if not given:
        return None
    totals = {plain_number(answer) for answer in given}
    if len(totals) > 1 or None in totals:
        raise NotTakenError("total.number", instrument=form.instrument.name)
    return totals.pop()


def plain_number(answer: Json) -> float | None:
    """The number that an answer or an Observation holds; None for "<5", a code, or anything else."""
    quantity = one(answer, "valueQuantity")
    if quantity.get("comparator"):
        return None
    for field in ("valueInteger", "valueDecimal", "valueString"):
        if answer.get(field) is not None:
            return number(answer[field])
    return number(quantity.get("value"))


def _value(
    instrument: Instrument,
    item: Item,
    answer: Json,
    scores: Mapping[tuple[str, str], float],
    link: str,
    ours: bool,
) -> tuple[float, bool]:
    """One answer as a number, and whether its code and its stated score disagreed.

    A score beside an answer of a reversed item may be turned round already: there only the code counts.
    """
    coding = one(answer, "valueCoding")
    code = words(coding.get("code"))
    offered = answer_list(instrument, item)
    options = {option.loinc: float(option.value) for option in offered.options if option.loinc} if offered else {}
    coded = options.get(code) if coding.get("system") in LOINC or "system" not in coding else None
    stated = _stated_score(answer, coding)
    if stated is None:
        stated = scores.get((link, code))
    if item.reversed or (offered is not None and offered.ordinal_differs):
        if coded is not None:
            return coded, False
        if not ours and value_of(answer) != "valueBoolean":
            raise NotTakenError("answer.unclear", item=item.id, instrument=instrument.name)
        stated = None
    if stated is not None:
        return stated, coded is not None and coded != stated
    if coded is not None:
        return coded, False
    found = plain_number(answer)
    yes_no = offered is not None and {option.value for option in offered.options} == set(YES_NO)
    if found is None and yes_no and isinstance(answer.get("valueBoolean"), bool):
        found = float(answer["valueBoolean"] is True)
    if found is None:
        raise NotTakenError("answer.unknown", item=item.id, instrument=instrument.name)
    return found, False


def _stated_score(*owners: Json) -> float | None:
    """The score that an extension states, None where there is none or where it is no number."""
    for owner in owners:
        for extension in each(owner, "extension"):
            if words(extension.get("url")).rpartition("/")[2] in SCORES:
                for field in ("valueDecimal", "valueInteger"):
                    found = number(extension.get(field))
                    if found is not None:
                        return found
    return None
