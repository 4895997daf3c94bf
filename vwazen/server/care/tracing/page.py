"""The one screen on which somebody says what came of looking for a person: what is asked, with what was typed."""

from collections.abc import Mapping

import msgspec
from django.http import QueryDict as Sent

from vwazen.clinical import facts as f
from vwazen.clinical import tracing, tracing_offers
from vwazen.clinical.caseload import say
from vwazen.clinical.facts import Fact
from vwazen.server.care.findings import Choice
from vwazen.server.care.listing import worker_names
from vwazen.server.care.tracing import places, words
from vwazen.server.care.tracing.actions import Try, rules
from vwazen.server.care.words import first_up
from vwazen.server.record.access import View

SINGLE = ("next_date", "note", "danger_text")


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier try as a line."""

    day: str
    text: str
    who: str


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The screen. `far` says what is known of the distance; `proposed` why the offers stand in this order."""

    found: tuple[Choice, ...]
    modes: tuple[Choice, ...]
    reasons: tuple[Choice, ...]
    offers: tuple[Choice, ...]
    danger: tuple[Choice, ...]
    tries: tuple[Tried, ...]
    far: str
    proposed: str
    typed: dict[str, str]


def show(view: View, miss: tracing.Miss | None, sent: Sent, *, home: bool) -> Page:
    """The screen with what was typed; `home`: whoever looks goes from house to house."""
    person = view.person
    km = places.how_far(person.place, person.path, person.site)
    told = sent.get("reason", "") or _told_before(miss)
    ranked = tracing_offers.offers(
        told, km=km, far_km=rules().far_km, phone=bool(person.phone),
        nearer=places.nearer(person.place, person.path, person.site),
    )  # fmt: skip
    found = dict(words.FOUND)
    return Page(
        found=_choices(found, sent.get("found", "")),
        modes=_choices(words.MODES, sent.get("mode", "") or ("home" if home else "phone")),
        reasons=_choices(words.REASONS, sent.get("reason", "") or "not_said"),
        offers=(*(_offer(one, sent.get("offer", "")) for one in ranked),
                Choice(value="none", label="Nothing yet", checked=sent.get("offer", "") in ("", "none"))),
        danger=_choices({"no": "no", "yes": "yes", "": "not asked"}, sent.get("danger", "")),
        tries=_tries(miss), far=_far(view, km), proposed=_proposed(told, km),
        typed={name: sent.get(name, "") for name in SINGLE},
    )  # fmt: skip


def read(sent: Sent) -> Try:
    """What was typed; the rules stand in the action."""
    return Try(
        mode=sent.get("mode", ""), found=sent.get("found", ""), reason=sent.get("reason", "") or "not_said",
        offer=sent.get("offer", "") or "none", next_date=sent.get("next_date", ""), note=sent.get("note", ""),
        danger=sent.get("danger", ""), danger_text=sent.get("danger_text", ""),
    )  # fmt: skip


def last_words(view: View) -> str:
    """The newest report about this person in a sentence, for whoever meets them next; "" where there is none."""
    fact = tracing.last_trace(view.chart)
    if fact is None or not isinstance(fact.body, f.Trace):
        return ""
    text = words.sentence(fact.body)[1]
    where = {"home": "Home visit on", "phone": "Call on"}.get(fact.body.mode, "Asked about on")
    who = worker_names([fact.author]).get(fact.author, "someone who left")
    said = [words.FOUND[fact.body.found], *([text] if text else [])]
    return f"{where} {say(fact.day)} by {who}: {'; '.join(said)}".rstrip(".") + "."


def _choices(labels: Mapping[str, str], chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(value=value, label=first_up(label), checked=value == chosen) for value, label in labels.items())


def _offer(one: tracing_offers.Offer, chosen: str) -> Choice:
    label = first_up(words.OFFERS[one.offer])
    return Choice(value=one.offer, label=f"{label}: {one.note}" if one.note else label, checked=one.offer == chosen)


def _proposed(told: str, km: float | None) -> str:
    because = tracing_offers.why(told, km=km, far_km=rules().far_km)
    return f"What fits best stands first{f': {because}' if because else ''}. They choose."


def _told_before(miss: tracing.Miss | None) -> str:
    """What kept the person away, as it was told at an earlier try."""
    told = [one.body.reason for one in miss.tries if isinstance(one.body, f.Trace)] if miss else []
    return next((one for one in reversed(told) if one != "not_said"), "")


def _tries(miss: tracing.Miss | None) -> tuple[Tried, ...]:
    found: tuple[Fact, ...] = miss.tries if miss else ()
    names = worker_names(one.author for one in found)
    return tuple(
        Tried(day=say(one.day), text=_said(one), who=names.get(one.author, "someone who left")) for one in found
    )


def _said(fact: Fact) -> str:
    if isinstance(fact.body, f.Trace):
        title, text = words.sentence(fact.body)
        return f"{title}. {first_up(text)}".strip()
    mode = getattr(fact.body, "mode", "home")
    return f"Looked for {words.MODES.get(mode, mode)}: {words.FOUND[tracing.found_of(fact)]}."


def _far(view: View, km: float | None) -> str:
    place = view.person.place or "a place that is not recorded"
    if km is None:
        return f"Lives at {place}. How far that is from the clinic is not known here."
    return f"Lives at {place}, about {km:.0f} km from the clinic in a straight line."
