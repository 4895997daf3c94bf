"""People outside the programme who send somebody to it, and the numbered papers they give. They never sign in."""

import secrets

from django.utils import timezone

from vwazen.server.audit.actions import attempt
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions.common import checked
from vwazen.server.organisation.device_models import CLEAR
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Outsider, Site, Stub, Worker

RIGHT = "record_care"
CODE_LENGTH = 5
AT_ONCE = 24  # papers on one sheet


def add_outsider(
    *, by: Worker, site: Site, name: str, kind: str, phone: str = "", place: str = "", opted_in: bool = False
) -> Outsider:
    """Add somebody who may send people, with a code of their own."""
    with attempt(by=by, action="add-outsider", site=site.path, purpose="operations") as entry:
        policy.require(by, RIGHT, site)
        row = Outsider(site=site, code=_new_code())
        _fill(row, name=name, kind=kind, phone=phone, place=place, opted_in=opted_in)
        row.save(force_insert=True)
        entry.note = f"outsider={row.pk}"
    return row


def change_outsider(
    *, by: Worker, outsider: Outsider, name: str, kind: str, phone: str = "", place: str = "", opted_in: bool = False,
    active: bool = True,
) -> Outsider:  # fmt: skip
    """Who they are, whether they want to hear, and whether their papers and code still count."""
    with attempt(by=by, action="change-outsider", site=outsider.site.path, purpose="operations") as entry:
        entry.note = f"outsider={outsider.pk}"
        policy.require(by, RIGHT, outsider.site)
        row = Outsider.objects.select_for_update().get(pk=outsider.pk)
        row.active = active
        _fill(row, name=name, kind=kind, phone=phone, place=place, opted_in=opted_in)
        row.save()
    return row


def _fill(row: Outsider, *, name: str, kind: str, phone: str, place: str, opted_in: bool) -> None:
    row.name, row.kind, row.phone, row.place, row.opted_in = name.strip(), kind, phone.strip(), place.strip(), opted_in
    if opted_in and not row.phone:
        raise Invalid("Write the phone on which they want to hear, or leave the tick away.", field="phone")
    checked(row)


def _new_code() -> str:
    """A code that nobody has, and that is no word: it holds a figure and a letter. It says nothing about anybody."""
    while True:
        code = "".join(secrets.choice(CLEAR) for _ in range(CODE_LENGTH))
        if not code.isalpha() and not code.isdigit() and not Outsider.objects.filter(code=code).exists():
            return code


def make_stubs(*, by: Worker, outsider: Outsider, many: int) -> list[Stub]:
    """New numbered papers for somebody, to be printed."""
    with attempt(by=by, action="make-stubs", site=outsider.site.path, purpose="operations") as entry:
        policy.require(by, RIGHT, outsider.site)
        if not outsider.active:
            raise Invalid("Their papers do not count any more. Say first that they send people again.")
        if not 1 <= many <= AT_ONCE:
            raise Invalid(f"Make 1 to {AT_ONCE} papers at a time.", field="many")
        today = timezone.localdate()
        made = [Stub(outsider=outsider, made=today) for _ in range(many)]
        for one in made:
            one.save(force_insert=True)
        entry.note = f"outsider={outsider.pk} from={made[0].number} many={many}"
    return made


def use_stub(*, stub: Stub, fact: str) -> None:
    """The paper has become a referral. For the action that records it, in its transaction."""
    row = Stub.objects.select_for_update().get(pk=stub.pk)
    if row.fact and row.fact != fact:
        raise Invalid("Somebody has come with this paper before. Look at the number again.", field="number")
    row.used, row.fact = row.used or timezone.localdate(), fact
    row.save(update_fields=["used", "fact"])
