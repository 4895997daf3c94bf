"""Bringing files in: who may, that twice is once, that nobody is alarmed, that undoing takes back what it brought."""

import datetime as dt
from pathlib import Path

import pytest
from django.conf import settings as django_settings
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
    table,
    write,
)
from tests.live import ROOT
from tests.world import World, phq9
from vwazen.clinical.fold import chart
from vwazen.content.load import content
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import access, clock, imports
from vwazen.server.record.access import facts_of
from vwazen.server.record.models import Fact, Held, Import, Imported, OpenItem, Person, Segment

pytestmark = pytest.mark.usefixtures("own_folder")


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def kinds(person: str) -> list[str]:
    return sorted(fact.kind for fact in facts_of(person))


def live_kinds(person: str) -> list[str]:
    return sorted(fact.kind for fact in chart(facts_of(person), content(), clock.today(), person=person).live)


# who


@pytest.mark.parametrize("who", ["nia", "wim", "psy", "pia", "sue", "max", "ola", "ada", "otto"])
def test_others_may_not_import(world: World, tmp_path: Path, who: str) -> None:
    with pytest.raises(Refused):
        bring(world, write(tmp_path, patient()), by=who)
    assert not Import.objects.exists()
    (entry,) = AccessEntry.objects.filter(action="import", outcome="refused")
    assert (entry.worker_id, entry.site, "import_data" in entry.note) == (
        str(world.workers[who].pk),
        "ht/centre/bel-dlo/",
        True,
    )


def test_not_for_a_site_of_others_not_for_the_future_not_without_files(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient())
    with pytest.raises(Refused):
        bring(world, file, site="savann")
    with pytest.raises(Invalid, match="future") as late:
        bring(world, file, as_of=clock.today() + dt.timedelta(days=1))
    assert late.value.field == "as_of"
    with pytest.raises(Invalid, match="at least one"):
        bring(world)
    with pytest.raises(Invalid, match="no site"):
        bring(world, file, site="nowhere")
    assert not Import.objects.exists()


def test_undo_needs_the_right_too(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient()))
    for who in ("nia", "ada", "otto"):
        with pytest.raises(Refused):
            imports.undo(by=world.workers[who], job=job.id)
    with pytest.raises(Invalid, match="no such"):
        imports.undo(by=world.kai, job="nothing")
    assert AccessEntry.objects.filter(action="undo-import", outcome="refused").count() == 3
    assert Import.objects.get(pk=job.id).state == Import.DONE


# what arrives


def test_people_arrive_to_triage_with_the_importer_as_owner_and_nobody_is_enrolled(
    world: World, tmp_path: Path
) -> None:
    before = Segment.objects.count()
    job = bring(world, write(tmp_path, patient(), answers(100, LOW), patient("P2", deceasedDateTime="2020-01-05")))
    assert (job.state, job.counts["people"], job.counts["new_people"], job.counts["dead"]) == ("done", 2, 2, 1)
    (item,) = OpenItem.objects.filter(person__in=[person_of("P1"), person_of("P2")])
    assert (item.kind, item.person, item.owner) == (OpenItem.TRIAGE, person_of("P1"), str(world.kai.pk))
    assert Segment.objects.count() == before, "nobody is on the caseload by a file"
    assert Person.objects.get(pk=person_of("P2")).died == dt.date(2020, 1, 5)
    assert kinds(person_of("P1")) == ["owner", "registration", "response"]
    assert AccessEntry.objects.filter(action="import", outcome="allowed", site="ht/centre/bel-dlo/").count() == 1


def test_people_and_answers_in_several_files_find_each_other_in_any_order(world: World, tmp_path: Path) -> None:
    first = write(tmp_path, answers(40, LOW), name="a.ndjson")
    second = write(tmp_path, patient(), name="b.ndjson")
    job = bring(world, first, second)
    assert (job.counts["people"], job.counts["responses"], job.counts["held"]) == (1, 1, 0)


def test_many_files_with_long_names(world: World, tmp_path: Path) -> None:
    files = [write(tmp_path, patient(f"P{n}"), name=f"{'long name ' * 8}{n}.ndjson") for n in range(8)]
    assert bring(world, *files, keep=True).counts["people"] == 8


def test_a_recent_worrying_answer_opens_a_risk_but_pages_nobody(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient(), answers(5, HIGH)))
    assert (job.counts["safety_positive"], job.counts["safety_recent"], job.counts["historical_people"]) == (1, 1, 0)
    (item,) = OpenItem.objects.filter(person=person_of("P1"), kind=OpenItem.RISK)
    assert item.urgent_since is None and not item.acknowledged
    assert "call" not in kinds(person_of("P1"))
    (segment,) = [s for s in Segment.objects.filter(person=person_of("P1")) if s.starts <= clock.today() < s.ends]
    assert segment.tier == 2


def test_worrying_answers_from_long_ago_are_one_item_a_person(world: World, tmp_path: Path) -> None:
    lines = [patient(), answers(400, HIGH), answers(300, HIGH, id="R2"), answers(31, HIGH, id="R3")]
    job = bring(world, write(tmp_path, *lines))
    assert (job.counts["safety_positive"], job.counts["historical_people"]) == (3, 1)
    items = OpenItem.objects.filter(person=person_of("P1"))
    assert sorted(items.values_list("kind", flat=True)) == ["historical", "triage"]
    assert set(items.values_list("owner", flat=True)) == {str(world.kai.pk)}
    assert not Segment.objects.filter(person=person_of("P1")).exists()


def test_a_total_alone_leaves_the_safety_question_unknown(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient(), observation(value=18, effectiveDateTime="2025-05-05")))
    assert (job.counts["total_only"], job.counts["total_only:phq-9"]) == (1, 1)
    assert "safety question is unknown: ask" in OpenItem.objects.get(person=person_of("P1")).reason


# twice is once


def test_twice_is_once(world: World, tmp_path: Path) -> None:
    wrong = observation(value=16.18, id="O9")
    file = write(tmp_path, patient(), answers(50, HIGH), wrong)
    bring(world, file)
    facts, held = Fact.objects.count(), list(Held.objects.values_list("pk", "import_id"))
    again = bring(world, file)
    assert Fact.objects.count() == facts
    assert list(Held.objects.values_list("pk", "import_id")) == held
    assert (again.counts["held"], again.counts["held_again"], again.counts.get("new_facts", 0)) == (0, 1, 0)
    assert again.counts["again"] == 2


def test_twice_is_once_on_another_day_and_for_the_site_above(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.kai, role="care_manager", site=world.sites["centre"])
    file = write(tmp_path, patient(), answers(20, HIGH), patient("P2", deceasedBoolean=True))
    bring(world, file)
    facts = Fact.objects.count()
    again = bring(world, file, site="centre", as_of=clock.today() - dt.timedelta(days=3))
    assert Fact.objects.count() == facts
    assert (again.counts["held"], again.counts["again"]) == (0, 5)


def test_the_same_id_with_other_answers_is_held(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(50, LOW)))
    job = bring(world, write(tmp_path, answers(50, HIGH)))
    (held,) = Held.objects.all()
    assert (held.code, held.import_id, held.segment, held.person) == (
        "same-id-other-bytes",
        job.id,
        "mental-health",
        person_of("P1"),
    )
    assert job.counts["held"] == 1
    view = access.person(by=world.kai, person_id=person_of("P1"), purpose="care")
    assert view.chart.series["phq-9"].points[-1].total == 8


def test_a_person_who_changed_without_a_new_version_is_held_too(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient()))
    bring(world, write(tmp_path, patient(birthDate="1990-01-01")))
    assert Held.objects.get().code == "same-id-other-bytes"


def test_a_new_version_amends_and_an_old_one_is_left_out(world: World, tmp_path: Path) -> None:
    def version(number: int, scores: tuple[int, ...]) -> dict[str, object]:
        return answers(50, scores, meta={"versionId": str(number), "lastUpdated": f"2026-01-0{number}T08:00:00Z"})

    bring(world, write(tmp_path, patient(), version(2, LOW)))
    bring(world, write(tmp_path, version(3, HIGH)))
    older = bring(world, write(tmp_path, version(1, (0,) * 9)))
    assert older.counts["replaced"] == 1
    (point,) = access.person(by=world.kai, person_id=person_of("P1"), purpose="care").chart.series["phq-9"].points
    assert (point.total, point.conflict) == (17, ())


def test_versions_are_told_apart_by_their_number_where_they_have_no_date(world: World, tmp_path: Path) -> None:
    new, old = answers(50, HIGH, meta={"versionId": "10"}), answers(50, LOW, meta={"versionId": "9"})
    for number, lines in enumerate(([new, old], [old, new])):
        folder = tmp_path / str(number)
        bring(world, write(folder, patient(), *lines), system=f"system-{number}")
        person = person_of("P1", f"system-{number}")
        (point,) = access.person(by=world.kai, person_id=person, purpose="care").chart.series["phq-9"].points
        assert (point.total, point.conflict) == (17, ())


def test_two_versions_in_one_file_are_one_answer(world: World, tmp_path: Path) -> None:
    first = answers(50, LOW, meta={"versionId": "1", "lastUpdated": "2026-01-01T08:00:00Z"})
    second = answers(50, HIGH, meta={"versionId": "2", "lastUpdated": "2026-01-02T08:00:00Z"})
    bring(world, write(tmp_path, patient(), first, second))
    (point,) = access.person(by=world.kai, person_id=person_of("P1"), purpose="care").chart.series["phq-9"].points
    assert (point.total, point.conflict) == (17, ())


def test_a_corrected_version_opens_no_second_risk(world: World, tmp_path: Path) -> None:
    first = answers(5, HIGH, meta={"versionId": "1", "lastUpdated": "2026-01-01T08:00:00Z"})
    second = answers(5, (3,) * 9, meta={"versionId": "2", "lastUpdated": "2026-01-02T08:00:00Z"})
    bring(world, write(tmp_path, patient(), first))
    bring(world, write(tmp_path, second))
    assert OpenItem.objects.filter(person=person_of("P1"), kind=OpenItem.RISK).count() == 1


def test_what_came_whole_later_is_held_no_more(world: World, tmp_path: Path) -> None:
    lines = [answers(50, LOW), observation(value=7, id="O1", effectiveDateTime="2025-01-02")]
    first = bring(world, write(tmp_path, *lines))
    assert (first.counts["held"], first.counts["held:person.broken"]) == (2, 2)
    again = bring(world, write(tmp_path, patient(), *lines))
    assert again.counts["new:phq-9"] == 2
    assert not Held.objects.filter(state=Held.OPEN).exists()
    assert set(Held.objects.values_list("decision", flat=True)) == {"taken with a later import"}


def test_an_import_that_was_cut_off_counts_the_same_when_run_again(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient(), answers(50, HIGH), observation(value=16.5, id="O9"))
    job = imports.start(by=world.kai, files=[file], site="bel-dlo", as_of=clock.today(), system="tablets")
    whole = imports.run(job).counts
    assert imports.run(job).counts == whole | {"again": 0, "held_again": 1, "held_again:mental-health": 1}


# elsewhere


def test_someone_followed_elsewhere_is_held_and_nothing_of_theirs_is_told(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    bring(world, write(tmp_path, patient(name=[{"text": "Zo Secret"}]), answers(90, HIGH)), by="otto", site="savann")
    facts = Fact.objects.filter(person=person_of("P1")).count()
    job = bring(world, write(tmp_path, patient(name=[{"text": "Zo"}]), answers(40, LOW, id="R7")))
    assert Fact.objects.filter(person=person_of("P1")).count() == facts
    held = Held.objects.filter(import_id=job.id)
    assert sorted(held.values_list("code", "segment")) == [("elsewhere", "general"), ("elsewhere", "mental-health")]
    for row in held:
        assert "Secret" not in row.raw + row.reason + row.place + row.person_name
        assert row.person == ""
    assert Person.objects.get(pk=person_of("P1")).path == "ht/centre/savann/"


def test_a_reference_to_someone_elsewhere_is_a_reference_to_nobody(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    bring(world, write(tmp_path, patient()), by="otto", site="savann")
    bring(world, write(tmp_path, answers(40, LOW), answers(40, LOW, id="R2", who="P404")))
    assert set(Held.objects.values_list("code", flat=True)) == {"person.broken"}


def test_an_alias_counts_where_its_person_is_followed(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.nia, role="nurse", site=world.sites["centre"])
    organisation.add_post(by=world.ada, worker=world.kai, role="care_manager", site=world.sites["centre"])
    bring(world, write(tmp_path, patient()), site="centre")
    far = care.register(by=world.otto, site="savann", name="Zo Far")
    care.merge(by=world.nia, person=person_of("P1"), into=far)
    job = bring(world, write(tmp_path, answers(40, LOW), patient()), site="bel-dlo")
    assert job.counts["held"] == 2 and job.counts["held:elsewhere"] == 2


# undo


def test_undo_takes_people_off_and_the_same_file_brings_them_back(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient(), answers(5, LOW), answers(400, HIGH, id="R2"), observation(value=16.5, id="O9"))
    job = bring(world, file)
    before = live_kinds(person_of("P1"))
    items = sorted(OpenItem.objects.filter(person=person_of("P1")).values_list("kind", flat=True))
    assert imports.undo(by=world.kai, job=job.id) == {"undone": 1, "kept": 0}
    assert live_kinds(person_of("P1")) == ["owner"]
    assert not Person.objects.get(pk=person_of("P1")).registered
    assert not OpenItem.objects.filter(person=person_of("P1")).exists()
    assert Held.objects.get().state == Held.DISMISSED
    with pytest.raises(Invalid, match="only once"):
        imports.undo(by=world.kai, job=job.id)
    again = bring(world, file)
    assert live_kinds(person_of("P1")) == sorted([*before, "owner"])
    assert sorted(OpenItem.objects.filter(person=person_of("P1")).values_list("kind", flat=True)) == items
    assert (Held.objects.get().state, Held.objects.get().import_id) == (Held.OPEN, again.id)
    assert (again.counts["new_people"], again.counts["new:phq-9"], again.counts["held"]) == (1, 2, 1)
    assert imports.undo(by=world.kai, job=again.id) == {"undone": 1, "kept": 0}
    assert live_kinds(person_of("P1")) == ["owner", "owner"]
    allowed = AccessEntry.objects.filter(action="undo-import", outcome="allowed")
    assert allowed.count() == 2


def test_undo_keeps_people_on_whom_work_has_begun(world: World, tmp_path: Path) -> None:
    lines = [patient(), answers(60, LOW), patient("P2"), answers(60, LOW, id="R2", who="P2")]
    job = bring(world, write(tmp_path, *lines, observation(value=1.5, id="O1"),
                             observation(value=1.5, id="O2", subject={"reference": "Patient/P2"})))  # fmt: skip
    care.answer(by=world.nia, person=person_of("P1"), instrument="phq-9", answers=phq9(9))
    assert imports.keeping(by=world.kai, job=job, people=imports.brought(job.id)) == ({person_of("P1")}, set())
    assert imports.undo(by=world.kai, job=job.id) == {"undone": 1, "kept": 1}
    assert Person.objects.get(pk=person_of("P1")).registered and not Person.objects.get(pk=person_of("P2")).registered
    assert live_kinds(person_of("P1")) == ["owner", "registration", "response", "response"]
    states = dict(Held.objects.values_list("person", "state"))
    assert states == {person_of("P1"): Held.OPEN, person_of("P2"): Held.DISMISSED}
    assert Import.objects.get(pk=job.id).counts["kept_people"] == 1


def test_undo_leaves_in_sight_whom_nobody_has_asked(world: World, tmp_path: Path) -> None:
    """A recent positive answer of a file opened safety steps: whoever was not asked yet stays on the list of risks."""
    lines = [patient(), answers(5, HIGH), patient("P2"), answers(5, LOW, id="R2", who="P2")]
    job = bring(world, write(tmp_path, *lines))
    shown = as_worker(world, "kai").get(f"/import/{job.id}/undo").content.decode()
    assert "<b>1 person keeps everything</b>, since what came opened safety steps and nobody has asked" in shown
    assert imports.undo(by=world.kai, job=job.id) == {"undone": 1, "kept": 1, "unasked": 1}
    assert OpenItem.objects.filter(person=person_of("P1"), kind=OpenItem.RISK).count() == 1
    assert live_kinds(person_of("P1")) == ["concern", "owner", "registration", "response"]
    assert live_kinds(person_of("P2")) == ["owner"] and not Person.objects.get(pk=person_of("P2")).registered
    assert "for 1, since safety steps are open and nobody has asked" in (
        as_worker(world, "kai").get(f"/import/{job.id}").content.decode()
    )


def test_a_risk_that_another_import_tells_too_stays_and_one_of_a_merged_registration(
    world: World, tmp_path: Path
) -> None:
    first = bring(world, write(tmp_path, patient(), answers(5, HIGH)))
    again = bring(world, write(tmp_path, patient(), answers(5, HIGH), answers(3, LOW, id="R2")))
    assert imports.undo(by=world.kai, job=again.id) == {"undone": 1, "kept": 0}
    assert OpenItem.objects.filter(person=person_of("P1"), kind=OpenItem.RISK).count() == 1
    care.merge(by=world.nia, person=world.people["ann"], into=person_of("P1"))
    assert imports.undo(by=world.kai, job=first.id)["unasked"] == 1
    assert OpenItem.objects.filter(person=person_of("P1"), kind=OpenItem.RISK).count() == 1


def test_a_risk_does_not_lose_its_name_with_the_import_that_brought_the_name(world: World, tmp_path: Path) -> None:
    first = bring(world, write(tmp_path, patient(), answers(60, LOW)))
    bring(world, write(tmp_path, patient(), answers(5, HIGH, id="R2")))
    assert imports.undo(by=world.kai, job=first.id) == {"undone": 0, "kept": 1, "unasked": 1}
    assert Person.objects.get(pk=person_of("P1")).registered


def test_handing_someone_over_is_no_work_on_them_yet(world: World, tmp_path: Path) -> None:
    job = bring(world, write(tmp_path, patient()))
    care.set_owner(by=world.kai, person=person_of("P1"), owner=str(world.nia.pk))
    assert imports.undo(by=world.kai, job=job.id)["kept"] == 0


def test_undoing_leaves_what_another_import_brought(world: World, tmp_path: Path) -> None:
    first = bring(world, write(tmp_path, patient(), answers(60, LOW)))
    second = bring(world, write(tmp_path, patient(), answers(60, LOW), answers(30, LOW, id="R2")))
    imports.undo(by=world.kai, job=second.id)
    assert live_kinds(person_of("P1")) == ["owner", "registration", "response"]
    imports.undo(by=world.kai, job=first.id)
    assert live_kinds(person_of("P1")) == ["owner"]


def test_a_corrected_version_counts_after_the_wrong_one_was_undone(world: World, tmp_path: Path) -> None:
    first = answers(50, LOW, meta={"versionId": "1", "lastUpdated": "2026-01-01T08:00:00Z"})
    second = answers(50, HIGH, meta={"versionId": "2", "lastUpdated": "2026-01-02T08:00:00Z"})
    imports.undo(by=world.kai, job=bring(world, write(tmp_path, patient(), first)).id)
    bring(world, write(tmp_path, patient(), second))
    (point,) = access.person(by=world.kai, person_id=person_of("P1"), purpose="care").chart.series["phq-9"].points
    assert point.total == 17


def test_undoing_versions_one_after_the_other_leaves_none(world: World, tmp_path: Path) -> None:
    first = answers(50, LOW, meta={"versionId": "1", "lastUpdated": "2026-01-01T08:00:00Z"})
    second = answers(50, HIGH, meta={"versionId": "2", "lastUpdated": "2026-01-02T08:00:00Z"})
    one = bring(world, write(tmp_path, patient(), first))
    two = bring(world, write(tmp_path, second))
    imports.undo(by=world.kai, job=one.id)
    assert "response" in live_kinds(person_of("P1")), "the newer version came with another import"
    imports.undo(by=world.kai, job=two.id)
    assert live_kinds(person_of("P1")) == ["owner"]


def test_what_a_worker_withdrew_stays_withdrawn_when_it_is_imported_again(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient(), answers(60, LOW))
    job = bring(world, file)
    fact = Imported.objects.get(import_id=job.id, fact__in=Fact.objects.filter(kind="response").values("id")).fact
    care.withdraw(by=world.nia, person=person_of("P1"), fact=fact, reason="another person's form")
    imports.undo(by=world.kai, job=job.id)
    bring(world, file)
    assert live_kinds(person_of("P1")) == ["owner", "owner", "registration"]


# files


def test_kept_files_go_when_the_job_ends_and_the_map_stays(world: World, tmp_path: Path) -> None:
    file, map_file = table(
        tmp_path, "who,day,sum\nA,2026-01-05,12\n",
        "system: sheet\nperson: who\nlayout: long\ninstrument: phq-9\ndate: day\ntotal: sum\n",
    )  # fmt: skip
    job = imports.start(
        by=world.kai, files=[file, file], site="bel-dlo", as_of=clock.today(), map_file=map_file, keep=True,
        names=["../my sheet.csv", "my sheet.csv"],
    )  # fmt: skip
    folder = Path(django_settings.IMPORTS_FOLDER) / job.id
    assert sorted(one.name for one in folder.iterdir()) == ["map rows.yaml", "my sheet (2).csv", "my sheet.csv"]
    assert folder.stat().st_mode & 0o077 == 0, "the folder holds what may be anyone's"
    done = imports.run(job)
    assert [one.name for one in folder.iterdir()] == ["map rows.yaml"]
    assert (done.counts["responses"], file.exists()) == (2, True)


def test_a_failing_job_says_so_and_keeps_no_file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = imports.start(
        by=world.kai, files=[write(tmp_path, patient())], site="bel-dlo", as_of=clock.today(), keep=True
    )

    def broken(*_: object) -> None:
        raise RuntimeError("the name of a patient")

    monkeypatch.setattr(imports, "take", broken)
    with pytest.raises(RuntimeError):
        imports.run(job)
    row = Import.objects.get(pk=job.id)
    assert (row.state, row.problem) == (Import.FAILED, "Stopped: RuntimeError.")
    assert not list(Path(django_settings.IMPORTS_FOLDER).iterdir())


def test_a_file_that_is_nothing_fails_and_the_good_one_beside_it_does_not(world: World, tmp_path: Path) -> None:
    nothing = tmp_path / "broken.json"
    nothing.write_text('{"resourceType": "Bundle", "entry": [')
    alone = bring(world, nothing)
    assert alone.state == Import.FAILED and "broken.json: It breaks off" in alone.problem
    both = bring(world, nothing, write(tmp_path, patient()))
    assert both.state == Import.DONE and both.problem == alone.problem and both.counts["people"] == 1


# real inputs


def test_ahrq(world: World) -> None:
    job = bring(world, data("ahrq-phq9-stu3"))
    told = {name: job.counts.get(name) for name in (
        "people", "responses", "totals_differ", "totals_impossible", "safety_positive", "historical_people", "held",
    )}  # fmt: skip
    assert list(told.values()) == [14, 30, 4, 3, 16, 9, 1]
    assert OpenItem.objects.filter(kind=OpenItem.HISTORICAL).count() == 9
    assert OpenItem.objects.filter(kind=OpenItem.TRIAGE).count() == 14
    facts = Fact.objects.count()
    again = bring(world, data("ahrq-phq9-stu3"))
    assert (Fact.objects.count(), again.counts["held"]) == (facts, 0)


def test_synthea(world: World) -> None:
    job = bring(world, data("synthea-r4"))
    told = {name: job.counts.get(f"responses:{name}") for name in ("gad-7", "phq-2", "dast-10", "audit-c", "phq-9")}
    assert told == {"gad-7": 491, "phq-2": 455, "dast-10": 167, "audit-c": 147, "phq-9": 28}
    assert (job.counts["people"], job.counts["dead"], job.counts["held"]) == (57, 9, 193)
    assert OpenItem.objects.filter(kind=OpenItem.TRIAGE).count() == 57 - 9
    assert sorted(Held.objects.values_list("segment", flat=True)) == (
        ["intimate-partner-violence"] * 188 + ["mental-health"] * 5
    )


def test_beat_the_blues(world: World) -> None:
    job = bring(
        world, data("trials/beat-the-blues.csv"), map_file=ROOT / "examples/maps/beat-the-blues.yaml", system=""
    )
    assert (job.counts["people"], job.counts["new:bdi-ii"], job.counts["held"]) == (100, 380, 0)


@pytest.mark.once
def test_enrichd_shows_its_conflicts_as_such(world: World) -> None:
    job = bring(world, data("trials/enrichd-bdi.csv"), map_file=ROOT / "examples/maps/enrichd-bdi.yaml", system="")
    assert (job.counts["repeated"], job.counts["held"]) == (76, 0)
    people = set(Imported.objects.filter(import_id=job.id).values_list("person", flat=True))
    conflicts = sum(
        bool(point.conflict)
        for one in people
        for point in chart(facts_of(one), content(), clock.today(), person=one).series["bdi-i"].points
    )
    assert conflicts == 21, "97 person-days are repeated: 76 say the same, 21 do not"


def test_cesd_totals_all_agree(world: World) -> None:
    file, map_file = data("trials/positive-psychology-cesd.csv"), ROOT / "examples/maps/positive-psychology-cesd.yaml"
    job = bring(world, file, map_file=map_file, system="")
    assert (job.counts["new:ces-d"], job.counts.get("totals_differ", 0), job.counts["held"]) == (666, 0, 0)
