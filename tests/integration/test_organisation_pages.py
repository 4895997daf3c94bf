"""The pages of sites, workers, roster and account: who is refused, what is shown, what was audited."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests import kept
from tests.world import World
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import actions, find
from vwazen.server.organisation.models import OnCall, Post, Site, Worker
from vwazen.server.organisation.views import workers as views

NOT_MANAGERS = ("nia", "kai", "wim", "psy", "ola", "pia", "sue", "otto")


@pytest.fixture
def small(db: None) -> World:
    return kept.organisation()


@pytest.fixture
def ada(small: World, client: Client) -> Client:
    client.force_login(small.ada)
    return client


def last() -> AccessEntry:
    return AccessEntry.objects.latest("id")


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# refused


@pytest.mark.parametrize("url", ["/account/", "/account/password/", "/account/second-step/", "/sites/", "/sites/ht/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_sent_to_sign_in(small: World, client: Client, url: str, method: str) -> None:
    response = getattr(client, method)(url)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/sign-in/?next={url}"


@pytest.mark.parametrize("who", NOT_MANAGERS)
def test_who_does_not_manage_is_refused_every_page_and_button(small: World, client: Client, who: str) -> None:
    client.force_login(small.workers[who])
    other = small.otto if who != "otto" else small.nia
    post = other.posts.get().pk
    for url in ("/sites/", "/sites/ht/", "/workers/", "/workers/add/", f"/workers/{other.pk}/"):
        assert client.get(url).status_code == 403, url
        assert (last().outcome, last().worker_id) == ("refused", str(small.workers[who].pk))
    for url in ("unlock", "password", "second-step", "details", "minutes", "deactivate", f"posts/{post}/end"):
        response = client.post(f"/workers/{other.pk}/{url}/", {"minutes": "5"})
        assert response.status_code == 403, url
        assert last().outcome == "refused", url
    assert client.post("/workers/add/", {"name": "X", "username": "x", "role": "chw"}).status_code == 403
    assert client.post("/sites/ht/", {"do": "add", "name": "X", "code": "x", "kind": "school"}).status_code == 403
    assert AccessEntry.objects.filter(outcome="refused", action="open-page").count() == 14
    assert Site.objects.count() == 4
    assert Worker.objects.count() == 10


def test_a_manager_of_one_site_sees_no_other(small: World, client: Client) -> None:
    lea, _ = actions.add_worker(
        by=small.ada, username="lea", name="Local Lea", role="programme_manager", site=small.sites["bel-dlo"]
    )
    Worker.objects.filter(pk=lea.pk).update(must_change_password=False)
    client.force_login(Worker.objects.get(pk=lea.pk))
    page = client.get("/sites/").content.decode()
    assert "Bèl Dlo" in page
    assert "Savann" not in page
    page = client.get("/workers/").content.decode()
    assert "Nurse Nia" in page
    assert "Outsider Otto" not in page
    assert "Outsider Otto" not in client.get("/workers/", {"q": "otto"}).content.decode()
    assert client.get(f"/workers/{small.otto.pk}/").status_code == 403
    assert client.get("/sites/savann/").status_code == 403
    page = client.get("/sites/bel-dlo/").content.decode()
    assert "Santral" not in page, "what lies above is not shown either"


@pytest.mark.parametrize("who", ["ola"])
def test_who_may_not_act_on_a_risk_does_not_read_the_roster(small: World, client: Client, who: str) -> None:
    client.force_login(small.workers[who])
    for url in ("/roster/", "/roster/bel-dlo/"):
        assert client.get(url).status_code == 403
        assert last().note == "number=1101 permission=act_on_risk"


def test_who_reads_the_roster_may_not_change_it(small: World, client: Client) -> None:
    slot = _turn(small)
    client.force_login(small.nia)
    page = client.get("/roster/bel-dlo/").content.decode()
    assert "Keeper Kai" in page
    assert "Put on call" not in page
    assert client.post("/roster/bel-dlo/", {"worker": small.nia.pk}).status_code == 403
    assert client.post(f"/roster/bel-dlo/{slot.pk}/end/").status_code == 403
    assert client.get("/roster/savann/").status_code == 403
    assert last().outcome == "refused"


@pytest.mark.parametrize("url", ["unlock", "password", "second-step", "minutes", "deactivate", "posts/1/end"])
def test_buttons_do_not_work_as_links(small: World, ada: Client, url: str) -> None:
    assert ada.get(f"/workers/{small.nia.pk}/{url}/").status_code == 405


# sites


def test_sites_show_the_tree_and_how_many_work_there(small: World, ada: Client) -> None:
    response = ada.get("/sites/")
    counts = {site.code: site.workers for site in response.context["sites"]}
    assert counts == {"ht": 2, "centre": 2, "bel-dlo": 5, "savann": 1}
    assert list(counts) == ["ht", "centre", "bel-dlo", "savann"], "as a tree"
    assert (last().action, last().route, last().worker_id) == ("open-page", "sites", str(small.ada.pk))


def test_a_large_tree_is_shown_a_level_at_a_time(small: World, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vwazen.server.organisation.views.sites.WHOLE_TREE", 2)
    assert [site.code for site in ada.get("/sites/").context["sites"]] == ["ht"]
    assert [site.code for site in ada.get("/sites/centre/").context["children"]] == ["bel-dlo", "savann"]


def test_a_site_is_added_and_renamed_on_its_page(small: World, ada: Client) -> None:
    url = "/sites/bel-dlo/"
    assert "No site below" in ada.get(url).content.decode()
    made = ada.post(url, {"do": "add", "name": "Lekòl", "code": "lekol", "kind": "school"}, follow=True)
    assert told(made) == ["Lekòl is added below Bèl Dlo."]
    assert Site.objects.get(code="lekol").path == "ht/centre/bel-dlo/lekol/"
    assert AccessEntry.objects.filter(action="add-site", site="ht/centre/bel-dlo/lekol/").exists()
    assert ada.post(url, {"do": "rename", "name-name": "Bèl Dlo 2"}).status_code == 302
    assert Site.objects.get(code="bel-dlo").name == "Bèl Dlo 2"
    wrong = ada.post(url, {"do": "add", "name": "X", "code": "Not Good", "kind": "school"})
    assert wrong.status_code == 422
    assert "lower-case letters" in wrong.content.decode()
    assert ada.get("/sites/none-such/").status_code == 404


# workers


def test_workers_are_listed_found_and_never_deleted(small: World, ada: Client) -> None:
    actions.deactivate_worker(by=small.max, worker=small.otto)
    page = ada.get("/workers/").content.decode()
    assert "Nurse Nia" in page
    assert "deactivated" in page
    assert [worker.username for worker in ada.get("/workers/", {"q": "KEEP"}).context["workers"]] == ["kai"]
    assert "Nobody of this name" in ada.get("/workers/", {"q": "zzz"}).content.decode()
    assert ada.get("/workers/", {"q": "\0"}).status_code == 404  # PostgreSQL knows no such character
    assert (last().route, last().outcome) == ("workers", "allowed")


@pytest.mark.parametrize("many", [False, True])
def test_the_list_of_workers_goes_on_where_it_ended(
    small: World, ada: Client, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    monkeypatch.setattr(views, "A_PAGE", 3)
    monkeypatch.setattr(find, "LISTED", 0 if many else 2000)
    actions.deactivate_worker(by=small.max, worker=small.otto)
    Worker.objects.filter(pk__in=[small.nia.pk, small.kai.pk]).update(name="Both")
    ordered = [w.username for w in sorted(Worker.objects.all(), key=lambda w: (not w.is_active, w.name, w.username))]
    assert ordered[-1] == "otto"
    seen: list[str] = []
    after: object = ""
    while after is not None:
        shown = ada.get("/workers/", {"after": after}).context
        seen += [worker.username for worker in shown["workers"]]
        after = shown["next"] or None
    assert seen == ordered
    for nowhere in ("x", "~", "1", "1~~"):
        again = ada.get("/workers/", {"after": nowhere}).context["workers"]
        assert [worker.username for worker in again] == ordered[:3]


@pytest.mark.parametrize("many", [False, True])
def test_who_is_closed_or_renamed_between_two_pages_takes_nobody_along(
    small: World, ada: Client, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    monkeypatch.setattr(views, "A_PAGE", 3)
    monkeypatch.setattr(find, "LISTED", 0 if many else 2000)
    first = ada.get("/workers/").context
    follow = [worker.username for worker in ada.get("/workers/", {"after": first["next"]}).context["workers"]]
    for change in ({"is_active": False}, {"name": "~ Żoé & Co"}):
        Worker.objects.filter(pk=first["workers"][-1].pk).update(**change)
        shown = ada.get("/workers/", {"after": first["next"]}).context
        assert [worker.username for worker in shown["workers"]] == follow


def test_a_worker_is_added_and_the_password_is_shown_once(small: World, ada: Client) -> None:
    form = {"name": "New One", "username": "new.one", "role": "chw", "site": "bel-dlo", "language": "ht"}
    response = ada.post("/workers/add/", form)
    worker = Worker.objects.get(username="new.one")
    secret = response.context["secret"]
    assert secret in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert worker.check_password(secret)
    assert secret not in ada.get(f"/workers/{worker.pk}/").content.decode()
    assert AccessEntry.objects.filter(action="add-worker", outcome="allowed").latest("id").site == "ht/centre/bel-dlo/"
    twice = ada.post("/workers/add/", form)
    assert twice.status_code == 422
    assert Worker.objects.filter(username="new.one").count() == 1


def test_posts_are_given_and_ended_on_the_workers_page(small: World, ada: Client) -> None:
    url = f"/workers/{small.wim.pk}/"
    assert ada.post(url, {"role": "lay_counsellor", "site": "bel-dlo"}).status_code == 302
    post = Post.objects.get(worker=small.wim, role="lay_counsellor")
    again = ada.post(url, {"role": "lay_counsellor", "site": "bel-dlo"})
    assert "holds this post" in again.content.decode()
    assert told(ada.post(f"{url}posts/{post.pk}/end/", follow=True)) == ["The post has ended."]
    assert "ended" in ada.get(url).content.decode()
    assert ada.post(f"/workers/{small.nia.pk}/posts/{post.pk}/end/").status_code == 404
    assert AccessEntry.objects.filter(action="end-post", note__contains=str(small.wim.pk)).exists()


def test_account_buttons_do_what_they_say(small: World, ada: Client) -> None:
    url = f"/workers/{small.pia.pk}/"
    Worker.objects.filter(pk=small.pia.pk).update(failed_sign_ins=5, locked_until=timezone.now() + timedelta(minutes=5))
    assert "Closed until" in ada.get(url).content.decode()
    ada.post(f"{url}unlock/")
    assert Worker.objects.get(pk=small.pia.pk).locked_until is None
    secret = ada.post(f"{url}password/").context["secret"]
    assert Worker.objects.get(pk=small.pia.pk).check_password(secret)
    ada.post(f"{url}minutes/", {"minutes": "45"})
    assert Worker.objects.get(pk=small.pia.pk).minutes_per_week == 45
    assert "not saved" in told(ada.post(f"{url}minutes/", {"minutes": "many"}, follow=True))[-1]
    ada.post(f"{url}deactivate/")
    assert not Worker.objects.get(pk=small.pia.pk).is_active
    logged = AccessEntry.objects.filter(note__startswith=f"worker={small.pia.pk}").values_list("action", flat=True)
    assert {"unlock-worker", "reset-password", "set-minutes", "deactivate-worker"} <= set(logged)


def test_phone_and_supervisor_are_changed(small: World, ada: Client) -> None:
    url = f"/workers/{small.nia.pk}/details/"
    assert told(ada.post(url, {"phone": "555 31", "supervisor": small.sue.pk}, follow=True)) == [
        "Phone and supervisor are saved."
    ]
    nia = Worker.objects.get(pk=small.nia.pk)
    assert (nia.phone, nia.supervisor) == ("555 31", small.sue)
    assert "Nothing was saved" in told(ada.post(url, {"phone": "1", "supervisor": small.nia.pk}, follow=True))[-1]
    ada.post(url, {"phone": "555 31", "supervisor": ""})
    assert Worker.objects.get(pk=small.nia.pk).supervisor is None
    logged = AccessEntry.objects.filter(action__startswith="set-").order_by("id").values_list("action", flat=True)
    assert list(logged) == [
        "set-phone",
        "set-supervisor",
        "set-supervisor",
    ]


def test_a_supervisor_is_named_where_those_who_work_there_are_too_many_to_list(
    small: World, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, offered = f"/workers/{small.nia.pk}/", f'<option value="{small.sue.pk}"'
    ada.post(f"{url}details/", {"phone": "", "supervisor": small.sue.pk})
    assert offered in ada.get("/workers/add/").content.decode()
    assert f"{offered} selected" in ada.get(url).content.decode()
    monkeypatch.setattr(find, "LISTED", 0)
    assert offered not in ada.get("/workers/add/").content.decode()
    page = ada.get(url).content.decode()
    assert offered not in page and 'name="supervisor" value="sue"' in page
    for typed in ("nobody.there", "nia", str(small.kai.pk)):
        answer = ada.post(f"{url}details/", {"phone": "", "supervisor": typed}, follow=True)
        assert "Nothing was saved" in told(answer)[-1], typed
    ada.post(f"{url}details/", {"phone": "", "supervisor": " Kai "})
    assert Worker.objects.get(pk=small.nia.pk).supervisor == small.kai
    new = {"name": "New Ned", "username": "ned", "role": "chw", "site": "bel-dlo", "language": "en"}
    refused = ada.post("/workers/add/", new | {"supervisor": "nobody.there"})
    assert refused.status_code == 422
    assert "has this username" in refused.content.decode() and 'value="nobody.there"' in refused.content.decode()
    assert ada.post("/workers/add/", new | {"supervisor": "sue"}).status_code == 200
    assert Worker.objects.get(username="ned").supervisor == small.sue


@pytest.mark.parametrize("listed", [2000, 0])
def test_who_supervises_several_can_be_chosen_again(
    small: World, ada: Client, monkeypatch: pytest.MonkeyPatch, listed: int
) -> None:
    monkeypatch.setattr(find, "LISTED", listed)
    Worker.objects.filter(username__in=("nia", "kai", "wim")).update(supervisor=small.sue)
    url = f"/workers/{small.nia.pk}/"
    assert ada.get(url).content.decode().count(f'<option value="{small.sue.pk}"') == (1 if listed else 0)
    ada.post(f"{url}details/", {"phone": "+509 1", "supervisor": "sue" if not listed else small.sue.pk})
    assert Worker.objects.get(pk=small.nia.pk).phone == "+509 1"
    for odd in ("s\0ue\0x", "x" * 5000, "';--"):
        assert "Nothing was saved" in told(ada.post(f"{url}details/", {"supervisor": odd}, follow=True))[-1], odd


def test_who_still_holds_something_is_said_on_the_page(small: World, ada: Client) -> None:
    _turn(small)
    response = ada.post(f"/workers/{small.kai.pk}/deactivate/", follow=True)
    assert "On call 1 more time" in told(response)[0]
    assert Worker.objects.get(pk=small.kai.pk).is_active


def test_ones_own_page_offers_nothing_for_oneself(small: World, ada: Client) -> None:
    page = ada.get(f"/workers/{small.ada.pk}/").content.decode()
    assert "Give a post" not in page
    assert "End today" not in page
    assert "Deactivate" not in page
    assert ada.post(f"/workers/{small.ada.pk}/deactivate/").status_code == 403


# roster


def _turn(small: World) -> OnCall:
    now = timezone.now()
    return actions.set_on_call(
        by=small.sue,
        site=small.sites["bel-dlo"],
        worker=small.kai,
        starts=now - timedelta(minutes=5),
        ends=now + timedelta(hours=1),
        phone="555 01",
    )


def test_an_empty_roster_says_nobody_and_that_no_line_is_recorded(small: World, client: Client) -> None:
    actions.end_post(by=small.ada, post=small.sue.posts.get())
    client.force_login(small.nia)
    page = client.get("/roster/bel-dlo/").content.decode()
    assert page.count("nobody</span>") >= 8
    assert "No help line is recorded for this country" in page
    assert "no supervisor recorded" in page
    assert "nobody" in client.get("/roster/").content.decode()
    assert (last().route, last().outcome) == ("roster", "allowed")


def test_the_keeper_of_the_roster_puts_somebody_on_and_takes_them_off(small: World, client: Client) -> None:
    client.force_login(small.sue)
    start = timezone.localtime() + timedelta(hours=1)
    form = {
        "worker": str(small.nia.pk),
        "starts": f"{start:%Y-%m-%dT%H:%M}",
        "ends": f"{start + timedelta(hours=8):%Y-%m-%dT%H:%M}",
        "order": "1",
        "phone": "555 77",
    }
    assert told(client.post("/roster/bel-dlo/", form, follow=True)) == ["Nurse Nia is on call, as number 1."]
    clash = client.post("/roster/bel-dlo/", form)
    assert clash.status_code == 422
    assert "Nurse Nia is number 1 at that time" in clash.content.decode()
    slot = OnCall.objects.get()
    assert "555 77" in client.get("/roster/bel-dlo/").content.decode()
    client.post(f"/roster/bel-dlo/{slot.pk}/end/")
    slot.refresh_from_db()
    assert slot.ends == slot.starts
    assert told(client.post(f"/roster/bel-dlo/{slot.pk}/end/", follow=True))[-1:] == [
        "This turn on call has ended already. Nothing was changed."
    ]
    assert AccessEntry.objects.filter(action="end-on-call").count() == 1


def test_only_who_may_act_on_a_risk_there_can_be_chosen(small: World, client: Client) -> None:
    client.force_login(small.sue)
    page = client.get("/roster/bel-dlo/")
    names = {worker.username for worker in page.context["form"].fields["worker"].queryset}
    assert names == {"nia", "kai", "wim", "psy", "pia", "sue"}


@pytest.mark.parametrize("week", ["2026-11-18", "", "x", "0001-01-01", "9999-12-31"])
def test_any_week_can_be_asked_for(small: World, client: Client, week: str) -> None:
    client.force_login(small.nia)
    response = client.get("/roster/bel-dlo/", {"week": week})
    assert response.status_code == 200
    assert response.context["monday"].weekday() == 0
    assert len(response.context["days"]) == 7


# account


def test_the_account_page_says_what_the_posts_allow(small: World, client: Client) -> None:
    client.force_login(small.wim)
    page = client.get("/account/").content.decode()
    assert "Community health worker, Bèl Dlo" in page
    assert "open a person" not in page
    assert "Not yet reviewed by a clinician" in page
    assert "Time for case review" not in page


def test_everybody_keeps_their_own_phone_number(small: World, client: Client) -> None:
    client.force_login(small.wim)
    client.post("/account/", {"do": "phone", "phone": " 555 12 "})
    assert Worker.objects.get(pk=small.wim.pk).phone == "555 12"
    assert (last().action, last().worker_id) == ("set-phone", str(small.wim.pk))


def test_a_specialist_declares_minutes(small: World, client: Client) -> None:
    client.force_login(small.pia)
    assert client.post("/account/", {"minutes": "90"}).status_code == 302
    assert Worker.objects.get(pk=small.pia.pk).minutes_per_week == 90
    assert client.post("/account/", {"minutes": "-1"}).status_code == 200
    client.post("/account/", {"minutes": ""})
    assert Worker.objects.get(pk=small.pia.pk).minutes_per_week is None
    assert last().action == "set-minutes"


def test_no_page_of_ours_carries_inline_style_or_script(small: World, ada: Client) -> None:
    for url in (
        "/sites/",
        "/sites/ht/",
        "/workers/",
        "/workers/add/",
        f"/workers/{small.nia.pk}/",
        "/roster/",
        "/roster/ht/",
        "/account/",
        "/account/password/",
        "/account/second-step/",
        "/access-log/",
    ):
        response = ada.get(url)
        page = response.content.decode()
        assert response.status_code == 200, url
        assert "style=" not in page, url
        assert "<script>" not in page, url
        assert " on" + "click" not in page, url
