"""Everything the chart page shows about one person, as this worker may see it, in the order of the page."""

import datetime as dt
from collections.abc import Mapping

import msgspec
from django.urls import reverse
from django.utils.safestring import SafeString

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import Proposed, proposals, say
from vwazen.clinical.chart import Advice, Chart, EpisodeView
from vwazen.clinical.episodes import ended, illness_words, relapses
from vwazen.content.load import content
from vwazen.server.care import pictures, words
from vwazen.server.care.actions import gives
from vwazen.server.care.entries import Entry, entry_of
from vwazen.server.care.listing import age
from vwazen.server.care.questionnaire import language_name
from vwazen.server.organisation.models import Worker
from vwazen.server.record.access import View
from vwazen.server.web.charts import Trajectory, table, trajectory

IN_PLAN = ("plan_item", "related_person")  # shown with the plan, where a person chooses
SCALES = 2  # instruments drawn for someone who is not enrolled; the others stand in their tables


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    """What the protocol proposes, what can be done at once, and where a person decides."""

    id: str
    what: str
    reason: str
    url: str
    action: str
    decide: str


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A course drawn twice, the same in numbers, and what it amounts to in words."""

    heading: str
    words: str
    wide: SafeString
    narrow: SafeString
    numbers: SafeString


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A treatment, since when, what of it was received, and what it did."""

    name: str
    since: dt.date
    received: str
    happened: str


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """Another registration of the same person, and the merge that says so."""

    alias: str
    name: str
    merge: str
    who: str


def authors(chart: Chart) -> set[str]:
    """Everyone whose name the page needs."""
    found = {fact.author for fact in (*chart.live, *chart.future)} | {chart.owner}
    found |= {fact.author for conflict in chart.conflicts for fact in conflict.facts}
    found |= {body.owner for body in (fact.body for fact in chart.live) if isinstance(body, f.Owner | f.Episode)}
    found |= {body.taker for body in (fact.body for fact in chart.live) if isinstance(body, f.PassedOn)}
    found |= {who for _, body in chart.encounters for who in (body.by, body.worker)}
    found |= {advice.owner for advice in chart.advice}
    return found | ({chart.historical.owner} if chart.historical else set())


def introduced(chart: Chart, today: dt.date) -> str:
    """Who this is, in one line: age, how they are spoken of, place, language, phone. Unknown is said."""
    who = chart.registration
    if who is None:
        return "Not registered"
    known = [age(who.born, today) or "age not recorded", words.GENDERS.get(who.gender, ""),
             who.place or "place not recorded"]  # fmt: skip
    if who.language:
        known.append(f"speaks {language_name(who.language)}")
    known.append(f"phone {who.phone}" if who.phone else "no phone recorded")
    return ", ".join(part for part in known if part)


def suggestions(
    by: Worker, view: View, may: Mapping[str, bool], today: dt.date
) -> list[tuple[EpisodeView, list[Suggested]]]:
    """For each open episode what its protocol proposes today. Nothing for who may not read scores."""
    if not view.may_see("mental-health"):
        return []
    found = []
    for episode in view.chart.open_episodes:
        every = proposals(view.chart, episode, content(), today)
        found.append((episode, [_suggested(by, view, may, episode, one) for one in every]))
    return [(episode, every) for episode, every in found if every]


def _suggested(by: Worker, view: View, may: Mapping[str, bool], episode: EpisodeView, one: Proposed) -> Suggested:
    person, what = view.person.pk, one.proposal.propose
    url, action = "", ""
    if what == "confirm_remission" and episode.instrument and gives(by, view.path, episode.instrument):
        url, action = reverse("ask", args=[person, episode.instrument]), "Ask again"
    elif what in ("consult", "change") and may["review"]:
        url, action = reverse("packet", args=[person]), "Review and advise"
    decide = reverse("decide", args=[person, episode.id, one.proposal.id]) if may["record_care"] else ""
    return Suggested(
        id=one.proposal.id, what=words.PROPOSES[what], reason=one.reason, url=url, action=action, decide=decide
    )


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Care over years: which episode each open one is, what came back since care ended, and what had ended."""

    numbers: tuple[str, ...]
    relapses: tuple[str, ...]
    ended: tuple[str, ...]


def past(view: View) -> Past:
    """What the chart says of earlier episodes; for what they were, only to who may read it."""
    chart, reads = view.chart, view.may_see("mental-health")
    found = []
    for one in ended(chart):
        said = [f"{f'care for {one.condition}' if reads else 'care'} from {say(one.started)}"]
        said += [f"to {say(one.closed)}, {words.CLOSES.get(one.outcome, one.outcome)}"] if one.closed else []
        said += [f"({illness_words(chart, one)})"] if reads and illness_words(chart, one) else []
        found.append(" ".join(said))
    back = [
        f"{content().instrument(one.episode.instrument).name} {one.point.words} on {say(one.point.day)}, after care "
        f"for {one.episode.condition} ended on {say(one.episode.closed)}; from {one.line:g} the protocol speaks of a "
        "relapse"
        for one in relapses(chart, content())
    ]
    return Past(
        numbers=tuple(
            f"{words.first_up(one.condition)}: {illness_words(chart, one)}"
            for one in chart.open_episodes
            if reads and illness_words(chart, one)
        ),
        relapses=tuple(back) if reads else (), ended=tuple(found),
    )  # fmt: skip


def form_url(person: str, form: str) -> str:
    """Where a form of the chart stands open."""
    return f"{reverse('chart', args=[person])}?do={form}#do-{form}"


def drawn(view: View, today: dt.date) -> list[Picture]:
    """Each episode's course, open ones first; without an episode, the instruments answered most lately."""
    if not view.may_see("mental-health"):
        return []
    chart = view.chart
    found = []
    for episode in sorted(chart.episodes, key=lambda one: (one.closed is not None, -one.started.toordinal())):
        picture = pictures.course(chart, episode, today)
        if picture:
            title = f"{picture.instrument}, {episode.condition} since {say(episode.started)}"
            ended = f" Care ended on {say(episode.closed)}." if episode.closed else ""
            found.append(_picture(picture, title, f"{words.first_up(episode.words)}.{ended}"))
    if not found:
        newest = sorted(chart.series.values(), key=lambda one: -one.points[-1].day.toordinal())
        for one in newest[:SCALES]:
            plain = pictures.plain_course(chart, one, today)
            if plain:
                found.append(_picture(plain, plain.instrument, "No protocol follows this here: no target, no course."))
    return found


def _picture(picture: Trajectory, heading: str, said: str) -> Picture:
    both = trajectory(picture)
    return Picture(heading=heading, words=said, wide=both.wide, narrow=both.narrow, numbers=table(picture))


def tried(chart: Chart, today: dt.date, form: str = "") -> list[Tried]:
    """Every treatment by name, the one begun first at the top; `form` leaves out all but one kind."""
    found = []
    for name, events in pictures.by_name(chart, form).items():
        doses = list(dict.fromkeys(body.dose for _, body in events if body.dose))
        said = list(dict.fromkeys(body.note for _, body in events if body.note))
        said += ["stopped"] if events[-1][1].event == "stopped" else []
        found.append(
            Tried(
                name=f"{name} {doses[-1]}" if doses else name,
                since=events[0][0].day,
                received=pictures.received(events, today),
                happened="; ".join(said[-2:]),
            )
        )
    return found


def safety_pairs(view: View) -> list[tuple[str, str]]:
    """What was asked about safety, and when. A "not at all" is an answer, never a sign that all is well."""
    pairs = []
    asked = [
        (point.day, words.safety_words(known, body))
        for one in view.chart.series.values()
        for point in one.points
        for body in [point.fact.body]
        for known in [pictures.instrument_of(one.instrument)]
        if known and known.safety and isinstance(body, f.Response)
    ]
    if view.may_see("mental-health"):
        newest = max(asked, default=None, key=lambda pair: pair[0])
        pairs.append(("Last questionnaire", f"{say(newest[0])}, {newest[1]}" if newest else "never asked here"))
    spoken = [at for risk in view.chart.risks for at in risk.asked_on.values()]
    pairs.append(("Last conversation", say(max(spoken).date()) if spoken else "none recorded here"))
    acts = [risk.last_act for risk in view.chart.risks if risk.last_act]
    if acts:
        pairs.append(("Harmed themselves", say(max(acts))))
    signs = [f"{words.SIGNS.get(sign, sign)} since {say(day)}" for sign, day in view.chart.signs.items()]
    if signs:
        pairs.append(("Danger signs", "; ".join(signs)))
    return pairs


def registrations(chart: Chart, names: Mapping[str, str]) -> list[Registered]:
    """The other registrations that were merged into this person."""
    known = {
        fact.person: fact.body.chosen_name or fact.body.name
        for fact in chart.live
        if isinstance(fact.body, f.Registration) and fact.person != chart.person
    }
    return [
        Registered(
            alias=fact.person, name=known.get(fact.person, "a registration without a name"), merge=fact.id,
            who=f"{names.get(fact.author, 'someone')}, {say(fact.day)}",
        )
        for fact in chart.live
        if isinstance(fact.body, f.Merge)
    ]  # fmt: skip


def contradictions(chart: Chart, names: Mapping[str, str]) -> list[tuple[str, list[Entry]]]:
    """What cannot both hold, other than scores (which stand in their table): each side with its source."""
    return [
        (conflict.what.replace("_", " "), [entry_of(fact, names) for fact in conflict.facts])
        for conflict in chart.conflicts
        if conflict.what not in chart.series and conflict.what not in IN_PLAN
    ]


def advised(chart: Chart, names: Mapping[str, str]) -> list[dict[str, object]]:
    """Advice, the newest first, and what came of it: done or not, and what the score did since."""
    return [
        {
            "fact": one.fact.id, "day": one.fact.day, "by": names.get(one.fact.author, "a specialist"),
            "choice": words.CHOICES[one.recommendation.choice], "text": one.recommendation.text,
            "teaching": one.recommendation.teaching, "became": became(one, names), "open": one.done is None,
        }
        for one in reversed(chart.advice)
    ]  # fmt: skip


def became(advice: Advice, names: Mapping[str, str]) -> str:
    """What came of a piece of advice, in one sentence."""
    owner = names.get(advice.owner, "someone who left")
    if advice.done is None:
        said = f"waits for {owner}, by {say(dt.date.fromisoformat(advice.recommendation.due))}"
    else:
        body = advice.done.body
        done = isinstance(body, f.CarriedOut) and body.done
        why = f": {body.note}" if isinstance(body, f.CarriedOut) and body.note else ""
        said = f"{'carried out' if done else 'not carried out'} on {say(advice.done.day)}{why}"
    if advice.score_then is not None and advice.score_now is not None:
        said += f"; the score was {advice.score_then:g} then, is {advice.score_now:g} now"
    elif advice.score_then is not None:
        said += f"; the score was {advice.score_then:g} then, none since"
    return said
