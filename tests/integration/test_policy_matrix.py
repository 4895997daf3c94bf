"""Every address, asked by each of the thirteen roles about a person in every state: exactly as the table says.

The addresses come from the server, the rights from the roles' own file, the answers from `tests/policy/table.py`; an
address that has no row there fails here. The place is built once; whatever a question changes is taken back.
"""

import logging
import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.template.backends.django import Template
from pytest_django import DjangoDbBlocker

from tests.policy import table
from tests.policy.place import REVOKED, ROLES, STATES, Place, place
from tests.policy.routes import Route, routes
from tests.policy.table import ANYONE, FORMS, MACHINE, NEVER, TABLE, expected, has
from tests.tries import NIGHTLY

NAMES = tuple(sorted(TABLE))
ABOUT = {"person", "fact", "risk", "episode", "referral"}  # parts of an address that belong to one person

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def here(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Place]:
    logging.disable(logging.CRITICAL)  # a line with its frames for each of some thousand refusals takes a minute
    try:
        with django_db_blocker.unblock(), place() as built, pytest.MonkeyPatch.context() as patch:
            if not NIGHTLY:  # half of the time; `test_every_route` has each role look at each page
                patch.setattr(Template, "render", lambda *_, **__: "")
            yield built
    finally:
        logging.disable(logging.NOTSET)


def states(route: Route) -> tuple[str, ...]:
    """The states that make a difference to this address."""
    if ABOUT.intersection(route.params):
        return STATES
    return ("here", "away", "none") if route.params and route.name != "import-map" else ("here",)


def asking(state: str) -> tuple[str, ...]:
    """Every role about who is here or elsewhere; about the others a third of them and whom it is closed to, each night
    all."""
    third = {"dead": 0, "child": 1, "merged": 2, "revoked": 0, "none": 1}
    if state not in third or NIGHTLY:
        return ROLES
    some = ROLES[third[state] :: 3]
    return some if state != "revoked" or REVOKED in some else (*some, REVOKED)


def facts() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM record_fact")
        return int(cursor.fetchone()[0])


def test_every_address_has_its_row_and_every_row_its_address() -> None:
    assert sorted(routes()) == sorted(TABLE)


def test_every_right_of_the_table_is_one_that_roles_can_hold() -> None:
    given = {right for one in table.sheet().values() for right in one.permissions}
    named = {right for rule in TABLE.values() for right in re.split("[|&]", f"{rule.reads}|{rule.sends}")}
    named |= set(FORMS.values())
    assert named - given <= {"", ANYONE, table.SIGNED_IN, NEVER, MACHINE}


@pytest.mark.parametrize("name", NAMES)
def test_who_is_not_signed_in_is_asked_to(here: Place, name: str) -> None:
    route, rule = routes()[name], TABLE[name]
    at = route.address(here.things["here"])
    for method in ("GET", "POST"):
        answer = here.ask("", method, at)
        if rule.reads == ANYONE:
            assert answer.status_code in (200, 302, 422, rule.got, rule.sent), method
        elif rule.reads == MACHINE:
            assert answer.status_code == (401 if method == "GET" else 405)
        elif method == "GET" and rule.reads == NEVER:
            assert answer.status_code == 405
        elif rule.sends == MACHINE:
            assert answer.status_code == 401
        else:
            assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next="), method


@pytest.mark.parametrize("name", NAMES)
def test_each_role_is_answered_as_the_table_says(here: Place, name: str) -> None:
    route, rule, wrong = routes()[name], TABLE[name], []
    for state in states(route):
        at = route.address(here.things[state])
        for method in ("GET",) if rule.shows and state in ("dead", "child", "merged") else ("GET", "POST"):
            for role in asking(state):
                if MACHINE in (rule.reads, rule.sends):
                    cache.clear()  # wrong keys are counted by address, and all ask from one
                wanted = expected(rule, role, state, method)
                got = here.ask(role, method, at).status_code
                if got != wanted:
                    wrong.append(f"{role} {method} {state}: {got}, and the table says {wanted}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("form", sorted(FORMS), ids="/".join)
def test_each_form_is_taken_from_those_with_its_right_alone(here: Place, form: tuple[str, str, str]) -> None:
    name, field, value = form
    route, right = routes()[name], FORMS[form]
    for state in ("here", "away"):
        things = here.things[state] | ({"action": value} if field == "action" else {})
        for role in ROLES:
            before = facts()
            answer = here.ask(role, "POST", route.address(things), {} if field == "action" else {field: value})
            opens = has(role, TABLE[name].sends or TABLE[name].reads)
            if not opens:
                wanted = {403}
            elif state != "here":
                wanted = {404}
            else:
                wanted = {302, 422} if has(role, right) else {403}
            assert answer.status_code in wanted, (role, state)
            assert facts() == before
