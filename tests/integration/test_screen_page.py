"""Asking: who may, what may not be guessed, danger before score, and once is once."""

import re

import pytest
from django.test import Client

from tests.world import World, day, phq9
from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import questionnaire
from vwazen.server.organisation.errors import Refused
from vwazen.server.record.access import facts_of
from vwazen.server.record.models import Held, OpenItem


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def form(answers: dict[str, float], **more: str) -> dict[str, str]:
    return {f"q-{item}": f"{value:g}" for item, value in answers.items()} | {"mode": "in_person"} | more


def responses(world: World, who: str) -> list[f.Fact]:
    return [fact for fact in facts_of(world.people[who]) if isinstance(fact.body, f.Response)]


def drawn(html: str) -> str:
    found = re.search(r'name="form" value="([^"]+)"', html)
    assert found
    return found.group(1)


# who is refused


def test_who_may_not_ask_is_refused(world: World) -> None:
    address = f"/people/{world.people['ben']}/ask"
    assert Client().get(address).status_code == 302
    for who in ("ada", "max", "ola"):
        assert as_worker(world, who).get(address).status_code == 403
    assert as_worker(world, "otto").get(address).status_code == 404, "outside the scope is like nobody at all"
    assert AccessEntry.objects.filter(outcome="refused", worker_id=str(world.otto.pk)).count() == 1


@pytest.mark.parametrize(
    ("who", "instrument", "status"),
    [
        ("nia", "phq-9", 200),
        ("nia", "audit-c", 403),  # a nurse sees no substance-use answers
        ("psy", "audit-c", 200),
        ("wim", "phq-9", 200),  # asking is the task of a CHW, reading scores is not
        ("wim", "pcl-5", 403),
        ("nia", "ham-d", 403),
        ("nia", "no-such", 404),
    ],
)
def test_an_instrument_is_for_the_roles_it_names_and_who_may_see_it(
    world: World, who: str, instrument: str, status: int
) -> None:
    client, person = as_worker(world, who), world.people["ben"]
    assert client.get(f"/people/{person}/ask/{instrument}").status_code == status
    listed = f"/ask/{instrument}" in client.get(f"/people/{person}/ask").content.decode()
    assert listed is (status == 200)


def test_the_action_refuses_as_the_page_does(world: World) -> None:
    with pytest.raises(Refused, match="AUDIT-C may be given by"):
        care.answer(by=world.nia, person=world.people["ben"], instrument="audit-c", answers={"1": 0.0})


# the form


def test_the_list_says_what_is_numbered_draft_or_only_a_total(world: World) -> None:
    html = as_worker(world, "psy").get(f"/people/{world.people['ben']}/ask").content.decode()
    assert "Their wording may not be shipped." in html
    assert "French is a draft translation" in html
    assert "Its safety question stays unknown: ask it." in html
    assert "Followed in this person" in html


def test_every_instrument_has_a_form_that_its_own_answers_fit(world: World) -> None:
    """Each item of each installed instrument is asked once, in a box or by its answers, with its number or words."""
    for one in content().instruments:
        asked = questionnaire.questions(one, "en", {}, {})
        assert [question.id for question in asked] == [item.id for item in one.items]
        for question, item in zip(asked, one.items, strict=True):
            assert question.legend
            assert bool(question.choices) is bool(item.answers)
            assert not any(choice.checked for choice in question.choices)
        lines = {rule.item for rule in one.safety}
        assert {q.id for q in asked if any(choice.alert for choice in q.choices)} == lines & {q.id for q in asked}
        assert sum(question.first_safety for question in asked) == (1 if lines and asked else 0)


def test_a_draft_translation_is_marked_and_what_it_lacks_is_english(world: World) -> None:
    html = as_worker(world, "nia").get(f"/people/{world.people['ben']}/ask/phq-9?language=fr").content.decode()
    assert "Draft translation." in html
    assert '<span lang="fr">Peu d’intérêt' in html
    assert '<span lang="en">If you checked off any problems' in html


def test_a_place_is_asked_about_before_the_safety_question(world: World) -> None:
    html = as_worker(world, "nia").get(f"/people/{world.people['ben']}/ask/phq-9").content.decode()
    assert html.index('name="q-8"') < html.index('name="private"') < html.index('name="q-9"')
    assert (
        'name="private"' not in as_worker(world, "nia").get(f"/people/{world.people['ben']}/ask/gad-7").content.decode()
    )


# saving


def test_unanswered_stays_unanswered(world: World) -> None:
    client = as_worker(world, "nia")
    some = {key: value for key, value in phq9(12).items() if key not in ("3", "4", "9")}
    response = client.post(f"/people/{world.people['ben']}/ask/phq-9", form(some), follow=True)
    html = response.content.decode()
    assert "not scored, 3 unanswered" in html
    assert "The safety question is unknown." in html
    assert "3 (sleep), 4 (energy), 9 (thoughts of death or self-harm)" in html
    assert set(responses(world, "ben")[-1].body.answers) == set(some)  # type: ignore[union-attr]


def test_danger_comes_before_the_score(world: World) -> None:
    client = as_worker(world, "nia")
    response = client.post(f"/people/{world.people['ben']}/ask/phq-9", form(phq9(15, ninth=2), private="yes"))
    fact = responses(world, "ben")[-1]
    assert response["Location"] == f"/people/{world.people['ben']}/risk/{fact.id}"
    assert fact.body.private is True  # type: ignore[union-attr]
    html = client.get(response["Location"]).content.decode()
    assert "Answered “more than half the days” to the safety question of PHQ-9" in html
    result = client.get(f"/people/{world.people['ben']}/answers/{fact.id}").content.decode()
    assert result.index("Open the risk steps") < result.index("of 27")


def test_a_result_says_change_error_and_never_safe(world: World) -> None:
    response = as_worker(world, "nia").post(f"/people/{world.people['ben']}/ask/phq-9", form(phq9(15)), follow=True)
    html = response.content.decode()
    assert "of 27, moderately severe band" in html
    assert "1 point down from 16 on" in html
    assert "within measurement error (under 5 points)" in html
    assert "no proof of safety" in html
    assert "A score is a measurement, not a diagnosis." in html
    assert "developed by Drs. Robert L. Spitzer" in html
    assert not re.search(r"\bno risk\b|\bis safe\b", html, re.IGNORECASE)


def test_sent_twice_is_one_fact_and_nothing_is_held(world: World) -> None:
    client, address = as_worker(world, "nia"), f"/people/{world.people['ben']}/ask/phq-9"
    sent = form(phq9(11), form=drawn(client.get(address).content.decode()))
    before = len(responses(world, "ben"))
    first, again = client.post(address, sent), client.post(address, sent)
    assert first["Location"] == again["Location"]
    assert len(responses(world, "ben")) == before + 1
    other = client.post(address, form(phq9(12), form=sent["form"]))
    assert other.status_code == 422
    assert "This form was saved already" in other.content.decode()
    assert drawn(other.content.decode()) != sent["form"], "saving again is a new entry"
    assert len(responses(world, "ben")) == before + 1
    assert not Held.objects.exists()


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"q-1": "7"}, "Must be one of 0, 1, 2, 3."),
        ({"q-1": "often"}, "Write a whole number, or leave it empty."),
        ({}, "No item is answered yet."),
        ({"q-1": "1", "occurred": day(-3)}, "lies in the future"),
        ({"q-1": "1", "occurred": "31 February"}, "is not a date"),
        ({"q-1": "1", "mode": "paper", "occurred": ""}, "Give the date on the paper."),
        ({"q-1": "1", "total": "12"}, "not both"),
        ({"total": "40"}, "A total lies between 0 and 27."),
        ({"q-1": "1", "mode": "telepathy"}, "Say how it was asked."),
    ],
)
def test_what_does_not_fit_is_said_beside_it_and_nothing_is_saved(
    world: World, sent: dict[str, str], says: str
) -> None:
    before = len(facts_of(world.people["ben"]))
    typed = {"mode": "in_person", "q-2": "3"} | sent
    if not sent or ("total" in sent and "q-1" not in sent):
        del typed["q-2"]
    response = as_worker(world, "nia").post(f"/people/{world.people['ben']}/ask/phq-9", typed)
    html = response.content.decode()
    assert response.status_code == 422
    assert says in html
    if "q-2" in typed:
        assert re.search(r'name="q-2" value="3" checked', html), "what was typed is kept"
    assert len(facts_of(world.people["ben"])) == before
    assert not Held.objects.exists()


def test_paper_keeps_its_own_date(world: World) -> None:
    as_worker(world, "nia").post(
        f"/people/{world.people['ben']}/ask/phq-9", form(phq9(9), mode="paper", occurred=day(20))
    )
    fact = next(one for one in responses(world, "ben") if one.occurred == day(20))
    assert fact.body.mode == "paper"  # type: ignore[union-attr]


def test_only_a_total_leaves_safety_unknown(world: World) -> None:
    client = as_worker(world, "nia")
    html = client.post(
        f"/people/{world.people['ben']}/ask/bdi-ii", {"mode": "paper", "occurred": day(1), "total": "31"}, follow=True
    ).content.decode()
    assert "of 63, severe band" in html
    assert "A total carries no answers." in html
    assert "A total only; the answers behind it are unknown." in html
    fact = responses(world, "ben")[-1]
    assert fact.body.total_only and not fact.body.answers  # type: ignore[union-attr]


def test_gates_counts_and_ratings(world: World) -> None:
    psy, person = as_worker(world, "psy"), world.people["ben"]
    denied = psy.post(f"/people/{person}/ask/pc-ptsd-5", form({"gate": 0}), follow=True).content.decode()
    assert '<span class="big">0</span> of 5' in denied
    assert "not asked" in denied
    odd = psy.post(f"/people/{person}/ask/pc-ptsd-5", form({"gate": 0, "2": 1}))
    assert odd.status_code == 422 and "does not apply" in odd.content.decode()
    counted = psy.post(f"/people/{person}/ask/seizures", form({"1": 6, "2": 90}), follow=True).content.decode()
    assert '<span class="big">2</span>' in counted
    rated = psy.post(f"/people/{person}/ask/cgi-s", form({"1": 4}), follow=True).content.decode()
    assert "Moderately ill" in rated
    screened = psy.post(f"/people/{person}/ask/asq", form(dict.fromkeys("1234", 0))).headers["Location"]
    html = psy.get(screened).content.decode()
    assert "No question was answered yes" in html and "no proof of safety" in html


def test_a_chw_asks_and_reads_no_score(world: World) -> None:
    client, person = as_worker(world, "wim"), world.people["ben"]
    html = client.post(f"/people/{person}/ask/phq-9", form(phq9(14)), follow=True).content.decode()
    assert "The answers to PHQ-9 are saved." in html
    assert "of 27" not in html and "Last answered" not in html
    fact = responses(world, "ben")[-1]
    assert client.get(f"/people/{person}/answers/{fact.id}").status_code == 403
    danger = client.post(f"/people/{person}/ask/phq-9", form(phq9(14, ninth=3)))
    html = client.get(danger["Location"]).content.decode()
    assert "An answer to a safety question asks for a conversation" in html
    assert "nearly every day" not in html.lower() and "14" not in re.sub(r"<[^>]+>|\d\d:\d\d", "", html).split()


def test_hidden_answers_are_not_found_by_address(world: World) -> None:
    care.answer(by=world.psy, person=world.people["ben"], instrument="audit-c", answers={"1": 2.0, "2": 1.0, "3": 0.0})
    fact = responses(world, "ben")[-1]
    assert as_worker(world, "nia").get(f"/people/{world.people['ben']}/answers/{fact.id}").status_code == 404
    assert as_worker(world, "psy").get(f"/people/{world.people['ben']}/answers/{fact.id}").status_code == 200


# what was audited


def test_each_page_is_one_row_in_the_log_without_values(world: World) -> None:
    client, person = as_worker(world, "nia"), world.people["ben"]
    seen = set(AccessEntry.objects.values_list("pk", flat=True))
    client.get(f"/people/{person}/ask")
    client.get(f"/people/{person}/ask/phq-9")
    response = client.post(f"/people/{person}/ask/phq-9", form(phq9(17, ninth=1)))
    client.get(response["Location"])
    rows = AccessEntry.objects.exclude(pk__in=seen).order_by("pk")
    assert [(row.action, row.route, row.purpose) for row in rows] == [
        ("read-person", "screen", "screen"), ("read-person", "ask", "screen"), ("read-person", "ask", "screen"),
        ("read-person", "risk", "risk"),
    ]  # fmt: skip
    assert all(row.person == person and row.note == "" for row in rows)
    assert OpenItem.objects.filter(kind="risk", person=person).count() == 1
