"""Adding and renaming sites. A site is never moved or deleted: records name its path."""

from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.common import checked
from vwazen.server.organisation.models import Site, Worker


def add_site(*, by: Worker, code: str, name: str, kind: str, parent: Site) -> Site:
    """Add a site below `parent`. Its code is for ever; its name can change."""
    with attempt(by=by, action="add-site", site=parent.path) as entry:
        policy.require(by, "manage_sites", parent)
        site = Site(code=code, name=name.strip(), kind=kind, parent=parent, path=f"{parent.path}{code}/")
        checked(site)
        site.save(force_insert=True)
        entry.site = site.path
    return site


def rename_site(*, by: Worker, site: Site, name: str) -> Site:
    """Give a site another name; code, place in the tree and records stay."""
    with attempt(by=by, action="rename-site", site=site.path):
        policy.require(by, "manage_sites", site)
        fresh = Site.objects.select_for_update().get(pk=site.pk)
        fresh.name = name.strip()
        checked(fresh)
        fresh.save(update_fields=["name"])
    return fresh
