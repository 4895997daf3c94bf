"""Content about missed visits: within which time somebody looks for a person, and where places lie."""

from typing import Annotated

from msgspec import Meta

from vwazen.content.model import Entry, Part

Days = Annotated[int, Meta(ge=0, le=365)]


class Tracing(Entry, frozen=True, kw_only=True, eq=False):
    """`safety/tracing.yaml`: days from a missed visit until somebody must have looked, and what counts as far."""

    basis: str
    within_days: Days
    danger_sign_days: Days
    open_risk_days: Days
    after_discharge_days: Days
    decide_days: Days
    tries: Annotated[int, Meta(gt=0, le=20)]
    far_km: Annotated[float, Meta(gt=0)]
    counted_days: Annotated[int, Meta(gt=0, le=366)]
    go_as_two: str


class Place(Part, frozen=True, kw_only=True):
    """Where a village or a quarter lies, in degrees; `site` names a site of this node that stands there."""

    name: str
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    site: str = ""


class Places(Entry, frozen=True, kw_only=True, eq=False):
    """`places/<country>.yaml`: villages by name, so that a way can be planned. No person has coordinates."""

    title: str
    basis: str
    places: tuple[Place, ...]
