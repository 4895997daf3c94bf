"""Two phones without a network that meet the same person, or change the same plan: nothing is lost, and a person is
asked once."""

import re

import pytest
from django.test import Client

from tests.phones import Phone, enrol
from tests.world import World, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.organisation.models import Worker
from vwazen.server.record.models import Fact, Held, OpenItem, Person

pytestmark = pytest.mark.django_db


def page(world: World, who: str, path: str) -> str:
    """What a page of the clinic says to somebody, in one line, tags left out."""
    client = Client()
    client.force_login(world.workers[who])
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def phones(world: World) -> tuple[Phone, Phone]:
    """Walker Wim's and Nurse Nia's, with everybody on them, now without a network."""
    found = tuple(enrol(Worker.objects.get(pk=world.workers[who].pk), world.sue) for who in ("wim", "nia"))
    for one in found:
        one.sync()
    return found  # type: ignore[return-value]


def danger(phone: Phone, person: str) -> None:
    """Answers that tell of a danger."""
    phone.save(phone.fact(person, f.Response(instrument="phq-9", version=1, answers=phq9(15, ninth=1))))


@pytest.mark.parametrize("other", ["Zanmi Lwenn", "ZANMI LWEN", "Lwen Zanmi"])
def test_who_was_registered_on_two_phones_is_offered_as_one_and_then_is_one(
    world: World, phones: tuple[Phone, Phone], other: str
) -> None:
    wim, nia = phones
    one = wim.register("Zanmi Lwen", born="1990", place="Nan Mango")
    two = nia.register(other, born="1990", place="Nan Mango")
    wim.save(wim.fact(one, f.Encounter(mode="home", next=day(-3))))
    danger(nia, two)
    for phone in phones:
        phone.sync()
        assert not phone.held
    offered = page(world, "nia", "/quality?kind=double&site=bel-dlo")
    assert offered.count("Zanmi Lwen") >= 1 and other in offered, "the clinic offers to join them"
    assert other in page(world, "nia", f"/people/{one}/same") and "Zanmi Lwen" in page(
        world, "nia", f"/people/{two}/same"
    )
    assert Person.objects.filter(pk__in=(one, two), registered=True).count() == 2, "nobody joins them but a person"

    wim.save(wim.fact(one, f.Concern(trigger="worker", text="Gave away the goats")))  # again without a network
    care.merge(by=world.nia, person=one, into=two)
    for phone in (*phones, *phones):
        phone.sync()
    for phone in phones:
        assert not phone.held and one not in phone.briefs and two in phone.briefs
        assert phone.briefs[two].get("aliases") == [one], "the phone still knows them by the other number"
        assert len(phone.briefs[two]["risks"]) == 2
    assert OpenItem.objects.filter(kind=OpenItem.RISK, person=two).exists()
    assert not OpenItem.objects.filter(person=one).exists(), "each danger stands once"
    assert "Zanmi Lwen" not in page(world, "nia", "/quality?kind=double&site=bel-dlo")


def test_safety_plans_of_two_phones_are_both_shown_once(world: World, phones: tuple[Phone, Phone]) -> None:
    cid, (wim, nia) = world.people["cid"], phones
    risk = wim.briefs[cid]["risks"][0]["id"]
    wim.save(wim.fact(cid, f.SafetyPlan(risk=risk, helps="Sits by the sea", copy_given=True)))
    nia.save(nia.fact(cid, f.SafetyPlan(risk=risk, helps="Sings with her aunt", call="Tant Woz")))
    for phone in (wim, nia, wim, nia):
        phone.sync()
        phone.turn = 0  # the answer was lost on the way, all of it
    shown = page(world, "nia", f"/people/{cid}/plan")
    for said in ("Sits by the sea", "Sings with her aunt", "Tant Woz"):
        assert shown.count(said) == 1, said
    assert Fact.objects.filter(person=cid, kind="safety_plan").count() == 2


def test_a_line_of_the_plan_changed_on_two_phones_stands_twice_and_one_is_asked_to_choose_once(
    world: World, phones: tuple[Phone, Phone]
) -> None:
    cid, (wim, nia) = world.people["cid"], phones
    first = say(world, "cid", "nia", f.PlanItem(part="action", text="Sell on Mondays.", segment="general"))
    bodies = {wim: "Sell at the sea.", nia: "Sell with her aunt."}
    for phone, text in bodies.items():
        phone.save(phone.fact(cid, f.PlanItem(part="action", text=text, segment="general"), amends=first.id))
    for phone in (wim, nia, wim):
        phone.sync()
        phone.turn = 0
        phone.sync()
    assert not wim.held and not nia.held and not Held.objects.exists()
    shown = page(world, "nia", f"/people/{cid}/care-plan")
    assert shown.count("2 versions were written at the same time") == 1
    for said in bodies.values():
        assert said in shown
    assert "Sell on Mondays." not in shown
