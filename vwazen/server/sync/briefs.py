"""What a phone is given of a person: their chart as its worker may see it, in few words, and nothing that ages.

What a worker may not read is not in the chart that this is made from; where a list has a plain sentence beside the one
that speaks of an illness, who may not read the one gets the other, as on the pages.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.brief_values import known, quiet
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart, EpisodeView, Medicine, Risk
from vwazen.clinical.facts import Fact
from vwazen.clinical.referral_chart import Referred
from vwazen.content.load import content
from vwazen.server.care import words
from vwazen.server.care.actions import may_give
from vwazen.server.care.charted import contradictions
from vwazen.server.care.due import protocol_step
from vwazen.server.care.entries import Entry, entry_of
from vwazen.server.care.listing import worker_names
from vwazen.server.care.waiting import RIGHTS
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import access, store
from vwazen.server.record.access import View
from vwazen.server.record.models import CaseloadRow, NameKey, OpenItem, Person, Segment
from vwazen.server.record.referral_rows import BECAME, TO, from_us
from vwazen.server.sync import asking, wire
from vwazen.server.sync.scope import SEES

NEWEST = 12  # entries of the record that a phone shows
POINTS = 12  # scores of an episode
REFERRALS = 4
MESSAGES = 4  # of those that this worker has read, or wrote
THANKS_DAYS = 60
_NOT_TASKS = frozenset((OpenItem.RISK,))  # stand on a phone as what they are


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in derived rows about the people of one round, by person; and names of workers and sites.

    `givers`: fact -> who said it, of what was given to this worker to do. `asks`: see `wire.Brief`.
    """

    segments: Mapping[str, Sequence[Segment]]
    items: Mapping[str, Sequence[OpenItem]]
    asked: Mapping[str, Mapping[str, dt.date | None]]
    keys: Mapping[str, tuple[str, ...]]
    givers: Mapping[str, str]
    workers: Mapping[str, str]
    sites: Mapping[str, str]
    asks: Mapping[str, str]


def full(by: Worker, rows: Sequence[Person], today: dt.date) -> dict[str, wire.Brief]:
    """Person -> the brief of their care. Somebody of whom `by` may not know is not in it."""
    views = list(access.many(by=by, rows=rows, permission=SEES, elsewhere=True))
    beside = _beside(by, views)
    return {view.person.pk: _full(by, view, beside, today) for view in views}


def thin(by: Worker, rows: Sequence[Person]) -> dict[str, wire.Brief]:
    """Person -> what is needed to find them again. The caller has left out of whom nobody may know."""
    keys, asks = _keys([row.pk for row in rows]), asking.unusual(by, rows)
    return {row.pk: _who(row, keys.get(row.pk, ()), asks.get(row.pk)) for row in rows}


def _who(row: Person, keys: tuple[str, ...], asks: str | None) -> wire.Brief:
    return wire.Brief(
        person=row.pk, name=row.name, born=row.born, gender="" if row.gender == "unknown" else row.gender,
        place=row.place, site=row.site, died=row.died.isoformat() if row.died else "", keys=keys, asks=asks,
    )  # fmt: skip


def _keys(people: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """How the words of each name sound; pairs of them follow from these."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(people), 400):
        part = people[start : start + 400]
        for person, key in NameKey.objects.filter(person__in=part).values_list("person", "key"):
            if " " not in key:
                found.setdefault(person, set()).add(key)
    return {person: tuple(sorted(those)) for person, those in found.items()}


def _beside(by: Worker, views: Sequence[View]) -> Beside:
    people = [view.person.pk for view in views]
    segments: dict[str, list[Segment]] = {}
    for part in Segment.objects.filter(person__in=people).order_by("starts", "rank", "row"):
        segments.setdefault(part.person, []).append(part)
    items: dict[str, list[OpenItem]] = {}
    for item in OpenItem.objects.filter(person__in=people).order_by("rank", "day", "id"):
        if item.kind in RIGHTS and item.kind not in _NOT_TASKS and _theirs(by, item):
            items.setdefault(item.person, []).append(item)
    asked: dict[str, dict[str, dt.date | None]] = {}
    for person, episode, last in CaseloadRow.objects.filter(person__in=people).values_list(
        "person", "episode", "last_day"
    ):
        asked.setdefault(person, {})[episode] = last
    given = [one.fact for those in items.values() for one in those if _given(by, one) and one.fact]
    givers = {id_: f.decode(raw).author for id_, raw in store.known_facts(given).items()}
    ids = {name for view in views for name in _workers_in(view.chart)} | set(givers.values())
    sites = {one.body.to_site for view in views for one in view.chart.referrals if one.body.to_site}
    return Beside(
        segments=segments, items=items, asked=asked, keys=_keys(people), givers=givers, workers=worker_names(ids),
        sites=dict(Site.objects.filter(code__in=sites).values_list("code", "name")),
        asks=asking.unusual(by, [view.person for view in views]),
    )  # fmt: skip


def _theirs(by: Worker, item: OpenItem) -> bool:
    """Whether it waits for this worker, or for anybody with their rights at that place."""
    rights = [one for one in RIGHTS[item.kind] if one in policy.scopes().permissions]
    return item.owner in ("", str(by.pk)) and any(policy.can(by, one, item.path) for one in rights)


def _given(by: Worker, item: OpenItem) -> bool:
    """Whether it was given to this worker by name: then they may read it whatever their segments are, as on Today."""
    return item.kind in (OpenItem.ADVICE, OpenItem.PLAN) and item.owner == str(by.pk)


def _workers_in(one: Chart) -> Iterator[str]:
    yield one.owner
    for fact in one.live[-3 * NEWEST :]:
        yield fact.author
        for name in ("owner", "by", "worker", "taker"):
            if isinstance(who := getattr(fact.body, name, ""), str):
                yield who
    for note in one.messages:
        yield from (fact.author for fact in (note.fact, *note.read))
    for facts in (conflict.facts for conflict in one.conflicts):
        yield from (fact.author for fact in facts)
    yield from (medicine.fact.author for medicine in one.current_medicines)
    yield from (risk.acknowledged.author for risk in one.open_risks if risk.acknowledged)
    yield from (advice.fact.author for advice in one.advice)


def _full(by: Worker, view: View, beside: Beside, today: dt.date) -> wire.Brief:
    one, person, reads = view.chart, view.person.pk, view.may_see("mental-health")
    who = one.registration
    keys = beside.keys.get(person, ())
    return msgspec.structs.replace(
        _who(view.person, keys, beside.asks.get(person)),
        name=one.name, phone=who.phone if who else "", aliases=tuple(sorted(one.aliases)), care=True,
        owner=one.owner, owner_name=beside.workers.get(one.owner, ""), given=_follows(by, one),
        lists=tuple(_stretch(part, reads) for part in beside.segments.get(person, ())),
        next=_iso(one.next_date), last=_iso(one.last_contact),
        episodes=tuple(_episode(each, one, reads, today) for each in one.open_episodes),
        risks=tuple(_risk(each, beside.workers) for each in one.open_risks),
        medicines=tuple(_medicine(each, beside.workers) for each in one.current_medicines),
        allergies=_allergies(one),
        referrals=tuple(_referral(each, view, beside) for each in one.referrals[-REFERRALS:]),
        tasks=(*(_task(by, item, view, beside) for item in beside.items.get(person, ())),
               *_thanks(by, one, beside, today)),
        asked=_asked(by, view, beside), sessions=_sessions(one), relapse=_relapse(one),
        signs=tuple((sign, day.isoformat()) for sign, day in sorted(one.signs.items())),
        conflicts=tuple(_conflict(*each) for each in contradictions(one, beside.workers)),
        recent=_recent(one, beside.workers, reads), messages=_messages(str(by.pk), one, beside.workers),
    )  # fmt: skip


def _follows(by: Worker, one: Chart) -> bool:
    """Whether this worker follows the person, or wrote something of the newest about them."""
    me = str(by.pk)
    return one.owner == me or any(fact.author == me for fact in one.live[-3 * NEWEST :])


def _iso(day: dt.date | dt.datetime | None) -> str:
    return day.isoformat() if day is not None else ""


def _stretch(part: Segment, reads: bool) -> wire.Stretch:
    return wire.Stretch(
        starts=part.starts.isoformat(), ends=part.ends.isoformat(), tier=part.tier, word=part.word, rank=part.rank,
        reason=part.reason if reads else part.plain, waiting=part.waiting_since.isoformat(),
    )  # fmt: skip


def _episode(episode: EpisodeView, one: Chart, reads: bool, today: dt.date) -> wire.EpisodeBrief:
    series = one.series.get(episode.instrument) if reads else None
    points = series.points[-POINTS:] if series else ()
    return wire.EpisodeBrief(
        id=episode.id, protocol=episode.protocol if reads else "", protocol_version=episode.protocol_version,
        condition=episode.condition if reads else "", step=episode.step, started=episode.started.isoformat(),
        instrument=episode.instrument if reads else "", known=known(one, episode, content()) if reads else {},
        quiet=quiet(one, episode, content(), today) if reads else (),
        points=tuple(
            (point.day.isoformat(), point.total, "" if point.total is not None else point.words) for point in points
        ),
    )  # fmt: skip


def _risk(risk: Risk, workers: Mapping[str, str]) -> wire.RiskBrief:
    taken = risk.acknowledged
    name = taken.body.name if taken is not None and isinstance(taken.body, f.Acknowledged) else ""
    return wire.RiskBrief(
        id=risk.id, ids=tuple(risk.ids), opened=_iso(risk.opened), why=risk.why, answers=risk.answers,
        urgent=risk.urgent_since is not None, contact_due=_iso(risk.contact_due),
        acknowledged=(name or workers.get(taken.author, "somebody")) if taken is not None else "",
    )  # fmt: skip


def _medicine(one: Medicine, workers: Mapping[str, str]) -> wire.MedicineBrief:
    """What the prescription says: where nobody said at which hours, the phone does not either."""
    body = one.prescription
    injected = body.route == "injection" or body.every_days is not None
    return wire.MedicineBrief(
        id=one.fact.id, name=body.name, strength=body.strength, times=body.hours, words=words.regimen(body),
        since=one.since.isoformat(), until=_iso(one.lasts_until),
        by="" if body.told else workers.get(one.fact.author, ""), unit="injection" if injected else body.unit,
        daily=bool(body.hours) or body.times is not None, segment=body.segment,
    )  # fmt: skip


def _allergies(one: Chart) -> tuple[str, ...]:
    known = [f"{body.substance}: {body.reaction}" if body.reaction else body.substance
             for _, body in one.allergies if body.substance]  # fmt: skip
    asked = [fact.day for fact, body in one.allergies if body.none_known]
    return tuple(known) if known or not asked else (f"none known, asked on {say(max(asked))}",)


def _referral(one: Referred, view: View, beside: Beside) -> wire.ReferralBrief:
    body = one.body
    to = beside.sites.get(body.to_site, "") or body.to_name or TO[body.to]
    if one.open:
        sentence = from_us(one)[0 if view.may_see(body.segment) else 1]
    else:
        sentence = f"Referred to {to}: {BECAME.get(one.state, one.state)} on {say(one.since)}"
    return wire.ReferralBrief(
        id=one.id, to=to, state=one.state, due=_iso(one.due), sentence=_stopped(sentence)
    )  # fmt: skip


def _stopped(text: str) -> str:
    return text if text.endswith((".", "?", "!", ".)")) else f"{text}."


def _task(by: Worker, item: OpenItem, view: View, beside: Beside) -> wire.TaskBrief:
    said = beside.givers.get(item.fact) or next((one.author for one in view.chart.live if one.id == item.fact), "")
    id_ = f"{item.kind}:{item.fact}" if item.kind == OpenItem.MESSAGE else item.pk  # by which its reading ends it
    return wire.TaskBrief(
        id=id_, kind=item.kind, due=_iso(item.due), starts=item.starts.isoformat(),
        text=_stopped(item.reason if _given(by, item) or view.may_see("mental-health") else item.plain),
        by=beside.workers.get(said, "") if item.fact else "",
    )  # fmt: skip


def _thanks(by: Worker, one: Chart, beside: Beside, today: dt.date) -> Iterator[wire.TaskBrief]:
    """That somebody whom this worker sent was seen: told back to whoever sent them."""
    for referral in one.referrals:
        if referral.fact.author != str(by.pk) or referral.state not in ("arrived", "seen", "closed"):
            continue
        if (today - referral.since).days > THANKS_DAYS:
            continue
        to = beside.sites.get(referral.body.to_site, "") or referral.body.to_name or TO[referral.body.to]
        came = "has arrived" if referral.state == "arrived" else "was seen"
        steps = [
            step
            for step in referral.steps
            if isinstance(step.body, f.ReferralStep) and step.body.became == referral.state
        ]
        back = next((step.body.back for step in reversed(steps) if isinstance(step.body, f.ReferralStep)), "")
        back = back if referral.body.segment == "general" else ""
        yield wire.TaskBrief(
            id=f"thanks:{referral.id}:{referral.state}", kind="thanks", due=referral.since.isoformat(),
            text=f"{one.name} {came} at {to}. Thank you.{f' {back}' if back else ''}",
            by=beside.workers.get(steps[-1].author, "") if steps else "",
        )  # fmt: skip


def _messages(me: str, one: Chart, workers: Mapping[str, str]) -> tuple[wire.MessageBrief, ...]:
    """What the team wrote to this worker and they to it, oldest first: all that waits for them, and the last others."""
    theirs = [note for note in one.messages if me in (note.fact.author, *note.message.to, *note.waits)]
    first = len(theirs) - MESSAGES
    return tuple(
        wire.MessageBrief(
            id=note.id, text=note.message.text, author=note.fact.author, at=note.fact.occurred, waits=me in note.waits,
            by=workers.get(note.fact.author, ""), read=tuple(workers.get(fact.author, "") for fact in note.read),
            reply_to=note.message.reply_to, segment=note.message.segment,
        )
        for number, note in enumerate(theirs)
        if me in note.waits or number >= first
    )  # fmt: skip


def _asked(by: Worker, view: View, beside: Beside) -> tuple[tuple[str, str, str], ...]:
    """Instrument, day it was last asked, day from which it is due ("" where no protocol asks for it).

    That it was asked is no secret of those who may not read the answers; of what is due it names the instrument only to
    who gives it.
    """
    found = {
        name: (name, series.points[-1].day.isoformat(), "")
        for name, series in view.chart.series.items()
        if series.points
    }
    for episode in view.chart.open_episodes:
        plan, step = protocol_step(episode.protocol, episode.protocol_version, episode.step)
        followed = plan.followed(episode.condition) if plan else None
        if step is None or followed is None or not policy.can(by, "ask", view.path):
            continue
        try:
            instrument = content().instrument(followed.instrument)
        except LookupError:
            continue
        if may_give(by, view.path, instrument):
            last = beside.asked.get(view.person.pk, {}).get(episode.id)
            due = last + dt.timedelta(days=step.measure_every_days) if last else episode.started
            found[instrument.id] = (instrument.id, _iso(last), due.isoformat())
    return tuple(found[name] for name in sorted(found))


def _sessions(one: Chart) -> tuple[tuple[str, int, str, str], ...]:
    """Each talking treatment: how many sessions were held, the last day, and what was to be practised since."""
    held: dict[str, list[Fact]] = {}
    for fact, body in one.treatments:
        if body.form == "psychological" and body.event == "session":
            held.setdefault(body.name, []).append(fact)
    # Of the form of a session, and of those made from manuals: what to practise is called alike in all of them.
    forms = [those for those in one.findings.values() if "practise" in those[-1][1].answers]
    homework = [(fact.day, body.answers.get("practise", "")) for those in forms for fact, body in those]
    last = max(homework, default=(dt.date.min, ""), key=lambda pair: pair[0])
    practise = last[1] if isinstance(last[1], str) else ""
    return tuple(
        (name, len(facts), facts[-1].day.isoformat(), practise if facts[-1].day == last[0] else "")
        for name, facts in held.items()
    )


def _relapse(one: Chart) -> tuple[tuple[str, str], ...]:
    """The signs by which it comes back, as the shared plan names them."""
    return tuple(
        (fact.id, item.text) for fact, item in one.shared_plan if item.part == "relapse_sign" and item.status == "open"
    )


def _conflict(what: str, sides: Sequence[Entry]) -> str:
    said = " / ".join(f"{_line(side)} ({side.who}, {say(side.day)})" for side in sides)
    return f"{words.first_up(what)}: {said}"


def _line(entry: Entry) -> str:
    return f"{entry.title}: {entry.text}" if entry.text else entry.title


def _recent(one: Chart, workers: Mapping[str, str], reads: bool) -> tuple[tuple[str, str, str], ...]:
    called = {name: each.prescription.name for each in one.medicines for name in each.ids}
    told: list[tuple[str, str, str]] = []
    for fact in _newest(one.live):
        entry = entry_of(fact, workers, reads=reads, called=called)
        if not entry.bound:
            told.append((entry.day.isoformat(), _line(entry), entry.who))
        if len(told) == NEWEST:
            break
    return tuple(told)


def _newest(facts: Sequence[Fact]) -> Iterable[Fact]:
    return reversed(facts[-3 * NEWEST :])
