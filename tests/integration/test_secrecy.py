"""Nobody learns that somebody exists: not by a page, a count, a search, an order, an error, a file or the work it took.

Three attacks. Someone elsewhere is asked for beside somebody who does not exist, and the two answers must be the same
in every byte and in the number of questions put to the database. People are added elsewhere, and no page may change.
Guarded words are added to somebody here, and no page of those who may not read them may change.
"""

import logging
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker

from tests.policy.place import ROLES, Place, place
from tests.policy.routes import routes
from tests.policy.table import NEVER, TABLE, has, sheet
from tests.tries import NIGHTLY
from tests.world import day
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care import safety
from vwazen.server.record import clock
from vwazen.server.record.actions import append, hold, make_fact
from vwazen.server.record.models import OpenItem

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# Parts of an address that are secret; names of sites and the numbers of colleagues are none.
SECRET = {"person", "fact", "risk", "episode", "referral", "job", "entry", "item"}
LISTS = tuple(sorted(name for name, rule in TABLE.items() if rule.reads != NEVER))


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Place]:
    logging.disable(logging.CRITICAL)
    try:
        with django_db_blocker.unblock(), place() as built:
            yield built
    finally:
        logging.disable(logging.NOTSET)


def plain(answer: HttpResponse, *known: dict[str, str]) -> str:
    """An answer without what differs each time: its token, the ids drawn with a form, and the ids that were asked for.

    The headers belong to it: where it leads, what a file is called, what is kept.
    """
    body = "".join(part.decode() for part in answer) if answer.streaming else answer.content.decode()
    heads = "\n".join(f"{name}: {value}" for name, value in answer.items() if name != "Content-Length")
    text = f"{answer.status_code}\n{heads}\n{getattr(answer, 'said', '')}\n{body}"
    for things in known:
        for name, value in sorted(things.items(), key=lambda pair: -len(pair[1])):
            if name in SECRET:
                text = text.replace(value, f"({name})")
    text = re.sub(r'(csrfmiddlewaretoken"|name="[\w-]*") value="[^"]*"', r"\1", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", "(drawn)", text)
    return re.sub(r"\d\d:\d\d(:\d\d(\.\d+)?)?", "(time)", text)


def asked(
    here: Place, who: str, method: str, at: str, sent: dict[str, object] | None = None
) -> tuple[HttpResponse, int]:
    """The answer, and how many questions it put to the database: what a clock would measure, without its noise.

    Nothing is remembered from the page before. Banners and counts are kept for ten seconds, each for its own ten, so
    that now one and now another runs out in between, and an answer takes a question more than its twin.
    """
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = here.ask(who, method, at, sent)
    return answer, len(queries)


# someone elsewhere, and nobody


@pytest.mark.parametrize("name", sorted(name for name, one in routes().items() if SECRET.intersection(one.params)))
def test_someone_elsewhere_is_answered_like_nobody(here: Place, name: str) -> None:
    route = routes()[name]
    for method in ("GET", "POST"):
        for role in ("psychiatrist", "care_manager", "chw", "me_officer"):
            told = []
            for state in ("away", "none"):
                things = here.things[state]
                answer, work = asked(here, role, method, route.address(things | _not_secret(here)))
                told.append((plain(answer, things), work))
            assert told[0] == told[1], (role, method)


def _not_secret(here: Place) -> dict[str, str]:
    return {name: value for name, value in here.things["here"].items() if name not in SECRET}


# Fields in which a form of a list names somebody: (address, what is sent; X stands for the person, or for their thing).
NAMED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("review/tasks", {"person": "X", "recommendation": "X", "done": "yes"}, "person"),
    ("triage", {"person": "X", "condition": "collaborative-care:depression", "owner": "me"}, "person"),
    ("triage", {"person": "X", "condition": "collaborative-care:depression", "owner": "nobody"}, "person"),
    ("unassigned", {"row": "X", "owner": "me"}, "episode"), ("today/put-off", {"item": "X"}, "item"),
    ("people/HERE/same", {"other": "X", "keep": "X"}, "person"),
    ("people/HERE/same", {"other": "X", "answer": "two"}, "person"),
    ("people/new", {"name": "Somebody", "site": "bel-dlo", "form": "X", "new": "1"}, "none"),
    ("held/ENTRY", {"person": "X", "do": "mend"}, "person"), ("held/ENTRY", {"find": "Away Someone"}, "none"),
    ("register/grid", {"site": "bel-dlo", "row": "ROW", "0-date": "TODAY", "0-number": "X", "0-name": ""}, "number"),
    ("people/HERE/do/withdraw", {"withdraw-fact": "X", "withdraw-reason": "wrong person"}, "fact"),
    ("people/HERE/visit", {"mode": "home", "outcome": "seen", "risk": "X"}, "risk"),
    ("people/HERE/care-plan", {"do": "keep", "fact": "X", "seen": "X"}, "fact"),
    ("people/HERE/review", {"choice": "continue", "text": "x", "owner": "me", "episode": "X"}, "episode"),
    ("people/HERE/do/close", {"close-episode": "X", "close-outcome": "moved"}, "episode"),
    ("people/HERE/medicines", {"do": "stop", "stop-prescription": "X", "stop-reason": "other"}, "fact"),
)  # fmt: skip


@pytest.mark.parametrize("form", NAMED, ids=lambda form: f"{form[0]}:{form[2]}")
def test_a_form_that_names_someone_elsewhere_is_answered_as_if_it_named_nobody(
    here: Place, form: tuple[str, dict[str, str], str]
) -> None:
    at, sent, part = form
    mine = here.things["here"]
    at = "/" + at.replace("HERE", mine["person"]).replace("ENTRY", mine["entry"])
    told: list[tuple[str, int]] = []
    row, before = str(uuid4()), _facts()
    for state in ("away", "none"):
        things = here.things[state]
        named = things["person"][-8:] if part == "number" else things.get(part, "")
        values = {"X": named, "me": str(here.workers["psychiatrist"].pk), "ROW": row, "TODAY": day(0)}
        answer, work = asked(
            here, "psychiatrist", "POST", at, {name: values.get(one, one) for name, one in sent.items()}
        )
        text = plain(answer, things, mine).replace(named or "\0", "(named)")
        assert "Away Someone" not in text or "find" in sent
        told.append((text, work))
        assert _facts() == before
    assert told[0] == told[1]


def _facts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM record_fact")
        return int(cursor.fetchone()[0])


# Words in an address that could name somebody or somebody's thing: (address, part of what is theirs).
CURSORS = (
    ("deaths?after=X", "person"), ("today/put-off?whose=sites&after=X", "item"), ("stuck?tab=all&after=X", "episode"),
    ("unassigned?after=X", "episode"), ("unassigned?row=X", "episode"), ("review/tasks?whose=sites&after=X", "fact"),
    ("caseload?after=X~0", "episode"), ("today?whose=sites&after=X~0", "item"), ("handover/ME?after=X", "person"),
    ("held?import=X", "job"), ("people/HERE/same?with=X", "person"), ("people/HERE?do=withdraw&fact=X", "fact"),
    ("people/HERE/medicines?do=stop&of=X", "fact"), ("people/HERE/care-plan?change=X", "fact"),
    ("people/HERE/diagnoses?do=diagnosis&of=X", "fact"), ("quality?kind=double&after=X", "person"),
    ("outcomes/people?after=2020-01-01~X", "episode"),
)  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS, ids=lambda one: one[0])
def test_an_address_that_names_something_elsewhere_shows_what_it_shows_for_nothing(
    here: Place, cursor: tuple[str, str]
) -> None:
    at, part = cursor
    mine, psy, otto = here.things["here"], here.workers["psychiatrist"], here.workers["elsewhere"]
    mark = transaction.savepoint()
    try:
        _put_off_and_dead(here)
        address = "/" + at.replace("HERE", mine["person"]).replace("ME", str(psy.pk))
        told = []
        for state in ("away", "none"):
            named = here.things[state][part]
            answer, work = asked(here, "psychiatrist", "GET", address.replace("X", named))
            told.append((plain(answer).replace(named, "(named)"), work))
        assert told[0][0] == told[1][0]
        assert abs(told[0][1] - told[1][1]) <= 1, "looking up a cursor's own row takes one question"
    finally:
        transaction.savepoint_rollback(mark)
    assert otto.pk != psy.pk


def _put_off_and_dead(here: Place) -> None:
    """Somebody elsewhere is put off and dead earlier than the one here, so that a list that begins after them is not
    the whole."""
    psy, otto = here.workers["psychiatrist"], here.workers["elsewhere"]
    for state, by, far in (("here", psy, -3), ("away", otto, -9)):
        item = OpenItem.objects.filter(person=here.things[state]["person"], kind=OpenItem.CONTACT).first()
        if item is not None:
            OpenItem.objects.filter(pk=item.pk).update(snooze=here.things[state]["fact"], starts=day(far))
        assert by.pk
    care.died(by=otto, person=here.things["away"]["person"], on=day(0), cause="illness")


# names


def test_a_search_for_someone_elsewhere_finds_what_a_search_for_nobody_finds(here: Place) -> None:
    for role in ROLES:
        if not has(role, "find_person"):
            continue
        told = []
        for name in ("Away Someone", "Zzyzx Qwrtps"):
            mark = transaction.savepoint()
            client = here.client(role)
            sent = {"name": name.split()[0], "born": "1985", "place": "Nan Mango"}
            client.post("/people", sent)
            with CaptureQueriesContext(connection) as queries:
                answer = client.get("/people")
            told.append((plain(answer).replace(name.split()[0], "(name)"), len(queries)))
            transaction.savepoint_rollback(mark)
        assert told[0][0] == told[1][0], role
        assert abs(told[0][1] - told[1][1]) <= 1, role


def test_registering_a_namesake_of_someone_elsewhere_offers_no_double(here: Place) -> None:
    sent = {"name": "Away Someone", "born": "1985", "place": "Nan Mango", "site": "bel-dlo"}
    one = here.ask("nurse", "POST", "/people/new", sent)
    other = here.ask("nurse", "POST", "/people/new", sent | {"name": "Zzyzx Qwrtps"})
    assert one.status_code == other.status_code == 302


# what is added


_BEFORE: dict[str, dict[str, str]] = {}


def before_of(here: Place, role: str) -> dict[str, str]:
    """The pages of a role before anything is added; everything that is added is taken back, so they are read once."""
    if role not in _BEFORE:
        _BEFORE[role] = pages(here, role)
    return _BEFORE[role]


def pages(here: Place, role: str) -> dict[str, str]:
    """Every page that this role may read, as it is now: lists, figures and files, and all about the people here."""
    found = {}
    for name in LISTS:
        route = routes()[name]
        if name in ("sign-in", "sign-in-code", "components", "help") or not has(role, TABLE[name].reads):
            continue
        for state in ("here", "child") if SECRET.intersection(route.params) else ("here",):
            at = route.address(here.things[state])
            found[f"{name} {state}"] = plain(here.ask(role, "GET", at))
    for more in ("today?whose=sites", "caseload?owner=", "quality?kind=missing", "quality?kind=double",
                 "outcomes?window=3", "triage?tab=historical", "refills?show=all", "stuck?tab=all", "diary?whose=sites",
                 f"people/{here.things['here']['person']}?all=1"):  # fmt: skip
        found[more] = plain(here.ask(role, "GET", f"/{more}"))
    return found


@pytest.mark.parametrize("role", ROLES if NIGHTLY else ROLES[::3])
def test_people_added_elsewhere_change_no_page_here(here: Place, role: str) -> None:
    if role in ("programme_manager", "administrator"):
        pytest.skip("they read of no person at all; the access log, which they read, is about their own sites")
    before = before_of(here, role)
    mark = transaction.savepoint()
    try:
        otto = here.workers["elsewhere"]
        for name in ("Here Someone", "Aaaa First"):
            person = care.register(by=otto, site="savann", name=name, born="1985", place="Nan Mango")
            care.enrol(by=otto, person=person, protocol="collaborative-care", condition="depression",
                       owner=str(otto.pk), occurred=day(90))  # fmt: skip
            safety.raise_concern(by=otto, person=person, text="Planted-concern")
        hold(site="savann", code="item.unknown", reason="Planted-held", raw="{}", person=person, segment="general",
             now=clock.now(), occurred=day(3))  # fmt: skip
        after = pages(here, role)
    finally:
        transaction.savepoint_rollback(mark)
    assert {name for name in before if before[name] != after[name]} == set()


GUARDED: tuple[tuple[str, tuple[f.AnyBody, ...]], ...] = (
    ("substance-use", (f.Response(instrument="audit-c", version=1, answers={"1": 4.0, "2": 4.0, "3": 4.0}),
                       f.Note(text="Planted-drink", segment="substance-use"))),
    ("therapy-notes", (f.Note(text="Planted-session", segment="therapy-notes"),)),
    ("intimate-partner-violence", (f.Note(text="Planted-blow", segment="intimate-partner-violence"),)),
    ("hiv", (f.Note(text="Planted-virus", segment="hiv"),)),
)  # fmt: skip


@pytest.mark.parametrize(("segment", "bodies"), GUARDED, ids=[one[0] for one in GUARDED])
def test_guarded_words_about_someone_here_change_no_page_of_who_may_not_read_them(
    here: Place, segment: str, bodies: tuple[f.AnyBody, ...]
) -> None:
    blind = [role for role in ("chw", "nurse", "me_officer", "care_manager")
             if segment not in policy_segments(role)]  # fmt: skip
    assert blind
    if not NIGHTLY:  # by day two of them, others for each segment
        blind = blind[len(segment) % 2 :: 2]
    for role in blind:
        before = before_of(here, role)
        mark = transaction.savepoint()
        try:
            psy = here.workers["psychiatrist"]
            person = here.things["here"]["person"]
            append([make_fact(by=psy, person=person, site="bel-dlo", body=body) for body in bodies])
            after = pages(here, role)
        finally:
            transaction.savepoint_rollback(mark)
        assert {name for name in before if before[name] != after[name]} == set(), role


def policy_segments(role: str) -> frozenset[str]:
    return sheet()[role].segments
