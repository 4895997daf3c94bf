"""Changing sites, workers, posts and roster: who is refused first, then what happens, then what was audited."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests import kept
from tests.world import World
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import actions
from vwazen.server.organisation.errors import Invalid, Refused, StillHolds
from vwazen.server.organisation.models import OnCall, Post, Site, Worker

NOT_MANAGERS = ("nia", "kai", "wim", "psy", "ola", "pia", "sue")


@pytest.fixture
def small(db: None) -> World:
    return kept.organisation()


def last(action: str) -> AccessEntry:
    entry = AccessEntry.objects.filter(action=action).order_by("id").last()
    assert entry is not None, f"nothing was logged about {action}"
    return entry


def in_hours(hours: float) -> datetime:
    return timezone.now() + timedelta(hours=hours)


def on_call(small: World, **other: Any) -> OnCall:
    values: dict[str, Any] = {"worker": small.nia, "starts": in_hours(-1), "ends": in_hours(8), "phone": "555 01"}
    return actions.set_on_call(by=small.sue, site=small.sites["bel-dlo"], **(values | other))


# refused


@pytest.mark.parametrize("who", NOT_MANAGERS)
def test_who_does_not_manage_is_refused_everything_and_the_refusal_is_logged(small: World, who: str) -> None:
    by, site, wim = small.workers[who], small.sites["bel-dlo"], small.wim
    other = small.otto if who == "wim" else wim
    attempts = {
        "add-site": lambda: actions.add_site(by=by, code="new", name="New", kind="school", parent=site),
        "rename-site": lambda: actions.rename_site(by=by, site=site, name="Other"),
        "add-worker": lambda: actions.add_worker(by=by, username="x.y", name="X", role="chw", site=site),
        "add-post": lambda: actions.add_post(by=by, worker=small.otto, role="chw", site=site),
        "end-post": lambda: actions.end_post(by=by, post=other.posts.get()),
        "deactivate-worker": lambda: actions.deactivate_worker(by=by, worker=other),
        "reset-password": lambda: actions.reset_password(by=by, worker=other),
        "unlock-worker": lambda: actions.unlock(by=by, worker=other),
        "set-phone": lambda: actions.set_phone(by=by, worker=other, phone="1"),
        "set-supervisor": lambda: actions.set_supervisor(by=by, worker=other, supervisor=None),
        "set-minutes": lambda: actions.set_minutes(by=by, worker=other, minutes=1),
    }
    before = (Site.objects.count(), Worker.objects.count(), Post.objects.count())
    for action, attempt in attempts.items():
        with pytest.raises(Refused):
            attempt()
        entry = last(action)
        assert (entry.outcome, entry.worker_id) == ("refused", str(by.pk)), action
        assert entry.note.startswith("number=1101")
    assert (Site.objects.count(), Worker.objects.count(), Post.objects.count()) == before


@pytest.mark.parametrize("who", ["nia", "kai", "wim", "ola", "pia"])
def test_who_does_not_keep_the_roster_is_refused(small: World, who: str) -> None:
    slot = on_call(small)
    with pytest.raises(Refused):
        actions.set_on_call(
            by=small.workers[who], site=small.sites["bel-dlo"], worker=small.nia, starts=in_hours(9), ends=in_hours(10)
        )
    assert last("set-on-call").outcome == "refused"
    with pytest.raises(Refused):
        actions.end_on_call(by=small.workers[who], slot=slot)
    assert last("end-on-call").outcome == "refused"


def test_a_manager_of_one_place_manages_no_other(small: World) -> None:
    local, _ = actions.add_worker(
        by=small.ada, username="lea", name="Local Lea", role="programme_manager", site=small.sites["bel-dlo"]
    )
    with pytest.raises(Refused):
        actions.add_post(by=local, worker=small.wim, role="chw", site=small.sites["savann"])
    with pytest.raises(Refused):
        actions.reset_password(by=local, worker=small.otto)
    with pytest.raises(Refused):
        actions.reset_password(by=local, worker=small.ada)
    assert actions.reset_password(by=local, worker=small.wim)


def test_nobody_gives_or_ends_or_resets_anything_for_themselves(small: World) -> None:
    for attempt in (
        lambda: actions.add_post(by=small.ada, worker=small.ada, role="psychiatrist", site=small.sites["ht"]),
        lambda: actions.end_post(by=small.ada, post=small.ada.posts.get()),
        lambda: actions.reset_password(by=small.ada, worker=small.ada),
        lambda: actions.deactivate_worker(by=small.ada, worker=small.ada),
    ):
        with pytest.raises(Refused, match="Ask another manager"):
            attempt()
    assert not small.ada.can("see_chart")


def test_nobody_gives_a_managing_right_they_do_not_hold(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a pack whose programme managers do not read the log, they cannot make an administrator, who does."""
    import msgspec

    from vwazen.server.organisation import policy

    scopes = policy.scopes()
    manager = msgspec.structs.replace(scopes.roles["programme_manager"], permissions=("manage_workers",))
    changed = msgspec.structs.replace(scopes, roles=scopes.roles | {"programme_manager": manager})
    monkeypatch.setattr(policy, "scopes", lambda: changed)
    with pytest.raises(Refused):
        actions.add_worker(by=small.max, username="e.v", name="Eve", role="administrator", site=small.sites["ht"])
    with pytest.raises(Refused):
        actions.reset_password(by=small.max, worker=small.ada)
    actions.add_worker(by=small.max, username="c.h", name="Chw", role="chw", site=small.sites["ht"])


# allowed


def test_founding_happens_once(db: None) -> None:
    first, secret = actions.found(username="A.A", name="First One", site_code="ht", site_name="Ayiti")
    assert first.username == "a.a"
    assert first.check_password(secret)
    assert first.must_change_password
    assert first.can("manage_workers", "ht/")
    assert last("found").note == f"worker={first.pk}"
    with pytest.raises(Invalid, match="Sign in"):
        actions.found(username="b", name="Second", site_code="xx", site_name="Other")


def test_a_failed_founding_leaves_nothing(db: None) -> None:
    with pytest.raises(Invalid):
        actions.found(username="a", name="First", site_code="Not a code", site_name="X")
    with pytest.raises(Invalid):
        actions.found(username="a b", name="First", site_code="ht", site_name="X")
    assert not Site.objects.exists()
    assert not Worker.objects.exists()


def test_a_site_is_added_below_and_renamed(small: World) -> None:
    site = actions.add_site(by=small.ada, code="post-1", name=" Post ", kind="school", parent=small.sites["bel-dlo"])
    assert (site.path, site.name, site.depth, site.country) == ("ht/centre/bel-dlo/post-1/", "Post", 3, "ht")
    assert (last("add-site").outcome, last("add-site").site) == ("allowed", site.path)
    assert actions.rename_site(by=small.ada, site=site, name="Lekòl").name == "Lekòl"
    assert last("rename-site").site == site.path


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"code": "bel-dlo"}, "code"),
        ({"code": "Bel"}, "code"),
        ({"code": "a/b"}, "code"),
        ({"code": ""}, "code"),
        ({"name": " "}, "name"),
        ({"kind": "castle"}, "kind"),
    ],
)
def test_a_site_that_does_not_fit_is_named_by_its_field_and_nothing_is_logged(
    small: World, values: dict[str, str], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        actions.add_site(
            by=small.ada,
            parent=small.sites["ht"],
            **({"code": "new", "name": "New", "kind": "school"} | values),
        )
    assert caught.value.field == field
    assert Site.objects.count() == 4


def test_a_worker_comes_with_a_post_and_a_password_for_once(small: World) -> None:
    worker, secret = actions.add_worker(
        by=small.max,
        username=" New.One ",
        name="New One",
        role="chw",
        site=small.sites["bel-dlo"],
        supervisor=small.sue,
    )
    assert worker.username == "new.one"
    assert worker.check_password(secret)
    assert worker.must_change_password
    assert worker.can("ask", small.sites["bel-dlo"])
    entry = last("add-worker")
    assert (entry.site, entry.note) == ("ht/centre/bel-dlo/", f"worker={worker.pk} role=chw")
    assert secret not in entry.note
    with pytest.raises(Invalid) as caught:
        actions.add_worker(by=small.max, username="new.one", name="Other", role="chw", site=small.sites["bel-dlo"])
    assert caught.value.field == "username"
    with pytest.raises(Invalid, match="no role"):
        actions.add_worker(by=small.max, username="n2", name="Other", role="wizard", site=small.sites["bel-dlo"])


def test_passwords_for_once_are_never_the_same() -> None:
    from vwazen.server.organisation.actions.workers import new_password

    assert len({new_password() for _ in range(500)}) == 500


def test_a_post_is_given_once_and_ended_once(small: World) -> None:
    post = actions.add_post(by=small.max, worker=small.wim, role="lay_counsellor", site=small.sites["bel-dlo"])
    assert small.wim.can("see_chart", small.sites["bel-dlo"])
    assert last("add-post").note == f"worker={small.wim.pk} role=lay_counsellor"
    with pytest.raises(Invalid, match="holds this post"):
        actions.add_post(by=small.max, worker=small.wim, role="lay_counsellor", site=small.sites["bel-dlo"])
    assert actions.end_post(by=small.max, post=post).ends == timezone.localdate()
    assert not small.wim.can("see_chart", small.sites["bel-dlo"])
    assert last("end-post").outcome == "allowed"
    with pytest.raises(Invalid, match="already"):
        actions.end_post(by=small.max, post=post)
    assert actions.add_post(by=small.max, worker=small.wim, role="lay_counsellor", site=small.sites["bel-dlo"]).pk


def test_a_post_ended_before_it_began_never_held(small: World) -> None:
    later = timezone.localdate() + timedelta(days=30)
    post = actions.add_post(by=small.max, worker=small.wim, role="nurse", site=small.sites["ht"], starts=later)
    assert actions.end_post(by=small.max, post=post).ends == later
    assert not small.wim.can("see_chart", None, later)


def test_a_worker_who_still_holds_something_is_not_deactivated(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.workers, "may_leave", [lambda worker: ["Three people have no other owner."]])
    on_call(small)
    with pytest.raises(StillHolds) as caught:
        actions.deactivate_worker(by=small.max, worker=small.nia)
    assert caught.value.reasons == ("Three people have no other owner.", "On call 1 more time.")
    assert Worker.objects.get(pk=small.nia.pk).is_active


def test_a_deactivated_worker_has_no_posts_no_session_and_a_past(small: World) -> None:
    before = small.nia.get_session_auth_hash()
    gone = actions.deactivate_worker(by=small.max, worker=small.nia)
    assert not gone.is_active
    assert gone.get_session_auth_hash() != before
    assert gone.posts.get().ends == timezone.localdate()
    assert (last("deactivate-worker").note, last("deactivate-worker").site) == (
        f"worker={small.nia.pk}",
        "ht/centre/bel-dlo/",
    )
    with pytest.raises(Invalid, match="deactivated"):
        actions.add_post(by=small.max, worker=gone, role="chw", site=small.sites["ht"])
    with pytest.raises(Invalid, match="deactivated"):
        actions.reset_password(by=small.max, worker=gone)


def test_minutes_are_declared_by_oneself_or_a_manager_and_may_be_unknown(small: World) -> None:
    assert actions.set_minutes(by=small.pia, worker=small.pia, minutes=90).minutes_per_week == 90
    assert actions.set_minutes(by=small.max, worker=small.pia, minutes=None).minutes_per_week is None
    assert last("set-minutes").note == f"worker={small.pia.pk} minutes="
    with pytest.raises(Invalid) as caught:
        actions.set_minutes(by=small.pia, worker=small.pia, minutes=10_081)
    assert caught.value.field == "minutes"


def test_nobody_supervises_themselves_and_nobody_gone_supervises(small: World) -> None:
    gone = actions.deactivate_worker(by=small.ada, worker=small.otto)
    for chief in (small.nia, gone):
        with pytest.raises(Invalid) as caught:
            actions.set_supervisor(by=small.ada, worker=small.nia, supervisor=chief)
        assert caught.value.field == "supervisor"


# the roster


def test_a_turn_on_call_is_set_and_ended(small: World) -> None:
    slot = on_call(small)
    assert (last("set-on-call").site, last("set-on-call").note) == (
        "ht/centre/bel-dlo/",
        f"worker={small.nia.pk} order=1",
    )
    ended = actions.end_on_call(by=small.sue, slot=slot)
    assert slot.starts < ended.ends <= timezone.now()
    assert last("end-on-call").outcome == "allowed"
    with pytest.raises(Invalid, match="already"):
        actions.end_on_call(by=small.sue, slot=slot)
    coming = on_call(small, starts=in_hours(1))
    assert actions.end_on_call(by=small.sue, slot=coming).ends == coming.starts
    assert on_call(small, starts=in_hours(0.5)).pk, "the place is free again"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ends": in_hours(-2)}, "ends"),
        ({"starts": in_hours(-9), "ends": in_hours(-8)}, "ends"),
        ({"phone": " "}, "phone"),
        ({"order": 0}, "order"),
        ({"worker": "otto"}, "worker"),
        ({"worker": "ola"}, "worker"),
        ({"worker": "ada"}, "worker"),
    ],
)
def test_a_turn_that_does_not_fit_is_named_by_its_field(small: World, change: dict[str, Any], field: str) -> None:
    if "worker" in change:
        change = {"worker": small.workers[change["worker"]]}
    with pytest.raises(Invalid) as caught:
        on_call(small, **change)
    assert caught.value.field == field
    assert not OnCall.objects.exists()


def test_two_cannot_be_the_same_number_at_one_time(small: World) -> None:
    on_call(small)
    with pytest.raises(Invalid, match="Nurse Nia is number 1"):
        on_call(small, worker=small.kai, starts=in_hours(7), ends=in_hours(9))
    assert on_call(small, worker=small.kai, order=2)
    assert on_call(small, worker=small.kai, starts=in_hours(8.1), ends=in_hours(9))


# what the database itself refuses


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"ends": date(2026, 1, 2)}, {"ends": date(2025, 12, 31)}),
        ({"role": "nurse"}, {"role": "wizard"}),
    ],
)
def test_posts_are_true_to_their_constraints(small: World, good: dict[str, Any], bad: dict[str, Any]) -> None:
    base = {"worker": small.ola, "role": "chw", "site": small.sites["savann"], "starts": date(2026, 1, 1)}
    Post(**(base | good)).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post(**(base | bad)).save()


def test_one_open_post_of_a_kind_and_any_number_of_ended_ones(small: World) -> None:
    base = {"worker": small.ola, "role": "chw", "site": small.sites["savann"], "starts": date(2026, 1, 1)}
    for _ in range(2):
        Post(**base, ends=date(2026, 2, 1)).save()
    Post(**base).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post(**base).save()


@pytest.mark.parametrize("bad", [{"hours": -1}, {"order": 0}, {"phone": ""}])
def test_turns_are_true_to_their_constraints(small: World, bad: dict[str, Any]) -> None:
    start = timezone.now()

    def slot(hours: float = 1, order: int = 1, phone: str = "1") -> OnCall:
        return OnCall(
            site=small.sites["ht"],
            worker=small.nia,
            starts=start,
            ends=start + timedelta(hours=hours),
            order=order,
            phone=phone,
        )

    slot().save()
    with pytest.raises(IntegrityError), transaction.atomic():
        slot(**bad).save()


def test_sites_and_workers_are_true_to_their_constraints(small: World) -> None:
    ht = small.sites["ht"]
    for site in (
        Site(code="a", name="A", kind="school", parent=ht, path="ht/a"),
        Site(code="a", name="", kind="school", parent=ht, path="ht/a/"),
        Site(code="a", name="A", kind="school", parent=ht, path="ht/centre/"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            site.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Worker.objects.filter(pk=small.nia.pk).update(supervisor=small.nia.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Worker(username="nia", name="Twice").save()
