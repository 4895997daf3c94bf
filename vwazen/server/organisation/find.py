"""Looking up sites and workers by right and place; reading only."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Post, Role, Site, Worker

LISTED = 2000  # a district's; to put a country's in order takes a second, and nobody reads such a list


def upwards(path: str) -> list[str]:
    """The path of a site and of every site above it, nearest first: a/b/c/ gives a/b/c/, a/b/, a/."""
    codes = path.rstrip("/").split("/")
    return ["/".join(codes[:depth]) + "/" for depth in range(len(codes), 0, -1)]


def sites_of(by: Worker, permission: str) -> QuerySet[Site]:
    """The sites where `by` holds a right, in the order of the tree."""
    return Site.objects.filter(policy.within(policy.site_paths(by, permission)))


def _open_posts(on: date) -> QuerySet[Post]:
    """Posts held on that day or still to come."""
    return Post.objects.filter(Q(ends__isnull=True) | Q(ends__gt=on))


def workers_at(paths: tuple[str, ...], on: date | None = None) -> QuerySet[Worker]:
    """Active workers with a present or coming post in one of the subtrees, by name."""
    return Worker.objects.filter(is_active=True, pk__in=open_posts_at(paths, on).values("worker"))


def employed_at(paths: tuple[str, ...]) -> QuerySet[Worker]:
    """Everybody who has or had a post in one of the subtrees, in the order of a list: closed accounts last, by name."""
    posts = posts_at(paths)
    if listed(posts):
        found = Worker.objects.filter(pk__in=posts.values("worker"))
    else:  # the list is walked in its order, by an index of whoever has a username, that is of all
        found = Worker.objects.filter(Exists(posts.filter(worker=OuterRef("pk")).order_by())).exclude(username="")
    return found.order_by("-is_active", "name", "username")


def mark_of(last: Worker) -> str:
    """The place of a line of `employed_at`, as it was drawn: who is renamed or closed since takes nobody along."""
    return f"{int(last.is_active)}~{last.username}~{last.name}"


def following(found: QuerySet[Worker], mark: str) -> QuerySet[Worker]:
    """Those of `employed_at` who stand behind this place; all where it is none."""
    said, _, rest = mark.partition("~")
    username, _, name = rest.partition("~")
    if said not in ("0", "1"):
        return found
    active, before = said == "1", Q(name__lt=name) | Q(name=name, username__lte=username)
    return found.filter(is_active__lte=active).exclude(before, is_active=active)


def posts_at(paths: tuple[str, ...]) -> QuerySet[Post]:
    """Posts in one of the subtrees. By the sites first: SQLite would read every post of the country for one clinic."""
    return Post.objects.filter(site__in=Site.objects.filter(policy.within(paths)).order_by())


def listed(posts: QuerySet[Post]) -> bool:
    """Whether the holders of these posts are few enough to choose one from a list."""
    return len(posts.order_by().values_list("pk")[: LISTED + 1]) <= LISTED


def open_posts_at(paths: tuple[str, ...], on: date | None = None) -> QuerySet[Post]:
    """Posts in one of the subtrees that are held on that day or still to come."""
    return posts_at(paths) & _open_posts(on or timezone.localdate())


def holders(site: Site, permission: str, on: date | None = None) -> QuerySet[Worker]:
    """Active workers who hold a right at the site on that day, through a post there or above, by name."""
    day = on or timezone.localdate()
    roles = [id for id, role in policy.scopes().roles.items() if permission in role.permissions]
    posts = _open_posts(day).filter(role__in=roles, starts__lte=day, site__path__in=upwards(site.path))
    return Worker.objects.filter(is_active=True, pk__in=posts.values("worker"))


def supervisor_of(worker: Worker, on: date | None = None) -> Worker | None:
    """Who supervises a worker: whoever was named, else the only one with the role of supervisor nearest above them.

    None where nobody was named (or whoever was has left) and the nearest place that has supervisors has several.
    """
    named = worker.supervisor
    if named is not None and named.is_active:
        return named
    day = on or timezone.localdate()
    above = dict.fromkeys(path for post in policy.posts(worker, day) for path in upwards(post.site.path))
    posts = (
        _open_posts(day).filter(role=Role.SUPERVISOR, starts__lte=day, site__path__in=above, worker__is_active=True)
        .exclude(worker=worker).select_related("worker", "site")
    )  # fmt: skip
    near = max((len(post.site.path) for post in posts), default=0)
    chiefs = {post.worker_id: post.worker for post in posts if len(post.site.path) == near}
    return next(iter(chiefs.values())) if len(chiefs) == 1 else None
