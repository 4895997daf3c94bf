"""What one touched chart costs: 200 facts of five years, 60 of them answers, folded and placed on the lists.

    python -m bench.fold

Limit: 1.5 ms of CPU for each touched chart of 200 facts (design, "How big"). Reading the facts from their bytes and
folding them both belong to it; what the database does with the rows is measured elsewhere. `rows` are those of the
caseload alone: a push derives sixteen tables (`bench/push.py`). One chart again and again stays in the processor's
cache, as the charts of a push do not: below stand twenty in turn.
"""

import datetime as dt
import random
import statistics

from bench import cpu_ms, head, line
from vwazen.clinical import facts as f
from vwazen.clinical.caseload import rows
from vwazen.clinical.facts import Fact, decode_many, encode
from vwazen.clinical.fold import chart
from vwazen.content.load import content

LIMIT_MS = 1.5
RUNS = 300
IN_TURN = 20
TODAY = dt.date(2026, 11, 21)


def five_years(seed: int = 1) -> list[Fact]:
    """200 facts of one invented person: 45 PHQ-9, 15 GAD-7, visits, treatment, reviews, one danger."""
    rng = random.Random(seed)
    start = TODAY - dt.timedelta(days=5 * 365)
    bodies: list[tuple[int, f.AnyBody]] = [(0, f.Registration(name="Invented Person", born="1985"))]
    bodies.append((1, f.Episode(protocol="collaborative-care", protocol_version=1, condition="depression", owner="w1")))
    bodies.append((2, f.Episode(protocol="collaborative-care", protocol_version=1, condition="anxiety", owner="w1")))
    every = 5 * 365 / 60
    for n in range(45):
        answers = {str(item): float(rng.randint(0, 3)) for item in range(1, 9)} | {"9": float(n == 20)}
        bodies.append((int(3 + n * every), f.Response(instrument="phq-9", version=1, answers=answers)))
    for n in range(15):
        answers = {str(item): float(rng.randint(0, 3)) for item in range(1, 8)}
        bodies.append((int(4 + 4 * n * every), f.Response(instrument="gad-7", version=1, answers=answers)))
    for n in range(60):
        bodies.append(
            (int(5 + n * every), f.Encounter(mode="clinic", next=str(start + dt.timedelta(days=35 + n * 30))))
        )
    for n in range(40):
        body = f.Treatment(name="fluoxetine", form="medicine", event="given", days=28)
        bodies.append((int(6 + 1.4 * n * every), body))
    for n in range(20):
        bodies.append((int(7 + 2.9 * n * every), f.Note(text="An invented note of a visit, of ordinary length.")))
    for n in range(5):
        advice = f.Recommendation(
            episode="fact-001", choice="change", text="Raise the dose", owner="w1", due="2026-12-01"
        )
        bodies.append((90 + 300 * n, advice))
        bodies.append((95 + 300 * n, f.CarriedOut(recommendation=f"fact-{len(bodies) - 1:03}", done=True)))
    risk = next(n for n, (_, body) in enumerate(bodies) if isinstance(body, f.Response) and body.answers["9"])
    day = bodies[risk][0]
    bodies.append((day, f.Assessment(risk=f"fact-{risk:03}", intent="no", plan="no", recent_act="no")))
    bodies.append((day + 2, f.Encounter(mode="phone", risk=f"fact-{risk:03}")))
    bodies.append((day + 60, f.RiskClosed(risk=f"fact-{risk:03}", reason="Spoke at length; a plan is in hand.")))
    bodies.append((day, f.SafetyPlan(signs="not sleeping", people="a cousin", copy_given=True)))
    bodies.append((8, f.Allergy(substance="penicillin")))
    bodies.append((9, f.Diagnosis(text="depression")))
    bodies.append((400, f.Step(episode="fact-001", step=2, reason="half was not reached")))
    return [_fact(n, start + dt.timedelta(days=after), body) for n, (after, body) in enumerate(bodies[:200])]


def _fact(number: int, day: dt.date, body: f.AnyBody) -> Fact:
    stamp = f"{day}T08:{number % 60:02}:00.000Z"
    return Fact(
        id=f"fact-{number:03}", person="person", occurred=stamp, recorded=stamp, author="w1", site="bel-dlo", body=body
    )


def main() -> None:
    know = content()
    facts = five_years()
    raw = b"[%b]" % b",".join(encode(fact) for fact in facts)
    folded = chart(facts, know, TODAY)
    answered = sum(isinstance(fact.body, f.Response) for fact in facts)
    parts = {
        "read from bytes": lambda: decode_many(raw),
        "fold": lambda: chart(facts, know, TODAY),
        "rows": lambda: rows(folded, know, TODAY),
    }
    head(f"One chart of {len(facts)} facts, {answered} of them answers; ms of CPU")
    taken = {name: cpu_ms(work, RUNS) for name, work in parts.items()}
    for name, figures in taken.items():
        line(name, figures, "")
    together = [sum(figures) for figures in zip(*taken.values(), strict=True)]
    line("together", together, f"{LIMIT_MS} ms", "" if statistics.median(together) <= LIMIT_MS else "ABOVE THE LIMIT")
    several = [b"[%b]" % b",".join(encode(fact) for fact in five_years(seed)) for seed in range(IN_TURN)]
    read = [decode_many(one) for one in several]
    charts = [chart(one, know, TODAY) for one in read]
    head(f"Of each of {IN_TURN} such charts in turn")
    for name, work in {
        "read from bytes": lambda: [decode_many(one) for one in several],
        "fold": lambda: [chart(one, know, TODAY) for one in read],
        "rows": lambda: [rows(one, know, TODAY) for one in charts],
    }.items():
        line(name, [spent / IN_TURN for spent in cpu_ms(work, RUNS // IN_TURN)], "")


if __name__ == "__main__":
    main()
