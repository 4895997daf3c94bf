"""The access log: append-only, codes only, read within one's scope, and its reading is logged."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from tests import kept
from tests.world import World
from vwazen.server.audit.actions import attempt, log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation.models import Site

URL = "/access-log/"


@pytest.fixture
def small(db: None) -> World:
    return kept.organisation()


@pytest.fixture
def reader(small: World, client: Client) -> Client:
    client.force_login(small.ada)
    return client


def shown(client: Client, **query: Any) -> list[AccessEntry]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return [entry for entry, _ in response.context["entries"]]


# the table


def test_the_database_refuses_to_change_or_delete_an_entry(small: World) -> None:
    entry = log(by=small.nia, action="open-page")
    for tamper in (
        lambda: AccessEntry.objects.filter(pk=entry.pk).update(worker_name="Nobody"),
        lambda: AccessEntry.objects.filter(pk=entry.pk).delete(),
        lambda: AccessEntry(pk=entry.pk, action="other").save(force_update=True),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            tamper()
    assert AccessEntry.objects.get(pk=entry.pk).worker_name == "Nurse Nia"


def test_an_outcome_is_one_of_three_and_an_action_has_a_name(db: None) -> None:
    for bad in ({"outcome": "perhaps"}, {"action": ""}):
        with pytest.raises(DatabaseError), transaction.atomic():
            log(by=None, **({"action": "x"} | bad))


def test_an_entry_outlives_what_it_names(db: None) -> None:
    entry = log(by=None, action="sign-in", person=uuid4(), site="gone/", outcome="failed", note="unknown-username")
    assert AccessEntry.objects.get(pk=entry.pk).worker_id == ""


@pytest.mark.parametrize("note", ["Marie Josaphat", "PHQ-9 is 16", "a\nb", "é", "x" * 201])
def test_a_note_that_is_not_codes_is_refused(db: None, note: str) -> None:
    with pytest.raises(ValueError, match="codes only") as caught:
        log(by=None, action="x", note=note)
    assert note not in str(caught.value)
    assert not AccessEntry.objects.exists()


# an attempt


def test_an_allowed_attempt_logs_once_with_what_it_learned(small: World) -> None:
    person = uuid4()
    with attempt(by=small.nia, action="do", site="ht/") as entry:
        entry.person, entry.site, entry.note = person, "ht/centre/", "code=1"
    found = AccessEntry.objects.get(action="do")
    assert (found.person, found.site, found.note, found.outcome) == (str(person), "ht/centre/", "code=1", "allowed")


def test_a_refused_attempt_is_undone_and_logged(small: World) -> None:
    def act() -> None:
        with attempt(by=small.nia, action="do"):
            Site.objects.filter(code="ht").update(name="Changed")
            raise PermissionDenied("no")

    with pytest.raises(PermissionDenied):
        act()
    assert Site.objects.get(code="ht").name != "Changed"
    assert AccessEntry.objects.get(action="do").outcome == "refused"


def test_a_failed_attempt_is_undone_with_its_entry(small: World) -> None:
    def act() -> None:
        with attempt(by=small.nia, action="do"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act()
    assert not AccessEntry.objects.filter(action="do").exists()


# the page


@pytest.mark.parametrize("who", ["nia", "kai", "wim", "psy", "ola", "pia", "sue", "otto"])
def test_who_may_not_read_the_log_is_refused_and_that_is_logged(small: World, client: Client, who: str) -> None:
    client.force_login(small.workers[who])
    assert client.get(URL).status_code == 403
    entry = AccessEntry.objects.filter(outcome="refused").latest("id")
    assert (entry.worker_id, entry.route) == (str(small.workers[who].pk), "access-log")
    assert entry.note == "number=1101 permission=see_access_log"


def test_who_is_not_signed_in_is_sent_to_sign_in(small: World, client: Client) -> None:
    response = client.get(URL)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/sign-in/?next=")


def test_reading_the_log_is_logged_with_whom_it_was_about(small: World, reader: Client) -> None:
    person = uuid4()
    shown(reader, person=str(person), worker="nia")
    entry = AccessEntry.objects.latest("id")
    assert (entry.action, entry.route, entry.person) == ("open-page", "access-log", str(person))
    assert entry.note == f"worker={small.nia.pk}"


def test_a_name_typed_for_a_persons_id_is_kept_nowhere(small: World, reader: Client) -> None:
    response = reader.get(URL, {"person": "Marie Josaphat"})
    assert response.status_code == 422
    assert b"not a person&#x27;s id" in response.content
    assert AccessEntry.objects.latest("id").person is None


def test_an_entry_about_a_worker_names_them(small: World, reader: Client) -> None:
    from vwazen.server.organisation import actions

    actions.unlock(by=small.ada, worker=small.wim)
    page = reader.get(URL, {"action": "unlock-worker"}).content.decode()
    assert "about Walker Wim" in page


def test_filters_narrow_the_list(small: World, reader: Client) -> None:
    person = uuid4()
    log(by=small.nia, action="open-chart", person=person, site="ht/centre/bel-dlo/")
    log(by=small.nia, action="export", site="ht/centre/bel-dlo/", outcome="refused")
    log(by=small.kai, action="open-chart", site="ht/centre/bel-dlo/")
    assert {entry.worker_name for entry in shown(reader, worker="nia")} == {"Nurse Nia"}
    assert [entry.action for entry in shown(reader, person=person, action="open-chart")] == ["open-chart"]
    assert len(shown(reader, action="open-chart")) == 2
    assert [entry.action for entry in shown(reader, outcome="refused")] == ["export"]
    today = timezone.localdate()
    assert shown(reader, action="export", since=today, until=today)
    assert not shown(reader, action="export", since=today + timedelta(days=1))
    assert not shown(reader, action="export", until=today - timedelta(days=1))
    assert reader.get(URL, {"worker": "nobody.here"}).status_code == 422


def test_a_reader_sees_their_own_sites_only(small: World, client: Client) -> None:
    from vwazen.server.organisation import actions

    lea, _ = actions.add_worker(
        by=small.ada, username="lea", name="Local Lea", role="programme_manager", site=small.sites["bel-dlo"]
    )
    lea = type(lea).objects.get(pk=lea.pk)
    type(lea).objects.filter(pk=lea.pk).update(must_change_password=False)
    log(by=small.otto, action="open-chart", site="ht/centre/savann/")
    log(by=small.nia, action="open-chart", site="ht/centre/bel-dlo/")
    log(by=None, action="sign-in", outcome="failed", note="unknown-username")
    client.force_login(lea)
    assert [entry.worker_name for entry in shown(client, action="open-chart")] == ["Nurse Nia"]
    assert not shown(client, action="sign-in")
    client.force_login(small.ada)
    assert len(shown(client, action="open-chart")) == 2
    assert len(shown(client, action="sign-in")) == 1


def test_pages_go_on_at_an_entry_and_miss_none_while_new_ones_arrive(small: World, reader: Client) -> None:
    at = timezone.now()
    made = [log(by=small.nia, action="many", site="ht/").pk for _ in range(120)]
    with pytest.raises(DatabaseError), transaction.atomic():
        AccessEntry.objects.update(at=at)
    seen: list[int] = []
    url = f"{URL}?action=many"
    while url:
        response = reader.get(url)
        seen += [entry.pk for entry, _ in response.context["entries"]]
        log(by=small.nia, action="many", site="ht/")
        url = response.context["next_url"] and URL + response.context["next_url"]
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "2026-99-99T00:00:00Z 1", "2026-01-01T00:00:00 1", "2026-01-01T00:00:00Z x"])
def test_a_broken_cursor_shows_the_newest(small: World, reader: Client, cursor: str) -> None:
    log(by=small.nia, action="one", site="ht/")
    assert len(shown(reader, action="one", before=cursor)) == 1
