"""`chart(facts, …)`: the record of one person as a pure function of the set of their facts.

Order, repetition and late arrival change nothing: facts are sorted by (UTC instant, id), and nothing
else about their arrival enters. Tested by permutation in tests/generative/test_fold.py.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import groupby

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Advice, Chart, Conflict, EpisodeView, Historical, Point, Series
from vwazen.clinical.facts import Fact, instant
from vwazen.clinical.instruments import Scored, score, score_total
from vwazen.clinical.live import Entry, Live, live
from vwazen.clinical.safety import fold_risks
from vwazen.clinical.trajectory import fold_episodes
from vwazen.content.load import Content


def _scored(content: Content, body: f.Response) -> Scored:
    """The score by the version it was asked in; unscored where that version is not installed."""
    try:
        instrument = content.instrument(body.instrument, body.version)
    except LookupError:
        why = f"not scored: {body.instrument} version {body.version} is not installed here"
        return Scored(safety="unknown", why_not=why)
    if body.total_only and body.stated_total is not None:
        return score_total(instrument, body.stated_total)
    return score(instrument, body.answers)


def _point(content: Content, group: list[Entry[f.Response]]) -> tuple[Point, list[Conflict]]:
    """One point from the answers of one instant (or one date without a time)."""
    scored = [(_scored(content, entry.body), entry) for entry in group]
    totals = sorted({s.total for s, _ in scored if s.total is not None})
    first, entry = scored[0]
    body = entry.body
    if len(group) > 1 and len({_said(e.body) for _, e in scored}) > 1 and len(totals) > 1:
        facts = tuple(e.fact for _, e in scored)
        worst_safety = min((s.safety for s, _ in scored), key=["positive", "unknown", "negative", "none"].index)
        unsure = msgspec.structs.replace(first, total=None, band=None, safety=worst_safety)
        point = Point(
            fact=entry.fact, day=entry.fact.day, scored=unsure, total=None, high=totals[-1], conflict=facts,
            values=tuple(totals),
        )  # fmt: skip
        return point, [Conflict(what=body.instrument, facts=facts)]
    best = max(scored, key=lambda pair: (pair[0].total is not None, pair[0].answered))
    result, chosen = best
    stated = chosen.body.stated_total
    point = Point(
        fact=chosen.fact, day=chosen.fact.day, scored=result, total=result.total, high=result.total, stated=stated,
        differs=stated is not None and not chosen.body.total_only and result.total is not None
        and abs(stated - result.total) > 1e-9,
        values=(result.total,) if result.total is not None else (), repeated=len(group) - 1,
    )  # fmt: skip
    return point, []


def _said(body: f.Response) -> object:
    return (tuple(sorted(body.answers.items())), body.stated_total if body.total_only else None)


def fold_series(content: Content, responses: list[Entry[f.Response]]) -> tuple[dict[str, Series], list[Conflict]]:
    """instrument id -> its points, oldest first; editions and instruments are never mixed."""
    series: dict[str, Series] = {}
    conflicts: list[Conflict] = []
    by_instrument: dict[str, list[Entry[f.Response]]] = {}
    for entry in responses:
        by_instrument.setdefault(entry.body.instrument, []).append(entry)
    for name, entries in sorted(by_instrument.items()):
        points = []
        for _, group in groupby(entries, key=lambda entry: entry.fact.occurred):
            point, found = _point(content, list(group))
            points.append(point)
            conflicts += found
        series[name] = Series(instrument=name, version=entries[-1].body.version, points=tuple(points))
    return series, conflicts


def _historical(content: Content, alive: Live, series: Mapping[str, Series], died: dt.date | None) -> Historical | None:
    """Positive safety answers that an import brought, old at that time, that nobody here has spoken about."""
    live_ids = {entry.body.response for entry in alive.of(f.Concern)}
    reviews = alive.of(f.SafetyReview)
    spoke = [entry.at for entry in reviews if entry.body.outcome == "spoke"]
    found: list[Fact] = []
    for one in series.values():
        for point in one.points:
            if _imported(point.fact) and point.scored.safety == "positive" and point.fact.id not in live_ids:
                found += point.conflict or (point.fact,)
    open_ones = [fact for fact in found if not any(at >= instant(fact.occurred) for at in spoke)]
    if not open_ones or died:
        return None
    open_ones.sort(key=lambda fact: (instant(fact.occurred), fact.id))
    owners = [entry.body.owner for entry in reviews if entry.body.owner]
    return Historical(
        facts=tuple(open_ones), newest=open_ones[-1].day, owner=owners[-1] if owners else "",
        tries=tuple(entry.fact for entry in reviews),
    )  # fmt: skip


def _imported(fact: Fact) -> bool:
    return isinstance(fact.body, f.Response) and fact.body.source is not None


def _advice(alive: Live, series: Mapping[str, Series], episodes: tuple[EpisodeView, ...]) -> tuple[Advice, ...]:
    """Each recommendation with what became of it: done or not, and what the score did."""
    outcome = {alive.root.get(e.body.recommendation, e.body.recommendation): e.fact for e in alive.of(f.CarriedOut)}
    instruments = {episode.id: episode.instrument for episode in episodes}
    result = []
    for entry in alive.of(f.Recommendation):
        followed = series.get(instruments.get(alive.root.get(entry.body.episode, entry.body.episode), ""))
        then = now = None
        for point in followed.points if followed else ():
            if point.high is not None and point.day <= entry.fact.day:
                then = point.high
            elif point.high is not None:
                now = point.high
        result.append(
            Advice(
                fact=entry.fact, recommendation=entry.body, done=outcome.get(entry.id), score_then=then, score_now=now
            )
        )
    return tuple(result)


def chart(facts: Iterable[Fact], content: Content, today: dt.date, person: str = "") -> Chart:
    """The chart of `person` (by default the person of the facts) as known on `today`.

    Facts of merged persons belong in `facts`; their aliases are listed. Raises nothing for contradictory
    facts: contradictions are kept and shown.
    """
    alive = live(facts, today)
    person, aliases, merged_into = _who(alive, person)
    series, contradictions = fold_series(content, alive.of(f.Response))
    registrations = [e for e in alive.of(f.Registration) if e.fact.person == person] or alive.of(f.Registration)
    registered = max(registrations, key=lambda e: (e.fact.recorded, e.fact.id)) if registrations else None
    deaths = alive.of(f.Death)
    died = deaths[0].fact.day if deaths else None
    risks = fold_risks(alive, content, died)
    historical = _historical(content, alive, series, died)
    episodes = fold_episodes(alive, content, series, risks, historical is not None, died)
    encounters = tuple((e.fact, e.body) for e in alive.of(f.Encounter))
    seen = [(fact, body) for fact, body in encounters if body.outcome == "seen"]
    owners = [(e.body.owner, e.fact.day) for e in alive.entries if isinstance(e.body, f.Owner | f.Episode)]
    triage = alive.of(f.Triage)
    return Chart(
        person=person, aliases=aliases, merged_into=merged_into,
        registration=registered.body if registered else None,
        registered=registered.fact if registered else None,
        site=_site(alive, registered), died=died, owner=owners[-1][0] if owners else "",
        owner_since=owners[-1][1] if owners else None,
        episodes=episodes, series=series, risks=risks, historical=historical,
        signs=_signs(alive), hospital=tuple(e.fact for e in alive.of(f.Hospital)),
        treatments=tuple((e.fact, e.body) for e in alive.of(f.Treatment)),
        encounters=encounters,
        next_date=_next_date(encounters),
        last_contact=seen[-1][0].day if seen else None,
        questions=tuple((e.fact, e.body) for e in alive.of(f.Question)),
        advice=_advice(alive, series, episodes),
        diagnoses=tuple((e.fact, e.body) for e in alive.of(f.Diagnosis)),
        allergies=tuple((e.fact, e.body) for e in alive.of(f.Allergy)),
        plan=tuple((e.fact, e.body) for e in alive.of(f.SafetyPlan)),
        consents={e.body.segment: (e.fact, e.body.granted) for e in alive.of(f.Consent)},
        notes=tuple(e.fact for e in alive.of(f.Note)),
        triage=triage[-1].fact if triage else None,
        conflicts=(*alive.conflicts, *contradictions, *_registration_conflicts(registrations)),
        future=alive.future, live=tuple(e.fact for e in alive.entries),
    )  # fmt: skip


def _who(alive: Live, person: str) -> tuple[str, tuple[str, ...], str]:
    """The person, the ids merged into them, and whom they are merged into themselves."""
    merged = {e.fact.person: e.body.into for e in alive.of(f.Merge)}
    people = {e.fact.person for e in alive.entries} | set(merged.values())
    if not person:
        person = min((p for p in people if p not in merged), default=min(people, default=""))
    return person, tuple(sorted(people - {person})), merged.get(person, "")


def _site(alive: Live, registered: Entry[f.Registration] | None) -> str:
    """Where the person is followed: the newest enrolment's site, else where they were registered."""
    episodes = alive.of(f.Episode)
    if episodes:
        return episodes[-1].fact.site
    if registered:
        return registered.fact.site
    return alive.entries[-1].fact.site if alive.entries else ""


def _signs(alive: Live) -> dict[str, dt.date]:
    """Danger signs that are there, with the day since when; a later "gone" takes a sign away."""
    there: dict[str, dt.date] = {}
    for entry in alive.of(f.Sign):
        if entry.body.present:
            there.setdefault(entry.body.sign, entry.fact.day)
        else:
            there.pop(entry.body.sign, None)
    return there


def _next_date(encounters: tuple[tuple[Fact, f.Encounter], ...]) -> dt.date | None:
    """The next date agreed at the newest contact that set one, unless a later contact was held."""
    for _, body in reversed(encounters):
        if body.next:
            return dt.date.fromisoformat(body.next)
        if body.outcome == "seen":
            return None
    return None


def _registration_conflicts(registrations: list[Entry[f.Registration]]) -> list[Conflict]:
    """Two first registrations of one id that disagree on who this is."""
    said = {(e.body.name, e.body.born, e.body.gender) for e in registrations}
    return [Conflict(what="registration", facts=tuple(e.fact for e in registrations))] if len(said) > 1 else []
