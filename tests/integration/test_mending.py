"""Taking after all what was held: by whom, in which ways, and that the original stays beside the correction."""

import json
from pathlib import Path

import pytest

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
from tests.integration.test_imports import live_kinds
from tests.world import World, day
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Point
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import actions as organisation
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import access, held, imports, mending
from vwazen.server.record.actions import append, make_fact
from vwazen.server.record.models import Fact, Held, Imported, OpenItem

pytestmark = pytest.mark.usefixtures("own_folder")

LONG = "system: sheet\nperson: who\nlayout: long\ninstrument: phq-9\ndate: day\ntotal: sum\ndate_format: DD/MM/YYYY\n"


def points(world: World, person: str, instrument: str = "phq-9") -> tuple[Point, ...]:
    series = access.person(by=world.pia, person_id=person, purpose="care").chart.series
    return series[instrument].points if instrument in series else ()


def totals(world: World, person: str, instrument: str = "phq-9") -> list[float | None]:
    return [point.total for point in points(world, person, instrument)]


def only(**which: str) -> Held:
    return Held.objects.get(**which)


# who


def test_who_may_not_mend(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=1.5)))
    row = only()
    for who in ("nia", "wim", "ada", "max", "ola", "sue", "otto"):
        with pytest.raises(Refused):
            mending.mend(by=world.workers[who], entry=row.pk, total=2)
        with pytest.raises(Refused):
            held.dismiss(by=world.workers[who], entry=row.pk, reason="no")
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    with pytest.raises(Invalid, match="not yours"):
        mending.mend(by=world.otto, entry=row.pk, total=2)
    assert held.entry(by=world.otto, entry=row.pk) is None
    (refused,) = AccessEntry.objects.filter(action="read-held", outcome="refused")
    assert (refused.worker_id, refused.person) == (str(world.otto.pk), None)
    assert only().state == Held.OPEN


def test_a_segment_someone_may_not_see_is_nowhere_for_them(world: World, tmp_path: Path) -> None:
    hark = observation(code="76504-0", value=2, id="O1")
    bring(world, write(tmp_path, patient(), hark, observation(value=1.5, id="O2")))
    row = only(segment="intimate-partner-violence")
    assert held.waiting(world.kai) == 1 and held.waiting(world.psy) == 2 and held.waiting(world.nia) == 0
    assert held.entry(by=world.kai, entry=row.pk) is None
    with pytest.raises(Invalid, match="not yours"):
        held.dismiss(by=world.kai, entry=row.pk, reason="gone")
    assert held.entry(by=world.psy, entry=row.pk) is not None
    assert AccessEntry.objects.filter(action="read-held", outcome="allowed").get().worker_id == str(world.psy.pk)


def test_segments_add_up_where_posts_do(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(code="76504-0", value=2)))
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["centre"])
    assert held.waiting(world.otto) == 0
    organisation.add_post(by=world.ada, worker=world.otto, role="social_worker", site=world.sites["bel-dlo"])
    assert held.waiting(world.otto) == 1


# what became of it


def test_dismissing_needs_a_reason_and_is_kept(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=1.5)))
    with pytest.raises(Invalid) as unsaid:
        held.dismiss(by=world.kai, entry=only().pk, reason="  ")
    assert unsaid.value.field == "reason"
    held.dismiss(by=world.kai, entry=only().pk, reason="a test of the tablet")
    row = only()
    assert (row.state, row.decision, row.decided_by) == (Held.DISMISSED, "a test of the tablet", str(world.kai.pk))
    with pytest.raises(Invalid, match="already"):
        mending.mend(by=world.kai, entry=row.pk, total=2)
    bring(world, write(tmp_path, patient(), observation(value=1.5)))
    assert only().state == Held.DISMISSED, "what a person decided stands when the file comes again"
    (entry,) = AccessEntry.objects.filter(action="dismiss-held")
    assert (entry.person, entry.note) == (person_of("P1"), f"held={row.pk[:16]}")


def test_a_whole_total_in_place_of_a_fraction(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=16.18, effectiveDateTime=day(50))))
    row = only()
    for wrong, words in ((16.5, "whole number"), (28, "outside 0 to 27")):
        with pytest.raises(Invalid, match=words):
            mending.mend(by=world.kai, entry=row.pk, total=wrong)
    with pytest.raises(Invalid, match="whole number"):
        mending.mend(by=world.kai, entry=row.pk)
    fact = mending.mend(by=world.kai, entry=row.pk, total=16)
    assert totals(world, person_of("P1")) == [16]
    assert isinstance(fact.body, f.Response) and fact.author == "source:tablets"
    assert fact.body.notes == ("Held and corrected here. Its source says 16.18.",)
    row = only()
    assert (row.state, json.loads(row.mended), "16.18" in row.raw) == (Held.MENDED, {"total": 16}, True)
    assert row.decision == f"taken as fact {fact.id}"
    assert AccessEntry.objects.get(action="mend-held").person == person_of("P1")


def test_the_answers_in_place_of_a_fraction_keep_the_stated_total_beside_ours(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=16.18, effectiveDateTime=day(5))))
    given = {str(item): 2.0 for item in range(1, 9)} | {"9": 1.0}
    with pytest.raises(Invalid, match="item 3") as wrong:
        mending.mend(by=world.kai, entry=only().pk, answers=given | {"3": 5})
    assert wrong.value.field == "answers"
    mending.mend(by=world.kai, entry=only().pk, answers=given)
    (point,) = points(world, person_of("P1"))
    assert (point.total, point.stated, point.differs) == (17, 16.18, True)
    assert OpenItem.objects.filter(person=person_of("P1"), kind=OpenItem.RISK).exists(), "a recent worrying answer"


def test_choosing_the_person_of_a_broken_reference(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW, who="P404")))
    row = only(code="person.broken")
    with pytest.raises(Invalid, match="neither in these files") as lost:
        mending.mend(by=world.kai, entry=row.pk)
    assert lost.value.field == "person"
    far = organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    assert far
    bring(world, write(tmp_path, patient("Q1")), by="otto", site="savann")
    for wrong in (person_of("Q1"), "nobody"):
        with pytest.raises(Invalid, match="Choose a person") as elsewhere:
            mending.mend(by=world.kai, entry=row.pk, person=wrong)
        assert elsewhere.value.field == "person"
    fact = mending.mend(by=world.kai, entry=row.pk, person=world.people["ann"])
    assert (fact.person, fact.site) == (world.people["ann"], "bel-dlo")
    assert totals(world, world.people["ann"]) == [8]
    assert only(pk=row.pk).person == world.people["ann"]


def test_correcting_a_reference_in_the_text(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW, who="P1") | {"subject": {"reference": "Pateint/P1"}}))
    row = only(code="person.misspelt")
    assert [one.pk for one in held.proposed(row, world.kai)] == [person_of("P1")]
    for wrong, words in (("{", "not sound JSON"), ("[]", "no FHIR"), ('{"a": 1}', "no FHIR resource")):
        with pytest.raises(Invalid, match=words) as bad:
            mending.mend(by=world.kai, entry=row.pk, raw=wrong)
        assert bad.value.field == "raw"
    right = row.raw.replace("Pateint", "Patient")
    fact = mending.mend(by=world.kai, entry=row.pk, raw=right)
    assert fact.person == person_of("P1")
    assert json.loads(only().mended)["raw"] == right and "Pateint" in only().raw
    again = bring(world, write(tmp_path, patient(), answers(40, LOW)))
    assert again.counts["again"] == 2 and again.counts["held"] == 0, "the source corrects it too: the same fact"


def test_nobody_is_found_or_proposed_outside_ones_sites(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    bring(world, write(tmp_path, patient(name=[{"text": "Zo Lwen"}])), by="otto", site="savann")
    bring(world, write(tmp_path, answers(40, LOW)))
    row = only(code="person.broken")
    assert held.proposed(row, world.kai) == [] and held.search("Zo Lwen", world.kai) == []
    assert [one.name for one in held.search("Ann Statt", world.kai)][:1] == ["Ann Start"]
    with pytest.raises(Invalid, match="neither in these files"):
        mending.mend(by=world.kai, entry=row.pk)


def test_a_day_given_beside_it(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(40, LOW) | {"authored": "last spring"}))
    row = only(code="date.unclear")
    assert held.dated(row)
    for wrong in ("2026-13-01", day(-3)):
        with pytest.raises(Invalid) as bad:
            mending.mend(by=world.kai, entry=row.pk, occurred=wrong)
        assert bad.value.field == "occurred"
    fact = mending.mend(by=world.kai, entry=row.pk, occurred=day(30))
    assert fact.occurred == day(30)


def test_a_panel_held_with_its_members(world: World, tmp_path: Path) -> None:
    codes = ("44250-9", "44255-8")
    members = [observation(code=code, value=value, id=f"M{code}") for code, value in zip(codes, (2, 7), strict=True)]
    panel = observation(code="55757-9", value=None, id="PANEL",
                        hasMember=[{"reference": f"Observation/{one['id']}"} for one in members])  # fmt: skip
    bring(world, write(tmp_path, patient(), panel, *members))
    row = only(code="answer.unknown")
    resources = json.loads(row.raw)
    resources[2]["valueQuantity"]["value"] = 3
    mending.mend(by=world.kai, entry=row.pk, raw=json.dumps(resources))
    assert totals(world, person_of("P1"), "phq-2") == [5]


def test_an_answer_out_of_range_is_corrected_and_the_rest_stays_as_it_was(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), observation(value=30)))
    row = only(code="total.range")
    mending.mend(by=world.kai, entry=row.pk, raw=row.raw.replace("30", "3"))
    assert totals(world, person_of("P1")) == [3]


def test_a_description_that_could_not_be_right_amends_the_person(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(birthDate="2199-01-01")))
    row = only(code="person.born")
    mending.mend(by=world.kai, entry=row.pk, raw=row.raw.replace("2199", "1999"))
    chart = access.person(by=world.kai, person_id=person_of("P1"), purpose="care").chart
    assert chart.registration and (chart.registration.born, chart.conflicts) == ("1999-01-01", ())


def test_two_versions_that_contradict(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(50, LOW), answers(50, HIGH)))
    row = only(code="source.conflict")
    assert totals(world, person_of("P1")) == [8]
    fact = mending.mend(by=world.kai, entry=row.pk)
    assert fact.amends and totals(world, person_of("P1")) == [17]
    assert json.loads(only().mended or "{}") == {}, "it was taken as it came"


def test_the_same_id_with_other_words_becomes_an_amendment(world: World, tmp_path: Path) -> None:
    bring(world, write(tmp_path, patient(), answers(50, LOW)))
    bring(world, write(tmp_path, answers(50, HIGH)))
    mending.mend(by=world.kai, entry=only(code="same-id-other-bytes").pk)
    assert totals(world, person_of("P1")) == [17]


def test_a_fact_of_a_device_can_be_corrected_in_its_day_and_words_only(world: World) -> None:
    fact = make_fact(by=world.nia, person=world.people["ann"], site="bel-dlo", body=f.Encounter(mode="home"),
                     occurred=day(-9))  # fmt: skip
    append([fact])
    row = only(code="future")
    other = str(world.people["ben"])
    for change in ({"author": "somebody"}, {"person": other}, {"site": "savann"}, {"recorded": "2020-01-01T00:00:00Z"}):
        with pytest.raises(Invalid, match="Only `occurred`"):
            mending.mend(by=world.kai, entry=row.pk, raw=json.dumps(json.loads(row.raw) | change))
    risk = json.loads(row.raw) | {"body": {"kind": "risk_closed", "risk": "x", "reason": "all is well, it seems"}}
    with pytest.raises(Invalid, match="its kind"):
        mending.mend(by=world.kai, entry=row.pk, raw=json.dumps(risk))
    with pytest.raises(Invalid, match="no longer a readable"):
        mending.mend(by=world.kai, entry=row.pk, raw="{}")
    with pytest.raises(Invalid, match="future"):
        mending.mend(by=world.kai, entry=row.pk)
    taken = mending.mend(by=world.kai, entry=row.pk, occurred=day(1))
    assert (taken.author, taken.person, taken.occurred) == (str(world.nia.pk), world.people["ann"], day(1))
    assert access.person(by=world.kai, person_id=world.people["ann"], purpose="care").chart.last_contact


def test_a_line_of_a_file_that_looks_like_a_fact_of_ours_is_none(world: World, tmp_path: Path) -> None:
    risk = {"kind": "risk_closed", "risk": "x", "reason": "all is well, it seems"}
    made = make_fact(by=world.psy, person=world.people["cid"], site="bel-dlo", body=f.Note(text="x"))
    forged = json.loads(f.encode(made)) | {"body": risk}
    value = {"type": "ResponseIn", "source": {"system": "other", "id": "1"}, "person": {"system": "other", "id": "2"},
             "occurred": day(9), "instrument": "phq-9", "version": 1, "answers": {"1": 1}}  # fmt: skip
    bring(world, write(tmp_path, forged, value))
    assert Held.objects.filter(code="input.kind").count() == 2
    for row in Held.objects.all():
        assert held.fact_in(row) is None and held.value_in(row) is None
        with pytest.raises(Invalid):
            mending.mend(by=world.kai, entry=row.pk)
        with pytest.raises(Invalid):
            mending.mend(by=world.kai, entry=row.pk, person=world.people["cid"])


# tables


def test_a_row_is_read_again_by_the_same_map(world: World, tmp_path: Path) -> None:
    file, map_file = table(tmp_path, "who,day,sum\nA,31/02/2025,12\nB,05/01/2026,11\nB,06/01/2026,x\n", LONG)
    job = bring(world, file, map_file=map_file, system="")
    map_file.unlink()
    row = only(code="date.unclear")
    assert held.cells_in(row) == {"who": "A", "day": "31/02/2025", "sum": "12"}
    with pytest.raises(Invalid, match="calendar date"):
        mending.mend(by=world.kai, entry=row.pk, raw=json.dumps({"who": "A", "day": "31/04/2025", "sum": "12"}))
    with pytest.raises(Invalid, match="is no row"):
        mending.mend(by=world.kai, entry=row.pk, raw="31/03/2025")
    with pytest.raises(Invalid, match="names a column"):
        mending.mend(by=world.kai, entry=row.pk, raw=json.dumps({"who": "A", "day": "31/03/2025"}))
    fact = mending.mend(by=world.kai, entry=row.pk, raw=json.dumps({"who": "A", "day": "31/03/2025", "sum": "12"}))
    assert fact.occurred == "2025-03-31" and totals(world, fact.person) == [12]
    second = only(code="total.number")
    cells = {"who": "B", "day": "06/01/2026", "sum": "10"}
    mending.mend(by=world.kai, entry=second.pk, raw=json.dumps(cells))
    assert Imported.objects.filter(import_id=job.id).count() == 5
    corrected, _ = table(tmp_path, "who,day,sum\nA,31/03/2025,12\nB,06/01/2026,10\n", LONG, "again")
    again = bring(world, corrected, map_file=tmp_path / "again.yaml", system="")
    assert again.counts.get("new_facts", 0) == 0, "the corrected file says what was mended: the same facts"


def test_a_workbooks_day_is_read_though_the_map_says_days_otherwise(world: World, tmp_path: Path) -> None:
    file, map_file = table(tmp_path, "who,day,sum\nA,05/01/2026,99\n", LONG)
    bring(world, file, map_file=map_file, system="")
    cells = {"who": "A", "day": "2026-01-05", "sum": "9"}
    assert mending.mend(by=world.kai, entry=only().pk, raw=json.dumps(cells)).occurred == "2026-01-05"


def test_a_row_without_its_person(world: World, tmp_path: Path) -> None:
    file, map_file = table(tmp_path, "who,day,sum\n,05/01/2026,12\n", LONG)
    bring(world, file, map_file=map_file, system="")
    row = only(code="row.person")
    with pytest.raises(Invalid, match="which person"):
        mending.mend(by=world.kai, entry=row.pk)
    fact = mending.mend(by=world.kai, entry=row.pk, raw=json.dumps({"who": "N", "day": "05/01/2026", "sum": "12"}))
    assert live_kinds(fact.person) == ["owner", "registration", "response"], "the person came with the row"


def test_one_occasion_of_a_wide_row_where_each_row_is_somebody_else(world: World, tmp_path: Path) -> None:
    wide = ("system: trial\nperson: row\nlayout: wide\ninstrument: phq-9\norigin: 2025-01-01\nunit: month\n"
            "occasions:\n  - {day: 0, total: pre}\n  - {day: 2, total: post}\n")  # fmt: skip
    file, map_file = table(tmp_path, "pre,post\n20,10\n20,88\n", wide)
    bring(world, file, map_file=map_file, system="")
    row = only(code="total.range")
    assert totals(world, row.person) == [20]
    mending.mend(by=world.kai, entry=row.pk, raw=json.dumps({"pre": "20", "post": "8"}))
    assert totals(world, row.person) == [20, 8], "what was taken at once is not taken twice"
    assert Fact.objects.filter(person=row.person, kind="response").count() == 2


def test_two_faults_of_one_row_are_two_entries_and_each_can_wait(world: World, tmp_path: Path) -> None:
    wide = ("system: trial\nperson: who\nlayout: wide\ninstrument: phq-9\norigin: 2025-01-01\nunit: month\n"
            "occasions:\n  - {day: 0, total: pre}\n  - {day: 2, total: post}\n")  # fmt: skip
    file, map_file = table(tmp_path, "who,pre,post\nA,x,88\n", wide)
    bring(world, file, map_file=map_file, system="")
    first = only(code="total.number")
    fact = mending.mend(by=world.kai, entry=first.pk, raw=json.dumps({"who": "A", "pre": "20", "post": "88"}))
    assert totals(world, fact.person) == [20]
    second = only(code="total.range")
    mending.mend(by=world.kai, entry=second.pk, raw=json.dumps({"who": "A", "pre": "20", "post": "8"}))
    assert totals(world, fact.person) == [20, 8]


# elsewhere, and undoing


def test_held_elsewhere_can_be_taken_once_they_are_followed_here(world: World, tmp_path: Path) -> None:
    organisation.add_post(by=world.ada, worker=world.otto, role="care_manager", site=world.sites["savann"])
    there = bring(world, write(tmp_path, patient()), by="otto", site="savann")
    bring(world, write(tmp_path, answers(40, LOW)), write(tmp_path, patient(), name="p.ndjson"))
    row = only(code="elsewhere", segment="mental-health")
    with pytest.raises(Invalid, match="cannot be taken at this site"):
        mending.mend(by=world.kai, entry=row.pk)
    forged = row.raw.replace('"9":0', '"9":7')
    with pytest.raises(Invalid, match="none that it offers"):
        mending.mend(by=world.kai, entry=row.pk, raw=forged)
    imports.undo(by=world.otto, job=there.id)
    mending.mend(by=world.kai, entry=only(code="elsewhere", segment="general").pk)
    fact = mending.mend(by=world.kai, entry=row.pk)
    assert (fact.person, totals(world, fact.person)) == (person_of("P1"), [8])


def test_undo_takes_what_was_mended_too_and_remembers_the_correction(world: World, tmp_path: Path) -> None:
    file = write(tmp_path, patient(), observation(value=16.18))
    job = bring(world, file)
    mending.mend(by=world.kai, entry=only().pk, total=16)
    imports.undo(by=world.kai, job=job.id)
    assert live_kinds(person_of("P1")) == ["owner"] and only().state == Held.DISMISSED
    bring(world, file)
    row = only()
    assert (row.state, json.loads(row.mended)) == (Held.OPEN, {"total": 16})
    mending.mend(by=world.kai, entry=row.pk, total=16)
    assert totals(world, person_of("P1")) == [16]


# real inputs


def test_ahrqs_misspelt_reference(world: World) -> None:
    bring(world, data("ahrq-phq9-stu3"), system="ahrq")
    assert Fact.objects.filter(kind="response", person__in=Imported.objects.values("person")).count() == 30
    row = only()
    (proposed,) = held.proposed(row, world.kai)
    assert proposed.pk == person_of("TEST-9", "ahrq")
    mending.mend(by=world.kai, entry=row.pk, person=proposed.pk)
    assert Fact.objects.filter(kind="response", person__in=Imported.objects.values("person")).count() == 31
    bring(world, data("ahrq-phq9-stu3"), system="ahrq")
    assert Fact.objects.filter(kind="response", person__in=Imported.objects.values("person")).count() == 31


def test_syntheas_fractions(world: World) -> None:
    bring(world, data("synthea-r4"))
    rows = list(held.visible(world.kai))
    assert len(rows) == 5 and held.visible(world.psy).count() == 193
    for row in rows:
        told = held.total_of(row)
        assert told and told[1] is not None
        mending.mend(by=world.kai, entry=row.pk, total=round(told[1]))
    assert held.waiting(world.kai) == 0 and held.waiting(world.psy) == 188
