"""`chart(facts, …)`: the record of one person as a pure function of the set of their facts.

Order, repetition and late arrival change nothing: facts are sorted by (UTC instant, id), and nothing
else about their arrival enters. Tested by permutation in tests/generative/test_fold.py.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Advice, Chart, Conflict, EpisodeView, Historical, Line, Point, Problem, Series
from vwazen.clinical.consent import fold_consent
from vwazen.clinical.facts import Fact
from vwazen.clinical.homes import absence_calls, home_owner, resident_reviews, way_home
from vwazen.clinical.identity import merges, root_of
from vwazen.clinical.instruments import Safety, Scored, brief_scorer, score_total
from vwazen.clinical.live import Entry, Live, live
from vwazen.clinical.medicines import fold_medicines
from vwazen.clinical.messages import contacts, team_messages
from vwazen.clinical.owners import Passing, holder, owner_of, passings
from vwazen.clinical.referrals import fold_referrals
from vwazen.clinical.safety import fold_risks, positive_items
from vwazen.clinical.stays import fold_stays, in_hospital
from vwazen.clinical.trajectory import fold_episodes
from vwazen.content.load import Content

_WORST: tuple[Safety, ...] = ("positive", "unknown", "negative", "none")


class _Scores:
    """Scores by the version that was asked in; unscored where that version is not installed. Each is looked up once."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._by: dict[tuple[str, int], Callable[[Mapping[str, float]], Scored] | None] = {}

    def __call__(self, body: f.Response) -> Scored:
        try:
            scorer = self._by[body.instrument, body.version]
        except KeyError:
            scorer = self._by[body.instrument, body.version] = self._scorer(body.instrument, body.version)
        if scorer is None:
            why = f"not scored: {body.instrument} version {body.version} is not installed here"
            return Scored(safety="unknown", why_not=why)
        if body.total_only and body.stated_total is not None:
            return self._of_total(body, body.stated_total)
        return scorer(body.answers)

    def _scorer(self, instrument: str, version: int) -> Callable[[Mapping[str, float]], Scored] | None:
        try:
            return brief_scorer(self._content.instrument(instrument, version))
        except LookupError:
            return None

    def _of_total(self, body: f.Response, total: float) -> Scored:
        instrument = self._content.instrument(body.instrument, body.version)
        asked = any(rule.item in body.answers for rule in instrument.safety)
        return score_total(instrument, total, bool(positive_items(self._content, body)) if asked else None)


def _point(content: Content, scores: _Scores, group: list[Entry[f.Response]]) -> tuple[Point, Conflict | None]:
    """One point from the answers of one instant (or one date without a time), and whether they contradict."""
    scored = [(scores(entry.body), entry) for entry in group]
    safety = min((one.safety for one, _ in scored), key=_WORST.index)
    totals = sorted({one.total for one, _ in scored if one.total is not None})
    if len(totals) > 1:
        entry = group[0]
        facts = tuple(one.fact for one in group)
        unsure = msgspec.structs.replace(
            scored[0][0], total=None, band=None, positive=None, outcome=None, safety=safety, cutoffs={}, subscales={},
            criteria={}, remarks=(), why_not="contradicting answers on one day",
        )  # fmt: skip
        high = totals[0] if _good_is_high(content, entry.body) else totals[-1]
        point = Point(
            fact=entry.fact, day=entry.day, scored=unsure, total=None, high=high, conflict=facts, values=tuple(totals)
        )
        return point, Conflict(what=entry.body.instrument, facts=facts)
    result, chosen = max(scored, key=lambda pair: (pair[0].total is not None, pair[0].answered))
    return _single(msgspec.structs.replace(result, safety=safety), chosen, repeated=len(group) - 1), None


def _single(scored: Scored, entry: Entry[f.Response], repeated: int = 0) -> Point:
    total, body = scored.total, entry.body
    stated = body.stated_total
    differs = stated is not None and not body.total_only and total is not None and abs(stated - total) > 1e-9
    return Point(
        fact=entry.fact, day=entry.day, scored=scored, total=total, high=total, stated=stated, differs=differs,
        values=() if total is None else (total,), repeated=repeated,
    )  # fmt: skip


def _good_is_high(content: Content, body: f.Response) -> bool:
    return content.instrument(body.instrument, body.version).direction == "high-is-better"


def fold_series(content: Content, responses: list[Entry[f.Response]]) -> tuple[dict[str, Series], list[Conflict]]:
    """instrument id -> its points, oldest first; editions and instruments are never mixed.

    Answers of one instant stand together, and so do answers of one date of which nobody gave the time.
    """
    occasions: dict[str, list[list[Entry[f.Response]]]] = {}
    for entry in responses:
        groups = occasions.setdefault(entry.body.instrument, [])
        same = _occasion(groups, entry) if groups and groups[-1][0].at == entry.at else None
        if same is None:
            groups.append([entry])
        else:
            same.append(entry)
    scores = _Scores(content)
    series: dict[str, Series] = {}
    conflicts: list[Conflict] = []
    for name, groups in sorted(occasions.items()):
        points = []
        for group in groups:
            if len(group) == 1:
                points.append(_single(scores(group[0].body), group[0]))
                continue
            point, conflict = _point(content, scores, group)
            points.append(point)
            if conflict:
                conflicts.append(conflict)
        version = points[-1].fact.body.version if isinstance(points[-1].fact.body, f.Response) else 0
        series[name] = Series(instrument=name, version=version, points=tuple(points))
    return series, conflicts


def _occasion(groups: Sequence[list[Entry[f.Response]]], entry: Entry[f.Response]) -> list[Entry[f.Response]] | None:
    """The newest answers of this very instant, where they too have a time, or have none."""
    dated = len(entry.fact.occurred) == 10
    for group in reversed(groups):
        if group[0].at != entry.at:
            return None
        if (len(group[0].fact.occurred) == 10) == dated:
            return group
    return None


def _historical(content: Content, alive: Live, moved: Sequence[Passing]) -> Historical | None:
    """Positive safety answers that an import brought, old at that time, that nobody here has spoken about."""
    root = alive.root
    live_ids = {root.get(entry.body.response, entry.body.response) for entry in alive.of(f.Concern)}
    reviews = alive.of(f.SafetyReview)
    spoke = max((entry.at for entry in reviews if entry.body.outcome == "spoke"), default=None)
    open_ones = [
        entry
        for entry in alive.of(f.Response)
        if entry.body.source and entry.id not in live_ids and (spoke is None or entry.at > spoke)
        and positive_items(content, entry.body)
    ]  # fmt: skip
    if not open_ones:
        return None
    owners = [holder(entry.body.owner, entry.at, moved) for entry in reviews if entry.body.owner]
    return Historical(
        facts=tuple(entry.fact for entry in open_ones), newest=open_ones[-1].day, owner=owners[-1] if owners else "",
        tries=tuple(entry.fact for entry in reviews),
    )  # fmt: skip


def _advice(
    alive: Live, series: Mapping[str, Series], episodes: tuple[EpisodeView, ...], moved: Sequence[Passing]
) -> tuple[Advice, ...]:
    """Each recommendation with what became of it: done or not, and what the score did."""
    outcome = {alive.root.get(e.body.recommendation, e.body.recommendation): e for e in alive.of(f.CarriedOut)}
    home = {one: episode for episode in episodes for one in episode.ids}
    given = alive.of(f.Recommendation)
    reviewed = {}
    for entry in given:
        if entry.body.episode in home:
            reviewed[home[entry.body.episode].id] = entry.at
    result = []
    for entry in given:
        episode = home.get(entry.body.episode)
        done = outcome.get(entry.id)
        again = episode is not None and done is not None and reviewed[episode.id] > done.at
        followed = series.get(episode.instrument) if episode else None
        then = now = None
        for point in followed.points if followed else ():
            if point.high is not None and point.day <= entry.day:
                then = point.high
            elif point.high is not None:
                now = point.high
        one = Advice(
            id=entry.id, episode=episode.id if episode else "", fact=entry.fact, recommendation=entry.body,
            owner=holder(entry.body.owner, entry.at, moved), done=done.fact if done else None,
            waits=done is None or not (done.body.done or again),
            score_then=then, score_now=now,
        )  # fmt: skip
        result.append(one)
    return tuple(result)


def chart(facts: Iterable[Fact], content: Content, today: dt.date, person: str = "") -> Chart:
    """The chart of `person` (by default the person of the facts) as known on `today`.

    Facts of merged persons belong in `facts`; their aliases are listed. Raises nothing for contradictory
    facts: contradictions are kept and shown. Dates that are none are refused by `vwazen.clinical.validate`.
    """
    alive = live(facts, today)
    person, aliases, merged_into = _who(alive, person)
    series, contradictions = fold_series(content, alive.of(f.Response))
    registrations = [e for e in alive.of(f.Registration) if e.fact.person == person] or alive.of(f.Registration)
    registered = max(registrations, key=lambda e: (f.instant(e.fact.recorded), e.fact.id), default=None)
    death = next(iter(alive.of(f.Death)), None)
    died = death.day if death else None
    risks = fold_risks(alive, content, death)
    moved = passings(alive)
    historical = _historical(content, alive, moved) if not died else None
    episodes, doubled = fold_episodes(alive, content, series, risks, historical is not None, died)
    encounters = alive.of(f.Encounter)
    seen = next((entry for entry in reversed(encounters) if entry.body.met), None)
    owner, owner_since = owner_of(alive)
    stays = fold_stays(alive, died)
    advice = _advice(alive, series, episodes, moved)
    answered = {alive.root.get(e.body.question, e.body.question) for e in alive.of(f.Recommendation)}
    questions = alive.of(f.Question)
    triage = alive.of(f.Triage)
    return Chart(
        person=person, aliases=aliases, merged_into=merged_into,
        registration=registered.body if registered else None,
        registered=registered.fact if registered else None,
        site=_site(alive, registered), died=died,
        owner=owner, owner_since=owner_since,
        episodes=episodes, series=series, risks=risks, historical=historical,
        signs=_signs(alive), hospital=in_hospital(stays), stays=stays,
        reconciled=tuple(e.fact for e in alive.of(f.MedicineReconciled)),
        identifiers=_identifiers(alive),
        treatments=tuple((e.fact, e.body) for e in alive.of(f.Treatment)),
        encounters=tuple([(e.fact, e.body) for e in encounters]),
        next_date=_next_date(alive),
        last_contact=seen.day if seen else None,
        questions=tuple((e.fact, e.body) for e in questions),
        unanswered=tuple(e.fact for e in questions if e.id not in answered),
        advice=advice,
        diagnoses=_problems(alive),
        allergies=tuple((e.fact, e.body) for e in alive.of(f.Allergy)),
        medicines=fold_medicines(alive), intakes=tuple(e.fact for e in alive.of(f.Intake)),
        measured=_measured(alive), results=_results(alive),
        pregnancy=tuple((e.fact, e.body) for e in alive.of(f.Pregnancy)),
        findings=_findings(alive),
        plan=tuple((e.fact, e.body) for e in alive.of(f.SafetyPlan)),
        shared_plan=tuple((e.fact, _held(e, moved)) for e in alive.of(f.PlanItem)),
        circle=tuple((e.fact, e.body) for e in alive.of(f.RelatedPerson)),
        plan_lines=_lines(alive, f.PlanItem), circle_lines=_lines(alive, f.RelatedPerson),
        decisions=tuple((e.fact, e.body) for e in alive.of(f.Decision)),
        put_off={e.body.item: (e.fact, dt.date.fromisoformat(e.body.until)) for e in alive.of(f.Snooze)},
        referrals=fold_referrals(alive, death, moved),
        death_review=next((e.fact for e in reversed(alive.of(f.DeathReview))), None),
        home_owner=home_owner(alive, moved), resident_reviews=resident_reviews(alive), way_home=way_home(alive, moved),
        absence_calls=absence_calls(alive),
        consents={e.body.segment: (e.fact, e.body.granted) for e in alive.of(f.Consent)},
        permits=fold_consent(alive),
        contacts=contacts(alive), messages=team_messages(alive, moved),
        notes=tuple(e.fact for e in alive.of(f.Note)),
        triage=triage[-1].fact if triage else None,
        conflicts=(*alive.conflicts, *contradictions, *doubled, *_conflicts(alive, registrations, encounters)),
        future=alive.future, live=tuple([e.fact for e in alive.entries]),
    )  # fmt: skip


def _who(alive: Live, person: str) -> tuple[str, tuple[str, ...], str]:
    """The person, the ids merged into them, and whom they are merged into themselves."""
    into = merges(alive)
    people = {e.fact.person for e in alive.entries} | set(into.values())
    if not person:
        person = min((root_of(one, into) for one in people), default="")
    merged_into = into.get(person, "") if root_of(person, into) != person else ""
    return person, tuple(sorted(people - {person})), merged_into


def _site(alive: Live, registered: Entry[f.Registration] | None) -> str:
    """Where the person is followed: the newest enrolment's site, else where they were registered."""
    episodes = alive.of(f.Episode)
    if episodes:
        return episodes[-1].fact.site
    if registered:
        return registered.fact.site
    return alive.entries[-1].fact.site if alive.entries else ""


def _problems(alive: Live) -> tuple[Problem, ...]:
    """Each diagnosis with its course: later words about it stand in place of the first ones, which stay."""
    entries = alive.of(f.Diagnosis)
    known = {e.id for e in entries}
    about = {e.id: alive.root.get(e.body.about, e.body.about) for e in entries}
    into = {one: first for one, first in about.items() if first in known and first != one}
    said: dict[str, list[Entry[f.Diagnosis]]] = {}
    for entry in entries:
        said.setdefault(root_of(entry.id, into), []).append(entry)
    return tuple(
        Problem(id=first, fact=those[-1].fact, diagnosis=those[-1].body, since=those[0].day,
                before=tuple(e.fact for e in those[:-1]))
        for first, those in said.items()
    )  # fmt: skip


def _lines(alive: Live, kind: type[f.PlanItem] | type[f.RelatedPerson]) -> tuple[Line, ...]:
    """The lines that people write and change, in the order in which each was first written as far as is known."""
    standing: dict[str, list[Fact]] = {}
    for entry in alive.of(kind):
        standing.setdefault(entry.id, []).append(entry.fact)
    found = [
        Line(id=first, standing=tuple(sorted(those, key=_written)), before=alive.before.get((first, kind), ()))
        for first, those in standing.items()
    ]
    return tuple(sorted(found, key=lambda one: _written((*one.before, *one.standing)[0])))


def _written(fact: Fact) -> tuple[dt.datetime, str]:
    return f.instant(fact.recorded), fact.id


def _measured(alive: Live) -> dict[str, tuple[tuple[Fact, f.Measurement], ...]]:
    found: dict[str, list[tuple[Fact, f.Measurement]]] = {}
    for entry in alive.of(f.Measurement):
        found.setdefault(entry.body.what, []).append((entry.fact, entry.body))
    return {what: tuple(those) for what, those in sorted(found.items())}


def _results(alive: Live) -> tuple[Fact, ...]:
    """What asks for somebody's eyes, unless somebody has said what comes of it."""
    noted = {alive.root.get(e.body.fact, e.body.fact) for e in alive.of(f.Noted)}
    return tuple(e.fact for e in alive.of(f.Measurement) if e.body.attention and e.id not in noted)


def _findings(alive: Live) -> dict[str, tuple[tuple[Fact, f.Findings], ...]]:
    found: dict[str, list[tuple[Fact, f.Findings]]] = {}
    for entry in alive.of(f.Findings):
        found.setdefault(entry.body.form, []).append((entry.fact, entry.body))
    return {form: tuple(those) for form, those in sorted(found.items())}


def _signs(alive: Live) -> dict[str, dt.date]:
    """Danger signs that are there, with the day since when; a later "gone" takes a sign away, one at once does not."""
    there: dict[str, tuple[dt.date, Entry[f.Sign]]] = {}
    for entry in alive.of(f.Sign):
        since, newest = there.get(entry.body.sign, (entry.day, entry))
        if entry.body.present:
            there[entry.body.sign] = since, entry
        elif newest.at < entry.at and newest.id != entry.id:
            del there[entry.body.sign]
    return {sign: since for sign, (since, _) in sorted(there.items())}


def _identifiers(alive: Live) -> tuple[tuple[str, str], ...]:
    """By what numbers other systems know this person: those they were registered with, and those confirmed since."""
    found = {(e.body.system, e.body.number) for e in alive.of(f.Identifier)}
    found |= {(e.body.source.system, e.body.source.id) for e in alive.of(f.Registration) if e.body.source}
    return tuple(sorted(found))


def _held(entry: Entry[f.PlanItem], moved: Sequence[Passing]) -> f.PlanItem:
    """The line with whoever has it to do now."""
    body = entry.body
    owner = holder(body.owner, entry.at, moved) if body.owner else ""
    return body if owner == body.owner else msgspec.structs.replace(body, owner=owner)


def _next_date(alive: Live) -> dt.date | None:
    """The next date that was agreed last, at a contact or between two, unless a later contact was held."""
    between: list[Entry[f.Appointment] | Entry[f.Trace]] = [
        *alive.of(f.Appointment),
        # With whoever was not found nothing was agreed: such a `next` is the day of another try.
        *(one for one in alive.of(f.Trace) if one.body.found == "found"),
    ]
    said: list[Entry[f.Encounter] | Entry[f.Appointment] | Entry[f.Trace]] = [*alive.of(f.Encounter), *between]
    if between:
        said.sort(key=lambda one: (one.at, one.fact.id))
    for entry in reversed(said):
        if entry.body.next:
            return dt.date.fromisoformat(entry.body.next)
        if isinstance(entry.body, f.Encounter) and entry.body.met:
            return None
    return None


def _conflicts(
    alive: Live, registrations: list[Entry[f.Registration]], encounters: list[Entry[f.Encounter]]
) -> list[Conflict]:
    """Registrations that disagree on who this is, deaths on different days, someone seen or asked after death."""
    found = []
    if len({(e.body.name, e.body.born, e.body.gender) for e in registrations}) > 1:
        found.append(Conflict(what="registration", facts=tuple(e.fact for e in registrations)))
    deaths = alive.of(f.Death)
    after: list[Fact] = []
    if deaths:
        after = [e.fact for e in encounters if e.body.met and e.day > deaths[0].day]
        after += [e.fact for e in alive.of(f.Response) if not e.body.source and e.day > deaths[0].day]
    if after or len({e.day for e in deaths}) > 1:
        found.append(Conflict(what="death", facts=(*(e.fact for e in deaths), *after)))
    return found
