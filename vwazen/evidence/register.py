"""The register of people in care as one line a person: baseline, previous and latest of each scale, and how they come.

The columns follow the programme exports that PIH runs in Haiti and Sierra Leone (docs/reference/register-export.md). A
question that was asked and answered no is "asked: no"; one that nobody asked is "not asked"; neither is left blank.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from vwazen.clinical.chart import Chart, EpisodeView, Point
from vwazen.clinical.facts import Assessment, Encounter
from vwazen.content.indicators import Outcomes
from vwazen.content.load import Content
from vwazen.content.model import Instrument

Value = str | int | float | dt.date | None

NOT_ASKED, NEVER_MET, NONE = "not asked", "not met yet", "none to show"
THREE_MONTHS, SIX_MONTHS = 91.25, 182.5  # days, as in PIH's own export
SOON = 14  # days on either side of the date agreed

ABOUT = (
    "person", "site", "gender", "age", "place", "owner", "chw_visits", "conditions", "protocol_step", "enrolled_on",
    "days_in_care", "diagnoses",
)  # fmt: skip
ENDS = ("latest", "latest_date", "previous", "previous_date", "baseline", "baseline_date")
ASKED = (
    "thoughts_of_suicide", "thoughts_asked_on", "suicidal_intent", "suicide_plan", "pregnant", "pregnant_asked_on",
    "hospital_since_last_visit",
)  # fmt: skip
COMES = (
    "latest_medicines", "latest_medicine_date", "latest_intervention", "latest_intervention_date", "last_visit_date",
    "days_since_last_visit", "appointment_for_last_visit", "came_within_14_days_of_appointment",
    "next_appointment_date", "three_months_since_last_visit", "six_months_since_last_visit",
)  # fmt: skip


def scales(content: Content, rules: Outcomes, segments: Iterable[str]) -> tuple[Instrument, ...]:
    """The scales that have columns, for who may see these segments; what is not installed has none."""
    seen = set(segments)
    installed = {one.id: one for one in content.instruments}
    return tuple(
        installed[id] for id in rules.register_scales if id in installed and installed[id].segment in seen
    )  # fmt: skip


def head(known: Sequence[Instrument]) -> tuple[str, ...]:
    """The names of the columns."""
    named = (f"{end}_{one.id.replace('-', '_')}" for one in known for end in ENDS)
    return (*ABOUT, *named, *ASKED, *COMES)


def line(
    chart: Chart, known: Sequence[Instrument], content: Content, today: dt.date, names: Mapping[str, str]
) -> list[Value]:
    """One person's values in the order of `head`. `names` gives workers their names."""
    episodes = chart.open_episodes
    since = min((one.started for one in episodes), default=None)
    found: list[Value] = [*_about(chart, episodes, since, today, names)]
    for one in known:
        found += _scale(chart, one, since)
    return [*found, *_asked(chart, content), *_comes(chart, today)]


def _about(
    chart: Chart, episodes: Sequence[EpisodeView], since: dt.date | None, today: dt.date, names: Mapping[str, str]
) -> list[Value]:
    who = chart.registration
    born = who.born[:4] if who else ""
    diagnoses = [one.diagnosis for one in chart.diagnoses if one.counts]
    return [
        chart.person, chart.site, who.gender if who else "unknown",
        today.year - int(born) if born.isdigit() else "not recorded", (who.place if who else "") or "not recorded",
        names.get(chart.owner, "nobody"), _finding(chart, "since-last", "chw"),
        "; ".join(one.condition for one in episodes), "; ".join(str(one.step) for one in episodes), since,
        (today - since).days if since else None,
        "; ".join(f"{one.text} ({one.certainty})" for one in diagnoses) or NONE,
    ]  # fmt: skip


def _scale(chart: Chart, instrument: Instrument, since: dt.date | None) -> list[Value]:
    """Latest, previous and baseline, each with its day. The baseline is the first at, or shortly before, enrolment."""
    series = chart.series.get(instrument.id)
    points = series.points if series else ()
    if not points:
        return [NOT_ASKED, None] * 3
    start = since - dt.timedelta(days=SOON) if since else points[0].day
    first = next((point for point in points if point.day >= start), None)
    found: list[Value] = []
    before = points[-2] if len(points) > 1 else None
    for point, none in ((points[-1], ""), (before, "asked once only"), (first, "not asked since enrolment")):
        found += [_value(point), point.day] if point else [none, None]
    return found


def _value(point: Point) -> Value:
    """The total, or in words why there is none."""
    if point.total is None:
        return point.words
    return int(point.total) if point.total == int(point.total) else point.total


def _asked(chart: Chart, content: Content) -> list[Value]:
    thoughts = _thoughts(chart, content)
    told = [fact.body for risk in chart.risks for fact in risk.assessments if isinstance(fact.body, Assessment)]
    pregnancy = chart.pregnancy_told or next(iter(chart.pregnancy[-1:]), None)
    return [
        *thoughts, _newest([one.intent for one in told]), _newest([one.plan for one in told]),
        *((_words(pregnancy[1].pregnant), pregnancy[0].day) if pregnancy else (NOT_ASKED, None)),
        _finding(chart, "since-last", "hospital"),
    ]  # fmt: skip


def _thoughts(chart: Chart, content: Content) -> list[Value]:
    """The newest answer to any question on suicide, and its day. A total alone does not say what was answered."""
    with_safety = {one.id for one in content.instruments if one.safety}
    said = [
        (point.day, _WORST.index(point.scored.safety))
        for name, series in chart.series.items() if name in with_safety for point in series.points
    ]  # fmt: skip
    for fact, body in chart.findings.get("suicide-history", ()):
        told = body.answers.get("thoughts_now")
        if told in ("yes", "no"):
            said.append((fact.day, _WORST.index("positive" if told == "yes" else "negative")))
    if not said:
        return [NOT_ASKED, None]
    day, worst = max(said)
    return [_SAFETY[_WORST[worst]], day]


_WORST = ("none", "negative", "unknown", "positive")
_SAFETY = {
    "none": NOT_ASKED, "negative": "asked: no", "unknown": "not known: not answered, or only a total",
    "positive": "asked: yes",
}  # fmt: skip


def _newest(answers: Sequence[str]) -> str:
    """The newest answer that is one."""
    return next((_words(one) for one in reversed(answers) if one != "not_asked"), NOT_ASKED)


def _words(answer: str) -> str:
    return {"yes": "asked: yes", "no": "asked: no", "not_asked": NOT_ASKED}.get(answer, f"asked: {answer}")


def _finding(chart: Chart, form: str, item: str) -> str:
    """The newest answer to one item of a form."""
    for _, body in reversed(chart.findings.get(form, ())):
        if item in body.answers:
            return _words(str(body.answers[item]))
    return NOT_ASKED


def _comes(chart: Chart, today: dt.date) -> list[Value]:
    met = [(fact.day, body) for fact, body in chart.encounters if _met(body)]
    last = met[-1][0] if met else None
    agreed = _agreed(chart, last)
    done = [(day, body.done) for day, body in met if body.done]
    medicines = chart.current_medicines
    handed = [fact.day for one in medicines for fact in one.dispensed] or [one.fact.day for one in medicines]
    return [
        "; ".join(one.prescription.name for one in medicines) or NONE, max(handed, default=None),
        "; ".join(done[-1][1]) if done else NONE, done[-1][0] if done else None, last,
        (today - last).days if last else None, agreed, _kept(last, agreed), chart.next_date,
        _since(last, today, THREE_MONTHS), _since(last, today, SIX_MONTHS),
    ]  # fmt: skip


def _met(body: Encounter) -> bool:
    return body.outcome == "seen" and body.mode != "curbside"


def _agreed(chart: Chart, last: dt.date | None) -> dt.date | None:
    """The date that was agreed for the last visit: the newest one agreed on an earlier day."""
    before = [body.next for fact, body in chart.encounters if body.next and last is not None and fact.day < last]
    return dt.date.fromisoformat(before[-1]) if before else None


def _kept(last: dt.date | None, agreed: dt.date | None) -> str:
    if last is None:
        return NEVER_MET
    if agreed is None:
        return "no appointment before"
    return "yes" if abs((last - agreed).days) <= SOON else "no"


def _since(last: dt.date | None, today: dt.date, days: float) -> str:
    if last is None:
        return NEVER_MET
    return "yes" if (today - last).days > days else "no"
