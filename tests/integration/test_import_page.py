"""The import page: who may open it, what it takes and refuses, what it says came in, and the way back."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.integration.import_build import (
    HIGH,
    LOW,
    answers,
    bring,
    data,
    observation,
    patient,
    person_of,
    write,
)
from tests.live import ROOT
from tests.world import World, day, phq9
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.organisation import actions as organisation
from vwazen.server.record import background, imports, prose, uploads
from vwazen.server.record.models import Fact, Held, Import, Person

pytestmark = pytest.mark.usefixtures("own_folder")

MAP = (ROOT / "examples" / "maps" / "enrichd-bdi.yaml").read_bytes()


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """The background thread is told of a job, and does not run in a test."""
    told: list[bool] = []
    monkeypatch.setattr(background, "wake", lambda: told.append(True))
    return told


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def sent(tmp_path: Path, *resources: dict[str, object], name: str = "export.ndjson") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, write(tmp_path, *resources).read_bytes())


def form(*files: SimpleUploadedFile, **more: object) -> dict[str, object]:
    return {"from": "fhir", "upload": list(files), "system": "tablets", "site": "bel-dlo", "as_of": day(0),
            "title": ""} | more  # fmt: skip


def words(page: bytes) -> str:
    """What a reader sees, on one line."""
    text = re.sub(r"<(script|style).*?</\1>", "", page.decode(), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


# who


@pytest.mark.parametrize("who", ["nia", "wim", "psy", "pia", "sue", "max", "ola", "ada", "otto"])
def test_others_see_nothing_of_it(world: World, tmp_path: Path, who: str) -> None:
    job = bring(world, write(tmp_path, patient()))
    client = as_worker(world, who)
    addresses = ("/import", f"/import/{job.id}", f"/import/{job.id}/undo", "/import/map/enrichd-bdi", "/import/how-to")
    for address in addresses:
        assert client.get(address).status_code == 403, address
    assert client.post("/import", form(sent(tmp_path, patient("P2")))).status_code == 403
    assert client.post(f"/import/{job.id}/undo").status_code == 403
    assert Import.objects.get().state == Import.DONE
    refused = AccessEntry.objects.filter(outcome="refused", worker_id=str(world.workers[who].pk))
    assert refused.count() == 7


def test_whoever_is_not_signed_in_is_asked_to(world: World, tmp_path: Path) -> None:
    for answer in (Client().get("/import"), Client().post("/import", form(sent(tmp_path, patient())))):
        assert answer.status_code == 302 and "/sign-in" in answer["Location"]
    assert not Import.objects.exists()


def test_an_import_of_other_sites_is_not_there(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    job = bring(world, write(tmp_path, patient()), title="Quiet one")
    client = as_worker(world, "otto")
    assert "Quiet one" not in client.get("/import").content.decode()
    for address in (f"/import/{job.id}", f"/import/{job.id}/undo", "/import/nothing"):
        assert client.get(address).status_code == 404
    assert client.post(f"/import/{job.id}/undo").status_code == 404
    answer = client.post("/import", form(sent(tmp_path, patient("P2"))))
    assert answer.status_code == 422 and "Select a valid choice" in answer.content.decode()


def test_a_form_from_elsewhere_is_refused(world: World, tmp_path: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.kai)
    assert client.post("/import", form(sent(tmp_path, patient()))).status_code == 403
    page = client.get("/import").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    answer = client.post("/import", form(sent(tmp_path, patient()), csrfmiddlewaretoken=token[1]))
    assert answer.status_code == 302
    assert Import.objects.count() == 1


# sending files


def test_files_are_sent_and_the_page_says_how_far_it_is(world: World, tmp_path: Path, woken: list[bool]) -> None:
    client = as_worker(world, "kai")
    files = [sent(tmp_path, answers(60, HIGH), name="a.ndjson"), sent(tmp_path, patient(), name="b.ndjson")]
    answer = client.post("/import", form(*files))
    job = Import.objects.get()
    assert (answer.status_code, answer["Location"], woken) == (302, f"/import/{job.id}", [True])
    assert (job.state, job.title, job.system, job.site, job.by) == (
        Import.WAITING, "a.ndjson, b.ndjson", "tablets", "bel-dlo", str(world.kai.pk),
    )  # fmt: skip
    page = client.get(f"/import/{job.id}")
    assert "Waits for its turn" in words(page.content)
    assert b'http-equiv="refresh"' in page.content and b"data-poll" in page.content
    imports._update(job.id, state=Import.RUNNING, share=0.42)
    fragment = client.get(f"/import/{job.id}", headers={"X-Fragment": "1"}).content.decode()
    assert "Under way: 42 %" in fragment and "data-done" not in fragment and "<html" not in fragment
    done = imports.run(Import.objects.get())
    assert (done.counts["people"], done.counts["responses"], done.counts["held"]) == (1, 1, 0)
    fragment = client.get(f"/import/{job.id}", headers={"X-Fragment": "1"}).content.decode()
    assert "data-done" in fragment and "1 person and 1 response are new here" in words(fragment.encode())
    page = client.get(f"/import/{job.id}").content
    assert b'http-equiv="refresh"' not in page and b"data-poll" not in page
    reads = AccessEntry.objects.filter(action="read-import", outcome="allowed")
    assert reads.count() == 2, "one row a page, none for what a script fetches again and again"
    assert AccessEntry.objects.filter(action="import", outcome="allowed", site="ht/centre/bel-dlo/").count() == 1


def test_a_spreadsheet_with_a_saved_map_or_ones_own(world: World) -> None:
    client = as_worker(world, "kai")
    assert "enrichd-bdi" in client.get("/import?from=table").content.decode()
    rows = b"ID,time,BDI\n7,0,20\n7,30,12\n"
    base = {"from": "table", "site": "bel-dlo", "as_of": day(0), "title": "A trial"}
    answer = client.post("/import", base | {"upload": SimpleUploadedFile("t.csv", rows), "saved_map": "enrichd-bdi"})
    assert answer.status_code == 302
    own = SimpleUploadedFile("mine.yaml", MAP.replace(b"enrichd-cbt", b"another"))
    answer = client.post("/import", base | {"upload": SimpleUploadedFile("t.csv", rows), "map_file": own})
    assert answer.status_code == 302
    for job in Import.objects.all():
        assert imports.run(job).counts["new:bdi-i"] == 2
        assert Path(job.map_file).name in ("map enrichd-bdi.yaml", "map mine.yaml")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Choose a map here"),
        ({"saved_map": "enrichd-bdi", "map_file": MAP}, "Two maps were given"),
        ({"map_file": b"system: [", "saved_map": ""}, "The map cannot be read"),
        ({"map_file": MAP.replace(b"bdi-i\n", b"bdi-x\n")}, "names an instrument"),
    ],
)
def test_a_map_that_cannot_be_is_told_beside_its_field(world: World, given: dict[str, object], says: str) -> None:
    values = {"from": "table", "site": "bel-dlo", "as_of": day(0), "title": "Kept title",
              "upload": SimpleUploadedFile("t.csv", b"ID,time,BDI\n7,0,20\n")}  # fmt: skip
    for name, value in given.items():
        values[name] = SimpleUploadedFile("m.yaml", value) if isinstance(value, bytes) else value
    answer = as_worker(world, "kai").post("/import", values)
    page = answer.content.decode()
    assert answer.status_code == 422 and says in page and 'value="Kept title"' in page
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"upload": []}, "Choose at least one file."),
        ({"as_of": day(-2)}, "lies in the future"),
        ({"as_of": "soon"}, "Enter a valid date"),
        ({"system": ""}, "This field is required"),
        ({"site": "savann"}, "Select a valid choice"),
    ],
)
def test_what_does_not_fit_is_told_and_what_was_typed_stays(
    world: World, tmp_path: Path, change: dict[str, object], says: str
) -> None:
    values = form(sent(tmp_path, patient()), title="Kept title") | change
    answer = as_worker(world, "kai").post("/import", values)
    assert answer.status_code == 422
    assert says in answer.content.decode() and 'value="Kept title"' in answer.content.decode()
    assert not Import.objects.exists()


def test_beyond_the_limit_nothing_is_kept_and_the_page_says_so(world: World, tmp_path: Path, settings: object) -> None:
    settings.IMPORT_LIMIT = 2_000_000  # type: ignore[attr-defined]
    files = [SimpleUploadedFile(f"{name}.json", b"x" * 1_500_000) for name in "ab"]
    answer = as_worker(world, "kai").post("/import", form(*files, title="Kept title"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "larger than 2 MB" in page and 'value="Kept title"' in page
    assert not Import.objects.exists()
    assert not list(Path(settings.IMPORTS_FOLDER).iterdir())  # type: ignore[attr-defined]


def test_without_room_on_the_disk_nothing_is_read(
    world: World, tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 5_000_000}))
    answer = as_worker(world, "kai").post("/import", form(sent(tmp_path, patient())))
    assert answer.status_code == 422 and "5 MB free on this node" in answer.content.decode()
    assert not list(Path(settings.IMPORTS_FOLDER).iterdir())  # type: ignore[attr-defined]


def test_too_many_files(world: World, settings: object) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3  # type: ignore[attr-defined]
    files = [SimpleUploadedFile(f"{number}.json", b"{}") for number in range(4)]
    answer = as_worker(world, "kai").post("/import", form(*files))
    assert answer.status_code == 422 and "more than 3 files" in answer.content.decode()
    assert not Import.objects.exists()


def test_an_upload_leaves_nothing_behind_but_the_jobs_own_copy(world: World, tmp_path: Path, settings: object) -> None:
    as_worker(world, "kai").post("/import", form(sent(tmp_path, patient(), name="../../etc/Fi le.ndjson")))
    folder = Path(settings.IMPORTS_FOLDER)  # type: ignore[attr-defined]
    job = Import.objects.get()
    assert [one.name for one in folder.iterdir()] == [job.id]
    assert [one.name for one in (folder / job.id).iterdir()] == ["Fi le.ndjson"]
    imports.run(job)
    assert Person.objects.filter(pk=person_of("P1"), registered=True).exists()
    assert not list(folder.iterdir())


# what came in


def test_what_came_in_is_told_in_sentences(world: World) -> None:
    job = bring(world, data("ahrq-phq9-stu3"), title="Clinic tablets")
    page = words(as_worker(world, "kai").get(f"/import/{job.id}").content)
    for sentence in (
        "14 people and 30 responses are new here. 1 entry waits to be mended.",
        "14 people , all new here.",
        "4 stated totals disagree with the answers, 3 of them higher than the instrument allows.",
        "16 responses have a positive safety answer. 9 people have a historical item each",
        "Nobody was paged.",
        "Whom it is about is not clear 1 1",
        "PHQ-9 30 30 0",
        "file that is no JSON 1",
    ):
        assert sentence in page, sentence
    again = bring(world, data("ahrq-phq9-stu3"))
    page = words(as_worker(world, "kai").get(f"/import/{again.id}").content)
    assert "Nothing in it was new here." in page and "44 entries were on record already" in page
    assert "1 entry was held before, with an earlier import" in page


def test_a_recent_worrying_answer_is_told_as_a_conversation(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient(), answers(3, HIGH)))
    page = words(as_worker(world, "kai").get(f"/import/{job.id}").content)
    assert "1 is recent and has opened a risk: the person needs a conversation." in page


def test_what_a_worker_may_not_see_is_not_counted_for_them(world: World, tmp_path: Path) -> None:
    hark = [observation(code="76504-0", value=1, id=f"H{number}") for number in range(7)]
    file = write(tmp_path, patient(), observation(value=1.5, id="O1"), *hark)
    job = bring(world, file)
    again = bring(world, file)
    client = as_worker(world, "kai")
    page = words(client.get(f"/import/{job.id}").content)
    assert "1 entry waits to be mended" in page and "No installed instrument" not in page and " 7 " not in page
    assert "1 entry was held before" in words(client.get(f"/import/{again.id}").content)
    assert "1 held, to be mended" in words(client.get("/import").content)
    organisation.add_post(by=world.ada, worker=world.kai, role="social_worker", site=world.sites["bel-dlo"])
    page = words(client.get(f"/import/{job.id}").content)
    assert "8 entries wait to be mended" in page and "No installed instrument reads it 7 7" in page


def test_file_problems_are_told_with_what_to_do(world: World, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"resourceType": "Bundle", ')
    job = bring(world, broken)
    page = words(as_worker(world, "kai").get(f"/import/{job.id}").content)
    assert "Nothing could be taken from this file." in page
    assert "broken.json: It breaks off" in page and "Copy it again" in page


def test_past_imports_page_by_page(world: World, tmp_path: Path, django_assert_max_num_queries: object) -> None:
    for number in range(23):
        bring(world, write(tmp_path, patient(f"P{number}")), title=f"Import {number:02}")
    client = as_worker(world, "kai")
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        first = client.get("/import").content.decode()
    assert re.findall(r"Import \d\d", first)[0] == "Import 22"
    link = re.search(r'href="(\?[^"]*before=[^"]*)"', first)
    assert link
    second = client.get("/import" + link[1].replace("&amp;", "&")).content.decode()
    titles = sorted(set(re.findall(r"Import \d\d", second)))
    assert titles == ["Import 00", "Import 01", "Import 02"]
    assert client.get("/import?before=nonsense").status_code == 200


# undo


def test_undo_asks_first_and_says_who_keeps_what(world: World, tmp_path: Path) -> None:
    lines = [patient(name=[{"text": "Zo Worked"}]), answers(60, LOW), patient("P2"), observation(value=1.5)]
    job = bring(world, write(tmp_path, *lines))
    care.answer(by=world.nia, person=person_of("P1"), instrument="phq-9", answers=phq9(9))
    client = as_worker(world, "kai")
    page = words(client.get(f"/import/{job.id}/undo").content)
    assert "1 person : what this import brought of them does not count any more." in page
    assert "1 person keeps everything" in page and "Zo Worked" in page
    assert Import.objects.get().state == Import.DONE, "asking undoes nothing"
    answer = client.post(f"/import/{job.id}/undo", follow=True)
    told = words(answer.content)
    assert "This import was undone. What it brought of 1 person does not count any more; 1 keeps what came" in told
    assert Import.objects.get().state == Import.UNDONE and not Person.objects.get(pk=person_of("P2")).registered
    assert "It is undone already." in words(client.get(f"/import/{job.id}/undo").content)
    again = client.post(f"/import/{job.id}/undo", follow=True)
    assert "only once" in words(again.content)
    assert AccessEntry.objects.filter(action="undo-import", outcome="allowed").count() == 1
    assert AccessEntry.objects.filter(action="read-list", route="import-undo").count() == 2


def test_what_brought_nothing_new_is_not_offered_to_be_undone(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient())
    bring(world, file)
    again = bring(world, file)
    client = as_worker(world, "kai")
    assert "Undo this import" not in client.get(f"/import/{again.id}").content.decode()
    assert "There is nothing to undo." in words(client.get(f"/import/{again.id}/undo").content)


# maps and help


def test_a_saved_map_and_the_how_to_can_be_read(world: World) -> None:
    client = as_worker(world, "kai")
    assert "Days since randomisation" in client.get("/import/map/enrichd-bdi").content.decode()
    for address in ("/import/map/none", "/import/map/..%2f..%2fREADME"):
        assert client.get(address).status_code == 404
    page = client.get("/import/how-to").content.decode()
    assert "<table" in page and "<code>long</code>" in page and "**" not in words(page.encode())


def test_documentation_is_shown_as_text_never_as_markup() -> None:
    text = "# One\n\nA *b* **c** `<d>` [e](javascript:f) <script>g</script>\n\n- h\n  i\n- j\n\n| k |\n|---|\n| l |\n"
    made = prose.html(text)
    assert "<h2>One</h2>" in made and "<i>b</i> <b>c</b> <code>&lt;d&gt;</code> e &lt;script&gt;" in made
    assert "<li>h\n  i\n</li><li>j</li>" in made and "<th>k</th>" in made and "<td>l</td>" in made
    assert "javascript" not in made and "<script" not in made


def test_no_patient_value_in_the_log(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient(name=[{"text": "Zo Quiet"}]), answers(60, HIGH)))
    client = as_worker(world, "kai")
    client.get(f"/import/{job.id}")
    client.get(f"/import/{job.id}/undo")
    for entry in AccessEntry.objects.all():
        assert "Zo" not in f"{entry.note}{entry.route}{entry.site}{entry.person}"
    assert Fact.objects.filter(person=person_of("P1")).exists() and not Held.objects.exists()
