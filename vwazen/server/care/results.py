"""What one set of answers says, in words for a page: danger apart, then the score, its change, and what is missing."""

import datetime as dt

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import proposals, say
from vwazen.clinical.chart import Chart, EpisodeView, Point
from vwazen.clinical.instruments import Scored, score, score_total
from vwazen.content.load import Content
from vwazen.content.model import Instrument, Item
from vwazen.content.rules import Protocol
from vwazen.server.care.questionnaire import text_of


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One item with what was answered, or that it was not."""

    number: str
    question: str
    answer: str
    unanswered: bool
    not_asked: bool


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A response made ready to be shown. `change` is in words with its measurement error; "" for the first."""

    instrument: Instrument
    fact: f.Fact
    body: f.Response
    scored: Scored
    of: str
    band: str
    change: str
    cutoffs: tuple[str, ...]
    criteria: tuple[str, ...]
    subscales: tuple[tuple[str, str], ...]
    answers: tuple[Answered, ...]
    unanswered: tuple[str, ...]
    conflict: bool
    zero: str


def result_of(chart: Chart, fact: f.Fact, know: Content) -> Result:
    """The result of one response of this chart. Raises LookupError where its instrument is not installed."""
    body = fact.body
    if not isinstance(body, f.Response):
        raise LookupError(f"{fact.id} holds no answers")
    instrument = know.instrument(body.instrument, body.version)
    scored = _scored(chart, fact, body, instrument)
    point = point_of(chart, fact)
    named = {item.id: question(instrument, item, body.language) for item in instrument.items}
    return Result(
        instrument=instrument, fact=fact, body=body, scored=scored,
        of=f"of {instrument.range.high}" if instrument.range and instrument.range.high is not None else "",
        band=scored.band or "", change=change_words(chart, fact, scored, instrument),
        cutoffs=tuple(_cutoffs(instrument, scored)),
        criteria=tuple(one.name for one in instrument.criteria if scored.criteria.get(one.id)),
        subscales=tuple(
            (one.name, say(value) if (value := scored.subscales.get(one.id)) is not None else "not scored")
            for one in instrument.subscales
        ),
        answers=()
        if body.total_only
        else tuple(_answered(instrument, item, body, scored, named[item.id]) for item in instrument.items),
        unanswered=tuple(_name(instrument, id) for id in scored.missing),
        conflict=bool(point and point.conflict), zero=_zero(scored),
    )  # fmt: skip


def _scored(chart: Chart, fact: f.Fact, body: f.Response, instrument: Instrument) -> Scored:
    """Scored with the person's sex and age, where they are known, since some cut-offs go by them."""
    who = chart.registration
    sex = who.gender if who and who.gender in ("female", "male") else None
    years = float(fact.day.year - int(who.born[:4])) if who and who.born else None
    if body.total_only and body.stated_total is not None:
        return score_total(instrument, body.stated_total, sex=sex, age=years)
    return score(instrument, body.answers, sex=sex, age=years)


def point_of(chart: Chart, fact: f.Fact) -> Point | None:
    """The point of the course that this fact is, or is a part of."""
    body = fact.body
    series = chart.series.get(body.instrument) if isinstance(body, f.Response) else None
    for point in series.points if series else ():
        if point.fact.id == fact.id or any(one.id == fact.id for one in point.conflict):
            return point
    return None


def change_words(chart: Chart, fact: f.Fact, scored: Scored, instrument: Instrument) -> str:
    """The change since the last score of this instrument, always with its measurement error."""
    if scored.total is None:
        return ""
    point = point_of(chart, fact)
    points = chart.series[instrument.id].points if instrument.id in chart.series else ()
    before = [one for one in points[: points.index(point)] if one.total is not None] if point in points else []
    if not before:
        return "The first score; there is nothing to compare it with yet."
    last = before[-1]
    difference = scored.total - (last.total or 0)
    many = "point" if abs(difference) == 1 else "points"
    moved = "The same as" if not difference else f"{abs(difference):g} {many} {'up' if difference > 0 else 'down'} from"
    words = f"{moved} {last.total:g} on {say(last.day)}"
    error = instrument.change.meaningful.value
    if error is None:
        return f"{words}. No measurement error was found for {instrument.name}, so what a change means is not known."
    if abs(difference) < error:
        return f"{words}, within measurement error (under {error:g} points)."
    worse = (difference > 0) == (instrument.direction != "high-is-better")
    return f"{words}, {'worse' if worse else 'better'} by more than measurement error ({error:g} points)."


def _cutoffs(instrument: Instrument, scored: Scored) -> list[str]:
    """The lines this programme goes by, and on which side the total is."""
    found = []
    for cut in instrument.cutoffs:
        reached = scored.cutoffs.get(cut.id)
        if not cut.used or cut.id not in scored.cutoffs:
            continue
        line = f"{cut.at_least:g} or more" if cut.at_least is not None else f"{cut.at_most:g} or less"
        if reached:
            found.append(f"At {line}: {cut.means}. A clinician decides what it is.")
        elif reached is None and scored.total is not None:
            found.append(f"Whether the line for {line} concerns this person depends on sex or age, not recorded.")
    return found


def _zero(scored: Scored) -> str:
    """What to say where the safety questions were answered and none was positive: never that all is well."""
    if scored.safety != "negative":
        return ""
    return (
        "No safety question was answered above its line. That is an answer and no proof of safety: "
        "if anything worries you, ask, and raise a concern."
    )


def question(instrument: Instrument, item: Item, language: str) -> str:
    """The item in the language it was asked in, or its number."""
    _, text = text_of(instrument, language)
    english = instrument.texts.get("en")
    for one in (text, english):
        if one and item.id in one.items:
            return one.items[item.id]
    return f"Item {item.id}" + (f" ({item.topic})" if item.topic else "")


def _name(instrument: Instrument, id: str) -> str:
    item = next(one for one in instrument.items if one.id == id)
    return f"{id} ({item.topic})" if item.topic else id


def _answered(instrument: Instrument, item: Item, body: f.Response, scored: Scored, words: str) -> Answered:
    value = body.answers.get(item.id)
    _, text = text_of(instrument, body.language)
    labels = {}
    for one in (instrument.texts.get("en"), text):
        if one and item.answers and item.answers in one.answers:
            labels = one.answers[item.answers]
    answer = "" if value is None else labels.get(int(value), "") if value == int(value) else ""
    shown = "" if value is None else f"{value:g} {answer}".strip()
    missing = value is None and item.id in scored.missing
    return Answered(
        number=item.id, question=words, answer=shown, unanswered=missing, not_asked=value is None and not missing
    )


def next_steps(chart: Chart, found: Result, know: Content, today: dt.date) -> tuple[str, ...]:
    """What the protocols of the open episodes propose now, in their words, and when to measure again."""
    steps: list[str] = []
    for episode in followed(chart, found.instrument.id):
        steps += [one.reason for one in proposals(chart, episode, know, today)]
        protocol = know.get(Protocol, episode.protocol, episode.protocol_version)
        every = protocol.step(episode.step).measure_every_days
        again = found.fact.day + dt.timedelta(days=every)
        if again >= today:
            often = f"every {every} days in step {episode.step}"
            steps.append(f"Ask {found.instrument.name} again by {say(again)} ({often}).")
    return tuple(steps)


def followed(chart: Chart, instrument: str) -> tuple[EpisodeView, ...]:
    """The open episodes whose course this instrument follows."""
    return tuple(one for one in chart.open_episodes if one.instrument == instrument)
