"""Controls of the hazard log (docs/explanation/hazards.md) that need the whole server, one test for each."""

import io
import logging
from pathlib import Path

import pytest
from django.test import Client

from tests.world import World, day, phq9, say
from vwazen.clinical import facts as f
from vwazen.server.care import actions as care
from vwazen.server.care import safety
from vwazen.server.organisation.errors import Invalid, Refused
from vwazen.server.record import access, imports
from vwazen.server.record.actions import append, make_fact, make_id
from vwazen.server.record.models import CaseloadRow, OpenItem, Person, Segment

SECRETS = ("Zanmi Envante", "never tell this")


def risk_of(world: World, who: str) -> str:
    return str(OpenItem.objects.get(kind=OpenItem.RISK, person=world.people[who]).fact)


def test_a_danger_told_in_hidden_answers_is_seen_as_a_bare_concern(world: World) -> None:
    cid = world.people["cid"]
    seen = access.person(by=world.wim, person_id=cid, purpose="risk", permission="act_on_risk").chart
    (risk,) = seen.open_risks
    assert isinstance(risk.trigger.body, f.Concern)
    assert (risk.trigger.body.text, risk.trigger.body.response, risk.response, risk.items) == ("", "", None, ())
    assert seen.series == {}
    assert "several days" not in risk.why.lower()
    whole = access.person(by=world.nia, person_id=cid, purpose="risk", permission="act_on_risk").chart
    assert whole.open_risks[0].id == risk.id
    assert whole.series["phq-9"].points


def test_a_guarded_note_is_absent_and_not_counted_for_others(world: World) -> None:
    before = {who: len(access.person(by=world.workers[who], person_id=world.people["ben"], purpose="care").chart.live)
              for who in ("nia", "psy")}  # fmt: skip
    say(world, "ben", "psy", f.Note(text="never tell this", segment="therapy-notes"))
    say(world, "ben", "psy", f.Response(instrument="audit-c", version=1, answers={"1": 4.0, "2": 4.0, "3": 4.0}))
    for who, more in (("nia", 0), ("psy", 2)):
        found = access.person(by=world.workers[who], person_id=world.people["ben"], purpose="care").chart
        assert len(found.live) - before[who] == more, who
        assert ("audit-c" in found.series) is bool(more), who
    everything = str(list(Segment.objects.values())) + str(list(OpenItem.objects.values()))
    assert "never tell this" not in everything
    assert "AUDIT" not in everything


def test_screened_and_not_yet_enrolled_stands_on_the_list_once_a_danger_is_told(world: World) -> None:
    ann = world.people["ann"]
    care.answer(by=world.nia, person=ann, instrument="phq-9", answers=phq9(8))
    assert not CaseloadRow.objects.filter(person=ann).exists()
    care.answer(by=world.nia, person=ann, instrument="phq-9", answers=phq9(8, ninth=1))
    assert CaseloadRow.objects.get(person=ann).episode == ""
    assert Segment.objects.filter(person=ann).order_by("starts").first().tier == 2


def test_everything_open_has_an_owner(world: World) -> None:
    care.ask_question(by=world.kai, person=world.people["ben"], text="Invented question?")
    episode = CaseloadRow.objects.get(person=world.people["ben"]).episode
    care.recommend(by=world.pia, person=world.people["ben"], episode=episode, choice="change", text="Invented advice.",
                   owner=str(world.kai.pk), due=day(-7))  # fmt: skip
    assert set(OpenItem.objects.values_list("kind", flat=True)) == {"risk", "question", "advice", "contact"}
    assert not OpenItem.objects.filter(owner="").exists()
    assert not CaseloadRow.objects.filter(owner="").exists()


def test_no_value_of_a_person_in_a_log_line(
    world: World, caplog: pytest.LogCaptureFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What people, answers and files hold is in no line of any logger, also where something fails."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="django.db.backends")  # statements are logged by nobody but a debugger
    person = care.register(by=world.nia, site="bel-dlo", name=SECRETS[0], place="Nan Mango")
    care.answer(by=world.nia, person=person, instrument="phq-9", answers=phq9(17, ninth=1))
    safety.raise_concern(by=world.nia, person=person, text=SECRETS[1])
    with pytest.raises(Invalid):
        care.answer(by=world.nia, person=person, instrument="phq-9", answers={"1": 17.0})
    broken = tmp_path / "broken.json"
    broken.write_text('{"resourceType": "Bundle", "entry": [{"note": "never tell this Zanmi Envante')
    imports.run(imports.start(by=world.kai, files=[broken], site="bel-dlo", as_of=imports.clock.today()))
    said = caplog.text + "".join(capsys.readouterr())
    for secret in SECRETS:
        assert secret not in said


def unregistered(world: World, *bodies: f.AnyBody) -> str:
    """Someone whose registration has not arrived: a phone sent the visit first."""
    person = make_id()
    append([make_fact(by=world.nia, person=person, site="bel-dlo", body=body) for body in bodies])
    return person


def test_a_danger_of_someone_not_registered_stands_on_the_lists_and_can_be_acted_on(world: World) -> None:
    person = unregistered(world, f.Response(instrument="phq-9", version=1, answers=phq9(8, ninth=2)))
    assert not Person.objects.get(pk=person).registered
    assert CaseloadRow.objects.get(person=person).name == "Not registered"
    assert Segment.objects.filter(person=person).order_by("starts").first().tier == 2
    risk = OpenItem.objects.get(kind=OpenItem.RISK, person=person).fact
    outside = as_worker(world, "otto")
    for address in (f"/people/{person}", f"/people/{person}/risk/{risk}"):
        assert outside.get(address).status_code == 404
    inside = as_worker(world, "nia")
    assert "Not registered" in inside.get("/caseload").content.decode()
    assert "Not registered" in inside.get("/risk").content.decode()
    for address in (f"/people/{person}", f"/people/{person}/risk/{risk}"):
        answer = inside.get(address)
        assert answer.status_code == 200 and "Not registered" in answer.content.decode(), address
    safety.assess(by=world.nia, person=person, risk=risk, answers={"intent": "no", "plan": "no"})
    said = inside.post(f"/people/{person}/edit", {"name": "Moun San Non", "born": "1990"}, follow=True)
    assert "<h1>Moun San Non</h1>" in said.content.decode() and Person.objects.get(pk=person).registered
    first = next(one for one in care.chart_of(person).live if one.kind == "registration")
    append([make_fact(by=world.nia, person=person, site="bel-dlo", body=f.Retraction(reason="x"), retracts=first.id)])
    assert OpenItem.objects.get(person=person, kind=OpenItem.RISK).name == "Not registered"
    safety.close(by=world.nia, person=person, risk=risk, reason="Spoke at length, nothing is planned.")
    assert inside.get(f"/people/{person}").status_code == 404, "nothing is open, and nobody is registered"
    assert not CaseloadRow.objects.filter(person=person).exists()


def test_someone_not_registered_and_on_no_list_is_nobody(world: World) -> None:
    person = unregistered(world, f.Note(text="invented"))
    assert as_worker(world, "nia").get(f"/people/{person}").status_code == 404
    with pytest.raises(Refused):
        care.write_note(by=world.nia, person=person, text="more")


def test_log_lines_name_routes_and_no_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the console shows of refusals and breaks: the route, not the address, and no words of an error."""
    (console,) = [one for one in logging.getLogger().handlers if type(one) is logging.StreamHandler]
    shown = io.StringIO()
    monkeypatch.setattr(console, "stream", shown)
    monkeypatch.delenv("VWAZEN_TRACE", raising=False)
    ben = world.people["ben"]
    assert as_worker(world, "otto").get(f"/people/{ben}").status_code == 404
    assert as_worker(world, "wim").get(f"/triage/{ben}").status_code == 403
    assert as_worker(world, "nia").get(f"/nothing/{ben}").status_code == 404
    assert as_worker(world, "nia").get("/sign-out/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/people/{ben}", {}).status_code == 403

    def broken(**_: object) -> None:
        raise ValueError(f"{SECRETS[0]} {ben}")

    monkeypatch.setattr(access, "person", broken)
    client = as_worker(world, "nia")
    client.raise_request_exception = False
    assert client.get(f"/people/{ben}").status_code == 500
    said = shown.getvalue()
    assert ben not in said and SECRETS[0] not in said
    for words in ("Not Found: chart", "Forbidden (Permission denied): triage-decide", "Not Found: an address without",
                  "Internal Server Error: chart", "builtins.ValueError", "sign-out"):  # fmt: skip
        assert words in said, said


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client
