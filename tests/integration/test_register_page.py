"""The paper register: who is refused, each row saved once, true days and authors, danger, the same charts."""

import datetime as dt
import re

import msgspec
import pytest
from django.http import HttpResponse
from django.test import Client

from tests.world import World, day, say
from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart
from vwazen.server.audit.models import AccessEntry
from vwazen.server.care import actions as care
from vwazen.server.care.register_rows import number_of
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post
from vwazen.server.record import clock
from vwazen.server.record.actions import make_id
from vwazen.server.record.models import OpenItem, Person
from vwazen.server.record.names import keys

GRID, PRINT = "/register/grid", "/register/print"


def as_worker(world: World, who: str) -> Client:
    client = Client()
    client.force_login(world.workers[who])
    return client


def row(ago: int = 2, **cells: str) -> dict[str, str]:
    """One line: the day so many days ago, and whatever else is written."""
    return {"id": make_id(), "date": day(ago), **cells}


def send(world: World, rows: list[dict[str, str]], who: str = "nia", **sheet: str) -> HttpResponse:
    """The grid with these lines, as a browser sends it."""
    data: dict[str, object] = {
        "site": "bel-dlo", "protocol": "collaborative-care", "mode": "clinic", "seen_by": str(world.kai.pk),
        "row": [one["id"] for one in rows], **sheet,
    }  # fmt: skip
    for index, one in enumerate(rows):
        data |= {f"{index}-{name}": value for name, value in one.items() if name != "id"}
    return as_worker(world, who).post(GRID, data)


def text(response: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def errors(response: HttpResponse) -> list[str]:
    html = response.content.decode()
    return re.findall(r'<p class="error"[^>]*>([^<]*)</p>', html)


def visits(chart: Chart) -> list[f.Encounter]:
    return [body for _, body in chart.encounters]


# who is refused


@pytest.mark.parametrize("address", [GRID, PRINT])
@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("max", 403), ("ola", 403), ("nia", 200), ("wim", 200)])
def test_who_may_open_it(world: World, address: str, who: str, status: int) -> None:
    assert Client().get(address).status_code == 302
    assert as_worker(world, who).get(address).status_code == status


def test_an_outsider_types_nobody_of_another_site(world: World) -> None:
    number, name = number_of(world.people["ben"]), "Ben Course"
    answer = send(world, [row(number=number), row(name=name, age="41", place="Nan Mango")], who="otto")
    assert "Ben Course, about" not in text(answer)
    assert visits(care.chart_of(world.people["ben"])) == []
    pick = row(name=name, pick=world.people["ben"], **{"for": "ben course / /"})
    assert send(world, [pick], who="otto", site="savann").status_code == 422
    assert visits(care.chart_of(world.people["ben"])) == []
    assert Person.objects.filter(path=world.sites["savann"].path).count() == 0


def test_what_one_may_not_do_is_refused_at_the_row(world: World) -> None:
    """A community health worker hands out no medicines, and sees no notes of mental health that others wrote."""
    answer = send(world, [row(number=number_of(world.people["ben"]), medicine="fluoxetine 30")], who="wim")
    assert answer.status_code == 422
    assert visits(care.chart_of(world.people["ben"])) == []
    assert send(world, [row(number=number_of(world.people["ben"]), why="cannot sleep")], who="wim").status_code == 200
    (note,) = care.chart_of(world.people["ben"]).notes
    assert isinstance(note.body, f.Note)
    assert note.body.segment == "general"


# what is kept


def test_a_row_becomes_a_visit_of_its_day_with_who_saw_the_person(world: World) -> None:
    typed = row(5, number=number_of(world.people["ben"]).upper(), why="sleeps badly", done="LISTENED problem",
                next="4w", **{"score-phq-9": "2 2 2 1 1 1 1 1 0", "score-gad-7": "T9"})  # fmt: skip
    assert send(world, [typed]).status_code == 200
    chart = care.chart_of(world.people["ben"])
    ((fact, visit),) = chart.encounters
    assert (fact.id, fact.day.isoformat(), fact.author) == (typed["id"], day(5), str(world.nia.pk))
    assert dt.date.fromisoformat(fact.recorded[:10]) > fact.day
    assert (visit.by, visit.mode, visit.done) == (str(world.kai.pk), "clinic", ("listened",))
    assert visit.next == (fact.day + dt.timedelta(weeks=4)).isoformat()
    last = chart.series["phq-9"].points[-2 if chart.series["phq-9"].points[-1].day > fact.day else -1]
    assert (last.total, last.day, last.fact.body.mode) == (11, fact.day, "paper")  # type: ignore[union-attr]
    (gad,) = chart.series["gad-7"].points
    assert (gad.total, gad.scored.total_only) == (9, True)
    assert chart.treatments[-1][1].name == "Problem management"
    page = as_worker(world, "nia").get(f"/people/{world.people['ben']}").content.decode()
    assert "seen by Keeper Kai, typed by Nurse Nia" in page


def test_sent_twice_is_saved_once_and_a_changed_second_is_refused(world: World) -> None:
    ben = number_of(world.people["ben"])
    rows = [row(3, number=ben, why="came"), row(3, name="Zoe New", number="new", age="30", sex="f", place="Savann")]
    for _ in range(2):
        assert send(world, rows).status_code == 200
    assert len(visits(care.chart_of(world.people["ben"]))) == 1
    (zoe,) = Person.objects.filter(name="Zoe New")
    assert len(visits(care.chart_of(zoe.pk))) == 1
    assert (zoe.born, zoe.gender) == (str(dt.date.fromisoformat(day(3)).year - 30), "female")
    changed = send(world, [rows[0] | {"next": "2w"}])
    assert changed.status_code == 422
    assert "saved already, and now says something else" in text(changed)


def test_a_good_row_is_saved_beside_wrong_ones_whose_words_are_kept(world: World) -> None:
    cid, ben = (number_of(world.people[one]) for one in ("cid", "ben"))
    rows = [
        row(4, number=ben), {**row(), "date": "32/11", "number": cid},
        row(3, number="12345678"), row(2, number=cid, **{"score-phq-9": "12"}), row(2, number=cid, next="yesterday"),
        row(2, number=cid, medicine="some tablets"), row(2, number=cid, done="psy"), row(2, number=cid, sex="x"),
        row(2), {**row(), "date": '"', "number": cid},
    ]  # fmt: skip
    rows[8]["why"] = "somebody"
    answer = send(world, rows)
    assert answer.status_code == 422
    assert len(visits(care.chart_of(world.people["ben"]))) == 1
    said = errors(answer)
    for words in ("Day: This is no day.", "Number: Nobody followed at this site", "PHQ-9: Write the 9 answers",
                  "Next day: This is no day.", "Medicine, days given: Write each medicine", "could mean:",
                  "Sex: Write f, m or o", "Name: Write the number, or the name"):  # fmt: skip
        assert any(words in one for one in said), (words, said)
    html = answer.content.decode()
    for kept in ("32/11", "12345678", "yesterday", "some tablets", "somebody"):
        assert f'value="{kept}"' in html, kept
    # the ditto repeats the day above
    assert [fact.day.isoformat() for fact, _ in care.chart_of(world.people["cid"]).encounters] == [day(2)]


def test_an_empty_line_is_no_visit(world: World) -> None:
    before = care.chart_of(world.people["ben"]).live
    answer = send(world, [{"id": make_id(), "date": "", "seen_by": str(world.nia.pk)} for _ in range(15)])
    assert answer.status_code == 200
    assert "saved" not in re.findall(r"<h2>([^<]*)</h2>", answer.content.decode())
    assert care.chart_of(world.people["ben"]).live == before


def test_a_day_ahead_or_an_unknown_worker_is_refused(world: World) -> None:
    ben = number_of(world.people["ben"])
    ahead = {**row(), "date": (clock.today() + dt.timedelta(days=1)).isoformat(), "number": ben}
    assert any("has not come yet" in one for one in errors(send(world, [ahead])))
    wrong = send(world, [row(number=ben, seen_by=str(world.otto.pk))])
    assert any("Seen by: Outsider Otto had no post" in one for one in errors(wrong))
    assert any("Choose who saw" in one for one in errors(send(world, [row(number=ben, seen_by="x")])))
    assert visits(care.chart_of(world.people["ben"])) == []


def test_who_came_after_the_visit_did_not_see_the_person(world: World) -> None:
    late = world.workers["sue"].posts.get()
    Post.objects.filter(pk=late.pk).update(starts=clock.today())
    policy.changed()
    answer = send(world, [row(5, number=number_of(world.people["ben"]))], seen_by=str(world.sue.pk))
    assert any("had no post on that day" in one for one in errors(answer))


# who it is


def test_a_name_is_never_chosen_by_the_program(world: World) -> None:
    typed = row(name="Ben Course", age="1985", place="Nan Mango")
    first = send(world, [typed])
    assert first.status_code == 422
    assert "Choose below who this is." in text(first)
    assert f'value="{world.people["ben"]}" checked' in first.content.decode()  # all three agree: marked, not taken
    assert visits(care.chart_of(world.people["ben"])) == []
    pick = {"pick": world.people["ben"], "for": "ben course / 1985 / nan mango"}
    assert send(world, [typed | pick]).status_code == 200
    assert len(visits(care.chart_of(world.people["ben"]))) == 1


def test_a_choice_made_for_another_name_does_not_count(world: World) -> None:
    typed = row(name="Dan Remit", age="1985", place="Nan Mango", pick=world.people["ben"])
    answer = send(world, [typed | {"for": "ben course / 1985 / nan mango"}])
    assert answer.status_code == 422
    odd = row(name="Dan Remit", pick=world.people["ben"], **{"for": "dan remit / /"})  # not one who was offered
    assert send(world, [odd]).status_code == 422
    assert visits(care.chart_of(world.people["ben"])) == []


def test_somebody_new_who_sounds_like_another_is_offered_first(world: World) -> None:
    typed = row(name="Ben Courss", number="new", age="41")
    assert send(world, [typed]).status_code == 422
    assert Person.objects.filter(name="Ben Courss").count() == 0
    answer = send(world, [typed | {"pick": "new", "for": "ben courss / 41 /"}])
    assert answer.status_code == 200
    assert "registered now" in text(answer)
    assert "Not in care: nobody follows them." in text(answer)
    assert Person.objects.filter(name="Ben Courss").count() == 1


def test_a_number_and_another_name_are_not_one_person(world: World) -> None:
    answer = send(world, [row(number=number_of(world.people["ben"]), name="Somebody Else")])
    assert any("This number is that of Ben Course." in one for one in errors(answer))
    assert keys("Somebody Else")


def test_a_new_person_is_not_registered_when_the_visit_does_not_fit(world: World) -> None:
    answer = send(world, [row(name="Zoe New", number="new", seen_by=str(world.otto.pk))])
    assert answer.status_code == 422
    assert Person.objects.filter(name="Zoe New").count() == 0


def test_a_visit_of_the_same_day_is_asked_about(world: World) -> None:
    ben = number_of(world.people["ben"])
    send(world, [row(3, number=ben)])
    again = row(3, number=ben)
    answer = send(world, [again])
    assert any("A visit of this day is on record already." in one for one in errors(answer))
    assert send(world, [again | {"again": "1"}]).status_code == 200
    assert len(visits(care.chart_of(world.people["ben"]))) == 2


# danger


def test_a_recent_danger_opens_the_safety_steps_and_stands_above_the_grid(world: World) -> None:
    answer = send(world, [row(2, number=number_of(world.people["dan"]), **{"score-phq-9": "000000002"})])
    (risk,) = care.chart_of(world.people["dan"]).open_risks
    html = answer.content.decode()
    at = html.index(f"/people/{world.people['dan']}/risk/{risk.id}")
    assert at < html.index('<form class="stack register"')
    assert "what was written tells of danger" in text(answer)
    assert OpenItem.objects.filter(person=world.people["dan"], kind="risk").count() == 1


def test_a_danger_in_a_line_that_is_not_saved_yet_is_said_first(world: World) -> None:
    unsure = row(name="Dan Remit", **{"score-phq-9": "-" * 8 + "1"})
    answer = send(world, [row(number=number_of(world.people["ben"])), unsure])
    assert answer.status_code == 422
    assert "Line 1 tells of danger and is not saved yet." in text(answer)  # the other line is saved
    html = answer.content.decode()
    assert html.index("tells of danger") < html.index('<form class="stack register"')
    assert care.chart_of(world.people["dan"]).open_risks == ()


def test_a_number_printed_before_two_were_joined_still_leads_to_the_person(world: World) -> None:
    care.merge(by=world.nia, person=world.people["eve"], into=world.people["dan"])
    assert send(world, [row(number=number_of(world.people["eve"]))]).status_code == 200
    assert len(visits(care.chart_of(world.people["dan"]))) == 1


def test_a_danger_of_long_ago_is_history_and_no_alarm(world: World) -> None:
    answer = send(world, [row(45, number=number_of(world.people["dan"]), **{"score-phq-9": "000000002"})])
    chart = care.chart_of(world.people["dan"])
    assert chart.open_risks == ()
    assert chart.historical is not None
    assert chart.historical.newest.isoformat() == day(45)
    assert "an answer from long ago told of danger" in text(answer)
    assert OpenItem.objects.filter(person=world.people["dan"], kind="historical").count() == 1


def test_of_a_total_alone_the_safety_question_is_unknown(world: World) -> None:
    answer = send(world, [row(number=number_of(world.people["dan"]), **{"score-phq-9": "t4"})])
    assert "PHQ-9: the safety question is not known. Ask." in text(answer)
    assert care.chart_of(world.people["dan"]).series["phq-9"].points[-1].scored.safety == "unknown"


# medicines


def test_what_is_in_force_is_dispensed_and_the_rest_was_given(world: World) -> None:
    tablets = say(world, "ben", "pia", f.Prescription(name="Fluoxetine", strength="20 mg", amount=1, times=1), 30)
    ben = number_of(world.people["ben"])
    answer = send(world, [row(2, number=ben, medicine="fluoxetine 20 mg 28; diazepam 5")])
    assert answer.status_code == 200
    assert "diazepam: nobody prescribed it here" in text(answer)
    chart = care.chart_of(world.people["ben"])
    (medicine,) = chart.current_medicines
    assert medicine.id == tablets.id
    assert medicine.lasts_until == dt.date.fromisoformat(day(2)) + dt.timedelta(days=28)
    assert [(one.name, one.days) for _, one in chart.treatments if one.form == "medicine"] == [("diazepam", 5)]
    wrong = send(world, [row(1, number=ben, medicine="fluoxetine 40 mg 28")])
    assert any("In force is Fluoxetine 20 mg." in one for one in errors(wrong))


# a fortnight


def body_of(fact: f.Fact) -> object:
    """What a fact says, but for how and by whom it came to be written down."""
    body = fact.body
    if isinstance(body, f.Response):
        return msgspec.structs.replace(body, mode="in_person")
    if isinstance(body, f.Encounter):
        return msgspec.structs.replace(body, by="")
    return body


def test_a_fortnight_typed_gives_the_charts_of_the_same_visits_through_the_pages(world: World) -> None:
    """Each person twice: typed from paper, and the same through the page of a visit."""
    nia = as_worker(world, "nia")
    pairs = []
    for n in range(6):
        twins = []
        for which in ("Paper", "Page"):
            person = care.register(by=world.nia, site="bel-dlo", name=f"{which} Twin{n}", born="1990", place="Savann")
            care.enrol(by=world.nia, person=person, protocol="collaborative-care", condition="depression",
                       owner=str(world.kai.pk), occurred=day(30))  # fmt: skip
            world.people[f"{which}{n}"] = person
            say(world, f"{which}{n}", "pia", f.Prescription(name="Fluoxetine", strength="20 mg", amount=1, times=1), 29)
            twins.append(person)
        pairs.append(twins)
    rows = []
    for ago in (14, 7, 1):
        for n, (paper, page) in enumerate(pairs):
            answers = "".join(str((n + item) % 4) for item in range(8)) + ("1" if n == 3 else "0")
            answers = answers if ago == 14 else ""  # asked once a month: a visit's page asks what is due
            nexts = (clock.today() - dt.timedelta(days=ago) + dt.timedelta(weeks=2)).isoformat()
            rows.append(row(ago, number=number_of(paper), why=f"came {ago}", done="LISTENED problem", next=nexts,
                            medicine="fluoxetine 14", **{"score-phq-9": answers}))  # fmt: skip
            (medicine,) = care.chart_of(page).current_medicines
            sent = {"form": make_id(), "outcome": "seen", "mode": "clinic", "occurred": day(ago), "next_other": nexts,
                    "done": ["listened", "problem_management"], "note": f"came {ago}", "note_segment": "mental-health",
                    f"given-{medicine.fact.id}": "all", f"days-{medicine.fact.id}": "14",
                    **{f"q-phq-9-{item}": one for item, one in enumerate(answers, 1)}}  # fmt: skip
            assert nia.post(f"/people/{page}/visit", sent).status_code == 302
    for start in range(0, len(rows), 15):
        assert send(world, rows[start : start + 15]).status_code == 200
    for paper, page in pairs:
        one, other = care.chart_of(paper), care.chart_of(page)
        told = [sorted((fact.day, str(body_of(fact))) for fact in chart.live
                       if fact.encounter or isinstance(fact.body, f.Encounter)) for chart in (one, other)]  # fmt: skip
        swapped = [[(at, re.sub(r"prescription='[^']*'", "", said)) for at, said in each] for each in told]
        assert swapped[0] == swapped[1]
        assert [p.total for p in one.series["phq-9"].points] == [p.total for p in other.series["phq-9"].points]
        assert (one.next_date, one.last_contact) == (other.next_date, other.last_contact)
        assert len(one.open_risks) == len(other.open_risks)
        assert one.current_medicines[0].lasts_until == other.current_medicines[0].lasts_until
    assert sum(len(care.chart_of(paper).open_risks) for paper, _ in pairs) == 1


# paper


def test_the_sheet_has_the_columns_of_its_protocol_and_says_whether_it_is_synthetic(
    world: World, settings: object
) -> None:
    settings.SYNTHETIC = True  # type: ignore[attr-defined]
    nia = as_worker(world, "nia")
    html = nia.get(PRINT).content.decode()
    heads = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', html)
    assert heads == ["Day", "Number", "Name", "Age or birth", "Sex", "Place", "Why they came", "PHQ-9", "GAD-7",
                     "Medicine, days given", "What was done", "Next day", "Seen by"]  # fmt: skip
    assert "Synthetic: nobody here is real" in html
    assert html.count("<tr>") == 1 + 18
    other = nia.get(f"{PRINT}?protocol=community-care&lines=12").content.decode()
    assert "Seizures" in other
    assert "PHQ-9" not in other
    for guarded in ("HIV", "alcohol"):
        assert guarded not in html
    typed = nia.get(GRID).content.decode()
    assert re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', typed) == heads


def test_who_is_expected_stands_on_the_sheet_without_why_and_it_is_logged(world: World) -> None:
    say(world, "ben", "nia", f.Encounter(mode="clinic", next=(clock.today() + dt.timedelta(days=3)).isoformat()))
    before = AccessEntry.objects.filter(action="read-list", route="register-print").count()
    html = as_worker(world, "nia").get(f"{PRINT}?expected=1").content.decode()
    assert "Ben Course" in html
    assert number_of(world.people["ben"]) in html
    assert "depression" not in html.partition("<table>")[2]
    assert "Cid Danger" not in html.partition("<table>")[2]
    assert AccessEntry.objects.filter(action="read-list", route="register-print").count() == before + 1


def test_whom_the_grid_offered_is_logged(world: World) -> None:
    send(world, [row(name="Ben Course")])
    (entry,) = AccessEntry.objects.filter(action="read-list", route="register-grid")
    assert entry.worker_id == str(world.nia.pk)
    assert "offered=" in entry.note
