"""The chart side of `vwazen.content.rules.VOCABULARY`: what each name a rule may use is worth for one episode."""

import datetime as dt

from vwazen.clinical.chart import Chart, EpisodeView, Risk
from vwazen.clinical.conditions import ABSENT, Value
from vwazen.clinical.facts import Dispense, Response
from vwazen.clinical.trajectory import change_words
from vwazen.content.load import Content
from vwazen.content.rules import VOCABULARY, Protocol

SIGNS = {
    "acute_psychosis": "Acute psychosis",
    "mania": "Mania",
    "postpartum_red_flag": "A red flag after childbirth",
    "status_epilepticus": "A seizure that does not stop",
    "toxicity": "Poisoning by a medicine",
}


_SCORE = tuple(name for name in VOCABULARY if name.startswith("score."))


def values(chart: Chart, episode: EpisodeView | None, content: Content) -> dict[str, Value]:
    """Every name of the vocabulary with its value; without an episode only safety is known.

    Names that make no sense here are ABSENT, names nobody knows yet are None.
    """
    found: dict[str, Value] = dict.fromkeys(VOCABULARY, ABSENT)
    for sign in chart.signs:
        found[f"sign.{sign}"] = chart.signs[sign]
    if chart.signs:
        oldest = min(chart.signs, key=lambda sign: (chart.signs[sign], sign))
        found |= {"sign.oldest": chart.signs[oldest], "sign.oldest_name": SIGNS[oldest]}
    found |= _risk(chart.open_risks)
    found["contact.last"] = chart.last_contact or ABSENT
    found["hospital.last"] = chart.hospital[-1].day if chart.hospital else ABSENT
    found |= _seizures(chart) | _refill(chart)
    if episode is not None:
        found |= _episode(chart, episode, content) | _score(episode, content) | _treatment(chart, episode)
        found["function.last"] = _function(chart, episode)
    return found


def _risk(risks: tuple[Risk, ...]) -> dict[str, Value]:
    """The open risks as one: what any of them says, from the oldest on."""
    if not risks:
        return {"risk.unassessed": False, "risk.intent": False, "risk.plan": False, "risk.poisoning": False}

    def told(question: str) -> Value:
        answers = {risk.answers.get(question) for risk in risks}
        return True if "yes" in answers else None if None in answers else False

    acts = [risk.last_act for risk in risks if risk.last_act]
    due = [risk.contact_due for risk in risks if risk.contact_due]
    unassessed = [risk for risk in risks if risk.unassessed]
    return {
        "risk.opened": risks[0].day,
        "risk.why": (unassessed or risks)[0].why,
        "risk.intent": told("intent"),
        "risk.plan": told("plan"),
        "risk.poisoning": told("poisoning"),
        "risk.last_act": max(acts, default=ABSENT),
        "risk.unassessed": bool(unassessed),
        "risk.unassessed_since": unassessed[0].day if unassessed else ABSENT,
        "risk.contact_due": min(due, default=ABSENT),
    }


def _refill(chart: Chart) -> dict[str, Value]:
    """The medicine that is needed first, of those that everyone may know who reads a list's reason."""
    open_ones = [one for one in chart.current_medicines if one.prescription.segment in ("general", "mental-health")]
    due = [(one.refill_due, one.prescription.name) for one in open_ones if one.refill_due]
    if not due:
        return {}
    day, name = min(due)
    return {"medicine.refill_due": day, "medicine.name": name}


def _seizures(chart: Chart) -> dict[str, Value]:
    """The newest count by the worst of what was said that day, the one before by the least."""
    series = chart.series.get("seizures")
    counted = [p for p in series.points if p.values] if series else []
    if not counted:
        return {}
    last = max(counted[-1].values)
    rise: Value = last - min(counted[-2].values) if len(counted) > 1 else ABSENT
    return {"seizures.last": last, "seizures.last_day": counted[-1].day, "seizures.rise": rise}


def _episode(chart: Chart, episode: EpisodeView, content: Content) -> dict[str, Value]:
    advice = [one for one in chart.advice if one.episode == episode.id]
    reviews = [one.fact.day for one in advice]
    waiting = [one for one in advice if one.waits]
    questions = [fact.day for fact in chart.unanswered if fact.day >= episode.started]
    return {
        "episode.started": episode.origin,
        "episode.step": episode.step,
        "episode.step_since": episode.step_since,
        "review.ever": bool(reviews),
        "review.since": max(reviews, default=episode.origin),
        "recommendation.open_since": waiting[0].fact.day if waiting else ABSENT,
        "recommendation.text": waiting[0].recommendation.text if waiting else ABSENT,
        "question.open_since": min(questions, default=ABSENT),
        "contact.due": chart.next_date or _by_protocol(chart, episode, content),
    }


def contact_due(chart: Chart, content: Content) -> dt.date:
    """When somebody in care should be seen next: the date agreed, else the earliest that a protocol would have set."""
    return chart.next_date or min(_by_protocol(chart, one, content) for one in chart.open_episodes)


def _by_protocol(chart: Chart, episode: EpisodeView, content: Content) -> dt.date:
    """The date the protocol would have set, where nobody agreed one."""
    newest = max(chart.last_contact or episode.started, episode.started)
    try:
        every = content.get(Protocol, episode.protocol, episode.protocol_version).step(episode.step).contact_every_days
    except LookupError:
        every = 28
    return newest + dt.timedelta(days=every)


def _score(episode: EpisodeView, content: Content) -> dict[str, Value]:
    """What the followed instrument says. Without a second score every change is unknown, not none."""
    found: dict[str, Value] = dict.fromkeys(_SCORE)
    if not episode.instrument:
        return dict.fromkeys(found, ABSENT)
    instrument = content.instrument(episode.instrument)
    newest, first, last = episode.newest, episode.baseline, episode.last
    found |= {
        "score.instrument": instrument.id,
        "score.title": instrument.name,
        "score.meaningful": instrument.change.meaningful.value,
        "score.since": last.day if last else episode.started,
        "score.change": change_words(episode),
        "score.unscored": newest.words if newest and newest.total is None else ABSENT,
        # Known not to be: nobody without a score is in remission.
        "score.remitted": episode.state == "remission",
    }
    if first is None or last is None or last.high is None:
        return found
    better_high = instrument.direction == "high-is-better"
    share = instrument.change.response.value
    found |= {
        "score.first": episode.first,
        "score.last": last.high,
        "score.last_day": last.day,
        "score.last_weeks": (last.day - first.day).days // 7,
        "score.best": last.high + (episode.rise or 0) * (1 if better_high else -1),
        "score.fall": episode.fall,
        "score.fall_percent": episode.fall_percent,
        "score.rise": episode.rise,
        "score.counts": episode.counts,
    }
    if episode.counts is False:
        found["score.responded"] = False
    elif episode.fall_percent is not None and share is not None:
        found["score.responded"] = episode.fall_percent >= 100 * share
    return found


def _treatment(chart: Chart, episode: EpisodeView) -> dict[str, Value]:
    first = episode.step_since.isoformat()
    since = [(fact, body) for fact, body in chart.treatments if fact.occurred[:10] >= first]
    sessions = sum(body.event == "session" for _, body in since)
    # Of two rival prescriptions each shows what was handed out before them: it was handed out once.
    every = {fact.id: fact for medicine in chart.medicines for fact in medicine.dispensed}
    handed = [
        fact.body for fact in every.values() if fact.day >= episode.step_since and isinstance(fact.body, Dispense)
    ]
    received = [body for body in handed if body.given != "none"]
    days = sum(body.days or 0 for _, body in since if body.event == "given") + sum(body.days or 0 for body in received)
    given = bool(received) or any(body.event == "given" for _, body in since)
    out = any(body.given != "all" and body.why == "out_of_stock" for body in handed)
    return {
        "treatment.sessions": sessions,
        "treatment.missed": sum(body.event == "missed" for _, body in since),
        "treatment.days_covered": days,
        "treatment.gap": out or any(body.event == "gap" for _, body in since),
        "treatment.received": sessions > 0 or given,
    }


def _function(chart: Chart, episode: EpisodeView) -> Value:
    """The newest answer to PHQ-9's tenth item inside the episode; unknown when it was never asked."""
    series = chart.series.get("phq-9")
    for point in reversed(series.points if series else ()):
        body = point.fact.body
        if type(body) is Response and "10" in body.answers and point.day >= episode.started:
            return body.answers["10"]
    return None
