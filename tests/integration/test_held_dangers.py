"""A danger that is held is told of to whoever acts on risks there: how many wait and who can look, and nothing else."""

import re

from django.test import Client

from tests.integration.test_import_page import as_worker, words
from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.server.care import held_dangers
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post
from vwazen.server.record import clock, held, reach
from vwazen.server.record.actions import hold
from vwazen.server.record.models import Held

SAID = "may tell of a danger"


def holding(raw: str, segment: str = "mental-health", site: str = "bel-dlo", *, safety: bool = True) -> Held:
    """An entry of a phone that was taken away."""
    hold(site=site, code="phone.revoked", reason="It was on a phone that had been taken away.", raw=raw,
         segment=segment, now=clock.now(), person_name="Gil Planted", import_id="a-phone", safety=safety)  # fmt: skip
    return Held.objects.get(raw=raw)


def shown(world: World, who: str) -> list[str]:
    """What the board and Today say of it."""
    client = as_worker(world, who)
    pages = [words(client.get(address).content) for address in ("/risk", "/today?whose=sites")]
    assert not any("Planted" in one for one in pages), "nobody is named"
    found = [re.search(r"(\S+) held entr(?:y|ies) may tell of a danger (.{0,200})", one) for one in pages]
    return [" ".join(one.groups()) for one in found if one]


def test_nobody_learns_of_it_who_acts_on_no_risk_there(world: World) -> None:
    holding("one")
    for who in ("max", "ola", "ada"):
        for address in ("/risk", "/today"):
            page = as_worker(world, who).get(address)
            assert page.status_code == 403 and SAID not in page.content.decode()
    assert shown(world, "otto") == [], "another site"
    assert SAID not in Client().get("/risk").content.decode()


def test_who_may_not_mend_is_told_how_many_wait_and_whom_to_ask(world: World) -> None:
    assert shown(world, "nia") == []
    holding("one")
    holding("no danger", safety=False)
    for who in ("nia", "wim", "sue"):
        on_board, on_today = shown(world, who)
        for one in (on_board, on_today):
            assert one.startswith("1 and waits for somebody to look. Ask Keeper Kai or Psychologist Psy or others."), (
                one
            )
        assert 'href="/held"' not in as_worker(world, who).get("/risk").content.decode()
    holding("two")
    assert shown(world, "nia")[0].startswith("2 and wait for somebody to look.")


def test_who_may_mend_is_led_there(world: World) -> None:
    row = holding("one")
    for one in shown(world, "kai"):
        assert one.startswith("1 and waits for somebody to look. Look at it"), one
    assert 'href="/held"' in as_worker(world, "kai").get("/risk").content.decode()
    held.dismiss(by=world.kai, entry=row.pk, reason="Spoken with")
    assert shown(world, "kai") == shown(world, "nia") == []


def test_what_lies_in_a_part_that_one_does_not_see_waits_for_those_who_do(world: World) -> None:
    holding("not readable", "therapy-notes")
    (on_board, _) = shown(world, "kai")
    assert "Ask Psychologist Psy or Psychiatrist Pia." in on_board and "Look at" not in on_board
    holding("one")
    (on_board, _) = shown(world, "kai")
    assert on_board.startswith("2 and wait for somebody to look. 1 of them is not for you to open. Ask Psych"), on_board
    assert "Look at" in on_board
    assert "not for you" not in shown(world, "psy")[0]
    Post.objects.exclude(worker__in=(world.nia, world.kai)).update(ends=clock.today())
    policy.changed()
    assert "Nobody at this site may do this: ask whoever keeps the posts." in shown(world, "kai")[0]


def test_entries_about_somebody_who_is_closed_to_one_are_not_counted(world: World) -> None:
    row = holding("one")
    Held.objects.filter(pk=row.pk).update(person=world.people["ben"])
    assert shown(world, "nia")
    say(world, "ben", "kai", f.Consent(segment="general", granted=False, to=f"worker:{world.nia.pk}"))
    assert shown(world, "nia") == [] and shown(world, "kai")


def test_it_costs_little_and_ends_at_a_thousand(world: World, django_assert_num_queries: object) -> None:
    assert not reach.hidden(world.nia) and not reach.hidden(world.sue)  # every page asks this, once
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert held_dangers.waiting(world.nia) is None
    for number in range(1005):
        hold(site="bel-dlo" if number % 2 else "savann", code="phone.revoked", reason="Look.", raw=f'"{number}"',
             segment="mental-health", now=clock.now(), safety=True)  # fmt: skip
    with django_assert_num_queries(2):  # type: ignore[operator]
        found = held_dangers.waiting(world.sue)
    assert found is not None and found.many == "1,000+" and "Pia or Keeper Kai or others." in found.ask
