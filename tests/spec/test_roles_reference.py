"""Prints docs/reference/roles.md from content/scopes/roles.yaml: what each role may do and see, and why.

`VWAZEN_WRITE_DOCS=1` writes the page anew.
"""

from tests.spec.pages import ROOT, compare, heading, table
from vwazen.content.load import content
from vwazen.content.people import Scopes

SCOPES = content([ROOT / "vwazen" / "content"]).get(Scopes, "scopes")
INTRO = """
A worker holds a **post**: a role at a site, from a first day until the day it ends. It gives the rights below at that
site and at every site under it. Where someone holds two posts at a site, the rights add up. What somebody may not see
is absent for them: from lists, from charts, from counts, from search and from what an import kept back.

Printed from `vwazen/content/scopes/roles.yaml`; a country pack with a file of the same form replaces it.
"""
SEEN = """
## What each role sees

A record is divided into **consent segments**. An answer to an instrument belongs to the instrument's segment, a note to
the one its author chose. Whoever may act on a risk sees that a danger was told, whatever the segment it was told in,
and of answers that are not theirs to see no more than that.
"""


def page() -> str:
    about = (
        f"\nBasis: {SCOPES.basis}. Version {SCOPES.version}, {SCOPES.reviewed}.\n\n"
        "## The roles\n\n"
        + table(["Role", "Id", "Why it may do and see this"],
                [(one.title, f"`{id}`", one.why) for id, one in SCOPES.roles.items()])
    )  # fmt: skip
    by_right = table(
        ["Right", "What it allows", "Roles"],
        [
            (f"`{right}`", text, ", ".join(one.title for one in SCOPES.roles.values() if right in one.permissions))
            for right, text in SCOPES.permissions.items()
        ],
    )
    by_segment = table(
        ["Segment", "What lies in it", "Roles"],
        [
            (name, text, ", ".join(one.title for one in SCOPES.roles.values() if name in one.segments) or "nobody")
            for name, text in SCOPES.segments.items()
        ],
    )
    return (
        heading("Roles", "test_roles_reference.py", "vwazen/content/scopes/roles.yaml")
        + INTRO + about + "\n## What each role may do\n\n" + by_right + SEEN + "\n" + by_segment
    )  # fmt: skip


def test_the_page_of_the_roles() -> None:
    compare("roles.md", page())


def test_who_keeps_accounts_sees_no_clinical_data() -> None:
    for id in ("administrator", "programme_manager", "me_officer"):
        assert SCOPES.roles[id].segments == ()
        assert not {"see_chart", "find_person", "see_caseload"} & set(SCOPES.roles[id].permissions)


def test_violence_and_therapy_notes_are_seen_by_few() -> None:
    for segment, most in (("intimate-partner-violence", 3), ("therapy-notes", 2), ("hiv", 2)):
        assert sum(segment in one.segments for one in SCOPES.roles.values()) <= most
