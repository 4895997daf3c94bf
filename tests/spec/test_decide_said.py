"""A phone says the clinic's sentences in its own language, and loses, adds and changes nothing on the way.

Sentences are made from the pairs themselves: a pair, its holes filled with days, numbers, other pairs and whatever
somebody may have typed. `phone/decide/said.ts` must find each of them again.
"""

import datetime as dt
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from phone.build import MISSING, node
from tests.spec.test_decide_same import KNOW, SEED, TIMES, Phone
from vwazen.clinical.caseload import say
from vwazen.clinical.facts import Findings
from vwazen.content import said
from vwazen.content.forms import Form, FormItem
from vwazen.content.languages import ENGLISH, Language
from vwazen.content.manuals import Manual
from vwazen.content.phone import phone_bundle
from vwazen.content.rules import VOCABULARY, Protocol, Tiers
from vwazen.content.shown import NOT_TOLD, sentences
from vwazen.server.care.entries import sentence as told_of

pytestmark = [pytest.mark.once, pytest.mark.skipif(not node(), reason=MISSING)]

Groups = dict[str, dict[str, str]]
WORDS = {one.code: one for one in KNOW.all(Language)}
COMPLETE = [code for code, one in WORDS.items() if one.status == "complete" and code != ENGLISH]
NAMES = ("Nan Mango", "Dr. Jean-Rémy d'Haïti", "Bèl Dlo (2)", "PHQ-9", "x", "«—»")
TYPED = (
    *NAMES, "3 kids; 2 at school, 1 not.", "no score yet", "On track", "à 5 h 30", "{day}", "{n} on {day}",
    "12 Nov 2026", "was 4 on Tuesday. Ask", "$& $1 \\", "None.",
)  # fmt: skip
DEPTH = 4
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
DAY = re.compile(rf"\b(\d{{1,2}}) ({MONTHS.replace(' ', '|')}) (\d{{4}})\b")


@pytest.fixture(scope="module", params=COMPLETE)
def groups(request: pytest.FixtureRequest) -> Groups:
    return said.for_roles(WORDS[request.param].said, reads=True)


@pytest.fixture(scope="module")
def phone(groups: Groups) -> Iterator[Phone]:
    with Phone() as one:
        one.ask("tell", [[groups]])
        yield one


def made(rng: random.Random, groups: Groups, group: str, depth: int = 0) -> tuple[str, list[str]]:
    """A sentence of the group as the server would write it, and what of it must come through."""
    pairs = list(groups[group])
    if depth >= DEPTH:
        pairs = [one for one in pairs if "{" not in one] or pairs
    kept: list[str] = []

    def fill(hole: re.Match[str]) -> str:
        kind = said.kind(hole[1])
        if kind in groups:
            text, more = made(rng, groups, kind, depth + 1)
            kept.extend(more)
            return text
        if kind == "day":
            kept.append(say(dt.date(2020, 1, 1) + dt.timedelta(rng.randint(0, 3000))))
        elif kind == "n":
            kept.append(rng.choice(("0", "1", "7", "27", "4.5", "118", "-3")))
        else:
            kept.append(rng.choice(TYPED if kind == "text" else NAMES))
        return kept[-1]

    return re.sub(r"\{(\w+)\}", fill, rng.choice(pairs)), kept


def plain(text: str) -> str:
    """The text with every day as `<2026-11-12>`, however it was written."""
    return DAY.sub(lambda day: f"<{day[3]}-{MONTHS.index(day[2]) // 4 + 1:02}-{int(day[1]):02}>", text)


def test_every_sentence_is_found_again_and_nothing_is_lost(phone: Phone, groups: Groups) -> None:
    rng = random.Random(SEED)
    drawn = [(group, *made(rng, groups, group)) for group in groups for _ in range(60 * TIMES)]
    answers = phone.ask("said", [[text, group] for group, text, _ in drawn])
    for (group, text, kept), told in zip(drawn, answers, strict=True):
        where = f"seed {SEED}, {group}: {text!r} -> {told!r}"
        assert Counter(re.findall(r"\d+", plain(told))) == Counter(re.findall(r"\d+", plain(text))), where
        assert all(plain(part) in plain(told) for part in kept), where
    changed = sum(told != text for (_, text, _), told in zip(drawn, answers, strict=True))
    assert changed > 0.8 * len(drawn)  # a name alone, a number alone, a word that both languages write alike


def test_what_no_pair_fits_comes_as_it_is(phone: Phone) -> None:
    texts = [text for text in TYPED if text != "On track"]
    texts += [
        "",
        " ",
        ".",
        "with a heavy heart",
        "to: no one",
        "Slept better; took it, 2 of 3. Ask the aunt: she knows.",
    ]
    texts += [f"A contact was due on {day} and none is recorded." for day in ("Monday", "31 Foo 2026", "2026-10-02")]
    assert phone.ask("said", [[text, "clinic"] for text in texts]) == texts
    assert phone.ask("said", [[text, "nothing"] for text in TYPED]) == list(TYPED)
    (note,) = phone.ask("said", [["Note: with family, 20 min; closed", "entry"]])
    assert note.endswith("with family, 20 min; closed")


def test_no_text_takes_long(groups: Groups) -> None:
    parts = ("; ", "a, ", "missed 1 Jan 2026; ", "1 min, ", "seen: x. ", " on ", "(", "a b ")
    hard = [part * (1400 // len(part)) for part in parts]
    starts = ("Seen at home: ", "Looked for at home: found: ", "PHQ-9 was ")
    hard += [f"{start}{text}" for text in hard for start in starts]
    hard.append("On track. " * 10_000)
    began = os.times()
    with Phone() as one:
        one.ask("tell", [[groups]])
        told = one.ask("said", [[text, group] for text in hard for group in said.STARTS])
    spent = os.times().children_user - began.children_user
    assert len(told) == len(hard) * len(said.STARTS)
    assert spent < 2, "seconds of Node, which takes a tenth of one to start"


WORDY = {
    "score.title": ["PHQ-9"], "medicine.name": ["fluoxetine"], "recommendation.text": ["Ask the sister: she knows."],
    "sign.oldest_name": ["Acute psychosis", "Poisoning by a medicine"],
    "risk.why": [
        "Answered “several days” to the safety question of PHQ-9", "A worker was worried", "A risk was being followed",
    ],
    "score.change": [
        "no second score yet", "unchanged, within measurement error (under 5 points)", "down 2 (11 %)", "up 6",
    ],
}  # fmt: skip
VALUES = {"date": ["2 Oct 2026"], "number": ["16", "4.5"]}


def test_every_list_and_every_proposal_is_said(phone: Phone) -> None:
    """Filled with values of each kind; that each has a pair at all is what `vwazen content check` holds a language
    to."""
    texts = []
    for entry in (*KNOW.all(Tiers), *KNOW.versions(Protocol)):
        for sentence in sentences(entry):
            for turn in range(4):

                def fill(name: re.Match[str], turn: int = turn) -> str:
                    choices = WORDY.get(name[1]) or VALUES[VOCABULARY[name[1]][0]]
                    return choices[turn % len(choices)]

                texts.append(re.sub(r"\{([a-z_]+\.[a-z_]+)\}", fill, sentence.text))
    assert len(set(texts)) > 50
    told = phone.ask("said", [[text, "clinic"] for text in texts])
    for text, ours in zip(texts, told, strict=True):
        assert ours != text
        assert not re.search(r"\b(the|was|not|nobody|since|worker)\b", re.sub("“.*?”|«.*?»|Ask .*", "", ours)), ours


WORDS_TYPED = "3 kids; 2 at school, 1 not."
ANSWERED: dict[str, str | float] = {"number": 3, "date": "2026-10-02", "text": "Her aunt Mango"}
HELD = 2  # sections of a manual's form: what every session has, and that of the one that was held
MANUALS = {one.id for one in KNOW.all(Manual)}


def filled_in(form: Form, turn: int) -> Findings:
    """Every question answered; of those with choices another in each turn, and of several all, a few or none."""

    def answer(item: FormItem) -> str | float | tuple[str, ...]:
        choices = list(form.choices(item))
        if item.kind == "several":
            return tuple(choices[: 4 * turn])
        return choices[turn % len(choices)] if choices else ANSWERED[item.kind]

    sections = form.sections[: HELD if form.id in MANUALS else None]
    items = [item for section in sections for item in section.items]
    typed = {item.id: WORDS_TYPED for item in items[-3:] if item.kind == "text"}
    return Findings(form=form.id, version=form.version, answers={one.id: answer(one) for one in items} | typed)


def test_a_form_is_said_question_by_question(phone: Phone, groups: Groups) -> None:
    forms = [one for one in KNOW.all(Form) if one.segment != NOT_TOLD]
    lines = [": ".join(told_of(filled_in(form, turn))) for form in forms for turn in range(4)]
    texts = {text for form in forms for item in form.items for text in (item.text, *form.choices(item).values())}
    alike = {english for pairs in groups.values() for english, its in pairs.items() if english == its}
    words = [re.escape(text) for text in texts if len(text) > 5 and not alike & {text, text.lower()}]
    english = re.compile(rf"(?<!\w)({'|'.join(words)})(?!\w)", re.IGNORECASE)
    for line, told in zip(lines, phone.ask("said", [[line, "entry"] for line in lines]), strict=True):
        left = english.findall(told.replace(WORDS_TYPED, ""))
        assert told != line and not left, (line, told, left)
        assert told.count(WORDS_TYPED) == line.count(WORDS_TYPED)


def test_a_manual_is_said_line_by_line(phone: Phone) -> None:
    lines = [one for manual in KNOW.all(Manual) for one in sentences(manual)]
    lines = [one for one in lines if one.place != "$"]  # which stands for the form of its sessions
    told = phone.ask("said", [[one.text, "manual"] for one in lines])
    assert len(lines) > 150 and [one.text for one, its in zip(lines, told, strict=True) if one.text == its] == []
    homework = KNOW.get(Manual, "problem-management").sessions[1].homework
    (both,) = phone.ask("said", [["; ".join([*homework, "Sing, 2 songs"]), "manual"]])
    assert both.endswith("Sing, 2 songs") and not any(one in both for one in homework)


NO = {
    "en": r"\b(no|not|nobody|none|never|without|nothing|cannot)\b|n't",
    "fr": r"\b(non|pas|personne ne|aucune?|jamais|sans|ni|rien|plus de messages|impossible)\b|n’|\bne\b",
    "es": r"\b(no|nadie|ningun[oa]?|ningún|nunca|sin|nada|ni|tampoco)\b",
}


@pytest.mark.parametrize("code", COMPLETE)
def test_no_pair_loses_a_no(code: str) -> None:
    for group, pairs in WORDS[code].said.items():
        for english, its in pairs.items():
            bare, ours = re.sub(r"\{\w+\}", "", english), re.sub(r"\{\w+\}", "", its)
            if re.search(NO["en"], bare.replace("paper no.", ""), re.IGNORECASE):
                assert re.search(NO[code], ours, re.IGNORECASE), (group, english, its)


def test_pairs_travel_with_their_english_once() -> None:
    with Phone() as one:
        for reads in (True, False):
            english, its = said.for_phone({code: WORDS[code].said for code in WORDS}, reads=reads)
            for code in COMPLETE:
                (found,) = one.ask("pairs", [[english, its[code]]])
                assert found == said.for_roles(WORDS[code].said, reads=reads)


def test_an_answer_is_quoted_in_the_instruments_own_words() -> None:
    bundle = json.loads(phone_bundle(KNOW, ["lay_counsellor"]))
    french = KNOW.instrument("phq-9").texts["fr"].answers["frequency"]
    said_by = KNOW.instrument("phq-9").texts["en"].answers["frequency"]
    with Phone() as one:
        (labels,) = one.ask("labels", [[bundle["instruments"], "fr"]])
        assert labels == {"{text}": "{text}"} | {
            english[:1].lower() + english[1:]: french[value][:1].lower() + french[value][1:]
            for value, english in said_by.items()
        }
        other = [*bundle["instruments"], {"id": "x", "safety": [{"item": "1"}], "items": [{"id": "1", "answers": "a"}],
                 "texts": {"en": {"answers": {"a": {"1": "Several days"}}}}}]  # fmt: skip
        (fewer,) = one.ask("labels", [[other, "fr"]])
        assert set(labels) - set(fewer) == {"several days"}
        assert one.ask("labels", [[bundle["instruments"], "es"]]) == [{"{text}": "{text}"}]
        one.ask("tell", [[said.for_roles(WORDS["fr"].said, reads=True) | {said.OWN: labels}]])
        why = "Answered “several days” to the safety question of PHQ-9"
        assert one.ask("said", [[why, "why"], [why.replace("several days", "often"), "why"]]) == [
            "A répondu « plusieurs jours » à la question de sécurité de PHQ-9",
            "A répondu « often » à la question de sécurité de PHQ-9",
        ]
