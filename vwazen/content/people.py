"""Content about the people who work here: what a role may do and see, an alarm's clock, a country's help lines."""

from typing import Annotated, get_args

from msgspec import Meta

from vwazen.content.model import Entry, Part, Segment
from vwazen.content.model import Role as RoleId


class Role(Part, frozen=True, kw_only=True):
    """What one role may do (`permissions`) and see (`segments`), and why."""

    title: str
    permissions: tuple[str, ...]
    segments: tuple[Segment, ...]
    why: str


class Scopes(Entry, frozen=True, kw_only=True, eq=False):
    """`scopes/roles.yaml`: all roles; `permissions` and `segments` give each word its meaning.

    A permission that is not in the list is refused on reading, so a typing mistake neither gives nor takes a right.
    """

    basis: str
    permissions: dict[str, str]
    segments: dict[Segment, str]
    roles: dict[str, Role]

    def __post_init__(self) -> None:
        if odd := set(self.roles) ^ set(get_args(RoleId)):
            raise ValueError(f"Every role of the product needs its block and no other may have one: see {sorted(odd)}")
        for id, role in self.roles.items():
            if strange := sorted(set(role.permissions) - self.permissions.keys()):
                raise ValueError(
                    f"The role {id} has the permission {strange[0]!r}, which is not in the list of permissions at "
                    "the top. Correct its spelling, or add it there with its meaning"
                )


class Line(Part, frozen=True, kw_only=True):
    """One number to ring: what answers, when, where the number was found, and when somebody last rang it."""

    name: str
    number: str
    hours: str
    source: str
    rung: str


class Numbers(Entry, frozen=True, kw_only=True, eq=False):
    """`numbers/<country>.yaml`: a country's help lines; `id` is its two-letter code. `lines` may be empty."""

    title: str
    basis: str
    lines: tuple[Line, ...]


class Clock(Entry, frozen=True, kw_only=True, eq=False):
    """`safety/on_call.yaml`: minutes until the next person is rung, and at the latest until the supervisor is.

    `message_minutes`: how long those named in an urgent message have before whoever is on call is shown it too.
    """

    basis: str
    next_person_minutes: Annotated[int, Meta(gt=0)]
    supervisor_minutes: Annotated[int, Meta(gt=0)]
    message_minutes: Annotated[int, Meta(gt=0)] = 10
