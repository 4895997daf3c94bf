"""Protected homes: which there are, how many beds they have, and who coordinates them."""

from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.common import checked
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Home, Site, Worker


def add_home(*, by: Worker, site: Site, code: str, name: str, beds: int, coordinator: Worker | None = None) -> Home:
    """Add a home at a site. Its code is for ever."""
    with attempt(by=by, action="add-home", site=site.path) as entry:
        entry.note = f"home={code} beds={beds}"[:200]
        policy.require(by, "manage_sites", site)
        if code == "new":
            raise Invalid("“new” is the address of this form. Choose another code.", field="code")
        home = Home(code=code, name=name.strip(), site=site, beds=beds, coordinator=_fit(coordinator, site))
        checked(home)
        home.save(force_insert=True)
    return home


def change_home(*, by: Worker, home: Home, name: str, beds: int, coordinator: Worker | None) -> Home:
    """Name, beds and coordinator. Fewer beds than residents send nobody away: the page says that it is too full."""
    with attempt(by=by, action="change-home", site=home.site.path) as entry:
        entry.note = f"home={home.pk} beds={beds}"
        policy.require(by, "manage_sites", home.site)
        fresh = Home.objects.select_for_update().get(pk=home.pk)
        fresh.name, fresh.beds = name.strip(), beds
        fresh.coordinator = _fit(coordinator, fresh.site)
        checked(fresh)
        fresh.save(update_fields=["name", "beds", "coordinator"])
    return fresh


def _fit(coordinator: Worker | None, site: Site) -> Worker | None:
    """The coordinator, if they may record care at this site: who runs a home writes down how people live there."""
    if coordinator is not None and not policy.can(coordinator, "record_care", site):
        raise Invalid(
            f"{coordinator.name} has no post at {site.name} that records care. Give the post first, or choose somebody "
            "else.", field="coordinator",
        )  # fmt: skip
    return coordinator
