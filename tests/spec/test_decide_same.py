"""The phone decides what the server decides: `phone/decide` against Python, some ten thousand cases in one Node.

By day the same cases every time; VWAZEN_NIGHTLY draws ten times as many from a new seed, which a failure names.
"""

import json
import os
import random
import subprocess
import time
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import jellyfish
import msgspec
import pytest

from phone.build import MISSING, PHONE, ROOT, node
from tests.generative.condition_vectors import TODAY
from tests.spec import decide_cases as make
from vwazen.clinical.answers import asked, plan_of, read_answers
from vwazen.clinical.caseload import fill, say
from vwazen.clinical.conditions import ConditionError, compile_condition, names, switch_days
from vwazen.clinical.facts import URGENT, Response
from vwazen.clinical.instruments import Scored, score, score_total
from vwazen.clinical.safety import QUESTIONS, positive_items
from vwazen.content.load import Content, content
from vwazen.content.model import Instrument
from vwazen.content.phone import lean, phone_bundle
from vwazen.server.care.likeness import Who, _likeness
from vwazen.server.record.models import Person
from vwazen.server.record.names import keys, likeness, plain

pytestmark = [pytest.mark.once, pytest.mark.skipif(not node(), reason=MISSING)]

NIGHT = bool(os.environ.get("VWAZEN_NIGHTLY"))
SEED = int(os.environ.get("VWAZEN_SEED", time.time_ns() % 10**9 if NIGHT else 20261122))
TIMES = 10 if NIGHT else 1
KNOW: Content = content([ROOT / "vwazen" / "content", ROOT / "packs" / "noncommercial"])
VECTORS = ROOT / "tests" / "vectors"
BATCH = 2000


class Phone:
    """One Node that answers batches of questions, and how many it was asked."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [node(), str(PHONE / "test" / "decide_lines.ts")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.asked = 0

    def __enter__(self) -> "Phone":
        return self

    def __exit__(self, *_: object) -> None:
        with self.process as process:
            assert process.stdin
            process.stdin.close()
            assert process.wait(timeout=20) == 0

    def ask(self, what: str, cases: Sequence[Sequence[object]]) -> list[Any]:
        """What it says to each case, in their order."""
        assert self.process.stdin and self.process.stdout
        found: list[Any] = []
        for start in range(0, len(cases), BATCH):
            line = json.dumps([what, cases[start : start + BATCH]])
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            assert answer, "Node ended: read what it wrote above."
            found += json.loads(answer)
        self.asked += len(cases)
        return found

    def define(self, instruments: Sequence[Instrument]) -> list[int]:
        """Make instruments known, as lean as a bundle holds them, sorted as a bundle is."""
        encode = msgspec.json.Encoder(order="sorted").encode
        return self.ask("define", [[json.loads(encode(lean(one)))] for one in instruments])


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with Phone() as one:
        yield one


def rng(salt: int) -> random.Random:
    return random.Random(SEED * 100 + salt)


def first_difference(cases: Sequence[object], got: Sequence[object], wanted: Sequence[object]) -> None:
    assert len(got) == len(wanted)
    for case, here, there in zip(cases, got, wanted, strict=True):
        assert here == there, f"seed {SEED}: {case!r}: the phone says {here!r}, the server {there!r}"


def scored(rows: Sequence[object]) -> list[Scored]:
    """What the phone said, strictly read: a number where a yes or no belongs is an error."""
    return [msgspec.convert(row, Scored) for row in rows]


def compare_scores(phone: Phone, instruments: Sequence[Instrument], each: int, salt: int) -> None:
    chance = rng(salt)
    places = phone.define(instruments)
    cases: list[Any] = []
    wanted, positive, due = [], [], []
    for place, one in zip(places, instruments, strict=True):
        plan = plan_of(one)
        for _ in range(each):
            answers = make.answers_to(chance, one)
            sex, age = make.who(chance)
            cases.append([place, make.written(answers), sex, age])
            wanted.append(score(one, answers, sex=sex, age=age))
            values = read_answers(plan, answers).values
            due.append([asked(item, values) for item in one.items])
            if one in KNOW.instruments:
                given = {id: value for id, value in answers.items() if value is not None}
                body = Response(instrument=one.id, version=one.version, answers=given)
                positive.append((cases[-1][:2], list(positive_items(KNOW, body))))
    first_difference(cases, scored(phone.ask("score", cases)), wanted)
    asked_of = [case[:2] for case in cases]
    first_difference(asked_of, phone.ask("asked", asked_of), due)
    safe = [case for case, _ in positive]
    first_difference(safe, phone.ask("positive", safe), [items for _, items in positive])
    totals: list[Any] = []
    wanted = []
    for place, one in zip(places, instruments, strict=True):
        for _ in range(max(1, each // 8)):
            total, safety = make.total_of(chance, one), chance.choice((True, False, None))
            sex, age = make.who(chance)
            totals.append([place, total, safety, sex, age])
            wanted.append(score_total(one, total, safety, sex=sex, age=age))
    first_difference(totals, scored(phone.ask("total", totals)), wanted)


def test_the_examples_of_instruments(phone: Phone) -> None:
    rows = json.loads((VECTORS / "instruments.json").read_text())
    used = [KNOW.instrument(row["instrument"], row["version"]) for row in rows]
    places = dict(zip([one.id for one in used], phone.define(used), strict=True))
    for what, given in (("score", ("answers",)), ("total", ("typed", "safety_positive"))):
        chosen = [row for row in rows if given[0] in row]
        cases = [
            [places[row["instrument"]], *(row[name] for name in given), row.get("sex"), row.get("age")]
            for row in chosen
        ]
        wanted = [msgspec.convert(row["expect"], Scored) for row in chosen]
        first_difference(cases, scored(phone.ask(what, cases)), wanted)


def test_the_examples_of_conditions(phone: Phone) -> None:
    rows = json.loads((VECTORS / "conditions.json").read_text())
    got = phone.ask("condition", [[row["condition"], [row["values"]], row["today"]] for row in rows])
    said = [{True: "yes", False: "no", None: "unknown"}[answer] for (answer,) in got]
    first_difference(rows, said, [row["expect"] for row in rows])
    turns = phone.ask("tree", [[row["condition"]] for row in rows])
    first_difference(rows, [switches for _, switches in turns], [row["switch_days"] for row in rows])


def test_answers_to_real_instruments(phone: Phone) -> None:
    compare_scores(phone, KNOW.instruments, 150 * TIMES, 1)


def test_answers_to_invented_instruments(phone: Phone) -> None:
    chance = rng(2)
    made = [make.instrument(chance, number) for number in range(300 * TIMES)]
    methods = {one.score.method for one in made}
    assert methods == {"sum", "screen", "rating", "grid", "rate"}, "the generator reaches every method"
    compare_scores(phone, made, 12, 3)


def test_conditions(phone: Phone) -> None:
    chance = rng(4)
    trees = [make.tree(chance) for _ in range(1200 * TIMES)]
    worlds = [[make.world(chance) for _ in range(6)] for _ in trees]
    today = TODAY
    asked_of = [
        [tree, [{name: make.sent(value) for name, value in one.items()} for one in group], today.isoformat()]
        for tree, group in zip(trees, worlds, strict=True)
    ]
    wanted: list[Any] = []
    for tree, group in zip(trees, worlds, strict=True):
        try:
            test = compile_condition(tree)
            wanted.append([test(one, today) for one in group])
        except ConditionError:
            wanted.append("refused")
    phone.asked += 5 * len(trees)
    first_difference(trees, phone.ask("condition", asked_of), wanted)
    whole = [tree for tree, answer in zip(trees, wanted, strict=True) if answer != "refused"]
    assert len(whole) < len(trees), "some conditions are broken"
    read = [[list(names(tree)), [list(turn) for turn in switch_days(tree)]] for tree in whole]
    first_difference(whole, phone.ask("tree", [[tree] for tree in whole]), read)


def test_sentences(phone: Phone) -> None:
    chance = rng(5)
    cases, wanted = [], []
    for _ in range(600 * TIMES):
        text = " ".join(
            chance.choice(("{a.number}", "{a.date}", "{b.word}", "{a.word}", "{A.x}", "It is", "{a.yes_no}."))
            for _ in range(5)
        )
        world = make.world(chance)
        cases.append([text, {name: make.sent(value) for name, value in world.items()}])
        wanted.append(fill(text, world))
    first_difference(cases, phone.ask("fill", cases), wanted)


def test_numbers(phone: Phone) -> None:
    chance = rng(6)
    values = [make.number(chance) for _ in range(4000 * TIMES)]
    values += [0.0, 2.5, 0.5, 1.5, 1e6, 999999.5, 100000.5, 0.25, 1e-5, 568859177686167.75]
    wanted = [[f"{value:g}", f"{value:.0f}", f"{value:.1f}", say(value)] for value in values]
    first_difference(values, phone.ask("number", [[value] for value in values]), wanted)


def real_names() -> tuple[str, ...]:
    """Words of the invented people of the demo, and some of other spellings."""
    return (
        "Marie-Thérèse", "Phillippe", "Filip", "Jean-Baptiste", "Wilner", "Dorcéus", "Zamor", "Islande", "Célestin",
        "Chouchoute", "Guerline", "Mirlande", "Noëlsaint", "Uwimana", "Mukamana", "Nyirahabimana", "Quispe", "Xiomara",
        "Jiménez", "Jimenez", "Ñusta", "O'Brien", "Sèdrik", "Cédric", "Yves", "Ives", "Louis", "Lwi", "Bòs", "Ogou",
    )  # fmt: skip


def test_names(phone: Phone) -> None:
    chance = rng(7)
    names_ = [make.name(chance, real_names()) for _ in range(4000 * TIMES)]
    wanted = [[plain(one), list(keys(one))] for one in names_]
    first_difference(names_, phone.ask("name", [[one] for one in names_]), wanted)
    pairs = [(chance.choice(names_), chance.choice(names_)) for _ in range(2500 * TIMES)]
    pairs += [(one, make.slipped(chance, one)) for one in names_[: 1500 * TIMES]]
    bare = [(plain(one), plain(other)) for one, other in pairs]
    got = phone.ask("like", pairs)
    letters = phone.ask("like", bare)
    for (one, other), words, (alike, _), (_, near) in zip(pairs, bare, got, letters, strict=True):
        assert alike == pytest.approx(likeness(one, other), abs=1e-12), f"seed {SEED}: {one!r} {other!r}"
        assert near == pytest.approx(jellyfish.jaro_winkler_similarity(*words), abs=1e-12), f"seed {SEED}: {words!r}"


def test_every_sign_of_unicode(phone: Phone) -> None:
    """Each sign between two letters, so that joining, splitting and vanishing all show."""
    signs = [
        chr(code) for code in range(0x110000)
        if not 0xD800 <= code <= 0xDFFF and unicodedata.category(chr(code)) not in ("Cn", "Co")
        and (NIGHT or code < 0x3000 or 0xA640 <= code < 0xAC10 or 0xF900 <= code < 0x11000 or code % 53 == 0)
    ]  # fmt: skip
    texts = [f"b{sign}o" for sign in signs]
    got = phone.ask("name", [[text] for text in texts])
    first_difference(texts, [one for one, _ in got], [plain(text) for text in texts])


def test_the_likeliest_come_first(phone: Phone) -> None:
    """The order of the server's search among people who were all heard: likeness, then name, then id."""
    chance = rng(8)
    for _ in range(60 * TIMES):
        people = [
            Person(id=f"p{n:03}", name=make.name(chance, real_names()),
                   born=chance.choice(("", "1987", "1990-05", "2001")),
                   place=chance.choice(("", "Bèl Dlo", "bel dlo", "Cange")))
            for n in range(25)
        ]  # fmt: skip
        asked_for = Who(name=make.slipped(chance, chance.choice(people).name or "x"), born=chance.choice(("", "1988")),
                        place=chance.choice(("", "Bel-Dlo")))  # fmt: skip
        wanted = set(keys(asked_for.name))
        heard = {one.pk: len(wanted & set(keys(one.name))) / len(wanted) for one in people} if wanted else {}
        found = sorted(
            (one for one in people if heard.get(one.pk)),
            key=lambda one: (-_likeness(asked_for, one, heard[one.pk]), one.name, one.pk),
        )
        among = [
            {"person": one.pk, "name": one.name, "born": one.born, "place": one.place, "keys": keys(one.name)}
            for one in people
        ]
        (got,) = phone.ask(
            "rank", [[{"name": asked_for.name, "born": asked_for.born, "place": asked_for.place}, among]]
        )
        assert got == [one.pk for one in found], f"seed {SEED}: {asked_for}"


def test_what_is_asked_next(phone: Phone) -> None:
    chance = rng(9)
    instruments = [one for one in KNOW.instruments if one.items]
    places = phone.define(instruments)
    cases: list[Any] = []
    wanted = []
    for place, one in zip(places, instruments, strict=True):
        for _ in range(20 * TIMES):
            answers = make.answers_to(chance, one, odd=0)
            values = read_answers(plan_of(one), answers).values
            passed = [item.id for item in one.items if chance.random() < 0.2]
            due = [item.id for item in one.items if asked(item, values)]
            left = [id for id in due if answers.get(id) is None and id not in passed]
            cases.append([place, answers, passed])
            wanted.append([due, left[0] if left else None])
    first_difference(cases, phone.ask("ask", cases), wanted)


def test_what_may_be_given(phone: Phone) -> None:
    """The newest version of each instrument of the role's bundle; those meant for the person's age first."""
    cases, wanted = [], []
    for role in ("chw", "lay_counsellor", "nurse", "psychologist", "administrator"):
        bundle = json.loads(phone_bundle(KNOW, [role]))
        mine = {one["id"] for one in bundle["instruments"]}
        older = [{**one, "version": 0, "name": "old"} for one in bundle["instruments"][:3]]
        every = [one for one in KNOW.instruments if one.id in mine]
        for age in (None, 5, 10, 17, 17.9, 18, 40, 90):
            cases.append([{"instruments": [*bundle["instruments"], *older]}, age])
            fits = [one for one in every if age is None or _fits(one, age)]
            wanted.append([[one.id, one.version] for one in (*fits, *(one for one in every if one not in fits))])
    first_difference(cases, phone.ask("give", cases), wanted)


def _fits(one: Instrument, age: float) -> bool:
    low, high = one.ages.low, one.ages.high
    return (low is None or age >= low) and (high is None or age < high + 1)


def test_words_that_both_sides_hold() -> None:
    """The lists of questions are written in both languages."""
    text = (ROOT / "phone" / "decide" / "safety.ts").read_text()
    listed = text.partition("QUESTIONS = [")[2].partition("]")[0]
    assert tuple(word.strip(' "\n') for word in listed.split(",") if word.strip()) == QUESTIONS
    assert f"URGENT: readonly string[] = [{', '.join(json.dumps(one) for one in URGENT)}]" in text


def test_enough_was_asked(phone: Phone) -> None:
    assert phone.asked >= 20_000
