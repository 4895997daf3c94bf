"""Outcomes: who is refused, what is counted for whom, what may not be shown, the people behind it, files, the log."""

import csv
import datetime as dt
import io
import re

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django.fixtures import Settings

from tests import kept
from tests.world import World, answer, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post, Worker
from vwazen.server.record import clock
from vwazen.server.record.models import EpisodeRow
from vwazen.server.reporting import cube, files, people
from vwazen.server.reporting.scope import definitions


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


AGO = 150


def patient(
    world: World, who: str, first: int, then: int | None = None, *, by: str = "nia", site: str = "bel-dlo",
    gender: str = "female",
) -> str:  # fmt: skip
    """Somebody enrolled 150 days ago with a first score, and another 90 days later."""
    worker = world.workers[by]
    person = care.register(by=worker, site=site, name=f"Invented {who}", born="1985", gender=gender, place="Nan Mango")
    care.enrol(by=worker, person=person, protocol="collaborative-care", condition="depression",
               owner=str(worker.pk), occurred=day(AGO))  # fmt: skip
    for total, when in ((first, AGO), (then, AGO - 90)):
        if total is not None:
            care.answer(by=worker, person=person, instrument="phq-9", answers=phq9(total), occurred=day(when))
    return person


@pytest.fixture
def many(db: None) -> World:
    """At Bèl Dlo 7 in remission, 6 responded, 8 unchanged, 7 never scored again; at Savann 2 in remission."""
    return kept.put(_many)


def _many() -> World:
    world = kept.world()
    for n in range(7):
        world.people[f"well{n}"] = patient(world, f"Well {n}", 18, 3)
    for n in range(6):
        world.people[f"half{n}"] = patient(world, f"Half {n}", 18, 8, gender="male")
    for n in range(8):
        world.people[f"same{n}"] = patient(world, f"Same {n}", 16, 15)
    for n in range(7):
        world.people[f"gone{n}"] = patient(world, f"Gone {n}", 17)
    for n in range(2):
        world.people[f"far{n}"] = patient(world, f"Far {n}", 19, 2, by="otto", site="savann")
    return world


def text(html: str) -> str:
    """A page as it is read: no pictures, no tags."""
    html = re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL)
    html = re.sub(r'<span class="sr">.*?</span>', " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&nbsp;", " ").replace("\xa0", " ").split())


# who is refused


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["wim", "ada"])
def test_who_has_no_right_is_refused_and_the_refusal_is_logged(world: World, who: str) -> None:
    client = as_worker(world, who)
    for address in ("/outcomes", "/outcomes/people?group=due", "/exports/register"):
        assert client.get(address).status_code == 403, address
    assert client.post("/outcomes/export", {"format": "csv"}).status_code == 403
    assert client.post("/exports/register", {"site": "bel-dlo", "format": "csv"}).status_code == 403
    assert AccessEntry.objects.filter(outcome=AccessEntry.REFUSED).count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["max", "ola"])
def test_who_sees_sums_sees_nobody(many: World, who: str) -> None:
    client = as_worker(many, who)
    page = client.get("/outcomes?site=bel-dlo")
    assert page.status_code == 200
    html = page.content.decode()
    assert "/outcomes/people" not in html and "Invented" not in html and "Sums only." in html
    assert client.get("/outcomes/people?group=due").status_code == 403
    assert client.post("/exports/register", {"site": "bel-dlo", "format": "csv"}).status_code == 403


@pytest.mark.django_db
def test_another_place_is_not_shown(many: World) -> None:
    client = as_worker(many, "nia")
    page = client.get("/outcomes?site=savann")
    assert page.status_code == 422
    assert "You do not see the outcomes of this place" in page.content.decode()
    assert "Far" not in client.get("/outcomes/people?site=savann&group=enrolled").content.decode()
    assert "Invented Far" not in as_worker(many, "nia").get("/outcomes/people?group=due").content.decode()


# what is counted


@pytest.mark.django_db
def test_both_bases_stand_side_by_side_with_their_intervals(many: World) -> None:
    words = text(as_worker(many, "nia").get("/outcomes").content.decode())
    assert "Due at 3 months 28" in words
    assert "Re-assessed 21 75 % of 28, 57 to 87" in words
    assert "46 % 30 to 64 13 of 28 62 % 41 to 79 13 of 21" in words, "response on both bases"
    assert "25 % 13 to 43 7 of 28 33 % 17 to 55 7 of 21" in words, "remission on both bases"
    assert "definition 1" in words and "not yet reviewed by a clinician" in words


@pytest.mark.django_db
def test_a_figure_opens_its_people(many: World) -> None:
    client = as_worker(many, "nia")
    html = client.get("/outcomes").content.decode()
    link = re.search(r'href="(/outcomes/people\?[^"]*group=responded[^"]*)"', html)
    assert link
    listed = client.get(link[1].replace("&amp;", "&"))
    names = set(re.findall(r"Invented \w+ \d", listed.content.decode()))
    assert names == {f"Invented Well {n}" for n in range(7)} | {f"Invented Half {n}" for n in range(6)}
    entry = AccessEntry.objects.latest("id")
    assert (entry.action, entry.route, entry.purpose) == ("read-list", "outcomes-people", "outcomes")
    assert "rows=13" in entry.note and "group=responded" in entry.note


@pytest.mark.django_db
def test_every_figure_has_as_many_people_as_it_says(many: World) -> None:
    """Every link of the page: the number in it, and the names on the list behind it."""
    client = as_worker(many, "kai")
    care.close_episode(by=many.nia, person=many.people["gone0"], episode=episode(many, "gone0"), outcome="lost")
    html = client.get("/outcomes?by=sex").content.decode()
    checked = 0
    for address, body in re.findall(r'<a href="(/outcomes/people[^"]+)">(.*?)</a>', html):
        shown = re.sub(r"<[^>]+>.*", "", body)
        if shown.isdecimal():
            listed = client.get(address.replace("&amp;", "&")).content.decode()
            rows = re.findall(r'<a class="name"', listed)
            assert len(rows) == int(shown), (address, shown)
            checked += 1
    assert checked >= 12


def episode(world: World, who: str) -> str:
    return care.chart_of(world.people[who]).open_episodes[0].id


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "due"),
    [("sex=male", 6), ("sex=female", 22), ("condition=anxiety", 0), ("age=25-39", 0), ("age=40-59", 28), ("step=1", 28),
     ("window=6", 0), (f"since={day(149)}", 0), (f"until={day(149)}", 28)],
)  # fmt: skip
def test_figures_are_narrowed(many: World, asked: str, due: int) -> None:
    words = text(as_worker(many, "nia").get(f"/outcomes?{asked}").content.decode())
    if due:
        assert f"Due at 3 months {due}" in words
    else:
        assert "Due at 3 months 0" in words or "Due at 6 months 0" in words or "Nobody was enrolled" in words


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["site", "step", "worker", "condition", "sex", "age"])
def test_every_breakdown_adds_up_to_everyone_due(many: World, by: str) -> None:
    html = as_worker(many, "pia").get(f"/outcomes?by={by}").content.decode()
    table = html.partition("<h2>By ")[2].partition("</table>")[0]
    due = [int(n) for n in re.findall(r'data-l="due">(?:<a [^>]*>)?(\d+)', table)]
    assert sum(due) == 30


@pytest.mark.django_db
def test_whoever_is_not_due_yet_is_not_missing(world: World) -> None:
    """The world's own people were enrolled 65 days ago: nobody is due."""
    words = text(as_worker(world, "nia").get("/outcomes").content.decode())
    assert "Enrolled 4" in words and "Due at 3 months 0" in words and "nobody due" in words


@pytest.mark.django_db
def test_care_about_alcohol_is_counted_for_its_segment_alone(many: World) -> None:
    one = patient(many, "Drink", 18, 3)
    fact = EpisodeRow.objects.get(person=one)
    assert fact.condition == "depression"
    many.people["drink"] = care.register(by=many.nia, site="bel-dlo", name="Invented Alcohol", born="1985")
    body = f.Episode(protocol="community-care", protocol_version=1, condition="alcohol", owner=str(many.nia.pk))
    say(many, "drink", "nia", body, ago=150)
    assert "Alcohol" not in as_worker(many, "nia").get("/outcomes?by=condition").content.decode()
    assert "Invented Alcohol" not in as_worker(many, "nia").get("/outcomes/people?group=enrolled").content.decode()
    assert "Enrolled 33" in text(as_worker(many, "nia").get("/outcomes").content.decode())
    assert "Not everybody is counted." in text(as_worker(many, "nia").get("/outcomes").content.decode())
    everybody = text(as_worker(many, "kai").get("/outcomes").content.decode())
    assert "Enrolled 34" in everybody and "Not everybody is counted." not in everybody
    assert "Invented Alcohol" in as_worker(many, "kai").get("/outcomes/people?group=enrolled").content.decode()
    assert "Enrolled 33" in text(as_worker(many, "ola").get("/outcomes").content.decode())


@pytest.mark.django_db
def test_a_merged_person_and_a_withdrawn_enrolment_are_not_counted(many: World) -> None:
    before = EpisodeRow.objects.count()
    twin = care.register(by=many.nia, site="bel-dlo", name="Invented Well 0", born="1985")
    care.merge(by=many.nia, person=many.people["well0"], into=twin)
    assert EpisodeRow.objects.count() == before
    assert EpisodeRow.objects.filter(person=twin).count() == 1
    assert not EpisodeRow.objects.filter(person=many.people["well0"]).exists()


# what may not be shown


@pytest.mark.django_db
def test_small_numbers_stay_hidden_on_every_page(many: World) -> None:
    """Savann's two would be the difference between the country and Bèl Dlo, so neither is shown below the country."""
    client = as_worker(many, "max")
    words = text(client.get("/outcomes").content.decode())
    assert "Due at 3 months 30" in words
    assert "Due at 3 months not shown" in text(client.get("/outcomes?site=savann").content.decode())
    assert "Due at 3 months not shown" in text(client.get("/outcomes?site=bel-dlo").content.decode())
    table = client.get("/outcomes?site=centre").content.decode().partition("<h2>By ")[2].partition("</table>")[0]
    assert table.count("not shown") == 2
    sent = b"".join(client.post("/outcomes/export", {"site": "savann", "format": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    kept = [
        row
        for row in csv.DictReader(io.StringIO(sent.lstrip("\ufeff")))
        if row["part"] == "response" and row["window"] == "3 months"
    ]
    assert kept and {row["count"] for row in kept} == {"not shown"}


@pytest.mark.django_db
def test_who_sees_sums_may_not_narrow_them(many: World) -> None:
    client = as_worker(many, "ola")
    plain = text(client.get("/outcomes?by=sex").content.decode())
    narrowed = client.get(f"/outcomes?by=sex&condition=depression&sex=male&since={day(149)}&step=1").content.decode()
    assert text(narrowed) == plain
    assert "Narrowed to" not in narrowed


@pytest.mark.django_db
def test_a_place_that_a_worker_also_cares_for_is_shown_whole(many: World) -> None:
    Post(worker=many.ola, role="nurse", site=many.sites["bel-dlo"], starts=clock.today()).save()
    policy.changed()
    html = as_worker(many, "ola").get("/outcomes?site=bel-dlo").content.decode()
    assert "/outcomes/people" in html and "Sums only." not in html


# files and the log


@pytest.mark.django_db
def test_figures_as_csv_and_as_a_workbook_are_the_same_and_logged(many: World) -> None:
    client = as_worker(many, "nia")
    asked = {"site": "bel-dlo", "window": "3", "by": "sex"}
    sent = client.post("/outcomes/export", {**asked, "format": "csv"})
    assert sent["Content-Disposition"] == f'attachment; filename="outcomes-bel-dlo-{clock.today()}.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(sent.streaming_content).decode().lstrip("\ufeff"))))  # type: ignore[attr-defined]
    (response,) = (
        row for row in rows
        if (row["part"], row["window"], row["measure"]) == ("response", "3 months", "response, all due")
    )  # fmt: skip
    assert (response["count"], response["of"], response["share"]) == ("13", "28", "0.4643")
    assert response["low"].startswith("0.29") and response["high"].startswith("0.64")
    assert response["definition"] == str(definitions().version)
    assert "are in no figure here" in response["origin"]
    book = client.post("/outcomes/export", {**asked, "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(book.streaming_content))).active  # type: ignore[attr-defined]
    cells = [[str(one) if one is not None else "" for one in row] for row in sheet.iter_rows(values_only=True)]
    assert [row[6] for row in cells[1:]] == [row["measure"] for row in rows]
    assert [row[7] for row in cells[1:]] == [row["count"] for row in rows]
    logged = AccessEntry.objects.filter(action="export", route="outcomes-export")
    assert [one.note.split(" ", 1)[1] for one in logged] == ["format=csv shown=all", "format=xlsx shown=all"]


@pytest.mark.django_db
def test_a_file_of_invented_people_says_so(many: World, settings: Settings) -> None:
    settings.SYNTHETIC = True
    for address in ("/outcomes/export", "/exports/register"):
        sent = as_worker(many, "nia").post(address, {"site": "bel-dlo", "format": "csv"})
        assert 'filename="synthetic-' in sent["Content-Disposition"]
        body = b"".join(sent.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert len(body) > 5 and all(files.SYNTHETIC in line for line in body[1:])


@pytest.mark.parametrize("cell", ["=1+1", "+33 1", "-2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")'])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    shown = files.harmless(cell)
    assert isinstance(shown, str) and not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert files.harmless(-2) == -2 and files.harmless("a=b") == "a=b" and files.harmless(None) is None


@pytest.mark.django_db
def test_a_page_leaves_one_entry(many: World) -> None:
    before = AccessEntry.objects.count()
    as_worker(many, "pia").get("/outcomes?window=6&by=worker")
    assert AccessEntry.objects.count() == before + 1
    entry = AccessEntry.objects.latest("id")
    assert (entry.action, entry.site, entry.note) == (
        "read-figures", many.sites["centre"].path, "window=6 by=worker shown=all",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_people_behind_a_figure_of_a_country_are_the_same_in_whatever_order_they_are_looked_for(
    many: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many sites they are found in the order of days."""
    for number, row in enumerate(EpisodeRow.objects.order_by("pk")):
        EpisodeRow.objects.filter(pk=row.pk).update(started=row.started + dt.timedelta(days=number % 9 - 8))

    groups = ("enrolled", "open", "away", "due", "missing", "fate:remission", "status:open")

    def listed(group: str) -> list[str]:
        client, url, found = as_worker(many, "pia"), f"/outcomes/people?group={group}", []
        while url:
            page = client.get(url).context
            found += [one["row"].pk for one in page["page"].rows]
            url = f"/outcomes/people{page['next_url']}" if page["next_url"] else ""
        return found

    few = {group: listed(group) for group in groups}
    assert all(len(found) == len(set(found)) > 0 for found in few.values())
    monkeypatch.setattr(cube, "A_FEW_SITES", 0)
    monkeypatch.setattr(people, "A_PAGE", 4)
    assert {group: listed(group) for group in groups} == few


@pytest.mark.django_db
def test_a_page_asks_the_database_a_bounded_number_of_times(many: World, django_assert_max_num_queries: object) -> None:
    client = as_worker(many, "pia")
    client.get("/outcomes")
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        client.get("/outcomes?by=worker")
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        client.get("/outcomes/people?group=due")


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["window=7", "by=name", "since=31/02/2026", "site=nowhere"])
def test_what_does_not_fit_is_said_and_breaks_nothing(many: World, asked: str) -> None:
    for who in ("nia", "ola"):
        assert as_worker(many, who).get(f"/outcomes?{asked}").status_code in (200, 422)
    assert as_worker(many, "nia").get(f"/outcomes?{asked}").status_code == 422
    assert as_worker(many, "nia").get("/outcomes?condition=a%00b").status_code == 404
    assert as_worker(many, "nia").get("/outcomes/people?group=nonsense").status_code == 404
    assert as_worker(many, "nia").get("/outcomes/people?group=fate:nonsense&after=x~y").status_code == 404
    assert as_worker(many, "nia").get("/outcomes/people?group=due&after=x~y").status_code == 200


@pytest.mark.django_db
def test_an_empty_node_says_so(world: World) -> None:
    otto = as_worker(world, "otto")
    assert "Nobody was enrolled here yet" in otto.get("/outcomes").content.decode()
    assert "Nobody to list here" in otto.get("/outcomes/people?group=due").content.decode()
    assert Worker.objects.filter(username="otto").exists()


# the register


def register(world: World, who: str = "nia", site: str = "bel-dlo") -> dict[str, dict[str, str]]:
    sent = as_worker(world, who).post("/exports/register", {"site": site, "format": "csv"})
    assert sent.status_code == 200
    rows = csv.DictReader(io.StringIO(b"".join(sent.streaming_content).decode().lstrip("\ufeff")))  # type: ignore[attr-defined]
    return {row["person"]: row for row in rows}


@pytest.mark.django_db
def test_the_register_holds_baseline_previous_and_latest(world: World) -> None:
    row = register(world)[world.people["ben"]]
    assert [row[f"{end}_phq_9"] for end in ("latest", "previous", "baseline")] == ["16", "14", "18"]
    assert [row[f"{end}_date_phq_9"] for end in ("latest", "previous", "baseline")] == [day(2), day(37), day(65)]
    assert (row["days_in_care"], row["enrolled_on"], row["conditions"]) == ("65", day(65), "depression")
    assert row["latest_seizures"] == row["latest_zldsi"] == "not asked" and row["latest_date_seizures"] == ""
    assert "Ben" not in str(row) and row["origin"] == files.RECORD
    logged = AccessEntry.objects.filter(action="export").get()
    assert (logged.route, logged.purpose, logged.note) == ("register-export", "register", "rows=4 format=csv")


@pytest.mark.django_db
def test_asked_and_no_is_not_the_same_as_not_asked(world: World) -> None:
    rows = register(world)
    assert rows[world.people["ben"]]["thoughts_of_suicide"] == "asked: no"
    assert rows[world.people["cid"]]["thoughts_of_suicide"] == "asked: yes"
    assert rows[world.people["ben"]]["suicidal_intent"] == rows[world.people["ben"]]["pregnant"] == "not asked"
    care.enrol(by=world.nia, person=world.people["ann"], protocol="collaborative-care", condition="depression",
               owner=str(world.nia.pk))  # fmt: skip
    say(world, "ann", "nia", f.Pregnancy(pregnant="no"))
    ann = register(world)[world.people["ann"]]
    assert ann["thoughts_of_suicide"] == "not asked" and ann["pregnant"] == "asked: no"
    say(world, "ann", "nia", f.Response(instrument="phq-9", version=1, stated_total=12, total_only=True))
    assert register(world)[world.people["ann"]]["thoughts_of_suicide"].startswith("not known")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("agreed", "came", "kept", "three", "six"),
    [
        (30, 30, "yes", "no", "no"),
        (30, 16, "yes", "no", "no"),
        (44, 29, "no", "no", "no"),
        (None, 30, "no appointment before", "no", "no"),
        (100, 92, "yes", "yes", "no"),
        (190, 183, "yes", "yes", "yes"),
        (95, 91, "yes", "no", "no"),
    ],
)
def test_who_came_when(world: World, agreed: int | None, came: int, kept: str, three: str, six: str) -> None:
    if agreed is not None:
        say(world, "ben", "nia", f.Encounter(mode="clinic", next=day(agreed)), ago=200)
    say(world, "ben", "nia", f.Encounter(mode="clinic", next=day(-20)), ago=came)
    row = register(world)[world.people["ben"]]
    assert row["came_within_14_days_of_appointment"] == kept
    assert (row["three_months_since_last_visit"], row["six_months_since_last_visit"]) == (three, six)
    assert row["last_visit_date"] == day(came) and row["next_appointment_date"] == day(-20)
    assert row["appointment_for_last_visit"] == (day(agreed) if agreed is not None else "")


@pytest.mark.django_db
def test_the_register_holds_who_is_in_care_here_and_what_may_be_seen(world: World) -> None:
    rows = register(world)
    assert set(rows) == {world.people[one] for one in ("ben", "cid", "dan", "eve")}
    assert not any("audit_c" in column for column in rows[world.people["ben"]])
    assert any("audit_c" in column for column in register(world, "kai")[world.people["ben"]])
    assert as_worker(world, "nia").post("/exports/register", {"site": "savann", "format": "csv"}).status_code == 422
    answer(world, "ben", 9, 1)
    assert register(world)[world.people["ben"]]["latest_phq_9"] == "9"
