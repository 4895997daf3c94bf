"""Who may do what, where: the rights that posts give.

A right holds where a post with that right covers the site (its own site or any below) on the day. An inactive
worker, a post not begun or a post that has ended gives nothing. The posts of a worker are read once per worker
object, that is once per request; any action that changes posts or accounts raises a counter, so that no object
answers from before the change.
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Protocol

from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from vwazen.content.load import content
from vwazen.content.people import Scopes
from vwazen.server.organisation.errors import Refused

if TYPE_CHECKING:
    from vwazen.server.organisation.models import Post, Worker

_changes = 0


class HasPath(Protocol):
    """A site, or anything that stands at one."""

    @property
    def path(self) -> str: ...


@cache
def scopes() -> Scopes:
    """The roles of this node; content changes with a restart."""
    return content().get(Scopes, "scopes")


def changed() -> None:
    """To be called by every action that changes a post or an account."""
    global _changes  # noqa: PLW0603  one counter a process, compared by every cached answer
    _changes += 1


def _path(site: "HasPath | str") -> str:
    return site if isinstance(site, str) else site.path


def posts(worker: "Worker", on: date | None = None) -> tuple["Post", ...]:
    """The posts an active worker holds on that day (today by default), oldest first."""
    if not getattr(worker, "is_authenticated", False) or worker.pk is None:
        return ()
    day = on or timezone.now().astimezone(timezone.get_default_timezone()).date()  # asked some hundred times a page
    known: tuple[int, tuple[Post, ...]] | None = worker.__dict__.get("_policy_posts")
    if known is None or known[0] != _changes:
        found = tuple(worker.posts.filter(worker__is_active=True).select_related("site"))
        known = (_changes, found)
        worker.__dict__["_policy_posts"] = known
    return tuple(post for post in known[1] if post.held(day))


def read_posts(workers: "Iterable[Worker]") -> None:
    """Read the posts of many workers at once, so that `posts` asks for none of them one by one."""
    known = list(workers)
    prefetch_related_objects(known, "posts__site")
    for one in known:
        one.__dict__["_policy_posts"] = (_changes, tuple(one.posts.all()) if one.is_active else ())


def roles(worker: "Worker", on: date | None = None) -> frozenset[str]:
    """The ids of the roles the worker holds anywhere on that day."""
    return frozenset(post.role for post in posts(worker, on))


def _gives(role: str, permission: str) -> bool:
    content = scopes()
    if permission not in content.permissions:
        raise KeyError(f"There is no permission {permission!r}; roles.yaml lists those there are.")
    return permission in content.roles[role].permissions


def site_paths(worker: "Worker", permission: str, on: date | None = None) -> tuple[str, ...]:
    """The fewest site paths that cover everywhere the worker has this right; nowhere is ()."""
    paths = sorted({post.site.path for post in posts(worker, on) if _gives(post.role, permission)})
    least: list[str] = []
    for path in paths:
        if not (least and path.startswith(least[-1])):
            least.append(path)
    return tuple(least)


def can(worker: "Worker", permission: str, site: "HasPath | str | None" = None, on: date | None = None) -> bool:
    """Whether the worker has the right at `site` (a Site or its path); with None, whether anywhere at all."""
    paths = site_paths(worker, permission, on)
    if site is None:
        return bool(paths)
    return any(_path(site).startswith(path) for path in paths)


def segments(worker: "Worker", site: "HasPath | str", on: date | None = None) -> frozenset[str]:
    """The segments of a person's record that the worker may see at `site`."""
    path = _path(site)
    found: frozenset[str] = frozenset()
    for post in posts(worker, on):
        if path.startswith(post.site.path):
            found |= frozenset(scopes().roles[post.role].segments)
    return found


def require(worker: "Worker", permission: str, site: "HasPath | str | None" = None, on: date | None = None) -> None:
    """Raise `Refused` unless the worker has the right at `site` (anywhere, with None)."""
    if can(worker, permission, site, on):
        return
    held = sorted({f"{post.get_role_display()} at {post.site.name}" for post in posts(worker, on)})
    what = scopes().permissions[permission]
    where = "" if site is None else " there"
    now = "; ".join(held) if held else "none today"
    raise Refused(
        f"You may not do this{where}: {what}. Your posts: {now}. "
        "If your work needs it, ask the person who manages workers at your site for a post that allows it.",
        permission=permission,
        site="" if site is None else _path(site),
    )


def within(paths: Iterable[str], field: str = "path") -> Q:
    """A filter for rows whose `field` (a site path) lies in one of the subtrees; no paths match nothing."""
    query = Q(pk__in=[])
    for path in paths:
        query |= Q(**{f"{field}__startswith": path})
    return query
