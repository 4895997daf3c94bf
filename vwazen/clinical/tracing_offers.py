"""What to offer to someone who missed a visit, best first, by what kept them away and how far they live.

Software proposes; whoever speaks with the person chooses. The order is our default, not yet reviewed by a clinician.
"""

from typing import Literal

import msgspec

from vwazen.clinical.tracing_kinds import Offered

_FAR: tuple[Offered, ...] = ("home", "phone", "nearer_site", "voucher", "clinic")
_ORDER: dict[str, tuple[Offered, ...]] = {
    "money": _FAR, "distance": _FAR, "weather": ("phone", "home", "clinic", "nearer_site", "voucher"),
    "stigma": ("home", "phone", "nearer_site", "clinic", "voucher"),
    "work": ("phone", "clinic", "home", "nearer_site", "voucher"),
    "carer": ("home", "phone", "clinic", "nearer_site", "voucher"),
    "better": ("phone", "clinic", "home", "nearer_site", "voucher"),
    "side_effects": ("clinic", "home", "phone", "nearer_site", "voucher"),
}  # fmt: skip
_USUAL: tuple[Offered, ...] = ("clinic", "phone", "home", "nearer_site", "voucher")
_WHY = {
    "money": "money kept them away", "distance": "the way kept them away", "weather": "the weather kept them away",
    "stigma": "they fear what people might say", "work": "work or school kept them away",
    "carer": "they care for somebody", "better": "they feel better", "side_effects": "a medicine troubles them",
}  # fmt: skip


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be offered; `note` says more of it. `can` "no": something it needs is missing."""

    offer: Offered
    note: str = ""
    can: Literal["yes", "no", "not_known"] = "yes"


def offers(reason: str, *, km: float | None, far_km: float, phone: bool, nearer: str = "") -> tuple[Offer, ...]:
    """Every offer, best first. `km` None: nobody knows how far they live. `nearer`: the name of a nearer site, if any.

    Far away the way itself is the burden, whatever else was said: then home and phone come first.
    """
    order = _FAR if _far(km, far_km) else _ORDER.get(reason, _USUAL)
    found = [_offer(one, phone=phone, nearer=nearer) for one in order]
    return tuple(sorted(found, key=lambda one: one.can == "no"))


def why(reason: str, *, km: float | None, far_km: float) -> str:
    """Why the offers stand in this order, in a few words; "" where nothing is known that decides it."""
    said = [f"they live about {km:.0f} km away"] if km is not None and _far(km, far_km) else []
    said += [_WHY[reason]] if reason in _WHY else []
    return " and ".join(said)


def _far(km: float | None, far_km: float) -> bool:
    return km is not None and km >= far_km


def _offer(one: Offered, *, phone: bool, nearer: str) -> Offer:
    if one == "phone" and not phone:
        return Offer(offer=one, note="no telephone is recorded", can="no")
    if one == "nearer_site":
        return Offer(offer=one, note=nearer or "if there is one", can="yes" if nearer else "not_known")
    return Offer(offer=one)
