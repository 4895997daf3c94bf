"""The held pages: what is shown to whom, the ways to mend, and that typed input is never lost."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from tests.integration.import_build import (
    LOW,
    answers,
    bring,
    data,
    observation,
    patient,
    person_of,
    table,
    write,
)
from tests.integration.test_import_page import as_worker, words
from tests.world import World, day
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import actions as organisation
from vwazen.server.record import access, imports
from vwazen.server.record.actions import append, hold, make_fact
from vwazen.server.record.models import Held, Imported

pytestmark = pytest.mark.usefixtures("own_folder")

HARK = observation(code="76504-0", value=2, id="H1")


def only(**which: str) -> Held:
    return Held.objects.get(**which)


def mended(client: Client, row: Held, **sent: str) -> str:
    """Post a correction; the page one comes to."""
    answer = client.post(f"/held/{row.pk}", {"do": "mend"} | sent, follow=True)
    return answer.content.decode()


# who


@pytest.mark.parametrize("who", ["nia", "wim", "sue", "max", "ola", "ada", "otto"])
def test_others_see_nothing_of_it(world: World, tmp_path: Path, who: str) -> None:
    bring(world, write(tmp_path, patient(), observation(value=1.5)))
    client = as_worker(world, who)
    for address in ("/held", f"/held/{only().pk}", "/held/nothing"):
        assert client.get(address).status_code == 403, address
    assert client.post(f"/held/{only().pk}", {"do": "mend", "total": "2"}).status_code == 403
    assert client.post(f"/held/{only().pk}", {"do": "dismiss", "reason": "no"}).status_code == 403
    assert only().state == Held.OPEN
    assert AccessEntry.objects.filter(outcome="refused", worker_id=str(world.workers[who].pk)).count() == 5


def test_whoever_is_not_signed_in_is_asked_to(world: World) -> None:
    for address in ("/held", "/held/nothing"):
        assert Client().get(address).status_code == 302


def test_a_hidden_segment_is_absent_from_list_counts_filters_and_by_its_address(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), HARK), title="Only violence")
    bring(world, write(tmp_path, observation(value=1.5)), title="A total")
    hidden, row = only(segment="intimate-partner-violence"), only(segment="mental-health")
    kai = as_worker(world, "kai")
    page = kai.get("/held").content.decode()
    assert "Only violence" not in page and "No installed instrument" not in page and hidden.pk not in page
    assert "All 1" in words(page.encode()) and re.search(r"Held <b>1</b>", page)
    for address in (f"/held?import={hidden.import_id}", "/held?why=instrument"):
        assert "Nothing waits here." in words(kai.get(address).content)
    assert kai.get(f"/held/{hidden.pk}").status_code == 404
    assert kai.post(f"/held/{hidden.pk}", {"do": "dismiss", "reason": "x"}).status_code == 404
    assert hidden.pk not in kai.get(f"/held/{row.pk}").content.decode(), "not as the next one either"
    psy = as_worker(world, "psy").get("/held").content.decode()
    assert "All 2" in words(psy.encode()) and "Only violence" in psy
    refused = AccessEntry.objects.filter(action="read-held", outcome="refused")
    assert {entry.person for entry in refused} == {None} and refused.count() == 2


def test_entries_of_other_sites_are_not_there(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    bring(world, write(tmp_path, patient(), observation(value=1.5)))
    otto = as_worker(world, "otto")
    assert "Nothing waits here." in words(otto.get("/held").content)
    assert otto.get(f"/held/{only().pk}").status_code == 404


# the list


def test_the_list_says_why_and_about_whom(world: World, tmp_path: Path) -> None:
    lost, total = answers(40, LOW, who="P404"), observation(value=1.5, effectiveDateTime="2020-03-04")
    bring(world, write(tmp_path, patient(name=[{"text": "Zo Held"}]), total, lost), title="Tablets")
    client = as_worker(world, "kai")
    page = words(client.get("/held").content)
    assert "All 2 Whom it is about is not clear 1 A total cannot be right 1" in page
    assert "Zo Held 4 Mar 2020" in page and "not known here" in page
    assert "The total of PHQ-9 is not a whole number, as it must be." in page
    assert "neither in these files" not in words(client.get("/held?why=total").content)
    entry = AccessEntry.objects.filter(action="read-list", route="held").latest("at")
    assert (entry.site, entry.purpose) == ("ht/centre/bel-dlo/", "import")


def test_danger_comes_first(world: World, tmp_path: Path) -> None:
    wrong = answers(3, (2,) * 8 + (1,)) | {"subject": {"reference": "Patient/P404"}}
    bring(world, write(tmp_path, patient(), observation(value=1.5, code="70274-6"), wrong))
    row = only(code="person.broken")
    assert row.safety
    page = as_worker(world, "kai").get("/held").content.decode()
    assert page.index("a safety question is answered yes") < page.index("is not a whole number")
    entry = words(as_worker(world, "kai").get(f"/held/{row.pk}").content)
    assert "somebody has to speak with the person" in entry


def test_page_by_page_without_leaving_anyone_out(world: World, django_assert_max_num_queries: object) -> None:
    now = imports.clock.now()
    for number in range(120):
        hold(site="bel-dlo", code=f"total.{'whole' if number % 3 else 'range'}", reason="Look.", raw=f'"{number}"',
             segment="general", now=now, place=f"line {number:03}", safety=number % 10 == 0)  # fmt: skip
    client = as_worker(world, "kai")
    seen: list[str] = []
    address = "/held"
    while address:
        with django_assert_max_num_queries(14):  # type: ignore[operator]
            page = client.get(address).content.decode()
        seen += re.findall(r">(line \d+)</a>", page)
        link = re.search(r'rel="next"', page) and re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        address = "/held" + link[1].replace("&amp;", "&") if link else ""
    assert len(seen) == 120 and len(set(seen)) == 120
    assert all(int(one[5:]) % 10 == 0 for one in seen[:12])
    assert client.get("/held?after=nonsense").status_code == 200


# mending


def test_a_total_is_mended_with_its_field_and_the_chart_is_linked(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=16.18, effectiveDateTime=day(50))))
    client = as_worker(world, "kai")
    row = only()
    page = words(client.get(f"/held/{row.pk}").content)
    assert "The right total of PHQ-9" in page and "Its source says 16.18." in page
    wrong = client.post(f"/held/{row.pk}", {"do": "mend", "total": "16.5"})
    assert wrong.status_code == 422 and 'value="16.5"' in wrong.content.decode()
    assert "is not a whole number" in words(wrong.content)
    page = mended(client, row, total="16")
    assert "Taken in. It stands on the chart now." in page and f'href="/people/{person_of("P1")}"' in page
    assert "Total 16" in words(page.encode()) and "16.18" in page, "the correction beside what came"
    assert re.search(r"Mended .* by Keeper Kai", words(page.encode()))
    late = client.post(f"/held/{row.pk}", {"do": "mend", "total": "17"}, follow=True)
    assert "has decided this entry already" in words(late.content)
    log = AccessEntry.objects.filter(action="mend-held")
    assert [(entry.person, entry.outcome) for entry in log] == [(person_of("P1"), "allowed")]


def test_the_answers_can_be_given_instead(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=16.18, effectiveDateTime=day(50))))
    client = as_worker(world, "kai")
    assert "Little interest or pleasure" in client.get(f"/held/{only().pk}").content.decode()
    given = {f"answer-{item}": "2" for item in range(1, 9)} | {"answer-9": "0"}
    mended(client, only(), **given)
    chart = access.person(by=world.kai, person_id=person_of("P1"), purpose="care").chart
    assert chart.series["phq-9"].points[0].total == 16


def test_the_person_is_proposed_searched_and_chosen(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW) | {"subject": {"reference": "Pateint/P1"}}))
    row, client = only(), as_worker(world, "kai")
    page = client.get(f"/held/{row.pk}").content.decode()
    assert f'value="{person_of("P1")}"' in page and "checked" not in page, "proposed, and not taken for granted"
    typed = json.dumps(json.loads(row.raw) | {"note": "kept"}, indent=2)
    found = client.post(f"/held/{row.pk}", {"do": "find", "find": "Ben Kors", "raw": typed}).content.decode()
    assert "Ben Course" in found and "&quot;kept&quot;" in found and only().state == Held.OPEN
    nobody = client.post(f"/held/{row.pk}", {"do": "find", "find": "Xyzzy"}).content.decode()
    assert f'value="{person_of("P1")}"' in nobody
    page = mended(client, row, person=world.people["ben"])
    assert "Taken in." in page and f'href="/people/{world.people["ben"]}"' in page
    assert AccessEntry.objects.filter(note="candidates").count() >= 2, "names were shown"


def test_the_text_is_corrected_and_wrong_text_stays_to_be_corrected_on(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW) | {"status": "in-progress"}))
    row, client = only(code="status.unfinished"), as_worker(world, "kai")
    wrong = client.post(f"/held/{row.pk}", {"do": "mend", "raw": "{not json"})
    assert wrong.status_code == 422 and "{not json" in wrong.content.decode()
    assert "This is not sound JSON" in words(wrong.content)
    text = json.dumps(json.loads(row.raw), indent=2).replace("in-progress", "completed").replace("\n", "\r\n")
    page = mended(client, row, raw=text)
    assert "Taken in." in page and "in-progress" in page and "completed" in page


def test_sending_the_text_unchanged_is_no_correction(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW) | {"subject": {"reference": "Pateint/P1"}}))
    row, client = only(), as_worker(world, "kai")
    box = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", client.get(f"/held/{row.pk}").content.decode(), re.DOTALL)
    assert box
    text = box[1].replace("&quot;", '"').replace("&amp;", "&").replace("\n", "\r\n")
    mended(client, row, raw=text, person=person_of("P1"))
    assert json.loads(only().mended) == {"person": person_of("P1")}


def test_a_row_of_a_table_is_corrected_cell_by_cell(world: World, tmp_path: Path) -> None:
    file, map_file = table(
        tmp_path, "who,day,sum\nA,2025-02-31,12\n",
        "system: sheet\nperson: who\nlayout: long\ninstrument: phq-9\ndate: day\ntotal: sum\n",
    )  # fmt: skip
    bring(world, file, map_file=map_file, system="")
    row, client = only(), as_worker(world, "kai")
    page = client.get(f"/held/{row.pk}").content.decode()
    assert 'value="2025-02-31"' in page and ">day</label>" in page and "<textarea" not in page
    cells = {"cell-0": "A", "cell-1": "2025-02-30", "cell-2": "12"}
    wrong = client.post(f"/held/{row.pk}", {"do": "mend"} | cells)
    assert wrong.status_code == 422 and 'value="2025-02-30"' in wrong.content.decode()
    assert "not a full calendar date" in words(wrong.content)
    assert "Taken in." in mended(client, row, **(cells | {"cell-1": "2025-02-28"}))
    assert Imported.objects.count() == 2


def test_a_correction_is_offered_again_after_an_import_was_undone(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient(), observation(value=16.18), answers(40, LOW) | {"status": "in-progress"})
    job, client = bring(world, file), as_worker(world, "kai")
    mended(client, only(code="total.whole"), total="16")
    mended(
        client, only(code="status.unfinished"), raw=only(code="status.unfinished").raw.replace("in-progress", "final")
    )
    imports.undo(by=world.kai, job=job.id)
    bring(world, file)
    assert 'value="16' in client.get(f"/held/{only(code='total.whole').pk}").content.decode()
    page = client.get(f"/held/{only(code='status.unfinished').pk}").content.decode()
    box = re.search(r"<textarea.*?</textarea>", page, re.DOTALL)
    assert box and "final" in box[0] and "before the import was undone" in page


def test_a_devices_fact_from_the_future(world: World) -> None:
    append([make_fact(by=world.nia, person=world.people["ann"], site="bel-dlo", body=f.Encounter(mode="home"),
                      occurred=day(-9))])  # fmt: skip
    row, client = only(), as_worker(world, "kai")
    page = words(client.get(f"/held/{row.pk}").content)
    assert "It is dated in the future" in page and "The right day" in page and "it came from a device" in page
    assert "Taken in." in mended(client, row, occurred=day(2))


def test_dismissing_asks_why(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=1.5)))
    row, client = only(), as_worker(world, "kai")
    silent = client.post(f"/held/{row.pk}", {"do": "dismiss", "reason": " "})
    assert silent.status_code == 422 and only().state == Held.OPEN
    answer = client.post(f"/held/{row.pk}", {"do": "dismiss", "reason": "a trial run"}, follow=True)
    assert "by Keeper Kai: a trial run" in words(answer.content)
    assert "a trial run" not in words(client.get("/held").content)
    assert "Keeper Kai" in words(client.get("/held?state=dismissed").content)
    assert AccessEntry.objects.filter(action="dismiss-held").count() == 1


def test_take_all_like_this_is_not_offered(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), *[observation(value=1.5, id=f"O{n}") for n in range(3)]))
    page = as_worker(world, "kai").get("/held").content.decode()
    assert '<form method="post" action="/held' not in page and "checkbox" not in page


# long, cut, hostile


def test_long_input_is_cut_with_its_size(world: World, tmp_path: Path) -> None:
    long = answers(40, LOW) | {"status": "in-progress", "text": {"div": "x" * 60_000}}
    bring(world, write(tmp_path, patient(), long))
    row, client = only(), as_worker(world, "kai")
    page = client.get(f"/held/{row.pk}").content.decode()
    assert len(page) < 60_000 and re.search(r"\d\d kB, the beginning", words(page.encode()))
    assert "<textarea" not in page
    whole = client.get(f"/held/{row.pk}?all=1").content.decode()
    assert "<textarea" in whole and whole.count("x" * 60_000) == 2


def test_what_was_not_kept_whole_cannot_be_tried_again_but_dismissed(world: World, tmp_path: Path) -> None:
    file = tmp_path / "cut.ndjson"
    file.write_text('{"resourceType": "Observation", "id": "O1", \n')
    bring(world, file)
    page = words(as_worker(world, "kai").get(f"/held/{only().pk}").content)
    assert "It cannot be tried again here" in page and "Dismiss the entry" in page


def test_what_came_is_shown_as_text_and_never_as_markup(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW) | {"status": "<script>alert(1)</script>"}))
    page = as_worker(world, "kai").get(f"/held/{only().pk}").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


# real inputs


def test_ahrq_through_the_pages(world: World) -> None:
    bring(world, data("ahrq-phq9-stu3"), system="ahrq")
    client = as_worker(world, "kai")
    page = client.get(f"/held/{only().pk}").content.decode()
    proposed = person_of("TEST-9", "ahrq")
    assert f'value="{proposed}"' in page
    assert "Taken in." in mended(client, only(), person=proposed)
    assert client.get(f"/people/{proposed}").status_code == 200
    responses = Imported.objects.filter(fact__in=_responses()).count()
    assert responses == 31


def _responses() -> list[str]:
    return [str(row[0]) for row in imports.store.select("SELECT id FROM record_fact WHERE kind = 'response'")]


def test_synthea_through_the_pages(world: World) -> None:
    bring(world, data("synthea-r4"))
    assert "All 5" in words(as_worker(world, "kai").get("/held").content)
    psy = words(as_worker(world, "psy").get("/held").content)
    assert "All 193" in psy and "No installed instrument reads it 188" in psy
