"""A brief that a phone makes out of what changed is the server's: Python beside the phone's own code."""

import datetime as dt
import json
import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from phone.build import MISSING, node
from tests.spec.test_decide_same import Phone, first_difference, rng
from tests.tries import tries
from vwazen.server.sync.difference import UnlikeError, applied, check, difference, named, text, unnamed
from vwazen.server.sync.difference import _change as change
from vwazen.server.sync.wire import unshortened

NUMBERS = st.integers(-(2**53), 2**53) | st.floats(-1e6, 1e6, allow_nan=False).filter(lambda n: "e" not in repr(n))
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=5)
PLAIN = st.booleans() | NUMBERS | WORDS
VALUES = st.recursive(
    PLAIN, lambda of: st.lists(of | st.none(), max_size=5) | st.dictionaries(NAMES, of, max_size=4), max_leaves=25
)
BRIEFS = st.dictionaries(NAMES, VALUES, max_size=6)


def mutated(draw: random.Random, value: Any) -> Any:
    """Something like it: a field or an entry comes, goes or changes, somewhere."""
    if isinstance(value, dict):
        kept = {name: one for name, one in value.items() if draw.random() > 0.15}
        found = {name: mutated(draw, one) if draw.random() < 0.5 else one for name, one in kept.items()}
        return found | ({"new": draw.choice(([1, None], "x", {"a": []}))} if draw.random() < 0.2 else {})
    if isinstance(value, list):
        left = [mutated(draw, one) if draw.random() < 0.3 else one for one in value if draw.random() > 0.2]
        for _ in range(draw.choice((0, 0, 1, 2))):
            left.insert(draw.randrange(len(left) + 1), draw.choice((None, 7, "x", {"b": 1}, ["c", None, 2.5])))
        return left
    return draw.choice((value, value, 3, 0.5, "other", True)) if value is not None else None


@tries(300)
@given(BRIEFS, BRIEFS, st.randoms(use_true_random=False))
def test_a_change_leads_from_one_to_the_other(one: Any, other: Any, draw: random.Random) -> None:
    news: list[Any] = [other, mutated(draw, one), one, {}]
    for new in news:
        told = change(one, new)
        assert text(applied(one, told)) == text(new)
        found = difference(msgspec.json.encode(one), msgspec.json.encode(new))
        if found is not None:
            data, after = found
            assert text(applied(one, msgspec.json.decode(data))) == text(after) == text(new)
            assert len(data) < len(msgspec.json.encode(new))
    assert change(one, one) == {}


@tries(50)
@given(BRIEFS, st.sampled_from((2**53 + 1, 1e22, 1e-7, -1.5e-9)))
def test_a_number_that_a_phone_writes_otherwise_is_not_told_as_a_change(one: Any, number: float) -> None:
    assume("n" not in one)
    new = one | {"n": [number]}
    with pytest.raises(UnlikeError):
        text(new)
    assert difference(msgspec.json.encode(one), msgspec.json.encode(new)) is None


def test_what_changes_at_a_visit_is_short() -> None:
    entries = [[f"2026-11-{day}", "Visit at home", "Walker Wim"] for day in range(22, 10, -1)]
    old = {"person": "p", "name": "Ann", "next": "2026-11-23", "lists": [{"tier": 1, "word": "w"}], "recent": entries}
    new = old | {"next": "2026-12-07", "lists": [{"tier": 3, "word": "w"}],
                 "recent": [["2026-11-23", "Visit at home", "Walker Wim"], *entries[:-1]]}  # fmt: skip
    found = difference(msgspec.json.encode(old), msgspec.json.encode(new))
    assert found is not None
    assert json.loads(found[0]) == {
        "next": "2026-12-07", "lists": [{"tier": 3}], "recent": [[["2026-11-23", "Visit at home", "Walker Wim"]], 11],
    }  # fmt: skip


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    if not node():
        pytest.skip(MISSING)
    with Phone() as one:
        yield one


NAMED = ("a", "é", "\u2028", '"', "\x01", "\x7f", "\ufb01", "9", "10", " ")
LETTERS = (*NAMED, "\\", "😀")


def drawn(chance: random.Random, deep: int = 4) -> Any:
    """A value such as stands in a brief, and worse."""
    what = chance.random()
    if deep and what < 0.3:
        return [None if chance.random() < 0.1 else drawn(chance, deep - 1) for _ in range(chance.randrange(6))]
    if deep and what < 0.6:
        names = ["".join(chance.choices(NAMED, k=chance.randrange(4))) for _ in range(4)]
        return {name: drawn(chance, deep - 1) for name in names}
    number = chance.choice((chance.randrange(-9, 99), chance.randrange(2**53), chance.random() * 100, 12.0, 0.1 + 0.2))
    return chance.choice((number, 5e-4, True, False, "".join(chance.choices(LETTERS, k=chance.randrange(6)))))


@pytest.mark.once
def test_the_phone_makes_of_a_change_what_the_server_makes(phone: Phone) -> None:
    chance = rng(71)
    cases, wanted = [], []
    for _ in range(1500):
        old = {f"f{n}": drawn(chance) for n in range(chance.randrange(6))}
        new = mutated(chance, old) if chance.random() < 0.8 else {"f0": drawn(chance)}
        try:
            told = change(old, new)
            wanted.append([json.loads(text(new)), check([new])])
        except UnlikeError:
            continue
        # What the phone reads is what msgspec wrote.
        cases.append([json.loads(msgspec.json.encode(old)), json.loads(msgspec.json.encode(told))])
    assert len(cases) > 1400
    first_difference(cases, phone.ask("applied", cases), wanted)


def test_the_persons_own_id_is_not_sent_and_stands_there_again(phone: Phone) -> None:
    person, other = (str(UUID(int=n << 64)) for n in (5, 6))
    told = {"tasks": [[{"id": f"trace:{person}", "text": f"é {other}"}]], "next": None, "recent": [[person], 3]}
    sent = unnamed(msgspec.json.encode(told), person)
    assert person.encode() not in sent and other.encode() in sent
    assert msgspec.json.decode(named(sent, person)) == told
    assert phone.ask("named", [[json.loads(sent), person]]) == [told]
    long = {"name": "x" * 200, "place": "here"}
    assert difference(msgspec.json.encode(long), msgspec.json.encode({**long, "place": "a\x7fb"})) is None, (
        "what holds the sign itself is sent whole"
    )


SENDER = {"author": str(UUID(int=7)), "device": str(UUID(int=8))}


def kept(told: list[Any]) -> list[Any]:
    """Facts as the server keeps what their phone sent."""
    return [json.loads(unshortened(msgspec.json.encode(one), **SENDER)) for one in told]


def test_the_time_that_a_phone_sent_short_is_what_it_was(phone: Phone) -> None:
    chance = rng(73)
    facts = []
    for _ in range(600):
        began = dt.datetime.fromtimestamp(
            chance.randrange(1_500_000_000, 2_000_000_000),
            dt.timezone(dt.timedelta(minutes=15 * chance.randrange(-48, 57))),
        )
        since = dt.timedelta(milliseconds=chance.choice([0, 1, 999, 1000, chance.randrange(86_400_000), -5, 10**9]))
        then = (began + since).astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        occurred = chance.choice([began.isoformat(), began.isoformat(), began.date().isoformat()])
        facts.append({"id": "", "occurred": occurred, "recorded": then, "body": {"kind": "note"}})
    facts.append({"id": "", "occurred": "2026-11-22T10:00:00+00:00", "recorded": "2026-11-22T10:00:00Z", "body": {}})
    told = phone.ask("shortened", [[fact, SENDER] for fact in facts])
    short = [fact["recorded"] for fact in told if fact["recorded"].startswith("~")]
    assert 200 < len(short) < 450 and max(map(len, short)) == 9
    first_difference(told, kept(told), facts)
    for odd in (b'{"recorded":"~5"}', b'{"occurred":"2026-02-31T10:00:00+00:00","recorded":"~5"}',
                b'{"occurred":"9999-12-31T23:59:59-12:00","recorded":"~86399999"}',
                b'{"occurred":"2026-02-28","recorded":"~5"}',
                b'{"occurred":"2026-02-28T10:00:00+00:00","recorded":"~999999999"}'):  # fmt: skip
        assert unshortened(odd, **SENDER) == odd, "it is held as it came"


@pytest.mark.once
def test_ids_that_a_phone_sent_short_are_what_they_were(phone: Phone) -> None:
    chance = rng(72)
    ids = [str(UUID(int=chance.getrandbits(128))) for _ in range(900)]
    ids += ["0" * 8 + "-0000-0000-0000-" + "0" * 12, "f" * 8 + "-ffff-ffff-ffff-" + "f" * 12, ids[0].upper(), "p1", ""]
    facts = [
        {
            "id": id_,
            "person": chance.choice(ids),
            "amends": chance.choice(ids),
            "body": {"text": '"~é', "answers": [1.0]},
        }
        for id_ in ids
    ]
    told = phone.ask("shortened", [[fact, SENDER] for fact in facts])
    assert sum(fact["id"].startswith("~") and len(fact["id"]) == 23 for fact in told) == 902
    first_difference(told, kept(told), facts)
    for odd in (b'{"id": "~abc"}', b'["~"]', b'"~', b'{"id": 5, "x": "~"}', b'{"id": "~\\xff"}'):
        assert unshortened(odd, **SENDER) == odd or kept([json.loads(odd)]) == [json.loads(odd)]


def test_who_sends_is_not_named_and_anybody_else_is(phone: Phone) -> None:
    """What was written on another phone of the worker, or by somebody else, stays theirs."""
    other = str(UUID(int=9))
    facts = [{"id": "", "body": {"text": "~"}} | SENDER | more for more in ({}, {"author": other}, {"device": other})]
    facts.append({"id": "", "body": {}, "author": SENDER["device"]})
    told = phone.ask("shortened", [[fact, SENDER] for fact in facts])
    assert [(fact["author"], fact.get("device")) for fact in told] == [
        ("~", "~"), (other, "~"), ("~", other), (SENDER["device"], None),
    ]  # fmt: skip
    first_difference(told, kept(told), facts)
