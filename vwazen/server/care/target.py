"""Treat to target on a page: the proposal to decide on, what was decided, and who is stuck in a step."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
from django import forms
from django.db.models import Count, Min, Q, QuerySet

from vwazen.clinical.caseload import Proposed
from vwazen.clinical.chart import Chart, EpisodeView
from vwazen.clinical.facts import Decision, Fact
from vwazen.content.load import content
from vwazen.content.rules import Protocol
from vwazen.server.care import decisions, words
from vwazen.server.care.episodes import REOPEN
from vwazen.server.care.lines import NOBODY, Score, score_of
from vwazen.server.care.listing import may_read, tell_apart, worker_names
from vwazen.server.organisation import policy
from vwazen.server.organisation.forms import carry_out
from vwazen.server.organisation.models import Worker
from vwazen.server.record import reach
from vwazen.server.record.models import CaseloadRow

A_PAGE = 50
WEEKS = 8  # the protocol's own line: 50 % by 8 weeks, consult by 12 (doi 10.1176/appi.ps.201400577)
WELL = ("response", "remission")
NO_MEANING = ("below_baseline",)
ACCEPT = {
    "continue": "Go on as now", "check": "Found out; say what", "consult": "Ask the specialist",
    "change": "Change the treatment; say how", "step_up": "Move up a step", "step_down": "Move down a step",
    "confirm_remission": "Measure a second time; say when",
}  # fmt: skip


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about a proposal, as lists show it."""

    fact: str
    what: str
    choice: str
    reason: str
    who: str
    day: dt.date
    until: dt.date | None
    rests: bool


def decided(chart: Chart, names: Mapping[str, str], today: dt.date) -> list[Decided]:
    """Every decision, the newest first. `rests`: it keeps its proposal quiet today."""
    kinds = {(one.id, one.protocol, one.protocol_version) for one in chart.episodes}
    titles: dict[tuple[str, str], str] = {}
    for episode, protocol, version in kinds:
        titles |= {(episode, known): what for known, what in _titles(protocol, version).items()}
    home = {one: episode.id for episode in chart.episodes for one in episode.ids}
    return [
        Decided(
            fact=fact.id, choice=words.DECIDED[body.choice], reason=body.reason, day=fact.day,
            what=titles.get((home.get(body.episode, ""), body.proposal)) or _plainly(body), until=_day(body),
            who=names.get(fact.author, "someone"), rests=body.until > today.isoformat(),
        )
        for fact, body in reversed(chart.decisions)
    ]  # fmt: skip


def _titles(protocol: str, version: int) -> dict[str, str]:
    try:
        plan = content().get(Protocol, protocol, version)
    except LookupError:
        return {}
    return {one.id: words.PROPOSES[one.propose] for one in plan.proposals}


def _plainly(body: Decision) -> str:
    return "taking care up again" if body.proposal == REOPEN else body.proposal.replace("-", " ")


def _day(body: Decision) -> dt.date | None:
    return dt.date.fromisoformat(body.until) if body.until else None


class DecideForm(forms.Form):
    """Accept, put off or decide otherwise: always with a reason, never for longer than a while."""

    fact_id = forms.CharField(widget=forms.HiddenInput, max_length=36, required=False)
    choice = forms.ChoiceField(
        label="Your decision", widget=forms.RadioSelect,
        error_messages={"required": "Choose one; nothing is chosen for you."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why", max_length=4000, widget=forms.Textarea({"rows": 3}),
        error_messages={"required": "Say why: the next person reads it, and so does the review."},
    )  # fmt: skip
    until = forms.DateField(
        label="Not proposed again before", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "Write the day as 2026-11-21."},
    )  # fmt: skip

    def __init__(self, *arguments: Any, proposed: Proposed, episode: EpisodeView, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.proposed, self.episode = proposed, episode
        what = proposed.proposal.propose
        accept = ACCEPT[what]
        if what in decisions.MOVES and (step := decisions.next_step(episode, what)) is not None:
            accept = f"{accept}, to step {step}"
        self.fields["choice"].choices = [  # type: ignore[attr-defined]
            ("accepted", accept), ("deferred", "Put it off"), ("overridden", "Decide otherwise"),
        ]  # fmt: skip
        self.fields["until"].initial = decisions.usual_until(episode)
        self.fields["until"].help_text = f"At most {decisions.LONGEST} days."

    def saved(self, by: Worker, person: str) -> Fact | None:
        """The decision, or None with what is wrong beside its field."""
        if not self.is_valid():
            return None
        values = dict(self.cleaned_data)
        values["until"] = values["until"].isoformat() if values["until"] else ""
        return carry_out(
            self,
            lambda: decisions.decide(
                by=by, person=person, episode=self.episode.id, proposal=self.proposed.proposal.id, **values
            ),
        )


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """Someone in a step, and since when. `state` and `score` are absent for who may not read scores there."""

    person: str
    name: str
    apart: str
    step: int
    since: dt.date
    weeks: int
    long: bool
    state: str
    score: Score | None
    seen: dt.date | None
    next: dt.date | None
    late: bool
    owner: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """How many are stuck in one step or with one owner, and since when the first of them."""

    label: str
    url: str
    many: int
    since: dt.date


def in_steps(by: Worker, *, whole: bool) -> QuerySet[CaseloadRow]:
    """Everyone in a step where `by` sees the caseload; without `whole`, where `by` may read scores as well."""
    paths = policy.site_paths(by, "see_caseload")
    kept = paths if whole else tuple(path for path in paths if may_read(by, path))
    known = reach.open_to(by) if whole else reach.open_to(by, "mental-health")
    return CaseloadRow.objects.filter(policy.within(kept) & known, step_since__isnull=False)


def without_response(rows: QuerySet[CaseloadRow], today: dt.date) -> QuerySet[CaseloadRow]:
    """Eight weeks or more in one step, and no response to see: none measured is none seen."""
    longest = today - dt.timedelta(weeks=WEEKS)
    return rows.filter(step_since__lte=longest).exclude(state__in=(*WELL, *NO_MEANING))


def page(rows: QuerySet[CaseloadRow], after: str) -> tuple[list[CaseloadRow], bool]:
    """One page of rows, longest in their step first, after the row `after`; and whether there are more."""
    start = rows.filter(pk=after).first() if after else None  # of these rows alone, so that no other is told of
    if start is not None and start.step_since is not None:
        rows = rows.filter(Q(step_since__gt=start.step_since) | Q(step_since=start.step_since, pk__gt=start.pk))
    found = list(rows.order_by("step_since", "pk")[: A_PAGE + 1])
    return found[:A_PAGE], len(found) > A_PAGE


def shown(by: Worker, rows: list[CaseloadRow], today: dt.date) -> list[Stuck]:
    """The rows as the page shows them, one query for the names of owners."""
    names = worker_names(row.owner for row in rows)
    return [_stuck(by, row, names, today) for row in rows]


def _stuck(by: Worker, row: CaseloadRow, names: Mapping[str, str], today: dt.date) -> Stuck:
    read, since = may_read(by, row.path, row.person), row.step_since or today
    return Stuck(
        person=row.person, name=row.name, apart=tell_apart(row), step=row.step or 1, since=since,
        weeks=(today - since).days // 7, long=(today - since).days >= 7 * WEEKS,
        state=_state(row) if read else "", score=score_of(row) if read else None,
        seen=row.last_contact, next=row.next_date, late=row.next_date is not None and row.next_date < today,
        owner=names.get(row.owner, "someone who left") if row.owner else NOBODY,
    )  # fmt: skip


def _state(row: CaseloadRow) -> str:
    """The course in words; without an instrument that follows the episode there is none to wait for."""
    return words.STATES.get(row.state, row.state) if row.instrument else "no score is followed"


def groups(rows: QuerySet[CaseloadRow], most: int = 12) -> dict[str, list[Group]]:
    """How many are stuck in each step, and with whom most are: a question about help, never about blame.

    Counted in one reading of an index, by owner and step, and added up here.
    """
    none = (0, dt.date.max)
    steps: dict[int, tuple[int, dt.date]] = {}
    owners: dict[str, tuple[int, dt.date]] = {}
    counted = rows.order_by().values_list("owner", "step").annotate(many=Count("*"), since=Min("step_since"))
    for owner, step, many, since in counted:
        for_step, for_owner = steps.get(step or 1, none), owners.get(owner, none)
        steps[step or 1] = (for_step[0] + many, min(for_step[1], since))
        owners[owner] = (for_owner[0] + many, min(for_owner[1], since))
    busiest = sorted(owners, key=lambda owner: (-owners[owner][0], owner))[:most]
    names = worker_names(busiest)
    return {
        "steps": [_group(f"Step {step}", f"?step={step}", steps[step]) for step in sorted(steps)],
        "owners": [
            _group(names.get(one, "someone who left") if one else NOBODY, f"?owner={one or 'nobody'}", owners[one])
            for one in busiest
        ],
    }  # fmt: skip


def _group(label: str, url: str, counted: tuple[int, dt.date]) -> Group:
    return Group(label=label, url=url, many=counted[0], since=counted[1])
