"""The six steps of an open risk as a page shows them. No step waits for another; what is not asked stays open."""

import datetime as dt
from collections.abc import Mapping

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Risk
from vwazen.clinical.facts import instant
from vwazen.clinical.safety import QUESTIONS

WORDS = {
    "poisoning": "Anything swallowed, or an injury?",
    "intent": "Thoughts of ending their life, now?",
    "plan": "A plan: how, when, where?",
    "means": "The means within reach?",
    "recent_act": "Anything done to harm themselves in the last 3 months?",
    "harm_others": "Thoughts of harming someone else?",
    "child_at_risk": "A child who may come to harm?",
    "psychosis": "Hearing or fearing things that others do not?",
    "intoxication": "Alcohol or another substance today?",
}
ASKED = tuple(question for question in QUESTIONS if question != "poisoning")
DONE = {
    "means_away": "What could be used is put away, or with someone else",
    "not_alone": "Someone they chose stays with them tonight",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question of the risk steps, with what was answered before and what is chosen in the form now."""

    name: str
    words: str
    before: str
    before_at: dt.datetime | None
    choices: list[dict[str, object]]
    error: str


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """How far each step has come, in words; `on` is the first that is not done. `open` counts what was not asked."""

    states: dict[str, str]
    staying: str
    since: str
    poisoned: bool
    not_asked: tuple[str, ...]
    done: tuple[str, ...]
    words: tuple[tuple[str, str, dt.datetime], ...]
    plans: int
    copy_given: bool

    @property
    def open(self) -> int:
        return len(self.not_asked)


def steps(risk: Risk, chart: Chart, today: dt.date, names: Mapping[str, str]) -> Steps:
    """The steps of this risk as far as they have come."""
    bodies = [(fact, fact.body) for fact in risk.assessments if isinstance(fact.body, f.Assessment)]
    codes = {code for _, body in bodies for code in body.done}
    plans = [body for fact, body in chart.plan if body.risk == risk.id or fact.day >= risk.day]
    staying = next(((fact, body.staying) for fact, body in reversed(bodies) if body.staying), None)
    done = {
        "stay": staying is not None,
        "body": "poisoning" in risk.answers,
        "ask": all(question in risk.answers for question in ASKED),
        "safe": "means_away" in codes,
        "plan": any(body.copy_given for body in plans),
        "next": bool(risk.contacts) and risk.contact_due is not None and risk.contact_due > today,
    }
    first = next((name for name, finished in done.items() if not finished), "next")
    return Steps(
        states={name: "done" if finished else "on" if name == first else "" for name, finished in done.items()},
        staying=staying[1] if staying else "",
        since=names.get(staying[0].author, "") if staying else "",
        poisoned=risk.answers.get("poisoning") == "yes",
        not_asked=tuple(WORDS[question] for question in QUESTIONS if question not in risk.answers),
        done=tuple(words for code, words in DONE.items() if code in codes),
        words=tuple(
            (names.get(fact.author, ""), body.words, instant(fact.occurred)) for fact, body in bodies if body.words
        ),
        plans=len(plans), copy_given=any(body.copy_given for body in plans),
    )  # fmt: skip


def asked(risk: Risk, name: str, typed: Mapping[str, str], errors: Mapping[str, str]) -> Asked:
    """One question: nothing is chosen beforehand, so that a look at the page never answers anything."""
    known = risk.answers.get(name, "")
    chosen = typed.get(name, "not_asked")
    labels = (("yes", "Yes"), ("no", "No"), ("not_asked", "Not asked again" if known else "Not asked"))
    return Asked(
        name=name, words=WORDS[name], before=known, before_at=risk.asked_on.get(name), error=errors.get(name, ""),
        choices=[
            {"value": value, "label": label, "checked": chosen == value, "alert": value == "yes"}
            for value, label in labels
        ],
    )  # fmt: skip
