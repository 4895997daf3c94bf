"""Cases for the two engines: instruments, answers, conditions, names and numbers, drawn from one seed."""

import datetime as dt
import math
import random
import struct
from typing import Any

from tests.generative.condition_vectors import TODAY
from vwazen.clinical.conditions import ABSENT, Value
from vwazen.content.check_instrument import faults
from vwazen.content.model import (
    Ages,
    AnswerList,
    AskedIf,
    Band,
    Change,
    CountOf,
    Criterion,
    Cutoff,
    Figure,
    Instrument,
    Item,
    Missing,
    Option,
    Range,
    Recall,
    Remark,
    SafetyItem,
    Score,
    Subscale,
    Text,
    Whole,
)  # fmt: skip

Answers = dict[str, float | None]
NONE = Figure(none_found="invented")
CHANGE = Change(meaningful=NONE, reliable=NONE, response=NONE, remission=NONE, deterioration=NONE)
SRC = ("vwazen",)


def in_js_order(answers: Answers) -> Answers:
    """As an object of JavaScript would list them: whole numbers first, in their order, then the rest as it came."""
    whole = [id for id in answers if id.isascii() and id.isdigit() and str(int(id)) == id and int(id) < 2**32 - 1]
    return {id: answers[id] for id in [*sorted(whole, key=int), *(id for id in answers if id not in whole)]}


def written(answers: Answers) -> dict[str, object]:
    """For JSON, which knows no infinity."""
    return {
        id: {"f": f"{value:g}"} if isinstance(value, float) and not math.isfinite(value) else value
        for id, value in answers.items()
    }


def answers_to(rng: random.Random, one: Instrument, odd: float = 0.12) -> Answers:
    """Some answers, mostly usable; now and then one that nobody could give, or to an item that there is not."""
    found: Answers = {}
    blanks = rng.choice((0.0, 0.0, 0.05, 0.3, 0.9))
    strange = rng.random() < odd
    leaning = rng.random()
    for item in rng.sample(one.items, len(one.items)):
        if rng.random() < blanks:
            if rng.random() < 0.3:
                found[item.id] = None
        elif strange and rng.random() < 0.3:
            found[item.id] = rng.choice((-1, 99, 99.5, 0.5, math.nan, math.inf, -math.inf, 1e300, -0.0))
        elif item.answers is None:
            found[item.id] = rng.choice((0, 1, 2, 7, 30, rng.randrange(400), float(rng.randrange(400))))
        else:
            values = sorted(option.value for option in one.answer_lists[item.answers].options)
            place = int(len(values) * (rng.random() if rng.random() < 0.5 else leaning))
            value = values[place]
            found[item.id] = float(value) if rng.random() < 0.3 else value
    if strange and rng.random() < 0.2:
        found[rng.choice(("0", "x", "constructor", "__proto__", "length"))] = rng.choice((1, None))
    return in_js_order(found)


def total_of(rng: random.Random, one: Instrument) -> float:
    high = one.range.high if one.range and one.range.high is not None else 50
    low = one.range.low if one.range else 0
    return rng.choice((low - 1, low, high, high + 1, rng.randint(low, max(low, high)), rng.random() * high, 2.5))


def who(rng: random.Random) -> tuple[Any, float | None]:
    return rng.choice((None, "female", "male")), rng.choice(
        (None, 9, 13, 14, 17, 18, 19.5, 20, 65, 66, rng.randrange(99))
    )


def instrument(rng: random.Random, number: int) -> Instrument:
    """An invented instrument without a fault of reference, of any method and with any rule."""
    made = _instrument(rng, number)
    wrong = [one for one in faults(made) if not one[0].startswith(_FREE)]
    assert not wrong, wrong
    return made


_FREE = ("$.vectors", "$.range", "$.bands", "$.texts", "$.cutoffs")
"""Where an invented instrument may be as its pack should not be: nothing is scored by it that has a meaning."""


def _instrument(rng: random.Random, number: int) -> Instrument:
    method: Any = rng.choice(("sum", "sum", "sum", "sum", "screen", "rating", "grid", "rate"))
    lists = {f"l{n}": _list(rng, method) for n in range(rng.randint(1, 3))}
    many = {"rating": 1, "grid": 2, "rate": 2}.get(method, rng.randint(1, 12))
    extra = rng.randint(0, 2)
    style = rng.choice((str, lambda n: f"q{n}", lambda n: str(n) if n % 2 else f"q{n}"))
    ids = [style(n + 1) for n in range(many + extra)]
    items = [_item(rng, method, list(lists), ids[:n], id, scored=n < many, second=n == 1) for n, id in enumerate(ids)]
    scored = ids[:many]
    used = {item.answers for item in items}
    lists = {name: one for name, one in lists.items() if name in used}
    sums = method == "sum"
    low, high = rng.choice((0, 1)), rng.randint(2, 60)
    safety = tuple(
        SafetyItem(item=id, at_least=rng.choice((1, 1, 2)), about="danger", source=SRC)
        for id in rng.sample(ids, min(len(ids), rng.choice((0, 1, 1, 2))))
    )
    rule: Any = rng.choice(("complete", "mean", "zero")) if sums else "complete"
    return Instrument(
        id=f"made-{number}", version=1, licence="Apache-2.0", source=SRC, reviewed="nobody", name=f"Made {number}",
        title="", measures="", direction=rng.choice(("high-is-worse", "high-is-better")), segment="general",
        terms="ours",
        form={"rating": "rating", "rate": "count"}.get(method, "items"),  # type: ignore[arg-type]
        wording="none", recall=Recall(text="now"), ages=Ages(), administered_by=("nurse",), aloud_in_company=True,
        answer_lists=lists, items=tuple(items),
        texts={"en": Text(status="draft", source=SRC, answers={
            name: {option.value: f"answer {option.value}" for option in one.options} for name, one in lists.items()
        })} if rng.random() < 0.7 else {},
        score=Score(
            method=method, multiply=rng.choice((1, 1, 2, 4)) if sums else 1, per_days=rng.choice((30, 7, 28)),
            screen=tuple(rng.sample(scored, rng.randint(1, len(scored)))) if method == "screen" else (),
            acute=rng.choice((None, *ids)) if method == "screen" else None,
        ),
        range=Range(low=low, high=rng.choice((high, None)), step=rng.choice((1, 1, 2, 4)))
        if method != "screen" else None,
        missing=Missing(
            rule=rule, source=SRC, at_most=rng.randint(1, 4) if rule != "complete" else 0,
            decide_when_certain=method == "sum" and rng.random() < 0.4,
        ),
        bands=_bands(rng, low, high) if method != "screen" and rng.random() < 0.7 else (),
        cutoffs=tuple(_cutoff(rng, n, high) for n in range(rng.randint(0, 4))) if method != "screen" else (),
        subscales=tuple(
            Subscale(id=f"s{n}", name=f"part {n}", items=tuple(rng.sample(ids, rng.randint(1, len(ids)))), source=SRC)
            for n in range(rng.choice((0, 0, 1, 2)))
        ),
        criteria=tuple(
            Criterion(id=f"c{n}", name=f"pattern {n}", source=SRC,
                      all_of=tuple(_count(rng, ids) for _ in range(rng.randint(1, 3))))
            for n in range(rng.choice((0, 0, 1, 2)))
        ),
        safety=safety,
        remarks=(Remark(only_item=rng.choice(ids), text="only one", source=SRC),) if rng.random() < 0.4 else (),
        change=CHANGE, validity=NONE,
    )  # fmt: skip


def _list(rng: random.Random, method: str) -> AnswerList:
    start = rng.choice((0, 0, 0, 1, -2))
    values = [start + n * rng.choice((1, 1, 2)) for n in range(rng.randint(2, 6))]
    values = sorted(set(values)) if len(set(values)) > 1 else [0, 1]
    if rng.random() < 0.2:
        values.reverse()
    bare = rng.choice(values) if method in ("rating", "grid") and rng.random() < 0.5 and len(values) > 2 else None
    return AnswerList(options=tuple(Option(value=value, unscored=value == bare) for value in values))


def _item(
    rng: random.Random, method: str, lists: list[str], before: list[str], id: str, *, scored: bool, second: bool
) -> Item:
    whole = method == "rate" or (not scored and rng.random() < 0.3)
    optional = (method == "rate" and second) or (not scored and rng.random() < 0.5)
    hangs = before and method in ("sum", "screen") and rng.random() < 0.25
    return Item(
        id=id, answers=None if whole else rng.choice(lists),
        whole=Whole(low=1 if second else 0, high=rng.choice((None, 90, 365))) if whole else None,
        reversed=not whole and rng.random() < 0.2, scored=scored, optional=optional,
        asked_if=AskedIf(
            any_of=tuple(rng.sample(before, rng.randint(1, min(3, len(before))))), at_least=rng.choice((0, 1, 2))
        ) if hangs else None,
        if_unanswered=rng.choice((None, 30)) if method == "rate" and second else None,
        topic=rng.choice(("", "sleep")),
    )  # fmt: skip


def _bands(rng: random.Random, low: int, high: int) -> tuple[Band, ...]:
    ends = sorted({*rng.sample(range(low, high), min(high - low, rng.randint(0, 4))), high})
    starts = [low, *(one + 1 for one in ends[:-1])]
    return tuple(Band(low=a, high=b, name=f"band {n}") for n, (a, b) in enumerate(zip(starts, ends, strict=True)))


def _cutoff(rng: random.Random, number: int, high: int) -> Cutoff:
    line = rng.choice((rng.randint(0, high), rng.randint(0, high) + 0.5))
    ages = Ages(low=rng.choice((None, 10, 18)), high=rng.choice((None, 19, 65))) if rng.random() < 0.3 else None
    least = rng.random() < 0.8
    return Cutoff(
        id=f"line-{number}", means="something", source=SRC, at_least=line if least else None,
        at_most=None if least else line, used=rng.random() < 0.5, sex=rng.choice((None, None, "female", "male")),
        ages=ages,
    )  # fmt: skip


def _count(rng: random.Random, ids: list[str]) -> CountOf:
    items = tuple(rng.sample(ids, rng.randint(1, len(ids))))
    many = rng.randint(1, len(items))
    return CountOf(
        items=items, at_least=rng.choice((0, 1, 2)), how_many=many,
        no_more_than=rng.choice((None, None, rng.randint(many, len(items)))),
        at_least_for={rng.choice(items): rng.choice((0, 1, 3))} if rng.random() < 0.3 else {},
    )  # fmt: skip


NAMES = ("a.number", "b.number", "a.date", "b.date", "a.word", "a.yes_no")


def tree(rng: random.Random, depth: int = 3) -> dict[str, object]:
    """A condition; one in thirty says nothing and has to be refused by both."""
    if depth and rng.random() < 0.55:
        word = rng.choice(("all", "any", "not"))
        parts: Any = [tree(rng, depth - 1) for _ in range(rng.randint(1, 3))]
        return {word: parts[0] if word == "not" else parts}
    if rng.random() < 0.012:
        return rng.choice(BROKEN)
    name = rng.choice(NAMES)
    word = rng.choice(("at_least", "less_than", "is", "within", "older_than"))
    right: object
    if word in ("within", "older_than"):
        right = f"{rng.randint(0, 40)} {rng.choice(('day', 'days', 'week', 'weeks'))}"
    elif word == "is":
        right = rng.choice(("phq-9", "gad-7", "yes", "no", True, False))
    else:
        right = rng.choice((rng.randint(-2, 30), 4.5, "a.number", "b.number", "a.word", "a.date"))
    return {word: [name, right]}


BROKEN: tuple[Any, ...] = (
    {}, "all", [], {"all": []}, {"all": {}}, {"any": "x"}, {"every": []}, {"at_least": ["a.number"]},
    {"at_least": [1, 2]},
    {"at_least": ["a.number", True]},
    {"less_than": ["a.number", None]}, {"is": ["a.word", 3]}, {"is": ["a.word", None]},
    {"within": ["a.date", 28]}, {"within": ["a.date", "-3 days"]}, {"within": ["a.date", "² days"]},
    {"older_than": ["a.date", "36526 days"]}, {"older_than": ["a.date", "3 months"]},
    {"older_than": ["a.date", "3 toString"]},
    {"is": ["a.word", "x"], "not": {}}, {"not": []}, None, 3,
)  # fmt: skip


def world(rng: random.Random) -> dict[str, Value]:
    def one(kind: str) -> Value:
        chance = rng.random()
        if chance < 0.25:
            return None if chance < 0.14 else ABSENT
        if kind == "number":
            return rng.choice((float(rng.randint(-3, 31)), rng.randint(0, 30), 4.5))
        if kind == "date":
            return TODAY + dt.timedelta(rng.randint(-320, 12))
        return rng.choice(("phq-9", "gad-7", "x")) if kind == "word" else rng.choice((True, False))

    return {name: one(name.partition(".")[2]) for name in NAMES}


def sent(value: Value) -> object:
    if value is ABSENT:
        return {"absent": True}
    return {"date": value.isoformat()} if isinstance(value, dt.date) else value


ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz", "aeiouchsphwyzkqou", "ABCÇÈÉÊËÎÏÔÖÙÛÜŸŒÆàâäçèéêëîïôœùûüÿñáíóú", "ßẞſﬁﬃŉİıǅΣσςΐΰᾳῼ",
    "абвгдежзийклмнёўї", "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىةًٌٍَُِّْ", "अआइईकखगघचछजझटठणतथदधनपफबभमयरलवशषसहािीुूे्ंः",
    "กขคงจฉชซญดตถทธนบปผพภมยรลวสหอฮะัาำิีึืุูเแโใไ็่้๊๋์", "가각간갇갈감갑값갓강개객낙난닥",
    "漢字佐藤田中ヤマダタロウがぎぐハﾊﾞ", "ᏰᏸᎠꭰ", "0123456789٠١٢²½Ⅳ",
    "'’-.,·\u00a0\u200d\u3000\t\ufeff", "\u0301\u0308\u0327\u0345\u05b0\u064b",
)  # fmt: skip


def name(rng: random.Random, real: tuple[str, ...]) -> str:
    """A name: an invented one, one with slips of the pen, or any signs of one or two scripts."""
    chance = rng.random()
    if chance < 0.35:
        return " ".join(rng.choice(real) for _ in range(rng.randint(1, 3)))
    if chance < 0.7:
        return slipped(rng, " ".join(rng.choice(real) for _ in range(rng.randint(1, 2))))
    signs = "".join(rng.sample(ALPHABETS, rng.choice((1, 1, 2)))) + " "
    return "".join(rng.choice(signs) for _ in range(rng.randint(0, 14)))


def slipped(rng: random.Random, text: str) -> str:
    signs = list(text)
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(signs) + 1)
        act = rng.random()
        if act < 0.4 or not signs:
            signs.insert(place, rng.choice("aehlnoswy é-"))
        elif act < 0.7:
            signs.pop(min(place, len(signs) - 1))
        else:
            a, b = min(place, len(signs) - 1), rng.randrange(len(signs))
            signs[a], signs[b] = signs[b], signs[a]
    return "".join(signs)


def number(rng: random.Random) -> float:
    """A float: a plain score, one that lies between two roundings, or any bits at all (below 1e21)."""
    chance = rng.random()
    if chance < 0.3:
        return float(rng.randint(-40, 40)) * float(rng.choice((1.0, 0.5, 0.25, 0.05, 1 / 3)))
    if chance < 0.6:
        return (rng.randrange(2_000_001) * 2 + 1) / rng.choice((2, 4, 20, 8)) * float(rng.choice((1, -1, 1e-3, 16)))
    if chance < 0.8:
        return rng.uniform(-1, 1) * 10.0 ** rng.randint(-7, 15)
    value: float = struct.unpack("d", rng.randbytes(8))[0]
    return value if math.isfinite(value) and 1e-60 < abs(value) < 1e20 else 0.0
