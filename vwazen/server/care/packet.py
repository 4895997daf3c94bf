"""One case as a specialist reviews it: what one screen must say, and the form that ends it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from django import forms

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.facts import Fact
from vwazen.clinical.trajectory import change_words
from vwazen.server.care import actions, charted, pictures, target, words
from vwazen.server.care.charted import Picture, Tried
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import View
from vwazen.server.web.charts import table, trajectory
from vwazen.server.web.dates import day as short_day

ROWS = 4  # of what was tried; the whole record is one link away
TALL = 150  # units of the scale: lower than on the chart page, so that one screen holds all
LANES = 3  # treatments drawn, the newest ones
QUOTED = 90  # letters of earlier advice
FUNCTION = "10"  # PHQ-9's question about getting on with life
DUE = (2, 7, 14, 28)  # days from today offered for carrying it out
USUAL_DUE = 7
WRONG = ("required", "invalid_choice")
GONE = "This is no longer open; somebody changed the record meanwhile. Look again, then send."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question that waits for an answer."""

    fact: str
    text: str
    who: str
    day: dt.date


class Packet(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows. `more` counts what was tried beyond the rows shown."""

    episode: EpisodeView | None
    picture: Picture | None
    change: str
    tried: tuple[Tried, ...]
    more: int
    questions: tuple[Asked, ...]
    pairs: tuple[tuple[str, str], ...]
    last: str


def packet_of(view: View, names: Mapping[str, str], by: Worker, today: dt.date) -> Packet:
    """The packet of one person: their newest open episode, or what there is without one."""
    chart = view.chart
    episode = max(chart.open_episodes, key=lambda one: one.started, default=None)
    every = [*_advice(chart, names, by), *reversed(charted.tried(chart, today))]
    answered = {one.recommendation.question for one in chart.advice}
    questions = tuple(
        Asked(fact=fact.id, text=body.text, who=names.get(fact.author, "someone"), day=fact.day)
        for fact, body in chart.questions
        if fact.id not in answered
    )
    return Packet(
        episode=episode, picture=_picture(chart, episode, today), tried=tuple(every[:ROWS]),
        change=words.first_up(change_words(episode)) if episode and episode.last else "",
        more=max(0, len(every) - ROWS), questions=questions,
        pairs=(*_pairs(view, today), *_decided(chart, names, today)),
        last=charted.became(chart.advice[-1], names) if chart.advice else "",
    )  # fmt: skip


def _decided(chart: Chart, names: Mapping[str, str], today: dt.date) -> list[tuple[str, str]]:
    """What was decided about the protocol's proposals, the newest two."""
    found = [
        f"{one.what} {one.choice} {say(one.day)} by {one.who}: {_short(one.reason)}"
        for one in target.decided(chart, names, today)[:2]
    ]
    return [("Decided", words.first_up(" ".join(found)))] if found else []


def _picture(chart: Chart, episode: EpisodeView | None, today: dt.date) -> Picture | None:
    drawn = pictures.course(chart, episode, today) if episode else None
    if drawn is None and chart.series:
        newest = max(chart.series.values(), key=lambda one: one.points[-1].day)
        drawn = pictures.plain_course(chart, newest, today)
    if drawn is None:
        return None
    steps = drawn.lanes[:1]
    reviews = tuple(lane for lane in drawn.lanes[1:] if any(tick.kind == "review" for tick in lane.ticks))
    treatments = tuple(lane for lane in drawn.lanes[1:] if lane not in reviews)
    drawn = msgspec.structs.replace(drawn, lanes=(*steps, *treatments[-LANES:], *reviews))
    both = trajectory(drawn, tall=TALL)
    said = words.first_up(episode.words) if episode else ""
    return Picture(heading=drawn.instrument, words=said, wide=both.wide, narrow=both.narrow, numbers=table(drawn))


def _advice(chart: Chart, names: Mapping[str, str], by: Worker) -> list[Tried]:
    """The newest advice as a row of what was tried: done or not, and what the score did since."""
    if not chart.advice:
        return []
    last = chart.advice[-1]
    body = last.done.body if last.done else None
    if last.done is None:
        received = f"not yet; due {say(dt.date.fromisoformat(last.recommendation.due))}"
    elif isinstance(body, f.CarriedOut) and body.done:
        received = f"done {say(last.done.day)}"
    else:
        received = f"not done, {say(last.done.day)}"
    score = [f"{last.score_then:g} then"] if last.score_then is not None else []
    score.append(f"{last.score_now:g} now" if last.score_now is not None else "no score since")
    said = [_short(last.recommendation.text)]
    said += [_short(body.note)] if isinstance(body, f.CarriedOut) and body.note else []
    who = (
        "Your advice" if last.fact.author == str(by.pk) else f"Advice of {names.get(last.fact.author, 'a specialist')}"
    )
    return [
        Tried(
            name=who, since=last.fact.day, received=received, happened=f"{' '.join(said)} {', '.join(score)}"
        )
    ]  # fmt: skip


def _short(text: str) -> str:
    """The beginning of a text, as a sentence; the whole of it stands in the record."""
    text = text if len(text) <= QUOTED else f"{text[:QUOTED].rsplit(' ', 1)[0]} …"
    return text if text.endswith((".", "…", "!", "?")) else f"{text}."


def _pairs(view: View, today: dt.date) -> list[tuple[str, str]]:
    """Safety, function, body and medicines: each with its day, or that nobody recorded it."""
    chart = view.chart
    safety = "; ".join(f"{term.lower()} {detail}" for term, detail in charted.safety_pairs(view))
    every = pictures.by_name(chart, "medicine").items()
    running = [(name, events) for name, events in every if events[-1][1].event != "stopped"]
    medicines = "; ".join(
        f"{name} {next((body.dose for _, body in reversed(events) if body.dose), '')}".strip()
        + f", {pictures.received(events, today)}"
        for name, events in running
    )
    return [
        ("Safety", words.first_up(safety)),
        ("Function", _function(chart) or "not asked here"),
        ("Body", _body(chart)),
        ("Medicines", medicines or "none recorded here; ask"),
    ]


def _function(chart: Chart) -> str:
    """The newest answer about getting on with life, and the newest WHODAS total."""
    said = []
    known = pictures.instrument_of("phq-9")
    for point in reversed(chart.series["phq-9"].points if "phq-9" in chart.series else ()):
        body = point.fact.body
        if known and isinstance(body, f.Response) and FUNCTION in body.answers:
            label = words.answer_words(known, FUNCTION, body.answers[FUNCTION])
            said.append(f"“{label[:1].lower()}{label[1:]}”, asked {say(point.day)}")
            break
    if "whodas-12" in chart.series:
        point = chart.series["whodas-12"].points[-1]
        said.append(f"WHODAS {point.words}, {say(point.day)}")
    return "; ".join(said)


def _body(chart: Chart) -> str:
    said = [f"allergy to {body.substance}" for _, body in chart.allergies if body.substance]
    if chart.allergies and not said:
        said = ["asked: no allergy known"]
    said += [f"{one.diagnosis.text} ({one.diagnosis.certainty})" for one in chart.diagnoses if one.counts]
    if chart.hospital:
        newest = chart.hospital[-1]
        event = getattr(newest.body, "event", "")
        said.append(f"hospital, {event} {say(newest.day)}")
    return words.first_up("; ".join(said)) if said else "no allergy, illness or hospital stay recorded; ask"


class AdviceForm(forms.Form):
    """A specialist's advice: what, for whom, by when. It becomes a task; nothing changes by itself."""

    episode = forms.ChoiceField(label="For", required=False, error_messages={"invalid_choice": GONE})
    question = forms.ChoiceField(label="Answers", required=False, error_messages={"invalid_choice": GONE})
    choice = forms.ChoiceField(
        label="Your recommendation", choices=list(words.CHOICES.items()), widget=forms.RadioSelect,
        error_messages={"required": "Choose one; nothing is chosen for you."},
    )  # fmt: skip
    text = forms.CharField(
        label="What to do", max_length=4000, widget=forms.Textarea({"rows": 2}),
        error_messages={"required": "Write what to do, so that it can be carried out."},
    )  # fmt: skip
    teaching = forms.CharField(
        label="Teaching point", max_length=400, required=False, help_text="if any, without a name"
    )
    owner = forms.ChoiceField(label="Who", error_messages=dict.fromkeys(WRONG, "Choose who carries it out."))
    due = forms.ChoiceField(label="By", error_messages=dict.fromkeys(WRONG, "Choose one of these days."))

    def __init__(
        self, *arguments: Any, view: View, packet: Packet, staff: list[tuple[str, str]], today: dt.date, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.view = view
        episodes = [(one.id, f"{one.condition} since {say(one.started)}") for one in view.chart.open_episodes]
        questions = [(one.fact, one.text[:60]) for one in packet.questions]
        self._one_of("episode", episodes or [("", "no episode")], packet.episode.id if packet.episode else "")
        self._one_of("question", [*questions, ("", "none of them")], questions[0][0] if questions else "")
        if len(questions) < 2:
            self.fields["question"].widget = forms.HiddenInput()
        owner = view.chart.owner
        self._one_of("owner", staff, owner if any(owner == one for one, _ in staff) else "")
        self.fields["owner"].widget = forms.Select(choices=[("", "choose"), *staff])
        days = {today + dt.timedelta(days=many): "" for many in DUE}
        usual = today + dt.timedelta(days=USUAL_DUE)
        agreed = view.chart.next_date
        if agreed and today < agreed <= today + dt.timedelta(days=DUE[-1]):
            days[agreed], usual = ", next contact", agreed
        dates = [(one.isoformat(), short_day(one, today) + days[one]) for one in sorted(days)]
        self._one_of("due", dates, usual.isoformat())

    def _one_of(self, name: str, choices: list[tuple[str, str]], chosen: str) -> None:
        field = self.fields[name]
        field.choices, field.initial = choices, chosen  # type: ignore[attr-defined]
        if len(choices) == 1 and name == "episode":
            field.widget = forms.HiddenInput()

    def send(self, by: Worker) -> Fact | None:
        """The advice as a fact, or None with what is wrong beside its field."""
        if not self.is_valid():
            return None
        return carry_out(
            self, lambda: actions.recommend(by=by, person=self.view.person.pk, **self.cleaned_data)
        )  # fmt: skip
