"""What must hold inside one instrument file. Each fault is (place in the file, what is wrong, how to mend it)."""

from collections.abc import Iterable, Iterator

from vwazen.content.loinc import fault_in
from vwazen.content.model import Figure, Instrument, Text

Fault = tuple[str, str, str]


def faults(instrument: Instrument) -> Iterator[Fault]:
    """Every fault that shows without scoring anything."""
    yield from _items(instrument)
    yield from _answer_lists(instrument)
    yield from _codes(instrument)
    yield from _references(instrument)
    yield from _method(instrument)
    yield from _range(instrument)
    yield from _bands(instrument)
    yield from _cutoffs(instrument)
    yield from _missing(instrument)
    yield from _change(instrument)
    yield from _texts(instrument)
    if not instrument.vectors:
        yield "$.vectors", "There is no test vector.", "Add answers with the total that its source gives."


def _items(one: Instrument) -> Iterator[Fault]:
    yield from _twice("$.items", "item", [item.id for item in one.items])
    if (one.form == "total") != (not one.items):
        yield "$.form", "Form `total` and having items exclude each other.", "Change the form, or the items."
    for i, item in enumerate(one.items):
        place = f"$.items[{i}]"
        if (item.answers is None) == (item.whole is None):
            yield place, f"Item {item.id} needs either `answers` or `whole`.", "Keep one of them."
        elif item.answers is not None and item.answers not in one.answer_lists:
            yield f"{place}.answers", f"There is no answer list {item.answers}.", "Name a key of `answer_lists`."
        if item.if_unanswered is not None and not item.optional:
            yield place, f"Item {item.id} has a value for no answer.", "Only an optional item may have one."


def _answer_lists(one: Instrument) -> Iterator[Fault]:
    used = {item.answers for item in one.items}
    for name, answers in one.answer_lists.items():
        place = f"$.answer_lists.{name}"
        if name not in used:
            yield place, f"No item uses the answer list {name}.", "Remove it, or name it in an item."
        if len(answers.options) < 2:
            yield place, f"The answer list {name} has fewer than two answers.", "Add the others."
        yield from _twice(place, "value", [str(option.value) for option in answers.options])
        yield from _twice(place, "code", [option.loinc for option in answers.options if option.loinc])
        if one.score.method not in ("rating", "grid") and any(option.unscored for option in answers.options):
            yield place, "An answer without a score would make a partial sum.", "Leave it out: it is unanswered."


def _codes(one: Instrument) -> Iterator[Fault]:
    codes: list[tuple[str, str | None]] = [("$.loinc.panel", one.loinc.panel), ("$.loinc.total", one.loinc.total)]
    codes += [(f"$.items[{i}].loinc", item.loinc) for i, item in enumerate(one.items)]
    yield from _twice("$.items", "code", [code for _, code in codes if code])
    for name, answers in one.answer_lists.items():
        codes.append((f"$.answer_lists.{name}.loinc", answers.loinc))
        codes += [(f"$.answer_lists.{name}.options[{i}].loinc", o.loinc) for i, o in enumerate(answers.options)]
    for place, code in codes:
        if code and (wrong := fault_in(code)):
            yield place, wrong, "Compare the code with its source."


def _references(one: Instrument) -> Iterator[Fault]:
    named: list[tuple[str, Iterable[str]]] = [
        *((f"$.items[{i}].asked_if", item.asked_if.any_of) for i, item in enumerate(one.items) if item.asked_if),
        ("$.score.screen", one.score.screen),
        ("$.score.acute", [one.score.acute] if one.score.acute else []),
        *((f"$.subscales[{i}].items", sub.items) for i, sub in enumerate(one.subscales)),
        *((f"$.remarks[{i}]", [remark.only_item]) for i, remark in enumerate(one.remarks)),
        *((f"$.criteria[{i}]", c.items) for i, rule in enumerate(one.criteria) for c in rule.all_of),
        *((f"$.criteria[{i}]", c.at_least_for) for i, rule in enumerate(one.criteria) for c in rule.all_of),
    ]
    if one.form != "total":  # beside a typed total the safety question is asked on its own
        named += [(f"$.safety[{i}].item", [rule.item]) for i, rule in enumerate(one.safety)]
    have = {item.id for item in one.items}
    for place, ids in named:
        for id in ids:
            if id not in have:
                yield place, f"There is no item {id}.", "Name one of `items`."
    for kind, ids in (("subscales", [s.id for s in one.subscales]), ("criteria", [c.id for c in one.criteria])):
        yield from _twice(f"$.{kind}", "id", ids)


def _method(one: Instrument) -> Iterator[Fault]:
    scored = [item for item in one.items if item.scored]
    wanted = {"rating": 1, "grid": 2, "rate": 2, "typed": 0}.get(one.score.method)
    if wanted is not None and len(scored) != wanted:
        yield "$.score.method", f"{one.score.method} needs {wanted} scored items.", f"There are {len(scored)}."
    if one.score.method == "screen" and (not one.score.screen or one.range is not None):
        yield "$.score", "A screen names its `screen` items and has no `range`.", "Correct it."
    if one.score.method == "rate" and any(item.whole is None for item in scored):
        yield "$.score.method", "A rate divides whole numbers.", "Use `whole` for both items."
    if one.score.method in ("sum", "rating", "grid") and any(item.whole is not None for item in scored):
        yield "$.score.method", "A sum, rating or grid needs answer lists.", "Use `answers` for the scored items."


def _range(one: Instrument) -> Iterator[Fault]:
    if one.score.method == "screen":
        return
    if one.range is None:
        yield "$.range", "There is no range.", "Write the lowest and the highest total."
        return
    span = _possible(one)
    if span and span != (one.range.low, one.range.high):
        yield "$.range", f"The answers give totals from {span[0]} to {span[1]}.", "Correct the range or the answers."


def _possible(one: Instrument) -> tuple[int, int] | None:
    lists = [one.answer_lists.get(item.answers or "") for item in one.items if item.scored]
    values = [[o.value for o in answers.options if not o.unscored] for answers in lists if answers]
    if len(values) != len(lists) or not all(values):
        return None
    if one.score.method == "sum":
        gated = any(item.asked_if for item in one.items)
        low = 0 if gated else sum(min(v) for v in values)
        return low * one.score.multiply, sum(max(v) for v in values) * one.score.multiply
    if one.score.method == "rating" and len(values) == 1:
        return min(values[0]), max(values[0])
    if one.score.method == "grid" and len(values) == 2:
        return 1, len(values[0]) * len(values[1])
    return None


def _bands(one: Instrument) -> Iterator[Fault]:
    if not one.bands:
        return
    if not one.bands_source:
        yield "$.bands", "The bands have no source.", "Add `bands_source`."
    if one.range is None:
        yield "$.bands", "Bands need a range.", "Add `range`."
        return
    expected = one.range.low
    for i, band in enumerate(one.bands):
        if band.low != expected or band.high < band.low:
            yield f"$.bands[{i}]", f"The band begins at {band.low}; {expected} is next.", "Close the gap or overlap."
        expected = band.high + 1
    if one.range.high is not None and expected != one.range.high + 1:
        yield "$.bands", f"The bands end at {expected - 1}, the range at {one.range.high}.", "Cover the whole range."


def _cutoffs(one: Instrument) -> Iterator[Fault]:
    yield from _twice("$.cutoffs", "id", [cut.id for cut in one.cutoffs])
    for i, cut in enumerate(one.cutoffs):
        place = f"$.cutoffs[{i}]"
        if (cut.at_least is None) == (cut.at_most is None):
            yield place, f"The cut-off {cut.id} needs `at_least` or `at_most`.", "Keep one of them."
        line = cut.at_least if cut.at_least is not None else cut.at_most
        high = one.range.high if one.range else None
        if line is not None and high is not None and not one.range.low <= line <= high:  # type: ignore[union-attr]
            yield place, f"The cut-off {cut.id} lies outside the range.", "Correct the number."
        for name, share in (("sensitivity", cut.sensitivity), ("specificity", cut.specificity)):
            if share is not None and not 1 < share <= 100:
                yield place, f"The {name} is {share}.", "Write it in per cent."
        if not cut.source:
            yield place, f"The cut-off {cut.id} has no source.", "Add its source, or take it out."


def _missing(one: Instrument) -> Iterator[Fault]:
    rule = one.missing
    if (rule.rule == "complete") != (rule.at_most == 0):
        yield "$.missing", "`at_most` belongs to the rules mean and zero, and only to them.", "Correct it."
    if not rule.source and not rule.none_found:
        yield "$.missing", "The rule has no source.", "Add `source`, or `none_found` with what was searched."


def _change(one: Instrument) -> Iterator[Fault]:
    figures: list[tuple[str, Figure]] = [
        (f"$.change.{name}", getattr(one.change, name)) for name in one.change.__struct_fields__
    ]
    for place, figure in [*figures, ("$.validity", one.validity)]:
        if (figure.value is None) != bool(figure.none_found):
            yield place, "A figure has a value, or says that none was found.", "Keep one of them."
        if figure.value is not None and not figure.source:
            yield place, "The figure has no source.", "Add its source, or `none_found`."
    response = one.change.response.value
    if response is not None and not 0 < response < 1:
        yield "$.change.response", "Response is a share of the first total.", "Write half as 0.5."
    for i, rule in enumerate(one.safety):
        if not rule.source:
            yield f"$.safety[{i}]", "The safety item has no source.", "Add its source."


def _texts(one: Instrument) -> Iterator[Fault]:
    if one.wording != "verbatim":
        if one.texts:
            yield "$.texts", "There is wording in a file that says there is none.", "Correct `wording`, or move it."
        return
    if "en" not in one.texts:
        yield "$.texts", "There is no English wording.", "Add it, or number the items."
    if not one.credit and one.licence != "Apache-2.0":
        yield "$.credit", "Wording by others needs a credit line.", "Add the line its owner asks for."
    for language, text in one.texts.items():
        yield from _text(one, language, text)


def _text(one: Instrument, language: str, text: Text) -> Iterator[Fault]:
    place = f"$.texts.{language}"
    ids = {item.id for item in one.items}
    needed = ids if language == "en" else {item.id for item in one.items if not item.optional}
    for id in sorted(set(text.items) - ids):
        yield f"{place}.items", f"There is no item {id}.", "Use the ids of `items`."
    for id in sorted(needed - set(text.items)):
        yield f"{place}.items", f"Item {id} has no wording.", "Add it word for word from the source."
    if not text.source:
        yield place, "The wording has no source.", "Say where it was read."
    lists = {item.answers for item in one.items if item.answers and item.id in needed}
    for name in sorted(set(text.answers) - set(one.answer_lists)):
        yield f"{place}.answers", f"There is no answer list {name}.", "Use the keys of `answer_lists`."
    for name in sorted(lists & set(one.answer_lists)):
        values = {option.value for option in one.answer_lists[name].options}
        if set(text.answers.get(name, {})) != values:
            yield f"{place}.answers", f"The labels of {name} and its values differ.", "Give every value its label."


def _twice(place: str, what: str, values: Iterable[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            yield place, f"The {what} {value} is there twice.", "Remove or correct one of them."
        seen.add(value)
