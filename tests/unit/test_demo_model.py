"""The demo's model against the figures it was built from (epidemiology notes, sections 2 to 4 and 10).

Each test says with what power it looks: the size of a departure that it would find nine times in ten. Seeds are fixed,
so a test passes always or never. Those marked nightly look at 200 clinics and 100 programmes.
"""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from math import sqrt
from random import Random
from statistics import fmean, pstdev

import msgspec
import pytest

from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.demo.illness import Mood, Relapsing, Seizures
from vwazen.demo.kit import LANGUAGES, Kit
from vwazen.demo.lives import Made
from vwazen.demo.pen import Pen
from vwazen.demo.people import People, yearly_death
from vwazen.demo.programme import plan
from vwazen.demo.rates import Rates, rates
from vwazen.demo.site import local_of, make

NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
KIT = Kit(content())
RATES = rates(content())


def total(rng: Random, theta: float) -> float:
    return sum(KIT.screen(rng, theta).answers.values())


def clinics(seeds: range) -> Iterator[Made]:
    for seed in seeds:
        programme = plan(content(), size="clinic", seed=seed, now=NOW)
        yield make(KIT, programme, programme.clinics[0])


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share."""
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


# Answers (2.1, 2.2). 20,000 draws: a departure of 1.1 points is found nine times in ten.


def test_bands_of_the_general_population() -> None:
    rng = Random(1)
    totals = [total(rng, rng.gauss(0, 1)) for _ in range(20_000)]
    bands = [100 * sum(low <= one <= high for one in totals) / len(totals)
             for low, high in ((0, 4), (5, 9), (10, 14), (15, 19), (20, 27))]  # fmt: skip
    assert all(abs(have - said) <= 2 for have, said in zip(bands, (75.3, 16.2, 5.7, 2.1, 0.7), strict=True)), bands


@pytest.mark.parametrize(("mean", "share"), [(0.24, 11.5), (0.46, 16.8), (0.6, 20.7)])
def test_attenders_above_the_line(mean: float, share: float) -> None:
    rng = Random(2)
    above = 100 * fmean(total(rng, rng.gauss(mean, 0.9)) >= 10 for _ in range(20_000))
    assert abs(above - share) <= 2, above


def test_the_safety_item_rises_with_the_total() -> None:
    """Published 0.4, 5.9, 17.8, 37.9, 65.1 % by band; the model's own 0.4, 5.2, 17.5, 40.9, 78.3."""
    rng = Random(3)
    found: dict[int, list[bool]] = {}
    for _ in range(40_000):
        answers = KIT.screen(rng, rng.gauss(0, 1)).answers
        found.setdefault(min(4, int(sum(answers.values()) // 5)), []).append(answers["9"] > 0)
    shares = [100 * fmean(found[band]) for band in range(4)]
    assert all(abs(have - said) <= 4 for have, said in zip(shares, (0.4, 5.2, 17.5, 40.9), strict=True)), shares


# Asked again at an unchanged severity (2.3, 2.4): what regression to the mean alone does.


@pytest.mark.parametrize(
    ("mean", "sd", "first", "second", "drop5", "half", "low", "rise5"),
    [(0, 1, 14.1, 12.7, 21, 10, 4, 6), (0.6, 0.9, 14.5, 13.3, 19, 8, 3, 7), (1.75, 0.5, 15.5, 14.9, 15, 4, 1, 9)],
)
def test_asked_again_without_any_change(
    mean: float, sd: float, first: float, second: float, drop5: float, half: float, low: float, rise5: float
) -> None:
    """About 5,000 pairs: a departure of 1.7 points is found nine times in ten."""
    rng = Random(4)
    pairs = []
    while len(pairs) < 5_000:
        theta = rng.gauss(mean, sd)
        one = total(rng, theta)
        if one >= 10:
            pairs.append((one, total(rng, theta)))
    share = {
        "drop5": 100 * fmean(a - b >= 5 for a, b in pairs), "half": 100 * fmean(b <= a / 2 for a, b in pairs),
        "low": 100 * fmean(b < 5 for _, b in pairs), "rise5": 100 * fmean(b - a >= 5 for a, b in pairs),
    }  # fmt: skip
    assert abs(fmean(a for a, _ in pairs) - first) <= 0.4 and abs(fmean(b for _, b in pairs) - second) <= 0.4
    said = {"drop5": drop5, "half": half, "low": low, "rise5": rise5}
    assert all(abs(share[name] - said[name]) <= 2 for name in said), share


def test_the_error_of_measurement_among_the_ill() -> None:
    rng = Random(5)
    spread = []
    while len(spread) < 4_000:
        theta = rng.gauss(1.75, 0.5)
        one, two = total(rng, theta), total(rng, theta)
        if (one + two) / 2 >= 10:
            spread.append(one - two)
    assert 2.4 <= pstdev(spread) / sqrt(2) <= 2.9


# Course (3, 4). 4,000 people an arm: a departure of 2.5 points is found nine times in ten.


def arm(given: Rates, dose: float, n: int = 4_000, seed: int = 6) -> dict[str, float]:
    """People who begin at 10 or more, with so much care: remitted (truly) by month, responded at 6 and 12 months."""
    rng = Random(seed)
    remitted, responded, relapsed = {3: 0, 6: 0, 12: 0}, {6: 0, 12: 0}, [0, 0]
    for _ in range(n):
        while True:
            one = Mood(given, rng, 0, rng.gauss(*given.care_theta))
            first = total(rng, one.theta)
            if first >= 10:
                break
        for month in range(1, 25):
            one.advance(month * 30, dose)
            if month in responded:
                responded[month] += total(rng, one.theta) <= first / 2
        well = next((day for day, what in one.history if what == "remission"), None)
        for month in remitted:
            remitted[month] += well is not None and well <= month * 30
        if well is not None and well <= 360:
            relapsed[0] += 1
            relapsed[1] += any(what == "relapse" and well < day <= well + 365 for day, what in one.history)
    return (
        {f"remitted {month}": 100 * many / n for month, many in remitted.items()}
        | {f"responded {month}": 100 * many / n for month, many in responded.items()}
        | {"relapsed": 100 * relapsed[1] / relapsed[0]}
    )


def test_depression_goes_by_itself_as_it_did_in_untreated_people() -> None:
    alone = arm(RATES, 0)
    for month, said in ((3, 23), (6, 32), (12, 53)):
        assert abs(alone[f"remitted {month}"] - said) <= 4, alone
    assert abs(alone["relapsed"] - 37.1) <= 4, alone


def test_care_helps_as_much_as_the_trials_say() -> None:
    """The programme's mean dose against care as usual: RR 1.32 (1.22-1.43) of improvement to 6 months, 1.31
    (1.17-1.48) to 12 months (Cochrane CD006525)."""
    usual, cared = arm(RATES, RATES.usual_dose), arm(RATES, 0.5)
    assert 1.22 <= cared["responded 6"] / usual["responded 6"] <= 1.43, (usual, cared)
    assert 1.17 <= cared["responded 12"] / usual["responded 12"] <= 1.48, (usual, cared)


def test_seizures_and_relapses_follow_their_sources() -> None:
    rng = Random(7)
    people = [Seizures(RATES, rng, 0, 1.5) for _ in range(4_000)]
    assert abs(100 * fmean(one.free_on == 1 for one in people) - 47) <= 3
    assert abs(fmean(one.own for one in people) - 4) <= 0.4
    relapsed = {True: 0, False: 0}
    for on in (True, False):
        for _ in range(3_000):
            one = Relapsing(RATES, rng, 0, 1.5, False)
            one.brief, one.ill, one.well_since = False, False, 0
            for month in range(1, 13):
                one.advance(month * 30, 1.0 if on else -1 / 3)
                if one.ill:
                    relapsed[on] += 1
                    break
    assert abs(relapsed[True] / 30 - 27) <= 4, relapsed
    assert relapsed[False] / 30 >= 60, relapsed


# Who is ill, who dies (1.3, 3).


def test_as_many_are_ill_as_the_sources_say() -> None:
    programme = plan(content(), size="nation", seed=8, now=NOW)
    place = programme.clinics[3]
    local = local_of(KIT, programme, place, programme.calendar())
    people = People(KIT, local, Pen(programme.calendar(), Random(8), place.code, ""))
    n = 150_000
    found: dict[str, dict[str, int]] = {}
    for _ in range(n):
        sex, age = people.sex_and_age()
        illness = people.illness(sex, age)
        by_sex = found.setdefault(illness, {"female": 0, "male": 0})
        by_sex[sex] += 1
    epilepsy = 1000 * sum(found["epilepsy"].values()) / n / place.need + 1000 * RATES.mix["epilepsy"] / 10_000_000
    assert 8 <= epilepsy <= 9.9, epilepsy
    assert 1.5 <= found["depression"]["female"] / found["depression"]["male"] <= 2.0, found["depression"]


@pytest.mark.parametrize(("condition", "ratio"), [("psychosis", 2.0), ("epilepsy", 2.6)])
def test_deaths_against_those_of_the_same_age(condition: str, ratio: float) -> None:
    """15,000 people, about 1,000 deaths: a departure of a tenth is found nine times in ten."""
    programme = plan(content(), size="clinic", seed=9, now=NOW)
    place = programme.clinics[0]
    local = local_of(KIT, programme, place, programme.calendar())
    people = People(KIT, local, Pen(programme.calendar(), Random(9), place.code, ""))
    start = local.calendar.today - 5 * 365
    one = people.register(start, "female", 30)
    died, expected = 0, 0.0
    for _ in range(15_000):
        sex, age = people.sex_and_age(condition)
        life = people.life(one, sex, age, condition, start)
        died += life.died < local.calendar.today
        lived = (min(life.died, local.calendar.today) - start) / 365
        expected += lived * yearly_death(RATES, age)
    assert abs(died / expected / ratio - 1) <= 0.15, (died, expected)


def test_all_ages_together_die_as_the_country_does() -> None:
    rng = Random(10)
    programme = plan(content(), size="clinic", seed=9, now=NOW)
    place = programme.clinics[0]
    local = local_of(KIT, programme, place, programme.calendar())
    people = People(KIT, local, Pen(programme.calendar(), rng, place.code, ""))
    yearly = fmean(yearly_death(RATES, people.sex_and_age()[1]) for _ in range(40_000))
    assert abs(1000 * yearly - 6.4) <= 0.7, yearly


# Intervals (issue: they cover 93 to 97 % over 200 clinics). Fourteen shares each, 2,800 intervals: the share covered is
# known to 0.8 points, so intervals that cover 92.5 % are found nine times in ten; a single share is known to 3 points.


def shown(made: Made) -> Iterator[tuple[str, int, int, float]]:
    """Shares that one clinic shows, each with what was planted: name, hits, of how many, planted share."""
    first = [life.journeys[0] for life in made.lives if life.journeys]
    ill = [one for one in first if one.condition == "depression"]
    staged = {one for scene in made.scenes for one in scene.people}
    said = [one for one in made.facts if one.person not in staged]
    yield "women", sum(one.person.sex == "female" for one in ill), len(ill), RATES.female["depression"]
    yield "adherent", sum(one.person.adherent for one in ill), len(ill), RATES.adherent["mood"]
    yield "phone", sum(bool(one[5]) for one in made.directory.people), len(made.directory.people), RATES.has_phone
    texts = [one.body for one in said if isinstance(one.body, f.Diagnosis) and one.body.text == "Depression"]
    yield "confirmed", sum(one.certainty == "confirmed" for one in texts), len(texts), 0.4
    asked = {life.registered.person for life in made.lives if life.screened is not None}
    forms = [one.body for one in said if one.person in asked and isinstance(one.body, f.Response)]
    above = [sum(one.answers.values()) >= 10 for one in forms]
    yield "above the line", sum(above), len(above), above_the_line()
    epilepsy = [one.illness for one in first if isinstance(one.illness, Seizures)]
    yield "free on the first", sum(one.free_on == 1 for one in epilepsy), len(epilepsy), RATES.seizure_free[0]
    psychosis = [one.illness for one in first if isinstance(one.illness, Relapsing) and not one.illness.bipolar]
    yield "brief", sum(one.brief for one in psychosis), len(psychosis), RATES.brief_psychosis
    lives = [life.person for life in made.lives if life.person]
    adults = [one for one in lives if one.age >= 15]
    yield "HIV", sum(one.hiv for one in adults), len(adults), RATES.comorbid["hiv"]
    died = [one for one in lives if one.died < made.local.calendar.today]
    yield "deaths heard of", sum(one.death_told for one in died), len(died), 1 - RATES.death_unrecorded
    twice = [bool(life.twin) for life in made.lives if life.journeys]
    yield "registered twice", sum(twice), len(twice), RATES.duplicate
    cared = {one.id for one in lives}
    forms = [one.body for one in said if one.person in cared and isinstance(one.body, f.Response) and not one.amends]
    gad = [len(one.answers) < 7 for one in forms if one.instrument == "gad-7"]
    yield "an item missing", sum(gad), len(gad), RATES.partial_form
    private = [one.private is not None for one in forms if one.instrument in ("phq-9", "gad-7")]
    yield "asked about being alone", sum(private), len(private), RATES.asked_privately
    listed = made.directory.people
    yield "birthday known", sum(len(one[3]) == 10 for one in listed), len(listed), RATES.born_known["day"]
    men = sum(a * b for a, b in zip(RATES.age_0_4, RATES.male_share, strict=True)) / sum(RATES.age_0_4)
    yield "men", sum(one[2] == "male" for one in listed), len(listed), men


@cache
def above_the_line() -> float:
    """The share of attenders above the line, over languages, from 60,000 draws (known to 0.13 points)."""
    rng = Random(13)
    languages = [LANGUAGES[int(rng.random() ** 3 * 3)] for _ in range(60_000)]
    return fmean(
        sum(KIT.screen(rng, rng.gauss(*RATES.attender_theta), one).answers.values()) >= 10 for one in languages
    )


class Seen(msgspec.Struct):
    """What some clinics show together."""

    covered: dict[str, list[bool]] = msgspec.field(default_factory=dict)
    first: int = 0
    back: int = 0
    open: list[int] = msgspec.field(default_factory=list)


def look(seeds: range) -> Seen:
    seen = Seen()
    for made in clinics(seeds):
        for name, hits, n, share in shown(made):
            low, high = wilson(hits, n)
            seen.covered.setdefault(name, []).append(low <= share <= high)
        journeys = [one for life in made.lives for one in life.journeys]
        seen.open.append(sum(one.closed is None and one.person.died >= one.today for one in journeys))
        for life in made.lives:
            for one in life.journeys[:1]:
                if one.start < one.today - 90:
                    seen.first += 1
                    seen.back += one.second is not None and one.second - one.start <= 90
    return seen


def test_ten_clinics_show_what_was_planted() -> None:
    """68 % come back within ninety days (4.3; of 7,000: 1.8 points are found nine times in ten); 300 are in care; and
    intervals cover. One test, so that tests which run side by side do not each make these clinics."""
    ten = look(range(100, 110))
    assert abs(100 * ten.back / ten.first - 68) <= 3, ten.back / ten.first
    assert 280 <= fmean(ten.open) <= 320, ten.open
    assert fmean(hit for hits in ten.covered.values() for hit in hits) >= 0.88, ten.covered


@pytest.mark.nightly
def test_intervals_cover_what_was_planted_over_two_hundred_clinics() -> None:
    seen = look(range(100, 300))
    each = {name: 100 * fmean(hits) for name, hits in seen.covered.items()}
    print(f"covered: {fmean(each.values()):.1f} % of {sum(map(len, seen.covered.values()))} intervals", each)
    print(f"back within 90 days: {100 * seen.back / seen.first:.1f} %; in care: {fmean(seen.open):.0f}")
    assert len(each) == 14 and 93 <= fmean(each.values()) <= 97, each
    assert all(share >= 90 for share in each.values()), each
    assert abs(100 * seen.back / seen.first - 68) <= 1.5
    assert 290 <= fmean(seen.open) <= 310


@pytest.mark.nightly
def test_a_programme_without_effect_is_reported_as_none_and_one_with_effect_as_some() -> None:
    """Two arms of 300 by 100 seeds, at six months, by a difference of two shares at the 1 % level. The estimator here
    shares no code with the demo."""
    null = msgspec.structs.replace(RATES, treated_hazard=0.0, treated_drift=0.0)
    said = {"null": 0, "planted": 0}
    for seed in range(100):
        for name, given in (("null", null), ("planted", RATES)):
            with_care = arm(given, 0.6, n=300, seed=1000 + seed)["responded 6"] / 100
            without = arm(given, 0.0, n=300, seed=5000 + seed)["responded 6"] / 100
            pooled = (with_care + without) / 2
            said[name] += abs(with_care - without) > 2.576 * sqrt(2 * pooled * (1 - pooled) / 300)
    print("reported as an effect, of 100 seeds:", said)
    assert said["null"] <= 5, said
    assert said["planted"] >= 80, said


def test_languages_hear_the_items_differently() -> None:
    rng = Random(12)
    means = [
        fmean(sum(KIT.screen(rng, 1.5, language).answers.values()) for _ in range(4_000)) for language in LANGUAGES
    ]
    assert max(means) - min(means) > 0.2
