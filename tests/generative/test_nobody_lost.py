"""Generated weeks of clinic life through the actions themselves: after each thing done, nobody is lost.

Every open episode stands on exactly one owner's list or on the page of those without; every open risk has a clock and
somebody; nobody dead stands on a list; and every page that was opened is one line in the log.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests import world as worlds
from tests.tries import NIGHTLY
from vwazen.clinical.chart import Chart
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import handover, putting_off, safety, unowned, waiting
from vwazen.server.care import today as days
from vwazen.server.care.tracing.actions import Try, missed, report
from vwazen.server.care.visit import Visit, record_visit
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid, Refused, StillHolds
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.models import CaseloadRow, OpenItem

WHO = ("ann", "ben", "cid", "dan", "eve")
STAFF = ("nia", "kai", "psy")
PAGES = ("/today?whose=mine", "/today?whose=sites", "/unassigned", "/diary", "/today/put-off", "/handover", "/caseload")

person = st.sampled_from(WHO)
worker = st.sampled_from(STAFF)


class Weeks(RuleBasedStateMachine):
    """A clinic of five people and three workers; time goes on between what is done."""

    @initialize()
    def begin(self) -> None:
        self.now = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(clock, "now", lambda: self.now)
        self.patch.setattr("django.utils.timezone.now", lambda: self.now)
        self.point = transaction.atomic()
        self.point.__enter__()
        self.world = worlds.build_organisation()
        nia = self.world.workers["nia"]
        for who in WHO:
            self.world.people[who] = care.register(by=nia, site="bel-dlo", name=f"Invented {who.title()}")
        for who, owner in (("ben", "kai"), ("cid", "kai"), ("dan", "psy")):
            self.enrol(who=who, owner=owner, condition="depression")
            self.agree_a_date(who=who, ahead=9)

    def teardown(self) -> None:
        if hasattr(self, "point"):
            transaction.set_rollback(True)
            self.point.__exit__(None, None, None)
            self.patch.undo()
            policy.changed()

    def able(self) -> Worker:
        """Somebody who still works here; the supervisor never leaves."""
        for name in STAFF:
            found = Worker.objects.get(pk=self.world.workers[name].pk)
            if policy.can(found, "enrol", "ht/centre/bel-dlo/"):
                return found
        return Worker.objects.get(pk=self.world.workers["sue"].pk)

    def tried(self, act: Callable[[], Any]) -> None:
        """What an action refuses leaves everything as it was."""
        try:
            with transaction.atomic():
                act()
        except (Invalid, Refused):
            pass

    def ahead(self, number: int) -> str:
        return (clock.today() + dt.timedelta(days=number)).isoformat()

    @rule(number=st.integers(1, 12))
    def days_pass(self, number: int) -> None:
        self.now += dt.timedelta(days=number)
        policy.changed()

    @rule(who=person, owner=worker, condition=st.sampled_from(["depression", "anxiety"]))
    def enrol(self, who: str, owner: str, condition: str) -> None:
        self.tried(lambda: care.enrol(
            by=self.able(), person=self.world.people[who], protocol="collaborative-care", condition=condition,
            owner=str(self.world.workers[owner].pk),
        ))  # fmt: skip

    @rule(who=person, outcome=st.sampled_from(["seen", "seen", "missed"]), ahead=st.integers(-1, 30))
    def visit(self, who: str, outcome: str, ahead: int) -> None:
        visit = Visit(mode="clinic", outcome=outcome, next_date=self.ahead(ahead) if ahead >= 0 else "")
        self.tried(lambda: record_visit(by=self.able(), person=self.world.people[who], visit=visit))

    @rule(who=person, ahead=st.integers(0, 30))
    def agree_a_date(self, who: str, ahead: int) -> None:
        self.tried(lambda: putting_off.set_next_date(
            by=self.able(), person=self.world.people[who], next_date=self.ahead(ahead)
        ))  # fmt: skip

    @rule(who=person, ahead=st.integers(1, 95))
    def put_off_everything(self, who: str, ahead: int) -> None:
        for item in OpenItem.objects.filter(person=self.world.people[who]):
            self.tried(lambda item=item: putting_off.put_off(  # type: ignore[misc]
                by=self.able(), item=item.pk, until=self.ahead(ahead), reason="invented"
            ))  # fmt: skip

    @rule(
        who=person, by=st.sampled_from(["wim", "kai"]), mode=st.sampled_from(["home", "neighbour"]),
        found=st.sampled_from(["found", "not_found", "not_found", "refused", "moved", "died"]), ahead=st.integers(0, 9),
    )  # fmt: skip
    def look_for_them(self, who: str, by: str, mode: str, found: str, ahead: int) -> None:
        date = self.ahead(ahead) if found in ("found", "not_found") else ""
        self.tried(lambda: report(by=self.world.workers[by], person=self.world.people[who],
                                  tried=Try(mode=mode, found=found, reason="money", next_date=date)))  # fmt: skip

    @rule(who=person, owner=worker)
    def advise(self, who: str, owner: str) -> None:
        pia, mine = self.world.workers["pia"], self.world.people[who]
        episodes = care.chart_of(mine).open_episodes
        self.tried(lambda: care.recommend(
            by=pia, person=mine, episode=episodes[0].id if episodes else "", choice="see", text="Invented.",
            owner=str(self.world.workers[owner].pk), due=self.ahead(7),
        ))  # fmt: skip

    @rule(giver=worker, taker=worker)
    def hand_over(self, giver: str, taker: str) -> None:
        self.tried(lambda: handover.hand_over(
            by=self.able(), giver=str(self.world.workers[giver].pk), taker=str(self.world.workers[taker].pk)
        ))  # fmt: skip

    @rule(who=worker, coming=st.sampled_from([0, 1, 3]))
    def end_post(self, who: str, coming: int) -> None:
        for post in Post.objects.filter(worker=self.world.workers[who], ends__isnull=True):
            self.tried(lambda post=post: organisation.end_post(  # type: ignore[misc]
                by=self.world.workers["max"], post=post, ends=clock.today() + dt.timedelta(days=coming)
            ))  # fmt: skip

    @rule(who=worker)
    def come_back(self, who: str) -> None:
        self.tried(lambda: organisation.add_post(
            by=self.world.workers["max"], worker=self.world.workers[who], role="nurse",
            site=self.world.sites["bel-dlo"],
        ))  # fmt: skip

    @rule(who=person)
    def close(self, who: str) -> None:
        for episode in care.chart_of(self.world.people[who]).open_episodes:
            self.tried(lambda episode=episode: care.close_episode(  # type: ignore[misc]
                by=self.able(), person=self.world.people[who], episode=episode.id, outcome="completed"
            ))  # fmt: skip

    @rule(who=st.sampled_from(["ann", "ben"]))
    def die(self, who: str) -> None:
        self.tried(lambda: care.died(by=self.able(), person=self.world.people[who], on=self.ahead(0)))

    @rule(who=person, by=worker)
    def a_danger_is_told(self, who: str, by: str) -> None:
        self.tried(lambda: safety.raise_concern(
            by=self.world.workers[by], person=self.world.people[who], text="Invented."
        ))  # fmt: skip

    @rule(who=person)
    def ask_and_end_the_risk(self, who: str) -> None:
        mine = self.world.people[who]
        for risk in care.chart_of(mine).open_risks:
            self.tried(lambda risk=risk: safety.assess(  # type: ignore[misc]
                by=self.able(), person=mine, risk=risk.id, answers={"intent": "no", "plan": "no"}
            ))  # fmt: skip
            self.tried(lambda risk=risk: safety.close(  # type: ignore[misc]
                by=self.able(), person=mine, risk=risk.id, reason="Invented."
            ))  # fmt: skip

    @precondition(lambda self: hasattr(self, "world"))
    @rule(at=st.sampled_from(PAGES))
    def a_page_is_logged_once(self, at: str) -> None:
        client = Client()
        client.force_login(self.able())
        before = AccessEntry.objects.count()
        assert client.get(at).status_code == 200
        assert AccessEntry.objects.count() == before + 1

    @invariant()
    def nobody_is_lost(self) -> None:
        if not hasattr(self, "world"):
            return
        today = clock.today()
        sue = Worker.objects.get(pk=self.world.workers["sue"].pk)
        there = {str(one.pk) for one in Worker.objects.filter(is_active=True)
                 if policy.can(one, "record_care", "ht/centre/bel-dlo/")}  # fmt: skip
        lost, _ = unowned.page(sue, today, "")
        on_page = {one.row.pk for one in lost}
        for who in WHO:
            chart = care.chart_of(self.world.people[who])
            rows = {row.episode: row for row in CaseloadRow.objects.filter(person=chart.person)}
            contacts = set(OpenItem.objects.filter(person=chart.person, kind=OpenItem.CONTACT)
                           .values_list("owner", flat=True))  # fmt: skip
            if chart.died:
                assert not [one for one in rows if one], "the dead are in care nowhere"
                assert not OpenItem.objects.filter(person=chart.person).exclude(kind=OpenItem.RISK).exists()
                continue
            for episode in chart.open_episodes:
                row = rows[episode.id]
                assert row.owner == episode.owner
                assert (row.owner in there and row.next_date is not None) != (row.pk in on_page)
                assert episode.owner in contacts, "whoever follows an episode has the contact on their list"
            self.looked_for(chart)
            for risk in chart.open_risks:
                item = OpenItem.objects.get(person=chart.person, kind=OpenItem.RISK, fact=risk.trigger.id)
                assert item.due is not None
                assert item.owner
                assert item.starts <= today
                assert not item.snooze
            self.on_the_list_today(chart.person, sue, today)

    def looked_for(self, chart: Chart) -> None:
        """Whoever missed a date is looked for, once, by somebody who may; or has a date ahead, came, or left care."""
        traces = list(OpenItem.objects.filter(person=chart.person, kind=OpenItem.TRACE))
        miss = missed(chart)
        assert len(traces) == (miss is not None)
        if chart.open_episodes and chart.next_date is not None:
            assert miss is not None and miss.day == chart.next_date
        for one in traces:
            assert miss is not None
            assert one.snooze or one.starts == miss.starts
            wim = str(self.world.workers["wim"].pk)
            assert (one.owner == wim) == (not miss.ask), "the neighbour looks; whoever follows the person decides"

    def on_the_list_today(self, who: str, sue: Worker, today: dt.date) -> None:
        """What is due and not put off stands on the sites' list, and a risk always does."""
        scope = waiting.scope_of(sue, "sites", today)
        lines = {line.person: line for line in days.page(sue, scope, today).lines}
        due = OpenItem.objects.filter(person=who, starts__lte=today, day__lte=today + dt.timedelta(days=7))
        wanted = due.filter(kind__in=waiting.RIGHTS).exclude(kind=OpenItem.HISTORICAL)
        if wanted.exists() or OpenItem.objects.filter(person=who, kind=OpenItem.RISK).exists():
            assert who in lines


@pytest.mark.django_db
def test_nobody_is_lost_in_generated_weeks() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Weeks,
        settings=settings(
            max_examples=100 if NIGHTLY else 6,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # a week that fails is told as it was: making it shorter takes minutes
        ),
    )


def test_still_holds_is_an_error_that_a_page_shows() -> None:
    assert issubclass(StillHolds, Invalid)
