"""Who may do what, where: posts give rights at their site and below, from their first day until the end day."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests import kept
from tests.world import World
from vwazen.server.organisation import actions, policy
from vwazen.server.organisation.errors import Refused
from vwazen.server.organisation.find import holders, sites_of, workers_at
from vwazen.server.organisation.models import Role, Site

CLINICAL = {"find_person", "register_person", "see_caseload", "see_chart", "ask", "enrol", "triage", "record_care"}


@pytest.fixture
def small(db: None) -> World:
    return kept.organisation()


def today() -> date:
    return timezone.localdate()


def test_every_role_has_its_block_and_the_two_lists_of_roles_are_one() -> None:
    assert set(policy.scopes().roles) == {role.value for role in Role}


@pytest.mark.parametrize("role", ["administrator", "programme_manager", "me_officer"])
def test_who_manages_or_counts_sees_no_person(role: str) -> None:
    block = policy.scopes().roles[role]
    assert not block.segments
    assert not CLINICAL & set(block.permissions)


def test_a_chw_sees_tasks_and_danger_signs_only() -> None:
    block = policy.scopes().roles["chw"]
    assert set(block.segments) == {"general"}
    assert "see_chart" not in block.permissions
    assert {"ask", "act_on_risk", "carry_out", "see_caseload"} <= set(block.permissions)


@pytest.mark.parametrize(
    ("segment", "who"),
    [
        ("intimate-partner-violence", {"psychologist", "social_worker", "psychiatrist"}),
        ("therapy-notes", {"psychologist", "psychiatrist"}),
        ("substance-use", {"psychologist", "social_worker", "psychiatrist", "care_manager", "physician"}),
        ("hiv", {"physician", "psychiatrist"}),
    ],
)
def test_guarded_segments_are_seen_by_few(segment: str, who: set[str]) -> None:
    assert {id for id, role in policy.scopes().roles.items() if segment in role.segments} == who


def test_every_guarded_segment_has_somebody_who_can_mend_what_is_held() -> None:
    roles = policy.scopes().roles.values()
    for segment in policy.scopes().segments:
        assert any(segment in role.segments and "mend_held" in role.permissions for role in roles), segment


def test_a_post_counts_at_its_site_and_below_only(small: World) -> None:
    assert small.nia.can("see_chart", small.sites["bel-dlo"])
    assert not small.nia.can("see_chart", small.sites["centre"])
    assert not small.nia.can("see_chart", small.sites["savann"])
    assert small.sue.can("see_chart", small.sites["savann"])
    assert small.pia.can("review", "ht/centre/bel-dlo/")
    assert not small.otto.can("see_chart", "ht/centre/bel-dlo/")


def test_a_code_that_begins_like_another_is_another_site(small: World) -> None:
    longer = actions.add_site(
        by=small.ada, code="bel-dlo-2", name="Another", kind="community_post", parent=small.sites["centre"]
    )
    assert not small.nia.can("see_chart", longer)


def test_segments_belong_to_the_site_of_the_post(small: World) -> None:
    assert policy.segments(small.nia, small.sites["bel-dlo"]) == {"general", "mental-health"}
    assert policy.segments(small.nia, small.sites["savann"]) == frozenset()
    assert "intimate-partner-violence" in policy.segments(small.psy, small.sites["bel-dlo"])
    assert policy.segments(small.ada, small.sites["bel-dlo"]) == frozenset()


def test_the_fewest_paths_that_cover_everywhere(small: World) -> None:
    for role, code in (("nurse", "centre"), ("chw", "savann"), ("nurse", "bel-dlo")):
        if (role, code) != ("nurse", "bel-dlo"):
            actions.add_post(by=small.ada, worker=small.nia, role=role, site=small.sites[code])
    assert policy.site_paths(small.nia, "see_chart") == ("ht/centre/",)
    assert policy.site_paths(small.nia, "ask") == ("ht/centre/",)
    assert policy.site_paths(small.nia, "review") == ()
    assert policy.roles(small.nia) == {"nurse", "chw"}


def test_a_post_not_begun_and_a_post_ended_give_nothing(small: World) -> None:
    later = today() + timedelta(days=3)
    actions.add_post(by=small.ada, worker=small.otto, role="psychologist", site=small.sites["bel-dlo"], starts=later)
    assert not small.otto.can("see_chart", small.sites["bel-dlo"])
    assert small.otto.can("see_chart", small.sites["bel-dlo"], later)
    ended = actions.end_post(by=small.ada, post=small.nia.posts.get())
    assert ended.ends == today()
    assert not small.nia.can("see_chart")
    assert small.nia.can("see_chart", None, today() - timedelta(days=1))


def test_an_answer_is_never_from_before_a_change(small: World) -> None:
    assert small.nia.can("see_chart")
    actions.deactivate_worker(by=small.ada, worker=small.nia)
    assert small.nia.is_active, "the object is as old as it was, and still it gives nothing"
    assert not small.nia.can("see_chart")


def test_asking_twice_asks_the_database_once(small: World, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        small.kai.can("triage", "ht/")
        small.kai.can("see_chart")
        policy.segments(small.kai, "ht/centre/bel-dlo/")


def test_a_refusal_says_what_is_missing_and_whom_to_ask(small: World) -> None:
    with pytest.raises(Refused, match="open a person's chart") as caught:
        policy.require(small.wim, "see_chart", small.sites["bel-dlo"])
    assert "Community health worker at Bèl Dlo" in str(caught.value)
    assert "ask the person who manages workers" in str(caught.value)
    assert (caught.value.number, caught.value.permission, caught.value.site) == (
        1101,
        "see_chart",
        "ht/centre/bel-dlo/",
    )


def test_a_permission_that_does_not_exist_is_a_mistake_and_no_refusal(small: World) -> None:
    with pytest.raises(KeyError, match=r"roles\.yaml"):
        policy.can(small.ada, "see_all")


def test_the_filter_and_the_answer_agree_on_every_site(small: World) -> None:
    for worker in small.workers.values():
        for permission in policy.scopes().permissions:
            found = set(sites_of(worker, permission))
            assert found == {site for site in Site.objects.all() if worker.can(permission, site)}


def test_no_path_matches_nothing(small: World) -> None:
    assert not Site.objects.filter(policy.within(())).exists()


def test_holders_agree_with_can_for_every_permission_and_site(small: World) -> None:
    actions.end_post(by=small.ada, post=small.wim.posts.get())
    actions.deactivate_worker(by=small.ada, worker=small.otto)
    for site in Site.objects.all():
        for permission in ("act_on_risk", "manage_roster", "review"):
            who = {worker.username for worker in small.workers.values() if worker.can(permission, site)}
            assert {worker.username for worker in holders(site, permission)} == who


def test_workers_at_a_subtree_leave_out_those_whose_posts_are_over(small: World) -> None:
    actions.end_post(by=small.ada, post=small.wim.posts.get())
    names = {worker.username for worker in workers_at(("ht/centre/bel-dlo/",))}
    assert names == {"nia", "kai", "psy", "ola"}
