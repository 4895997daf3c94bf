"""What one set of answers to one instrument amounts to.

Unknown is not zero: a total exists only when the instrument's own rule for missing items allows it, and an unanswered
safety item is unknown, never negative.
"""

from collections.abc import Callable, Iterable
from typing import Literal, cast

from msgspec import Struct

from vwazen.clinical.answers import Answers, Invalid, Plan, Read, WholeSum, asked, plan_of, read_answers, whole_sum
from vwazen.content.model import CountOf, Criterion, Cutoff, Instrument, Sex

__all__ = ["Answers", "Invalid", "Scored", "possible_range", "score", "score_total"]
Safety = Literal["positive", "negative", "unknown", "none"]


class Scored(Struct, frozen=True, kw_only=True, gc=False):
    """What came of the answers.

    total is None when there is none to give, and `why_not` says why in one phrase. expected, answered and missing count
    the items that were due; an answer that cannot be used is neither answered nor missing, and a total that came
    without its items misses none. safety is "none" for an instrument without safety items. positive (a cut-off in use
    is reached), cutoffs and criteria are None where they cannot be told. outcome names the result of a rating, or of a
    screen without a sum.
    """

    total: float | None = None
    answered: int = 0
    expected: int = 0
    missing: tuple[str, ...] = ()
    prorated: bool = False
    total_only: bool = False
    band: str | None = None
    positive: bool | None = None
    safety: Safety = "none"
    safety_items: tuple[str, ...] = ()
    outcome: str | None = None
    why_not: str = ""
    cutoffs: dict[str, bool | None] = {}
    subscales: dict[str, float | None] = {}
    criteria: dict[str, bool | None] = {}
    remarks: tuple[str, ...] = ()
    invalid: tuple[Invalid, ...] = ()


def score(
    instrument: Instrument, answers: Answers, *, sex: Sex | None = None, age: float | None = None, brief: bool = False
) -> Scored:
    """Score answers by item id; None, like an absent item, is unanswered.

    sex and age (years) choose among cut-offs that differ by them. `brief` leaves out what a course of scores does not
    need (positive, cut-offs, criteria, subscales) and reads neither sex nor age. Never raises for a bad answer: see
    `invalid`.
    """
    return brief_scorer(instrument)(answers) if brief else _score(plan_of(instrument), answers, sex, age, brief=False)


def brief_scorer(instrument: Instrument) -> Callable[[Answers], Scored]:
    """Brief scores of many answers to one instrument. What came of a whole sum once is not worked out again."""
    plan = plan_of(instrument)
    known: dict[WholeSum, Scored] = plan.known
    calm: dict[float, Scored] = plan.calm
    due, usable, safety = plan.due, plan.alike.issuperset, plan.safety

    def scored(answers: Answers) -> Scored:
        if answers.keys() == due and usable(answers.values()):  # the common case, in few steps
            for item, least in safety:
                if answers[item] >= least:  # type: ignore[operator]
                    break
            else:
                points = sum(cast("Iterable[float]", answers.values()), 0.0)  # quoted: built anew, it would cost
                found = calm.get(points)
                if found is None:
                    found = calm[points] = _score(plan, answers, None, None, brief=True)
                return found
        key = whole_sum(plan, answers)
        if key is None:
            return _score(plan, answers, None, None, brief=True)
        found = known.get(key)
        if found is None:
            found = known[key] = _score(plan, answers, None, None, brief=True)
        return found

    return scored


def _score(plan: Plan, answers: Answers, sex: Sex | None, age: float | None, *, brief: bool) -> Scored:
    instrument = plan.instrument
    if instrument.score.method == "typed":
        wrong = tuple(Invalid(id, "this instrument takes a total only, no items") for id in answers)
        why = "takes a total only"
        return Scored(safety=_unasked(plan), why_not=why, invalid=wrong)
    read = read_answers(plan, answers)
    safety, positive_items = _safety(plan, read)
    total, prorated, outcome = (None, False, None) if read.invalid else _METHODS[instrument.score.method](plan, read)
    screened = instrument.score.method == "screen"
    why_not = "" if total is not None or (screened and outcome not in (None, "incomplete")) else _why_not(read)
    if brief:
        return Scored(
            total=total,
            answered=read.answered,
            expected=read.expected,
            missing=tuple(read.missing),
            prorated=prorated,
            band=_band(plan, total),
            safety=safety,
            safety_items=positive_items,
            outcome=outcome,
            why_not=why_not,
            remarks=_remarks(plan, read, total),
            invalid=tuple(read.invalid),
        )
    if screened:
        positive = None if outcome in (None, "incomplete") else outcome != "negative"
        cutoffs: dict[str, bool | None] = {}
    else:
        low_high = (total, total) if total is not None else _certain(plan, read)
        cutoffs, positive = _cutoffs(instrument, low_high, sex, age)
    return Scored(
        total=total,
        answered=read.answered,
        expected=read.expected,
        missing=tuple(read.missing),
        prorated=prorated,
        band=_band(plan, total),
        positive=positive,
        safety=safety,
        safety_items=positive_items,
        outcome=outcome,
        why_not=why_not,
        cutoffs=cutoffs,
        subscales={id: _subscale(plan, read, items, total) for id, items in plan.subscales},
        criteria={one.id: _criterion(one, read) for one in instrument.criteria},
        remarks=_remarks(plan, read, total),
        invalid=tuple(read.invalid),
    )


def score_total(
    instrument: Instrument,
    total: float,
    safety_positive: bool | None = None,
    *,
    sex: Sex | None = None,
    age: float | None = None,
) -> Scored:
    """A total that was worked out elsewhere, without its items.

    safety_positive: whether the safety question was asked and answered yes; None when nobody knows, and then safety
    is unknown whatever the total.
    """
    plan = plan_of(instrument)
    safety: Safety = _unasked(plan)
    if plan.safety and safety_positive is not None:
        safety = "positive" if safety_positive else "negative"
    wrong = _wrong_total(instrument, total)
    kept = None if wrong else float(total)
    cutoffs, positive = _cutoffs(instrument, None if kept is None else (kept, kept), sex, age)
    return Scored(
        total=kept,
        expected=len(plan.expected),
        total_only=True,
        band=_band(plan, kept),
        positive=positive,
        safety=safety,
        safety_items=tuple(item for item, _ in plan.safety) if safety == "positive" and len(plan.safety) == 1 else (),
        why_not=f"not scored, {wrong}" if wrong else "",
        cutoffs=cutoffs,
        subscales={id: None for id, _ in plan.subscales},
        criteria={one.id: None for one in instrument.criteria},
        invalid=(Invalid("total", wrong),) if wrong else (),
    )


def possible_range(instrument: Instrument, answers: Answers) -> tuple[float, float]:
    """The lowest and highest total that these answers leave possible; answers that cannot be used count as unanswered.

    The upper end is infinite for a count. Raises ValueError for an instrument without a total of items.
    """
    plan = plan_of(instrument)
    return _possible(plan, read_answers(plan, answers))


def _safety(plan: Plan, read: Read) -> tuple[Safety, tuple[str, ...]]:
    if not plan.safety:
        return "none", ()
    positive = tuple(item for item, line in plan.safety if read.values.get(item, -1) >= line)
    if positive:
        return "positive", positive
    for item, _ in plan.safety:
        if item not in read.values and asked(plan.items[item], read.values) is not False:
            return "unknown", ()
    return "negative", ()


def _unasked(plan: Plan) -> Safety:
    return "unknown" if plan.safety else "none"


_Result = tuple[float | None, bool, str | None]


def _sum(plan: Plan, read: Read) -> _Result:
    rule = plan.instrument.missing
    blanks = len(read.missing)
    points = read.points
    times = plan.instrument.score.multiply
    if not blanks:
        return sum([points[id] for id in plan.scored if id in points], 0.0) * times, False, None
    if rule.rule == "complete" or blanks > rule.at_most or blanks == read.expected:
        return None, False, None
    known = sum([points[id] for id in plan.scored if id in points]) * times
    if rule.rule == "zero":
        return known, False, None
    # Multiplied before it is divided, so that a value on the edge of a band is exact.
    return known * read.expected / (read.expected - blanks), True, None


def _rating(plan: Plan, read: Read) -> _Result:
    (item,) = plan.scored
    if item not in read.values:
        return None, False, None
    return read.points.get(item), False, _label(plan.instrument, item, read.values[item])


def _label(instrument: Instrument, item: str, value: float) -> str | None:
    text = instrument.texts.get("en")
    name = next((one.answers for one in instrument.items if one.id == item), None)
    return text.answers[name][int(value)] if text and name in text.answers else None


def _grid(plan: Plan, read: Read) -> _Result:
    first, second = plan.scored
    if first not in read.points or second not in read.points:
        return None, False, None
    width = sum((second, value) not in plan.unscored for value in plan.points[second] or ())
    return (read.points[first] - 1) * width + read.points[second], False, None


def _screen(plan: Plan, read: Read) -> _Result:
    rule = plan.instrument.score
    if rule.acute is not None and read.values.get(rule.acute, 0) >= 1:
        return None, False, "acute positive"
    if any(read.values.get(id, 0) >= 1 for id in rule.screen):
        asked = rule.acute is None or rule.acute in read.values
        return None, False, "non-acute positive" if asked else "positive"
    if any(id not in read.values for id in rule.screen):
        return None, False, "incomplete"
    return None, False, "negative"


def _rate(plan: Plan, read: Read) -> _Result:
    count, days = plan.scored
    usual = plan.items[days].if_unanswered
    over = read.values.get(days, usual)
    if count not in read.values or over is None:
        return None, False, None
    return read.values[count] * plan.instrument.score.per_days / over, False, None


_METHODS: dict[str, Callable[[Plan, Read], _Result]] = {
    "sum": _sum,
    "rating": _rating,
    "grid": _grid,
    "screen": _screen,
    "rate": _rate,
}


def _why_not(read: Read) -> str:
    if read.invalid:
        return f"not scored, cannot be used: item {', '.join(wrong.item for wrong in read.invalid)}"
    return "not assessed" if read.unscored else f"not scored, {len(read.missing)} unanswered"


def _wrong_total(instrument: Instrument, total: float) -> str:
    span = instrument.range
    if span is None:
        return "this instrument has no total"
    if instrument.score.method != "rate" and total != total // 1:
        return "a total is a whole number"
    if not (total >= span.low and (span.high is None or total <= span.high)) or total == float("inf"):
        return f"a total lies between {span.low} and {span.high}" if span.high is not None else "a total is 0 or more"
    if span.step > 1 and (total - span.low) % span.step:
        return f"a total goes in steps of {span.step}"
    return ""


def _band(plan: Plan, total: float | None) -> str | None:
    """The highest band whose lower end the total has reached: nothing is rounded up into a worse band."""
    if total is not None:
        for low, name in plan.bands:
            if total >= low:
                return name
    return None


def _certain(plan: Plan, read: Read) -> tuple[float, float] | None:
    if read.invalid or not plan.instrument.missing.decide_when_certain:
        return None
    return _possible(plan, read)


def _cutoffs(
    instrument: Instrument, span: tuple[float, float] | None, sex: Sex | None, age: float | None
) -> tuple[dict[str, bool | None], bool | None]:
    """Every cut-off that may concern this person, and whether one of those in use is reached."""
    found: dict[str, bool | None] = {}
    used: list[bool | None] = []
    for cut in instrument.cutoffs:
        concerns = _concerns(cut, sex, age)
        if concerns is False:
            continue
        reached = _reached(cut, span) if concerns and span is not None else None
        found[cut.id] = reached
        if cut.used:
            used.append(reached)
    if not used:
        return found, None
    return found, True if True in used else None if None in used else False


def _concerns(cut: Cutoff, sex: Sex | None, age: float | None) -> bool | None:
    unknown = False
    if cut.sex is not None:
        if sex is None:
            unknown = True
        elif sex != cut.sex:
            return False
    if cut.ages is not None:
        if age is None:
            unknown = True
        elif (cut.ages.low is not None and age < cut.ages.low) or (
            cut.ages.high is not None and age >= cut.ages.high + 1
        ):
            return False
    return None if unknown else True


def _reached(cut: Cutoff, span: tuple[float, float]) -> bool | None:
    low, high = span
    if cut.at_least is not None:
        return True if low >= cut.at_least else False if high < cut.at_least else None
    line = cut.at_most
    if line is None:
        return None
    return True if high <= line else False if low > line else None


def _subscale(plan: Plan, read: Read, items: tuple[str, ...], total: float | None) -> float | None:
    blanks = plan.instrument.missing.rule == "zero" and total is not None
    if read.invalid or (not blanks and any(id not in read.points for id in items)):
        return None
    return sum(read.points.get(id, 0.0) for id in items)


def _criterion(criterion: Criterion, read: Read) -> bool | None:
    verdict: bool | None = True
    for count in criterion.all_of:
        one = _count(count, read)
        if one is False:
            return False
        if one is None:
            verdict = None
    return verdict


def _count(count: CountOf, read: Read) -> bool | None:
    values = read.values
    special = count.at_least_for
    sure = maybe = 0
    for id in count.items:
        value = values.get(id)
        if value is None:
            maybe += 1
        elif value >= (special.get(id, count.at_least) if special else count.at_least):
            sure += 1
    most = count.no_more_than
    if sure + maybe < count.how_many or (most is not None and sure > most):
        return False
    if sure >= count.how_many and (most is None or sure + maybe <= most):
        return True
    return None


def _remarks(plan: Plan, read: Read, total: float | None) -> tuple[str, ...]:
    if not total:
        return ()
    return tuple(one.text for one in plan.instrument.remarks if read.points.get(one.only_item, 0) == total)


def _possible(plan: Plan, read: Read) -> tuple[float, float]:
    method = plan.instrument.score.method
    if method in ("typed", "screen"):
        raise ValueError(f"{plan.instrument.name} has no total that could be reckoned from items.")
    if method == "rate":
        result = _rate(plan, read)[0]
        return (result, result) if result is not None else (0.0, float("inf"))
    ends: list[float] = []
    for end in (min, max):
        points = dict(read.points)
        for id in plan.scored:
            if id not in points:
                item = plan.items[id]
                allowed = [p for value, p in (plan.points[id] or {}).items() if (id, value) not in plan.unscored]
                due = asked(item, read.values)
                points[id] = 0.0 if due is False or (due is None and end is min) else end(allowed)
        filled = Read(read.values, points, read.expected, read.expected, [], [])
        if method == "grid":
            ends.append(_grid(plan, filled)[0] or 0.0)
        else:
            ends.append(sum(points[id] for id in plan.scored) * plan.instrument.score.multiply)
    return ends[0], ends[1]
