"""What may go wrong here, numbered from 1101 so that a phone can translate by number.

1101  a right is missing
1102  a value does not fit; `field` names the box on the form
1103  a worker still holds something that must be handed over first
"""

from django.core.exceptions import PermissionDenied


class Refused(PermissionDenied):
    """The right is missing. `str()` says what, where and whom to ask; `site` is the path it was asked for."""

    number = 1101

    def __init__(self, message: str, *, permission: str = "", site: str = "") -> None:
        super().__init__(message)
        self.permission = permission
        self.site = site


class Invalid(ValueError):  # noqa: N818  it reads as a sentence where it is raised
    """A value does not fit. `str()` says what happened and what to do; `field` names the value, or is empty."""

    number = 1102

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class StillHolds(Invalid):
    """A worker cannot leave yet; `reasons` lists, in plain sentences, what must be handed over first."""

    number = 1103

    def __init__(self, name: str, reasons: tuple[str, ...], what: str = "be deactivated") -> None:
        super().__init__(f"{name} cannot {what} yet: {' '.join(reasons)} Hand these over, then try again.")
        self.reasons = reasons
