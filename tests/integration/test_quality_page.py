"""Data quality: who is refused, what is hidden is not counted, faults lead to where they are mended, what is logged."""

import re

import pytest
from django.test import Client

from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care import quality
from vwazen.server.organisation.models import Site
from vwazen.server.record import clock
from vwazen.server.record.actions import append, hold, make_fact
from vwazen.server.record.models import Quality
from vwazen.server.record.upkeep import rebuild


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def get(world: World, who: str, more: str = "") -> str:
    answer = as_worker(world, who).get(f"/quality{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def people(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a class="name" href="[^"]*">([^<]*)</a>', html)


def many(world: World, who: str, kind: str, site: str = "bel-dlo") -> int | None:
    listed, _ = quality.by_site(world.workers[who], clock.today(), quality.USUAL)
    return next((one.many[kind] for one in listed if one.site.code == site), 0)


# who is refused


@pytest.mark.parametrize(
    ("who", "status"), [("ada", 403), ("max", 200), ("ola", 200), ("nia", 200), ("wim", 200), ("sue", 200)]
)
def test_who_may_open_it(world: World, who: str, status: int) -> None:
    assert Client().get("/quality").status_code == 302
    assert as_worker(world, who).get("/quality").status_code == status


def test_who_works_elsewhere_sees_none_of_it(world: World) -> None:
    for more in ("", "?kind=missing", "?kind=missing&site=bel-dlo&what=consent", "?kind=double", "?kind=late"):
        html = get(world, "otto", more)
        assert "Ben Course" not in html
        assert "Bèl Dlo" not in html


def test_who_sees_counts_only_is_shown_no_name(world: World) -> None:
    for who in ("ola", "max"):
        assert many(world, who, "missing")
        for more in ("", "?kind=missing&what=consent", "?kind=contradictory", "?kind=double"):
            html = get(world, who, more)
            assert not any(name in html for name in ("Ben Course", "Dan Remit", "Cid Danger"))
    assert "You see how many, and not who" in get(world, "ola", "?kind=missing&what=consent")


def test_what_is_hidden_is_neither_counted_nor_listed(world: World) -> None:
    before = {who: many(world, who, "contradictory") for who in ("nia", "wim", "psy", "ola")}
    for value in (0.0, 1.0):
        fact = make_fact(
            by=world.psy, person=world.people["ben"], site="bel-dlo", occurred=day(4),
            body=f.Response(instrument="cage", version=1, answers={str(n): value for n in range(1, 5)}),
        )  # fmt: skip
        append([fact])
    after = {who: many(world, who, "contradictory") for who in ("nia", "wim", "psy", "ola")}
    assert after["psy"] == (before["psy"] or 0) + 1
    assert [after[who] for who in ("nia", "wim", "ola")] == [before[who] for who in ("nia", "wim", "ola")]
    assert "CAGE" in get(world, "psy", "?kind=contradictory&site=bel-dlo")
    for who in ("nia", "wim", "ola"):
        for more in ("", "&what=cage"):
            assert "CAGE" not in get(world, who, f"?kind=contradictory&site=bel-dlo{more}")
    assert people(get(world, "nia", "?kind=contradictory&what=cage")) == []


def test_a_missing_diagnosis_is_no_business_of_who_sees_none(world: World) -> None:
    assert "Diagnosis" in text(get(world, "nia", "?kind=missing"))
    assert "Diagnosis" not in text(get(world, "wim", "?kind=missing")).partition("What is looked for")[0]


# what is there


def test_what_is_missing_leads_to_where_it_is_mended(world: World) -> None:
    html = get(world, "nia", "?kind=missing&what=gender")
    assert sorted(people(html)) == ["Ben Course", "Cid Danger", "Dan Remit", "Eve Below"]  # those in care
    assert f'href="/people/{world.people["ben"]}/edit"' in html
    care.correct_registration(by=world.nia, person=world.people["ben"], gender="male")
    assert "Ben Course" not in people(get(world, "nia", "?kind=missing&what=gender"))
    html = get(world, "nia", "?kind=missing&what=consent&site=bel-dlo")
    assert f'/people/{world.people["ben"]}/consent"' in html
    assert "Mended by" in text(html)
    sent = {"granted": "no", "segment": "mental-health", "to": "other", "other": "the care team", "how": "aloud",
            "speaker": "self"}  # fmt: skip
    assert as_worker(world, "nia").post(f"/people/{world.people['ben']}/consent", sent).status_code == 302
    assert "Ben Course" not in people(get(world, "nia", "?kind=missing&what=consent"))
    ((said, granted),) = care.chart_of(world.people["ben"]).consents.values()
    assert (granted, said.author) == (False, str(world.nia.pk))


def test_consent_is_recorded_by_who_cares_for_the_person(world: World) -> None:
    sent = {"granted": "yes", "segment": "mental-health", "to": "everybody", "how": "aloud", "speaker": "self"}
    for who, status in (("ola", 403), ("max", 403), ("otto", 404)):
        assert as_worker(world, who).post(f"/people/{world.people['ben']}/consent", sent).status_code == status
    assert care.chart_of(world.people["ben"]).consents == {}


def test_answers_left_open_are_asked_again(world: World) -> None:
    care.answer(by=world.nia, person=world.people["ben"], instrument="phq-9", answers={"1": 1.0, "9": 0.0})
    html = get(world, "nia", "?kind=missing&what=items:phq-9")
    assert people(html) == ["Ben Course"]
    assert f'href="/people/{world.people["ben"]}/ask/phq-9"' in html


def test_nobody_without_a_date_is_forgotten_here(world: World) -> None:
    told = quality.without_owner(world.nia, clock.today(), Site.objects.all())
    assert {path: many for path, many in told.items() if path.endswith("bel-dlo/")} == told
    assert list(told.values()) == [4]
    assert "An owner who is there, or a next date <b>4</b>" in get(world, "nia", "?kind=missing")
    assert quality.without_owner(world.wim, clock.today(), Site.objects.all()) == {}  # who may not mend it is not told


def test_the_impossible_and_the_held_stand_together(world: World) -> None:
    say(world, "ben", "nia", f.Measurement(what="weight", value=7000, unit="kg"))
    hold(site="bel-dlo", code="item.unknown", reason="x", raw="{}", segment="mental-health", now=clock.now())
    hold(site="bel-dlo", code="item.unknown", reason="x", raw="{1}", segment="hiv", now=clock.now())
    assert many(world, "kai", "impossible") == 2  # the weight, and one entry of those that he may mend
    assert many(world, "nia", "impossible") == 1
    html = get(world, "kai", "?kind=impossible")
    assert people(html) == ["Ben Course"]
    assert 'href="/held">Held entries <b>1</b>' in html


def test_what_waits_for_others_to_open_is_not_said_to_be_none(world: World) -> None:
    """Unknown is not zero: a supervisor answers for the site, and may open no held entry."""
    hold(site="bel-dlo", code="item.unknown", reason="x", raw="{}", segment="mental-health", now=clock.now())
    assert [many(world, who, "impossible") for who in ("sue", "kai")] == [None, 1]
    html = get(world, "sue")
    assert "not known to you" in html and "look for doubles" not in text(html)
    assert "only what you may open is counted here" in text(html)
    assert "Others may wait for Keeper Kai, " in text(get(world, "sue", "?kind=impossible&site=bel-dlo"))
    say(world, "ben", "nia", f.Measurement(what="weight", value=7000, unit="kg"))
    assert many(world, "sue", "impossible") == 1


def test_doubles_are_offered_with_why_until_somebody_says_they_are_two(world: World) -> None:
    twin = care.register(by=world.nia, site="bel-dlo", name="Ben Courss", born="1985", place="Nan Mango")
    assert many(world, "nia", "double") == 1
    html = get(world, "nia", "?kind=double")
    assert "Same sound of name and birth year" in html
    assert f"/people/{world.people['ben']}/same?with={twin}" in html
    care.not_same(by=world.nia, person=world.people["ben"], other=twin)
    assert many(world, "nia", "double") == 0
    assert many(world, "sue", "double") == 0  # who may not join them is offered none


def test_late_entries_by_worker_site_and_month(world: World) -> None:
    say(world, "ben", "nia", f.Encounter(mode="clinic"), 12)
    say(world, "ben", "kai", f.Encounter(mode="clinic"), 5)
    leads = text(get(world, "sue", "?kind=late&site=bel-dlo"))
    assert re.search(r"Bèl Dlo Nurse Nia \d+ 65 days", leads)  # the world's own scores are written down late too
    assert "Keeper Kai" not in leads  # five days are not late
    assert "Keeper Kai" not in get(world, "sue", "?kind=late&days=4")  # names of workers stand at one site only
    assert "Keeper Kai" in get(world, "sue", "?kind=late&days=4&site=bel-dlo")
    own = text(get(world, "wim", "?kind=late&days=4"))
    assert "Nurse Nia" not in own.partition("Written down in")[2]
    assert many(world, "nia", "late")


def test_the_rows_follow_the_facts_and_can_be_made_again(world: World) -> None:
    def rows() -> list[tuple[object, ...]]:
        names = ("person", "path", "site", "kind", "what", "segment", "fact", "who", "since", "days")
        return sorted(Quality.objects.values_list(*names), key=str)

    before = rows()
    assert before
    rebuild()
    assert rows() == before
    care.merge(by=world.nia, person=world.people["eve"], into=world.people["dan"])
    assert not Quality.objects.filter(person=world.people["eve"]).exists()


def test_a_page_costs_as_many_queries_for_many_as_for_few(world: World, django_assert_max_num_queries: object) -> None:
    client = as_worker(world, "nia")
    client.get("/quality")
    for more in ("", "?kind=missing&what=gender", "?kind=double", "?kind=late"):
        with django_assert_max_num_queries(30):  # type: ignore[operator]
            client.get(f"/quality{more}")


def test_the_sites_of_a_country_stand_on_pages_that_leave_none_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = care.register(by=world.workers["otto"], name="Gus Far", site="savann")
    append([make_fact(by=world.workers["otto"], person=far, site="savann",
                      body=f.Measurement(what="weight", value=7000, unit="kg"))])  # fmt: skip
    whole, after = quality.by_site(world.sue, clock.today(), quality.USUAL)
    assert len(whole) > 1 and after == ""
    for counted in (1, 2, 70):  # at once, whatever is shown
        monkeypatch.setattr(quality, "COUNTED_SITES", counted)
        for shown in (2, 1):
            monkeypatch.setattr(quality, "SITES", shown)
            found, after = quality.by_site(world.sue, clock.today(), quality.USUAL)
            while after:
                more, after = quality.by_site(world.sue, clock.today(), quality.USUAL, after)
                found += more
            assert found == whole
    html = get(world, "sue")
    address = re.findall(r'href="(\?from=[^"]+)" rel="next"', html)
    assert len(address) == 1 and whole[-1].site.name in get(world, "sue", address[0])
    assert whole[0].site.name in get(world, "sue", "?from=nowhere"), "a place that is none begins at the top"


def test_each_page_leaves_one_row_in_the_log(world: World) -> None:
    for more in ("", "?kind=missing&what=gender", "?kind=double", "?kind=late", "?kind=zzz&days=x&from=x&after=x"):
        before = AccessEntry.objects.count()
        get(world, "nia", more)
        assert AccessEntry.objects.count() == before + 1
    assert AccessEntry.objects.latest("pk").route == "quality"
    assert Site.objects.filter(code="bel-dlo").exists()
