"""Facts about one invented person (or two who turn out to be one), as careless and contradictory as they may come."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import msgspec
from hypothesis import strategies as st

from vwazen.clinical import facts as f
from vwazen.clinical.facts import Fact
from vwazen.content.load import Content, content

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 6, 1)
FIRST = dt.date(2026, 1, 5)
PEOPLE = ("p1", "p2", "p3")
MISSING = ("not-here-1", "not-here-2")
OFFSETS = ("Z", "+00:00", "-11:00", "-05:00", "+01:00", "+05:30", "+13:00")
TIMES = ("00:30:00", "08:00:00", "12:00:00", "12:00:00.500", "23:30:00")


def base() -> Content:
    """The content of this checkout, the non-commercial pack included (WHO-5: a scale on which high is good)."""
    return content([ROOT / "vwazen" / "content", ROOT / "packs" / "noncommercial"])


KNOW = base()

words = st.sampled_from(["", "Invented words.", "Zòt mo, {score.last} and {risk.why}"])
answer = st.sampled_from(["yes", "no", "not_asked"])
near_days = st.integers(0, 147).map(lambda n: FIRST + dt.timedelta(n)) | st.integers(140, 147).map(
    lambda n: FIRST + dt.timedelta(n)
)
far_days = st.integers(3, 40).map(lambda n: TODAY + dt.timedelta(n))
item = st.sampled_from([0.0, 0.0, 1.0, 2.0, 3.0])
sources = st.none() | st.builds(f.Source, system=st.just("elsewhere"), id=st.sampled_from(["a", "b"]))


@st.composite
def moments(draw: st.DrawFn, future: bool = False) -> str:
    """An ISO date, or an instant with an offset."""
    day = draw(far_days if future else near_days).isoformat()
    if draw(st.integers(0, 2)) == 0:
        return day
    return f"{day}T{draw(st.sampled_from(TIMES))}{draw(st.sampled_from(OFFSETS))}"


stamps = st.builds("{}T{}{}".format, near_days.map(str), st.sampled_from(TIMES), st.sampled_from(("Z", "+00:00")))
iso_days = near_days.map(str)


@st.composite
def responses(draw: st.DrawFn, instruments: Sequence[str] = ()) -> f.Response:
    """Answers, complete or not, or a total alone; of instruments that are installed and of some that are not."""
    name = draw(st.sampled_from(instruments or ("phq-9",) * 5 + ("gad-7", "seizures", "who-5", "epds", "unheard-of")))
    count = {"phq-9": 9, "gad-7": 7, "who-5": 5, "epds": 10, "seizures": 1}.get(name, 3)
    answers = {str(n + 1): draw(item) for n in range(count)}
    if draw(st.integers(0, 3)) == 0:
        for n in draw(st.lists(st.integers(1, count), max_size=4)):
            answers.pop(str(n), None)
    if name == "phq-9" and draw(st.integers(0, 4)) == 0:
        answers["10"] = draw(item)
    total_only = draw(st.integers(0, 7)) == 0
    has_total = total_only or draw(st.integers(0, 6)) == 0
    stated = draw(st.sampled_from([3.0, 12.0, 16.0, 20.0, 28.0])) if has_total else None
    if total_only and draw(st.booleans()):
        answers = {}
    return f.Response(
        instrument=name, version=draw(st.sampled_from([1, 1, 1, 1, 7])), answers=answers, stated_total=stated,
        total_only=total_only, source=draw(sources),
    )  # fmt: skip


@st.composite
def stays(draw: st.DrawFn, some: st.SearchStrategy[str], workers: st.SearchStrategy[str]) -> f.Stay:
    """An event of a stay, told by a page, or by another system with or without its number of the visit."""
    event = draw(st.sampled_from(["admitted"] * 3 + ["discharged"] * 3 + [*_EVENTS]))
    told = draw(st.booleans())
    return f.Stay(
        where=draw(st.sampled_from(["hospital", "hospital", *_WHERE])), event=event, stay=draw(some),  # type: ignore[arg-type]
        cancels=draw(st.sampled_from(["admitted", "discharged", "leave"])) if event == "cancelled" else "",
        facility=draw(st.sampled_from(["", "here", "there"])), visit=draw(st.sampled_from(["", "v1", "v2"])),
        source=f.Source(system="elsewhere", id="s") if told else None, worker=draw(st.just("") | workers),
        destination=draw(st.sampled_from(["", "home", "facility"])), next=draw(st.just("") | far_days.map(str)),
        instructions=draw(words),
    )  # fmt: skip


_EVENTS = ("transferred", "leave", "returned", "left_without", "released", "attended", "absent", "updated", "cancelled")
_WHERE = ("emergency", "prison", "day_hospital", "protected_home", "other")


def bodies(ids: Sequence[str]) -> dict[str, st.SearchStrategy[f.AnyBody]]:
    """kind -> what it may say; references point at any fact, of whatever kind, or at none."""
    ref = st.sampled_from([*ids, *ids, *MISSING])
    some = st.just("") | ref
    episode = st.sampled_from(["f00", "f01", *ids, MISSING[0], MISSING[0]])
    workers = st.sampled_from(["w1", "w2"])
    number = st.sampled_from([1, 2, 3, 9])
    return {
        "registration": st.builds(
            f.Registration, name=st.sampled_from(["Invented One", "Invented Two"]), born=st.sampled_from(["", "1985"])
        ),
        "death": st.builds(f.Death),
        "merge": st.builds(f.Merge, into=st.sampled_from(PEOPLE)),
        "consent": st.builds(
            f.Consent, segment=st.sampled_from(f.SEGMENTS), granted=st.booleans(),
            to=st.sampled_from(("", "role:nurse", "site:s1", "site:s2", "worker:w1", "worker:w2", "family", "an aunt")),
            until=st.sampled_from(("", "2026-03-01", "2026-11-30")),
        ),
        "response": responses(),
        "episode": st.builds(
            f.Episode, protocol=st.sampled_from(["collaborative-care"] * 4 + ["unheard-of"]),
            protocol_version=st.sampled_from([1, 1, 1, 9]), owner=workers, step=number,
            condition=st.sampled_from(["depression", "depression", "anxiety", "unheard-of"]),
        ),
        "step": st.builds(f.Step, episode=episode, step=number),
        "close": st.builds(f.Close, episode=episode, outcome=st.sampled_from(["completed", "lost"])),
        "owner": st.builds(f.Owner, owner=workers),
        "triage": st.builds(f.Triage, decision=st.sampled_from(["not_now", "again"]), until=st.just("") | iso_days),
        "encounter": st.builds(
            f.Encounter, mode=st.sampled_from(["clinic", "phone"]), outcome=st.sampled_from(["seen", "seen", "missed"]),
            next=st.just("") | iso_days, risk=some,
        ),
        "treatment": st.builds(
            f.Treatment, name=st.just("invented"), form=st.sampled_from(["psychological", "medicine"]),
            event=st.sampled_from(["session", "missed", "given", "gap"]), days=st.none() | st.just(28),
        ),
        "question": st.builds(f.Question, text=words),
        "recommendation": st.builds(
            f.Recommendation, episode=episode, choice=st.sampled_from(["continue", "step_up"]), text=words,
            owner=workers, due=iso_days, question=some,
        ),
        "carried_out": st.builds(f.CarriedOut, recommendation=ref, done=st.booleans()),
        "sign": st.builds(
            f.Sign, sign=st.sampled_from(["mania", "toxicity", "status_epilepticus"]), present=st.booleans()
        ),
        "hospital": st.builds(f.Hospital, event=st.sampled_from(["admitted", "discharged"])),
        "stay": stays(some, workers),
        "medicine_reconciled": st.builds(
            f.MedicineReconciled, stay=ref, prescription=some, words=words,
            decision=st.sampled_from(["continue", "change", "stop", "new", "unknown"]),
        ),
        "identifier": st.builds(f.Identifier, system=st.just("elsewhere"), number=st.sampled_from(["1", "2"])),
        "diagnosis": st.builds(
            f.Diagnosis, text=words, certainty=st.sampled_from(["provisional", "confirmed", "refuted"]), about=some,
            status=st.sampled_from(["active", "resolved"]),
        ),
        "allergy": st.builds(f.Allergy, substance=st.sampled_from(["penicillin", "latex"])),
        "prescription": st.builds(
            f.Prescription, name=st.sampled_from(["invented-a", "invented-b"]), replaces=some, told=st.booleans(),
            every_days=st.sampled_from([None, None, 28]), days=st.sampled_from([None, 28, 90]),
        ) | st.builds(
            f.Prescription, name=st.sampled_from(["invented-a", "invented-b"]), replaces=some,
            hours=st.sampled_from([(1, 0, 0, 0), (1, 0, 0.5, 0), (0, 0, 0, 2)]), unit=st.sampled_from(["", "tablet"]),
            segment=st.sampled_from(["mental-health", "general"]),
        ),
        "dispense": st.builds(
            f.Dispense, prescription=ref, given=st.sampled_from(["all", "part", "none"]),
            days=st.sampled_from([None, 28, 28]), why=st.sampled_from(["", "out_of_stock"]),
        ),
        "medicine_stopped": st.builds(f.MedicineStopped, prescription=ref, reason=st.just("no_effect")),
        "intake": st.builds(f.Intake, taken=st.sampled_from(["all", "some"]), prescription=some),
        "measurement": st.builds(
            f.Measurement, what=st.sampled_from(["weight", "glucose"]), value=st.none() | st.just(70.0),
            attention=st.booleans(),
        ),
        "noted": st.builds(f.Noted, fact=ref, outcome=words),
        "pregnancy": st.builds(f.Pregnancy, pregnant=answer, due=st.just("") | iso_days),
        "findings": st.builds(f.Findings, form=st.just("invented"), version=st.just(1)),
        "plan_item": st.builds(
            f.PlanItem, part=st.sampled_from(["goal", "action"]), text=words, due=st.just("") | iso_days,
            owner=st.just("") | workers, status=st.sampled_from(["open", "open", "done"]),
        ),
        "related_person": st.builds(f.RelatedPerson, name=words, may_be_told=answer),
        "decision": st.builds(
            f.Decision, episode=episode, proposal=st.sampled_from(["gap", "step-up"]), until=st.just("") | iso_days,
            choice=st.sampled_from(["accepted", "deferred", "overridden"]),
        ),
        "snooze": st.builds(f.Snooze, item=st.sampled_from(["contact", "refill:f01"]), until=iso_days, reason=words),
        "appointment": st.builds(f.Appointment, next=iso_days),
        "passed_on": st.builds(f.PassedOn, giver=workers, taker=workers),
        "death_review": st.builds(f.DeathReview, cause=words, suicide=st.sampled_from(["no", "not_known"])),
        "resident_review": st.builds(
            f.ResidentReview, stay=ref, next=iso_days, owner=workers, agrees=answer,
            alone=st.dictionaries(st.sampled_from(["cooking", "unheard-of"]), st.sampled_from(["alone", "not_yet"])),
        ),
        "reintegration": st.builds(
            f.Reintegration, stay=ref, owner=workers, next=st.just("") | iso_days,
            stage=st.sampled_from(["assessed", "trial_leave", "home", "followed"]),
        ),
        "absence_call": st.builds(
            f.AbsenceCall, stay=ref, day=iso_days, reached=st.sampled_from(["person", "family", "nobody"])
        ),
        "referral": st.builds(
            f.Referral, to=st.sampled_from(["hospital", "community", "healer"]), to_site=st.sampled_from(["", "there"]),
            urgency=st.sampled_from(["now", "today", "week", "routine"]), reason=words, instead_of=some,
            segment=st.sampled_from(["general", "mental-health", "hiv"]),
        ),
        "referral_step": st.builds(
            f.ReferralStep, referral=ref, worker=st.just("") | workers, expected=st.just("") | iso_days, back=words,
            became=st.sampled_from(["accepted", "declined", "arrived", "seen", "closed", "withdrawn"]),
        ),
        "trace": st.builds(
            f.Trace, missed=st.just("") | iso_days, mode=st.sampled_from(["home", "phone", "neighbour"]),
            found=st.sampled_from(["found", "found", "not_found", "refused", "moved", "died"]),
            reason=st.sampled_from(["money", "stigma", "not_said"]), next=st.just("") | iso_days,
        ),
        "contact_preference": st.builds(
            f.ContactPreference, channel=st.sampled_from(["sms", "voice", "none"]), shared=answer,
            address=st.sampled_from(["+50937000001", "+50937000002"]),
        ),
        "message": st.builds(
            f.TeamMessage, text=st.just("Invented words."), urgent=st.booleans(), reply_to=some,
            to=st.sampled_from([("w1",), ("w2",), ("w1", "w2")]),
        ),
        "message_read": st.builds(f.MessageRead, message=ref),
        "note": st.builds(f.Note, text=words),
        "concern": st.builds(f.Concern, trigger=st.sampled_from(["worker", "answer", "told"]), response=some),
        "assessment": st.builds(
            f.Assessment, risk=ref, intent=answer, plan=answer, poisoning=answer, recent_act=answer,
            recent_act_on=st.just("") | iso_days, staying=words,
        ),
        "violence_check": st.builds(f.ViolenceCheck, risk=ref, afraid_at_home=answer),
        "safety_plan": st.builds(f.SafetyPlan, signs=words, risk=some),
        "call": st.builds(f.Call, risk=ref, called=workers),
        "acknowledged": st.builds(f.Acknowledged, risk=ref),
        "risk_closed": st.builds(f.RiskClosed, risk=ref, reason=words),
        "safety_review": st.builds(f.SafetyReview, outcome=st.sampled_from(["spoke", "tried"])),
        "retraction": st.builds(f.Retraction, reason=words),
    }  # fmt: skip


USUAL = ("response", "response", "episode", "assessment", "encounter", "recommendation", "retraction", "merge")


@st.composite
def persons(draw: st.DrawFn, *, future: bool = True, most: int = 16, kinds: Sequence[str] = ()) -> list[Fact]:
    """A set of facts, each id once. They amend, retract, merge and refer to each other and to what is not there.

    future: whether some may lie beyond what counts on `TODAY`. kinds: only these, each as likely.
    """
    ids = [f"f{n:02}" for n in range(draw(st.integers(1, most)))]
    say = bodies(ids)
    kind = st.sampled_from(kinds or (*f.KINDS, *USUAL * 3))
    found: list[Fact] = []
    for one in ids:
        amends = retracts = ""
        what = draw(kind)
        if what != "retraction" and found and draw(st.integers(0, 3)) == 0:
            before = draw(st.sampled_from(found))  # usually of its own kind, but not always, nor always there
            what = draw(st.sampled_from([before.kind] * 4 + [what]))
            amends = draw(st.sampled_from([before.id] * 8 + [*MISSING, one, ids[-1]])) if what != "retraction" else ""
        body = draw(say[what])
        if isinstance(body, f.Retraction):
            taken = [other.id for other in found if other.retracts]
            retracts = draw(st.sampled_from([*ids, *ids, *taken, *taken, *MISSING]))
        when = draw(moments(future=True)) if future and draw(st.integers(0, 15)) == 0 else draw(moments())
        if found and draw(st.integers(0, 3)) == 0:
            beside = draw(st.sampled_from([other for other in found if other.kind == what] or found))
            when = beside.occurred
            if isinstance(body, f.Response) and isinstance(beside.body, f.Response):
                like = {name: getattr(beside.body, name) for name in ("instrument", "version")}
                body = msgspec.structs.replace(body, **like, answers=draw(responses([like["instrument"]])).answers)
        found.append(
            Fact(
                id=one, person=draw(st.sampled_from(PEOPLE[:1] * 4 + PEOPLE[1:])), occurred=when, recorded=draw(stamps),
                author=draw(st.sampled_from(["w1", "w2"])), site=draw(st.sampled_from(["here", "there"])), body=body,
                amends=amends, retracts=retracts,
            )
        )  # fmt: skip
    return _circles(draw, found)


def _circles(draw: st.DrawFn, facts: list[Fact]) -> list[Fact]:
    """Now and then two retractions retract each other, two facts amend each other, two people are merged crosswise."""
    pairs = [(a, b) for n, a in enumerate(facts) for b in facts[:n] if a.kind == b.kind]
    if not pairs or draw(st.integers(0, 2)):
        return facts
    one, other = draw(st.sampled_from(pairs))
    for this, that, person in ((one, other, "p1"), (other, one, "p2")):
        change: dict[str, object] = {"retracts" if isinstance(one.body, f.Retraction) else "amends": that.id}
        if isinstance(this.body, f.Merge):
            change = {"person": person, "body": f.Merge(into="p2" if person == "p1" else "p1")}
        facts[facts.index(this)] = msgspec.structs.replace(this, **change)
    return facts


def fact(number: int, when: str, body: f.AnyBody, **more: str) -> Fact:
    """One fact of p1, recorded when it happened."""
    stamp = when if len(when) > len("2026-06-01") else f"{when}T12:00:00Z"
    fields = {"person": "p1", "author": "w1", "site": "here", "recorded": stamp} | more
    return Fact(id=fields.pop("id", f"f{number:02}"), occurred=when, body=body, **fields)  # type: ignore[arg-type]


def enrolled(day: dt.date, condition: str = "depression", number: int = 1, **more: str) -> list[Fact]:
    """Registered and enrolled in collaborative care on a day."""
    body = f.Episode(protocol="collaborative-care", protocol_version=1, condition=condition, owner="w1")
    return [
        fact(number - 1, day.isoformat(), f.Registration(name="Invented One"), **more),
        fact(number, day.isoformat(), body, **more),
    ]


def phq9(total: int, ninth: int = 0) -> dict[str, float]:
    """Nine answers with this total, the ninth given."""
    answers: dict[str, float] = {}
    left = total - ninth
    for n in range(1, 9):
        answers[str(n)] = float(min(3, left))
        left -= int(answers[str(n)])
    if left:
        raise ValueError(f"nine answers do not give {total} with {ninth} as the ninth")
    return answers | {"9": float(ninth)}
