"""Find or register: by sound, within the scope, doubles offered and never merged by themselves."""

import re

import pytest
from django.test import Client

from tests.world import World, answer
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.likeness import Who, alike
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.record import names
from vwazen.server.record.models import CaseloadRow, NotSame, Person


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def search(client: Client, name: str, **more: str) -> str:
    response = client.post("/people", {"name": name, "born": "", "place": ""} | more, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def found(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a class="name" href="[^"]*">([^<]*)</a>', html)


def new(name: str, **more: str) -> dict[str, str]:
    return {"name": name, "site": "bel-dlo", "gender": "unknown", "form": ""} | more


# who is refused


@pytest.mark.parametrize(
    ("address", "who", "status"),
    [
        ("/people", "ola", 403), ("/people", "ada", 403), ("/people", "wim", 200),
        ("/people/new", "sue", 403), ("/people/new", "ola", 403), ("/people/new", "wim", 200),
        ("/people/{ben}/edit", "sue", 403), ("/people/{ben}/edit", "otto", 404), ("/people/{ben}/edit", "wim", 200),
        ("/people/{ben}/same", "sue", 403), ("/people/{ben}/same", "otto", 404), ("/people/{ben}/same", "nia", 200),
    ],
)  # fmt: skip
def test_who_may_open_what(world: World, address: str, who: str, status: int) -> None:
    assert Client().get(address.format(ben=world.people["ben"])).status_code == 302
    assert as_worker(world, who).get(address.format(ben=world.people["ben"])).status_code == status
    if status != 200:
        assert AccessEntry.objects.filter(outcome="refused", worker_id=str(world.workers[who].pk)).count() == 1


def test_an_outsider_finds_nobody_and_is_told_of_no_double(world: World) -> None:
    otto = as_worker(world, "otto")
    assert found(search(otto, "Ben Course")) == []
    response = otto.post("/people/new", new("Ben Course", born="1985", site="savann"))
    assert response.status_code == 302, "a double elsewhere is not shown, so that asking tells nothing"
    refused = otto.post("/people/new", new("Someone New", site="bel-dlo"))
    assert refused.status_code == 422 and not Person.objects.filter(name="Someone New").exists()
    own = otto.get(f"/people/{Person.objects.get(path='ht/centre/savann/').pk}/same?with={world.people['ben']}")
    assert own.status_code == 404


# finding


def test_a_misspelt_name_is_found_and_told_apart(world: World) -> None:
    care.register(by=world.nia, site="bel-dlo", name="Phillippe Jean-Zacharie", born="1990-03-02", place="Kafou Dlo")
    care.register(by=world.nia, site="bel-dlo", name="Filip Janzakari", place="Tè Rouj")
    html = search(as_worker(world, "nia"), "filip zakari")
    assert set(found(html)) == {"Phillippe Jean-Zacharie", "Filip Janzakari"}
    assert "36 · Kafou Dlo" in html or "35 · Kafou Dlo" in html
    assert "age not recorded · Tè Rouj" in html
    assert found(search(as_worker(world, "nia"), "Filip", place="te rouj"))[0] == "Filip Janzakari"


def test_a_search_stands_in_no_address(world: World) -> None:
    client = as_worker(world, "nia")
    response = client.post("/people", {"name": "Ben Course", "born": "1985", "place": ""})
    assert response["Location"] == "/people"
    assert 'value="Ben Course"' in client.get("/people").content.decode(), "going back shows the search again"
    client.post("/people", {"clear": "1"})
    assert "Ben" not in client.get("/people").content.decode()


def test_an_empty_search_is_not_a_search(world: World) -> None:
    response = as_worker(world, "nia").post("/people", {"name": " "})
    assert response.status_code == 422 and "Write a name, or a part of it." in response.content.decode()


def test_a_common_name_elsewhere_hides_nobody_here(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "CANDIDATES", 3)
    for _ in range(5):
        care.register(by=world.otto, site="savann", name="Marie Pierre")
    here = care.register(by=world.nia, site="bel-dlo", name="Marie Pierre")
    assert names.candidates("Marie Pierre", within=("ht/centre/bel-dlo/",)) == [here]
    assert found(search(as_worker(world, "nia"), "Marie Pierre")) == ["Marie Pierre"]


def test_nobody_like_that_leads_to_a_form_that_is_filled_in(world: World) -> None:
    client = as_worker(world, "wim")
    html = search(client, "Zul Kadèt", born="33", place="Mòn Pilat")
    assert "Nobody like that" in html
    form = client.get("/people/new").content.decode()
    for value in ("Zul Kadèt", "33", "Mòn Pilat"):
        assert f'value="{value}"' in form


# registering


def test_only_a_name_is_needed_and_the_chosen_one_is_shown(world: World) -> None:
    client = as_worker(world, "wim")
    assert client.post("/people/new", new("")).status_code == 422
    response = client.post("/people/new", new("Jan Batis", chosen_name="Lola"))
    person = Person.objects.get(name="Lola")
    assert response["Location"] == f"/people/{person.pk}"
    html = search(client, "Jan Batis")
    assert found(html)[0] == "Lola", "found by the name that is not shown"
    assert "Jan Batis</" not in html


@pytest.mark.parametrize(("typed", "kept"), [("41", None), ("1985", "1985"), ("1985-03-21", "1985-03-21"), ("", "")])
def test_age_year_or_date(world: World, typed: str, kept: str | None) -> None:
    as_worker(world, "nia").post("/people/new", new("Nouvo Moun", born=typed))
    born = Person.objects.get(name="Nouvo Moun").born
    assert born == kept if kept is not None else len(born) == 4


@pytest.mark.parametrize(
    ("typed", "why"),
    [("1700", "1700 is more than 120 years ago. "), ("2999-01-01", "2999-01-01 is still to come: "), ("forty", ""),
     ("2999", "2999 is still to come: "), ("1985-13-40", ""), ("0000", "")],
)  # fmt: skip
def test_a_birth_that_cannot_be_is_said_beside_it(world: World, typed: str, why: str) -> None:
    response = as_worker(world, "nia").post("/people/new", new("Nouvo Moun", born=typed))
    html = response.content.decode()
    assert response.status_code == 422
    assert "Write a birth date (1985-03-21), a year (1985) or an age (41)." in html
    assert why in html.partition('id="id_born_error"')[2].partition("</div>")[0]
    assert 'value="Nouvo Moun"' in html and not Person.objects.filter(name="Nouvo Moun").exists()


def test_a_probable_double_is_offered_first(world: World) -> None:
    client = as_worker(world, "nia")
    before = Person.objects.count()
    html = client.post("/people/new", new("Benn Kours", born="1985")).content.decode()
    assert "Is it one of these?" in html and "Same sound of name and birth year" in html
    assert f'href="/people/{world.people["ben"]}"' in html
    assert Person.objects.count() == before, "nothing is saved yet"
    client.post("/people/new", new("Benn Kours", born="1985") | {"new": "1"})
    assert Person.objects.count() == before + 1
    assert not Person.objects.exclude(merged_into="").exists(), "nothing is merged by itself"


@pytest.mark.parametrize(
    ("name", "born", "place", "double"),
    [
        ("Ben Course", "1985", "", True),
        ("Ben Course", "1986", "", True),
        ("Ben Course", "1980", "", False),
        ("Ben Course", "", "nan mango", True),
        ("Ben Course", "", "Savann", False),
        ("Ben", "1985", "", True),
        ("Ben Joseph Course", "1985", "", True),
        ("Ben Joseph", "1985", "", False),
        ("Course", "1984", "", False),
    ],
)
def test_what_counts_as_maybe_the_same(world: World, name: str, born: str, place: str, double: bool) -> None:
    paths = policy.site_paths(world.nia, "find_person")
    others = alike([Who(name=name, born=born, place=place)], paths).get(0, [])
    assert (world.people["ben"] in [one.person.pk for one in others]) is double


def test_sent_twice_registers_once(world: World) -> None:
    client = as_worker(world, "nia")
    drawn = re.search(r'name="form" value="([^"]+)"', client.get("/people/new").content.decode())
    assert drawn
    sent = new("Nouvo Moun", born="1990", form=drawn.group(1))
    first, again = client.post("/people/new", sent), client.post("/people/new", sent)
    assert first["Location"] == again["Location"]
    assert Person.objects.filter(name="Nouvo Moun").count() == 1


# mending and merging


def test_a_registration_is_mended_and_the_chart_follows(world: World) -> None:
    client, ben = as_worker(world, "nia"), world.people["ben"]
    assert 'value="Ben Course"' in client.get(f"/people/{ben}/edit").content.decode()
    wrong = client.post(f"/people/{ben}/edit", {"name": "Ben Kous", "born": "soon"})
    assert wrong.status_code == 422 and 'value="Ben Kous"' in wrong.content.decode()
    client.post(f"/people/{ben}/edit", {"name": "Ben Kous", "born": "1984", "place": "Kafou"})
    one = Person.objects.get(pk=ben)
    assert (one.name, one.born, one.place) == ("Ben Kous", "1984", "Kafou")


def test_two_registrations_are_compared_merged_and_undone(world: World) -> None:
    twin = care.register(by=world.nia, site="bel-dlo", name="Ben Kours", born="1985", phone="0001")
    world.people["twin"] = twin
    answer(world, "twin", 21, 1)
    client, ben = as_worker(world, "nia"), world.people["ben"]
    assert f"?with={ben}" in client.get(f"/people/{twin}/same").content.decode()
    html = client.get(f"/people/{twin}/same?with={ben}").content.decode()
    assert "Ben Kours" in html and "Ben Course" in html and "in care" in html and "not enrolled" in html
    assert "PHQ" not in html and "21" not in re.sub(r"<[^>]+>|21 Nov|[0-9a-f-]{36}", "", html).split()
    unsaid = client.post(f"/people/{twin}/same", {"other": ben}, follow=True).content.decode()
    assert "Nothing was changed. Choose whose name and place to keep." in unsaid
    client.post(f"/people/{twin}/same", {"other": ben, "keep": ben})
    assert Person.objects.get(pk=twin).merged_into == ben
    assert CaseloadRow.objects.get(person=ben).last_score == 21
    again = client.post(f"/people/{twin}/same", {"other": ben, "keep": ben}, follow=True)
    assert "one person already" in again.content.decode(), "sent twice is merged once"
    merge = next(fact for fact in care.chart_of(ben).live if fact.kind == "merge")
    care.withdraw(by=world.nia, person=ben, fact=merge.id, reason="two cousins")
    assert Person.objects.get(pk=twin).merged_into == ""


def test_two_people_are_not_offered_as_one_again_and_can_still_be_compared(world: World) -> None:
    twin = care.register(by=world.nia, site="bel-dlo", name="Ben Kours", born="1985")
    client, ben = as_worker(world, "nia"), world.people["ben"]
    page = client.get(f"/people/{twin}/same?with={ben}").content.decode()
    assert '<button class="btn" name="answer" value="two" formnovalidate>No, two people</button>' in page
    for _ in range(2):  # sent twice is once
        told = client.post(f"/people/{twin}/same", {"other": ben, "answer": "two"}, follow=True).content.decode()
        assert "they are not offered as one person again" in told
    (row,) = NotSame.objects.all()
    assert ({row.one, row.other}, row.by, row.one < row.other) == ({ben, twin}, str(world.nia.pk), True)
    for person, other in ((twin, ben), (ben, twin)):
        page = client.get(f"/people/{person}/same").content.decode()
        assert "Nobody here sounds like the same person." in page
        assert "Compared before: two people (1)" in page and f"?with={other}" in page
    assert AccessEntry.objects.filter(action="not-same", person=twin, site="ht/centre/bel-dlo/").count() == 2
    third = care.register(by=world.nia, site="bel-dlo", name="Ben Kours", born="1985")
    assert f"?with={ben}" in client.get(f"/people/{third}/same").content.decode(), "somebody else is still offered"
    client.post(f"/people/{twin}/same", {"other": ben, "keep": ben})
    assert Person.objects.get(pk=twin).merged_into == ben, "a person may think again"


def test_two_people_cannot_be_said_across_a_border_of_rights(world: World) -> None:
    away = care.register(by=world.otto, site="savann", name="Ben Kours", born="1985")
    ben = world.people["ben"]
    sent = {"other": away, "answer": "two"}
    for who in ("nia", "wim"):
        assert as_worker(world, who).post(f"/people/{ben}/same", sent).status_code == 404
    assert as_worker(world, "ola").post(f"/people/{ben}/same", sent).status_code == 403
    with pytest.raises(Refused):
        care.not_same(by=world.nia, person=ben, other=away)
    assert not NotSame.objects.exists()


def test_nobody_is_merged_across_a_border_of_rights(world: World) -> None:
    away = care.register(by=world.otto, site="savann", name="Ben Kours", born="1985")
    client = as_worker(world, "nia")
    assert (
        "Nobody here sounds like the same person." in client.get(f"/people/{world.people['ben']}/same").content.decode()
    )
    response = client.post(f"/people/{world.people['ben']}/same", {"other": away, "keep": world.people["ben"]})
    assert response.status_code == 404
    assert not Person.objects.exclude(merged_into="").exists()


# what was audited


def test_a_search_is_one_row_and_says_no_name(world: World) -> None:
    before = set(AccessEntry.objects.values_list("pk", flat=True))
    search(as_worker(world, "nia"), "Ben Course")
    (row,) = AccessEntry.objects.exclude(pk__in=before)
    assert (row.action, row.purpose, row.route, row.note) == ("read-list", "find-person", "find-person", "found=1")
    assert row.site == "ht/centre/bel-dlo/" and row.person is None


def test_a_double_that_was_shown_is_in_the_log(world: World) -> None:
    before = set(AccessEntry.objects.values_list("pk", flat=True))
    as_worker(world, "nia").post("/people/new", new("Ben Course", born="1985"))
    (row,) = AccessEntry.objects.exclude(pk__in=before)
    assert (row.action, row.route, row.note) == ("read-list", "register-person", "alike=1")
