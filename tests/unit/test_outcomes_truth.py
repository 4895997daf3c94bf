"""What is counted from the invented clinic equals what was planted in it, person by person and in sum.

Whoever was staged by hand is left out on both sides. The truth file shares no code with what counts here.
"""

import json
from collections import Counter

import pytest

from tests.unit.test_demo_clinic import NOW, TODAY
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.clinical.fold import chart
from vwazen.content.indicators import WINDOWS, Outcomes
from vwazen.content.load import content
from vwazen.demo import truth
from vwazen.demo.kit import Kit
from vwazen.demo.programme import plan
from vwazen.demo.site import make
from vwazen.evidence.episode import JUDGED, MISSING, REMISSION, EpisodeRow, episode_rows

RULES = content().get(Outcomes, "outcomes")
Truth = dict[str, object]


@pytest.fixture(scope="module")
def clinic() -> list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]:
    """Everyone who was ever in care and not staged: the truth, their chart, their rows."""
    know = content()
    programme = plan(know, size="clinic", seed=1, now=NOW)
    made = make(Kit(know), programme, programme.clinics[0])
    lines = [json.loads(line) for line in truth.lines(programme, made)]
    staged = {person for line in lines if "scene" in line for person in line["people"]}
    facts: dict[str, list[f.Fact]] = {}
    for fact in made.facts:
        facts.setdefault(fact.person, []).append(fact)
    found = []
    for line in lines:
        if "journeys" in line and line["person"] not in staged:
            one = chart(facts[line["person"]], know, TODAY, person=line["person"])
            found.append((line, one, episode_rows(one, know)))
    return found


def test_everyone_enrolled_is_counted_once(clinic: list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]) -> None:
    assert len(clinic) > 500
    for line, _, rows in clinic:
        journeys = line["journeys"]
        assert [one.condition for one in rows] == [one["condition"] for one in journeys]  # type: ignore[attr-defined]


def test_every_end_is_the_planted_one(clinic: list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]) -> None:
    """An episode is open, ended as it truly ended, or closed by a death that the record heard of."""
    counted, planted = Counter[str](), Counter[str]()
    for line, _, rows in clinic:
        heard = "died" if line["death_recorded"] else "open"
        planted.update(one["outcome"] or heard for one in line["journeys"])  # type: ignore[attr-defined]
        counted.update(one.outcome or "open" for one in rows)
    assert counted == planted
    assert set(planted) == {"open", "died", "lost", "completed", "refused", "not_indicated", "moved"}


def test_every_death_heard_of_is_on_record(clinic: list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]) -> None:
    for line, one, _ in clinic:
        assert (one.died is not None) == line["death_recorded"], line["person"]
        if one.died:
            assert one.died.isoformat() == line["died"]


def test_contacts_are_the_planted_ones(clinic: list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]) -> None:
    """The truth counts planned contacts. The record holds three more kinds: safety contacts,
    people found again, and hand-offs."""
    counted = planted = besides = 0
    for line, one, rows in clinic:
        planted += sum(journey["contacts"] for journey in line["journeys"])  # type: ignore[attr-defined]
        counted += sum(row.contacts for row in rows)
        met = [body for _, body in one.encounters if body.outcome == "seen"]
        besides += sum(bool(body.risk) or body.minutes is None or body.mode == "hand_off" for body in met)
    assert counted - besides == planted
    assert besides > 1000


def test_second_contacts_are_the_planted_ones(clinic: list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]) -> None:
    """Nobody whom nobody met again counts as seen again; who came again did so by then at the latest."""
    for line, _, rows in clinic:
        for row, journey in zip(rows, line["journeys"], strict=True):  # type: ignore[call-overload]
            if journey["second_contact"] is not None:
                assert row.seen_again is not None and row.seen_again.isoformat() <= journey["second_contact"]


def test_scores_in_the_windows_equal_a_plain_search(clinic: list[tuple[Truth, Chart, tuple[EpisodeRow, ...]]]) -> None:
    """Another way to the same numbers: every total of the person, one by one, without the code that counts."""
    looked = judged = 0
    for _, one, rows in clinic:
        for row in rows:
            totals = [
                (point.day, max(point.values)) for point in one.series[row.instrument].points if point.values
            ] if row.instrument in one.series else []  # fmt: skip
            for n, number in enumerate(WINDOWS):
                window = next(window for window in RULES.windows if window.id == number)
                best: tuple[int, int, float] | None = None
                for day, total in totals:
                    after = (day - row.started).days
                    if (row.closed and day > row.closed) or not window.opens <= after <= window.closes:
                        continue
                    key = abs(after - window.day), -after, total
                    best = key if best is None or key[:2] < best[:2] else best
                at = row.at[n]
                assert (at.fate in MISSING) == (best is None), (one.person, number)
                looked += 1
                if best is not None and row.base == JUDGED and row.first is not None:
                    judged += 1
                    assert at.score == best[2]
                    assert (at.fate == REMISSION) == (best[2] < 5)
                    assert (at.fate in ("remission", "response")) == (row.first - best[2] >= row.first / 2)
    assert looked > 1500 and judged > 250
