"""Diagnoses and allergies: who is refused, codes looked for without a script, certainty that changes, and the log."""

import re
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, say
from vwazen.clinical import facts as f
from vwazen.content.check import check
from vwazen.content.clinic import CodeList, codes
from vwazen.content.load import content
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import diagnoses
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.organisation.models import Worker
from vwazen.server.record.actions import make_id

ROOT = Path(__file__).resolve().parents[2]


def as_worker(worker: Worker) -> Client:
    client = Client()
    client.force_login(worker)
    return client


def get(world: World, who: str, person: str, more: str = "/diagnoses") -> str:
    answer = as_worker(world.workers[who]).get(f"/people/{world.people[person]}{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(world: World, who: str, person: str, slug: str, /, find: bool = False, **values: str) -> HttpResponse:
    data = {f"{slug}-{name}": value for name, value in values.items()} | {"do": slug}
    return as_worker(world.workers[who]).post(
        f"/people/{world.people[person]}/diagnoses", data | ({"find": "1"} if find else {})
    )


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


SURE = {"certainty": "provisional", "status": "active"}


# who is refused


def test_who_may_not_take_into_care_makes_no_diagnosis(world: World) -> None:
    for who in ("wim",):
        assert post(world, who, "ben", "diagnosis", text="x", **SURE).status_code == 403
    with pytest.raises(Refused):
        diagnoses.record_diagnosis(by=world.wim, person=world.people["ben"], text="x")
    assert as_worker(world.ola).get(f"/people/{world.people['ben']}/diagnoses").status_code == 403
    assert as_worker(world.otto).get(f"/people/{world.people['ben']}/diagnoses").status_code == 404


def test_a_health_worker_sees_and_records_allergies_alone(world: World) -> None:
    diagnoses.record_diagnosis(by=world.nia, person=world.people["ben"], text="Depressive episode")
    page = get(world, "wim", "ben")
    assert "Depressive" not in page
    assert "do-diagnosis" not in page
    assert post(world, "wim", "ben", "allergy", substance="penicillin", reaction="rash").status_code == 302
    assert "penicillin" in get(world, "wim", "ben")
    assert "penicillin" in get(world, "kai", "ben", "")


# diagnoses


def test_a_code_is_looked_for_and_chosen_without_a_script(world: World) -> None:
    found = post(world, "nia", "ben", "diagnosis", find=True, text="recurrent depress", **SURE)
    html = found.content.decode()
    assert found.status_code == 200
    assert "icd-11:6A71" in html
    assert "World Health Organization, CC BY-ND 3.0 IGO" in html
    drawn = re.findall(r'name="diagnosis-drawn" value="([^"]+)"', html)[0]
    for _ in range(2):
        sent = post(world, "nia", "ben", "diagnosis", text="recurrent depress", code="icd-11:6A71", drawn=drawn, **SURE)
        assert sent.status_code == 302
    (one,) = care.chart_of(world.people["ben"]).diagnoses
    assert (one.diagnosis.text, one.diagnosis.code) == ("Recurrent depressive disorder", "6A71")
    assert one.diagnosis.system == "http://id.who.int/icd/release/11/mms"


def test_a_local_name_is_kept_beside_the_code_and_words_stand_alone(world: World) -> None:
    post(world, "nia", "ben", "diagnosis", text="6A70", code="icd-11:6A70", local="Kè sere", **SURE)
    post(world, "nia", "ben", "diagnosis", text="Sezisman", since="2019-03", **SURE)
    first, second = care.chart_of(world.people["ben"]).diagnoses
    assert (first.diagnosis.text, first.diagnosis.code) == ("Kè sere", "6A70")
    assert (second.diagnosis.text, second.diagnosis.code, second.diagnosis.since) == ("Sezisman", "", "2019-03")
    nothing = post(world, "nia", "ben", "diagnosis", find=True, text="zzzz", **SURE).content.decode()
    assert "No installed list has this" in nothing
    assert 'value="zzzz"' in nothing


def test_what_does_not_fit_keeps_what_was_typed(world: World) -> None:
    kept = {"text": "Kept words"}
    for wrong in ({"text": " "}, kept | {"since": "once"}, kept | {"code": "icd-11:nope"}):
        answer = post(world, "nia", "ben", "diagnosis", **SURE, **wrong)
        assert answer.status_code == 422, wrong
        assert wrong["text"].strip() in answer.content.decode()
    assert not care.chart_of(world.people["ben"]).diagnoses


def test_confirmed_refuted_and_over_later_with_what_was_said_before(world: World) -> None:
    post(world, "nia", "ben", "diagnosis", text="depressive", code="icd-11:6A70", **SURE)
    first = care.chart_of(world.people["ben"]).diagnoses[0].id
    form = get(world, "nia", "ben", f"/diagnoses?do=diagnosis&of={first}")
    assert "Change: Single episode depressive disorder" in form
    sent = post(world, "pia", "ben", "diagnosis", about=first, certainty="confirmed", status="remission")
    assert sent.status_code == 302
    (one,) = care.chart_of(world.people["ben"]).diagnoses
    assert (one.diagnosis.certainty, one.diagnosis.status, one.diagnosis.code) == ("confirmed", "remission", "6A70")
    assert len(one.before) == 1
    page = text(get(world, "nia", "ben"))
    assert "Confirmed , in remission" in page
    assert "Said before: 1" in page
    newest = care.chart_of(world.people["ben"]).diagnoses[0]
    post(world, "pia", "ben", "diagnosis", about=newest.id, certainty="refuted", status="active")
    (one,) = care.chart_of(world.people["ben"]).diagnoses
    assert not one.counts
    assert len(one.before) == 2
    assert "not so after all" in text(get(world, "nia", "ben", ""))
    assert post(world, "pia", "ben", "diagnosis", about="gone", text="x", **SURE).status_code == 422


def test_a_code_of_care_about_alcohol_is_seen_by_fewer(world: World) -> None:
    with pytest.raises(Invalid, match="may not write"):
        diagnoses.record_diagnosis(by=world.nia, person=world.people["ben"], code="icd-11:6C40")
    diagnoses.record_diagnosis(by=world.psy, person=world.people["ben"], code="icd-11:6C40")
    for at in ("/diagnoses", "", "?all=1"):
        assert "use of alcohol" in get(world, "psy", "ben", at), at
        assert "use of alcohol" not in get(world, "nia", "ben", at), at
    first = care.chart_of(world.people["ben"]).diagnoses[0].id
    with pytest.raises(Invalid):  # who cannot read it does not confirm it either
        diagnoses.record_diagnosis(by=world.nia, person=world.people["ben"], about=first, certainty="confirmed")


def test_a_chart_that_says_nothing_is_not_a_chart_that_says_none(world: World) -> None:
    assert "Nothing recorded, which is not “none”" in get(world, "nia", "ben")
    assert post(world, "nia", "ben", "allergy").status_code == 422
    assert post(world, "nia", "ben", "allergy", substance="latex", none_known="on").status_code == 422
    assert post(world, "nia", "ben", "allergy", none_known="on").status_code == 302
    for at in ("/diagnoses", "", "/review"):
        words = text(get(world, "nia", "ben", at)).lower()
        assert "none known" in words or "no allergy known" in words, at
    say(world, "ben", "kai", f.Allergy(substance="latex"))
    page = text(get(world, "nia", "ben"))
    assert "latex" in page
    assert "None known, when asked" in page


def test_a_diagnosis_sent_twice_is_one(world: World) -> None:
    drawn = make_id()
    for _ in range(2):
        assert post(world, "nia", "ben", "diagnosis", text="Kept", drawn=drawn, **SURE).status_code == 302
    assert len(care.chart_of(world.people["ben"]).diagnoses) == 1


def test_what_is_looked_for_stands_in_no_address_and_reading_is_logged_once(world: World) -> None:
    before = AccessEntry.objects.count()
    get(world, "nia", "ben")
    (row,) = AccessEntry.objects.order_by("-pk")[: AccessEntry.objects.count() - before]
    assert (row.action, row.route, row.person) == ("read-person", "diagnoses", world.people["ben"])
    page = get(world, "nia", "ben")
    assert 'formmethod="get"' not in page
    assert not re.search(r'href="[^"]*text=', page)


# lists of codes


def test_a_sites_own_list_is_read_from_a_csv_and_a_broken_one_says_where(tmp_path: Path) -> None:
    pack = tmp_path / "ours"
    (pack / "codes").mkdir(parents=True)
    (pack / "pack.yaml").write_text("id: ours\ntitle: Invented\nlicences: [Apache-2.0]\n")
    listed = pack / "codes" / "ours.yaml"
    listed.write_text(
        "id: ours\nversion: 1\nlicence: Apache-2.0\nsource: [vwazen]\nreviewed: not yet reviewed by a clinician\n"
        "title: Ours\nsystem: urn:invented\nfile: ours.csv\n"
    )
    base = ROOT / "vwazen" / "content"
    assert "ours.csv cannot be read" in str(check([base, pack])[0])
    (pack / "codes" / "ours.csv").write_text("code,title\nZ1,Kè sere\nZ2,Tèt chaje\n", encoding="utf-8")
    assert check([base, pack]) == []
    know = content([base, pack])
    assert [(code, title) for _, code, title in codes(know, "tèt")] == [("Z2", "Tèt chaje")]
    (pack / "codes" / "ours.csv").write_text("kod,tit\nZ1,x\n", encoding="utf-8")
    assert "columns code and title" in str(check([base, pack])[0])


def test_the_pack_of_icd_11_is_word_for_word_and_can_be_taken_away() -> None:
    alone = content([ROOT / "vwazen" / "content"])
    assert alone.all(CodeList) == ()
    assert codes(alone, "depress") == []
    (one,) = content([ROOT / "vwazen" / "content", ROOT / "packs" / "who-icd-11"]).all(CodeList)
    assert one.codes["6A20"] == "Schizophrenia"
    assert one.codes["8A66"] == "Status epilepticus"
    assert (one.segment("6C40.2"), one.segment("6A70"), one.segment("6D85.3")) == (
        "substance-use", "mental-health", "hiv")  # fmt: skip
