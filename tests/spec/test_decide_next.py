"""After the last question the phone says what the server's page of answers says to the same role, or says less.

Invented courses are folded twice: as the clinic knew them when the phone was last told (a brief made by the server's
own code), and with the new answers. What the phone makes of its brief and the answers is held against the page.
"""

import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import yaml

from phone.build import MISSING, ROOT, node
from tests.generative.persons import fact
from tests.spec.test_decide_same import KNOW, SEED, TIMES, Phone
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact
from vwazen.clinical.fold import chart
from vwazen.clinical.instruments import Scored
from vwazen.content.phone import phone_bundle
from vwazen.server.care.results import Result, followed, next_steps, result_of
from vwazen.server.sync.briefs import _episode
from vwazen.server.web.templatetags.vwazen import figure

pytestmark = [pytest.mark.once, pytest.mark.skipif(not node(), reason=MISSING)]

START = dt.date(2026, 1, 5)
MORE = "The clinic knows more than this phone and may propose something else."
ENGLISH = ROOT / "vwazen" / "content" / "languages" / "en"


@pytest.fixture(scope="module")
def phone() -> Iterator[Phone]:
    with Phone() as one:
        one.ask("words", [[yaml.safe_load((ENGLISH / "next.yaml").read_text())["words"]]])
        yield one


def course(rng: random.Random) -> tuple[list[Fact], Fact]:
    """Somebody's facts, and the answers they give now."""
    condition, mine = rng.choice((("depression", "phq-9"), ("anxiety", "gad-7")))
    asked = rng.choice((mine, mine, mine, "phq-9", "who-5", "audit", "seizures", "cgi-s", "asq", "bdi-ii", "srq-20"))
    enrolled = START + dt.timedelta(rng.randint(0, 60))
    now = enrolled + dt.timedelta(rng.choice((0, 0, 1, 14, 28, 29, 56, 57, 90, 120)))
    born = rng.choice(("", "1950", "1990-04", "2010-01-02"))
    who = f.Registration(name="Invented One", born=born, gender=rng.choice(("unknown", "female", "male", "other")))
    said: list[tuple[dt.date, f.AnyBody, dict[str, str]]] = [(START, who, {})]
    if rng.random() < 0.9:
        body = f.Episode(protocol="collaborative-care", protocol_version=1, condition=condition, owner="w1")
        said.append((enrolled, body, {"id": "episode"}))
    if rng.random() < 0.1:
        body = f.Episode(protocol="community-care", protocol_version=1, condition="epilepsy", owner="w1")
        said.append((enrolled, body, {}))
    level = rng.random()
    for _ in range(rng.randint(0, 4)):
        when = enrolled + dt.timedelta(
            rng.choice((-20, -14, -5, -5, 0, 0, 0, rng.randint(1, 100), rng.randint(1, 100)))
        )
        said.append((when, response(rng, rng.choice((mine, mine, asked)), level), {}))
    for _ in range(rng.randint(0, 3)):
        said.append((enrolled + dt.timedelta(rng.randint(0, 90)), other(rng), {}))
    facts = [fact(n, day.isoformat(), body, **more) for n, (day, body, more) in enumerate(said) if day <= now]
    answers = response(rng, asked, level * rng.random())
    return facts, fact(90, now.isoformat(), answers)


def response(rng: random.Random, name: str, level: float) -> f.Response:
    one = KNOW.instrument(name)
    if not one.items or rng.random() < 0.04:
        most = one.range.high if one.range and one.range.high else 20
        return f.Response(
            instrument=name, version=one.version, stated_total=float(rng.randint(0, most)), total_only=True
        )
    answers = {}
    for item in one.items:
        values = (
            [option.value for option in one.answer_lists[item.answers].options] if item.answers else [0, 1, 2, 5, 30]
        )
        if rng.random() > 0.02:
            answers[item.id] = float(
                values[min(len(values) - 1, int(len(values) * (level * 0.7 + rng.random() * 0.4)))]
            )
    return f.Response(instrument=name, version=one.version, answers=answers)


def other(rng: random.Random) -> f.AnyBody:
    return rng.choice((
        f.Treatment(name="problem management", form="psychological", event="session"),
        f.Treatment(name="fluoxetine", form="medicine", event=rng.choice(("given", "gap")), days=28),
        f.Step(episode="episode", step=rng.choice((2, 3))),
        f.Recommendation(episode="episode", choice="continue", text="Go on.", owner="w1", due="2026-07-01"),
        f.Concern(trigger="worker", text="Invented."),
    ))  # fmt: skip


def case(
    rng: random.Random, facts: list[Fact], now: Fact, place: int, bundle: dict[str, Any]
) -> tuple[list[object], Chart]:
    """What the phone is given, and the chart after the answers. Some of what was recorded is on this phone alone."""
    today = dt.date.fromisoformat(now.occurred)
    own = [one for one in facts if isinstance(one.body, f.Response | f.Treatment) and rng.random() < 0.3]
    before = chart([one for one in facts if one not in own], KNOW, today)
    after = chart([*facts, now], KNOW, today)
    episodes = [msgspec.to_builtins(_episode(one, before, True, today)) for one in before.open_episodes]
    who = before.registration
    brief = {
        "person": "p1", "born": who.born if who else "", "gender": who.gender if who else "", "episodes": episodes,
        "risks": [{"id": risk.id} for risk in before.open_risks],
    }  # fmt: skip
    body = msgspec.to_builtins(now.body)
    mine = [msgspec.to_builtins(one) for one in own]
    return [bundle, place, body, {"brief": brief, "mine": mine, "day": now.occurred, "today": now.occurred}], after


def page(after: Chart, now: Fact, result: Result) -> tuple[str, list[str]]:
    """The result in large letters, and the lines beneath: as templates/care/answers.html writes them."""
    scored, name = result.scored, result.scored.outcome
    if scored.total is not None:
        head = f"{figure(scored.total)} {result.of}".strip() + (f", {result.band} band" if result.band else "")
    elif name and name != "incomplete":
        head = "No question was answered yes" if name == "negative" else name.capitalize()
    else:
        head = scored.why_not or "incomplete"
    more = ["A total only; the answers behind it are unknown."] if scored.total_only else [
        f"{scored.answered} of {scored.expected} answered."
    ]  # fmt: skip
    if scored.prorated:
        more.append("The unanswered took the mean of the others, by the instrument's own rule.")
    if result.unanswered:
        asked = ", ".join(result.unanswered)
        more.append(f"Unanswered, so unknown and not 0: {asked}. Ask them at the next contact.")
    more += [*result.cutoffs, *(f"The answers show {one}." for one in result.criteria), *scored.remarks]
    more += [f"{name}: {value}" for name, value in result.subscales]
    return head, [*more, "A score is a measurement, not a diagnosis."]


def test_the_phone_says_what_the_page_says(phone: Phone) -> None:
    rng = random.Random(SEED)
    bundle = json.loads(phone_bundle(KNOW, ["psychologist", "care_manager", "psychiatrist", "nurse"]))
    places = dict(zip([one.id for one in KNOW.instruments], phone.define(KNOW.instruments), strict=True))
    drawn = [course(rng) for _ in range(700 * TIMES)]
    light = {name: bundle[name] for name in ("protocols", "scores")}
    cases = [case(rng, facts, now, places[now.body.instrument], light) for facts, now in drawn]  # type: ignore[union-attr]
    met: Counter[str] = Counter()
    for (facts, now), (_, after), told in zip(
        drawn, cases, phone.ask("outcome", [one for one, _ in cases]), strict=True
    ):
        where = f"seed {SEED}: {facts} {now}"
        found = next(one for one in after.live if one.id == now.id)
        result = result_of(after, found, KNOW)
        head, more = page(after, now, result)
        assert msgspec.convert(told["scored"], Scored) == result.scored, where
        assert told["score"][0] == head, where
        assert told["more"] == more, where
        said = [line for line in told["score"][1:] if line != result.scored.outcome]
        assert said in ([], [result.change]), where
        steps = next_steps(after, result, KNOW, dt.date.fromisoformat(now.occurred))
        check_steps(told["steps"], steps, after, result, where)
        assert bool(told["positive"]) == (result.scored.safety == "positive"), where
        assert result.zero in (*told["safety"], ""), where
        met["change"] += bool(said)
        met["proposal"] += any("Ask " not in line[:4] for line in steps) and MORE not in told["steps"]
        met["fewer"] += MORE in told["steps"]
    assert met["change"] > 50, met
    assert met["proposal"] > 30, met


def check_steps(told: list[str], steps: tuple[str, ...], after: Chart, result: Result, where: str) -> None:
    """All that the page proposes, in its order; some of it where the phone says that the clinic may know more."""
    mine = [line for line in told if line not in ("The risk steps, now, in private.", MORE)]
    if not followed(after, result.instrument.id):
        assert mine == [f"No open care of this person is followed by {result.instrument.name}."], where
    elif MORE in told:
        assert [line for line in steps if line in mine] == mine, where
    else:
        assert mine == (list(steps) or ["The protocol proposes nothing now. Go on as agreed."]), where


def test_who_may_not_read_scores_is_told_that_they_are_saved(phone: Phone) -> None:
    rng = random.Random(SEED + 1)
    bundle = json.loads(phone_bundle(KNOW, ["chw"]))
    assert bundle["scores"] == []
    assert bundle["protocols"] == []
    one = KNOW.instrument("phq-9")
    (place,) = phone.define([one])
    for _ in range(40):
        body = response(rng, "phq-9", rng.random())
        about = {"day": "2026-06-01", "today": "2026-06-01"}
        (told,) = phone.ask("outcome", [[bundle, place, msgspec.to_builtins(body), about]])
        assert told["score"] == ["The answers to PHQ-9 are saved. Scores are read at the health centre."]
        assert told["more"] == told["steps"] == []
        unknown = told["scored"]["safety"] == "unknown"
        assert told["safety"] == (["A safety question was not answered. Ask it in private, today."] if unknown else [])
        assert told["positive"] == (["9"] if body.answers.get("9", 0) >= 1 else [])


def test_phrases_are_found_by_their_own_words(phone: Phone) -> None:
    words = yaml.safe_load((ENGLISH / "phrase.yaml").read_text())["words"]
    assert phone.ask("phrase", [[text] for text in words.values()]) == list(words)


def test_days_are_said_alike(phone: Phone) -> None:
    days = [dt.date(2024, 2, 29) + dt.timedelta(n) for n in range(0, 800, 7)]
    got = phone.ask("fill", [["{a.b}", {"a.b": {"date": day.isoformat()}}] for day in days])
    assert got == [say(day) for day in days]
