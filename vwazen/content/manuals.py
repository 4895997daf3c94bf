"""Manuals of talking help: what to do and say in each session, written so that a trained lay worker can hold it.

A manual is one file, and a new one needs no code: the form on which its sessions are recorded is made from it.
"""

from collections.abc import Iterator

from vwazen.content.check_instrument import Fault
from vwazen.content.forms import Form, FormItem, FormSection
from vwazen.content.model import Entry, Part, Role, Segment

KEPT = {"done": "Done", "not_done": "Not done", "not_applicable": "Did not apply"}
HOMEWORK = {"done": "Done", "part": "A part of it", "not": "Not done", "none": "None was agreed"}
ENDS = {"goes_on": "Goes on", "finished": "Finished", "stopped": "Stopped before its end"}
OWN = frozenset(("number", "homework", "problem", "practise", "ends"))
"""The items that every session's form has; a manual's own ids must differ."""


class ManualStep(Part, frozen=True, kw_only=True):
    """One step of a session: what the worker does, and sentences that can be said as they stand."""

    id: str
    title: str
    do: str
    say: tuple[str, ...]


class Check(Part, frozen=True, kw_only=True):
    """One line of the list after a session: was this done, not done, or did it not apply."""

    id: str
    text: str


class Rating(Part, frozen=True, kw_only=True):
    """A whole number that the person gives. It is compared with their own earlier ones and with nothing else."""

    id: str
    question: str
    low: int
    high: int
    low_words: str
    high_words: str


class Session(Part, frozen=True, kw_only=True):
    """One meeting. `about` ends the sentence "what to do today"; `homework` are things to practise, to choose from."""

    title: str
    about: str
    minutes: int
    aims: tuple[str, ...]
    steps: tuple[ManualStep, ...]
    homework: tuple[str, ...]
    checks: tuple[Check, ...]


class Manual(Entry, frozen=True, kw_only=True, eq=False):
    """`manuals/*.yaml`: a course in sessions.

    `treatment` is the name under which its sessions count as treatment received: the title of an intervention.
    `days_apart`: how long after one session the next is. `before`: what to see to before the first word.
    `language` is the one the manual is written in.
    """

    title: str
    treatment: str
    basis: str
    segment: Segment
    delivered_by: tuple[Role, ...]
    days_apart: int
    before: tuple[str, ...]
    ratings: tuple[Rating, ...]
    sessions: tuple[Session, ...]
    language: str = "en"

    @property
    def form(self) -> Form:
        """The form on which one session of it is recorded: id and version are the manual's."""
        return Form(
            id=self.id, version=self.version, licence=self.licence, source=self.source, reviewed=self.reviewed,
            title=f"{self.treatment}: a session", basis=self.basis, segment=self.segment, ask="when_needed",
            note="Only the part of the session that was held is filled in.", lists={"kept": KEPT},
            sections=(
                FormSection(title="This session", items=tuple(self._common())),
                *(
                    FormSection(title=f"{number}. {one.title}", items=tuple(
                        FormItem(id=check.id, text=check.text, kind="choice", answers="kept") for check in one.checks
                    ))
                    for number, one in enumerate(self.sessions, 1)
                ),
            ),
        )  # fmt: skip

    def _common(self) -> Iterator[FormItem]:
        many = len(self.sessions)
        yield FormItem(id="number", text="Which session it was", kind="number", low=1, high=many, unit=f"of {many}")
        yield FormItem(id="homework", text="What was to be practised since last time", kind="choice", choices=HOMEWORK)
        for one in self.ratings:
            yield FormItem(
                id=one.id, text=one.question, kind="number", low=one.low, high=one.high,
                hint=f"{one.low} is {one.low_words}, {one.high} is {one.high_words}.",
            )  # fmt: skip
        yield FormItem(id="problem", text="The problem they chose, in their words", kind="text")
        yield FormItem(id="practise", text="What to practise until next time", kind="text")
        yield FormItem(id="ends", text="How the course stands", kind="choice", choices=ENDS)


def faults(manual: Manual, sessions: set[str]) -> Iterator[Fault]:
    """What is wrong with a manual. `sessions`: titles of interventions that count as a session received."""
    if manual.treatment not in sessions:
        mend = "Name an intervention that has `session: true`, by its title, so that the sessions are counted."
        yield "$.treatment", f"No intervention that counts as a session is called {manual.treatment!r}.", mend
    if not manual.sessions:
        yield "$.sessions", "A manual without a session cannot be held.", "Write at least one session."
    if manual.days_apart < 1:
        yield "$.days_apart", "Sessions lie at least a day apart.", "Write 1 or more."
    seen = set(OWN)
    for at, rating in enumerate(manual.ratings):
        if rating.low >= rating.high:
            yield f"$.ratings[{at}]", "Its lowest number is not below its highest.", "Exchange them."
        yield from _once(rating.id, seen, f"$.ratings[{at}].id")
    for at, one in enumerate(manual.sessions):
        path = f"$.sessions[{at}]"
        for name in ("aims", "steps", "checks"):
            if not getattr(one, name):
                yield f"{path}.{name}", f"Session {at + 1} has no {name}.", "Write at least one."
        names: set[str] = set()
        for number, step in enumerate(one.steps):
            yield from _once(step.id, names, f"{path}.steps[{number}].id")
        for number, check in enumerate(one.checks):
            yield from _once(check.id, seen, f"{path}.checks[{number}].id")


def _once(id: str, seen: set[str], path: str) -> Iterator[Fault]:
    if id in seen:
        yield path, f"The id {id!r} is there twice.", "Give each an id of its own."
    seen.add(id)
