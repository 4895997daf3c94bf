"""Who missed a planned contact: within which time somebody looks for them, what was tried, and who has to decide.

A miss ends with a contact, with a date agreed with the person, or by a decision of whoever follows them (a new date,
the end of care, a death on record). It never ends by itself. What was told of a move or of a death is told, not
certain: it goes to whoever follows the person, and nothing is recorded from it.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Literal

import msgspec

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.facts import Fact, instant
from vwazen.content.tracing import Tracing

Ask = Literal["", "tries", "refused", "moved", "died", "no_date"]
AWAY = ("hospital", "prison")
RECENT = dt.timedelta(days=30)  # a stay that ended longer ago does not make a miss more urgent: our default


class Miss(msgspec.Struct, frozen=True, kw_only=True):
    """A planned contact of one person: missed once `starts` has come, if nothing more is recorded.

    `day` is the date agreed, or (not `agreed`) the day on which somebody waited for them in vain. `due`: by when
    somebody should have looked, tried again or decided. `ask` is what whoever follows the person has to decide, ""
    while they are to be looked for. `away`: where they are, by what is on record.
    """

    day: dt.date
    agreed: bool
    due: dt.date
    tries: tuple[Fact, ...]
    ask: Ask
    away: str = ""

    @property
    def starts(self) -> dt.date:
        """The first day on which the contact counts as missed."""
        return self.day + dt.timedelta(days=1) if self.agreed else self.day

    @property
    def words(self) -> str:
        """Why somebody is looked for, in a sentence or three that everybody who may open the record can read."""
        first = f"Did not come on {say(self.day)}" if self.agreed else f"Was not met on {say(self.day)}"
        said = [f"{first}; nobody has looked for them yet." if not self.tries else f"{first}. {_told(self)}"]
        if self.away:
            said.append(f"By the record they are in {self.away}: ask there first.")
        return " ".join(said)


def miss(chart: Chart, rules: Tracing) -> Miss | None:
    """The planned contact that is, or will be, missed if nothing more is recorded; None without one, or without care.

    A new enrolment (a move to another site is one) begins the search anew: earlier tries were made elsewhere.
    """
    if chart.died or chart.merged_into or not chart.open_episodes:
        return None
    day = _expected(chart)
    agreed = day is not None
    if day is None:
        day = _waited_in_vain(chart)
    if day is None:
        return None
    tries = tuple(_tries(chart, day, agreed=agreed))
    ask = _ask(tries, rules)
    return Miss(
        day=day, agreed=agreed, due=_due(chart, day, tries, ask, rules), tries=tries, ask=ask, away=_away(chart)
    )


def days_allowed(chart: Chart, rules: Tracing) -> int:
    """Within how many days of the missed contact somebody looks for this person: the most pressing reason decides."""
    found = [rules.within_days]
    if chart.signs:
        found.append(rules.danger_sign_days)
    if chart.open_risks:
        found.append(rules.open_risk_days)
    if _just_left(chart):
        found.append(rules.after_discharge_days)
    return min(found)


def found_of(fact: Fact) -> str:
    """What a try came to: found, not_found, refused, moved or died; "" for a fact that is no try."""
    body = fact.body
    if isinstance(body, f.Trace):
        return body.found
    return body.outcome if isinstance(body, f.Encounter) and body.outcome in ("not_found", "refused") else ""


def last_trace(chart: Chart) -> Fact | None:
    """The newest report of somebody who went to look for the person."""
    return next((fact for fact in reversed(chart.live) if isinstance(fact.body, f.Trace)), None)


def _expected(chart: Chart) -> dt.date | None:
    """The date agreed; after a stay away from home the one that was given when they left, until they are met."""
    found, last = chart.next_date, chart.last_contact
    for stay in chart.stays:
        if stay.state == "out" and stay.next and stay.until and (last is None or last <= stay.until):
            older = found is None or found < stay.until  # agreed before they left: the date given then holds
            found = dt.date.fromisoformat(stay.next) if older else found
    return found


def _waited_in_vain(chart: Chart) -> dt.date | None:
    """Where no date was agreed: the first day since the last contact on which the person was not met."""
    found = None
    for fact, body in reversed(chart.encounters):
        if body.met:
            break
        if body.outcome in ("missed", "not_found"):
            found = fact.day
    return found


def _tries(chart: Chart, day: dt.date, *, agreed: bool) -> Iterator[Fact]:
    """What was tried since, oldest first: reports of tracing, and visits and calls that met nobody."""
    begun = max(instant(one.occurred) for view in chart.open_episodes for one in (*view.enrolments, view.fact))
    for fact in chart.live:
        body = fact.body
        if type(body) is f.Trace:
            about = body.missed == day.isoformat() or (not body.missed and fact.day >= day)
        elif type(body) is f.Encounter and body.mode in ("home", "phone") and found_of(fact):
            about = fact.day >= day if agreed else fact.day > day
        else:
            continue
        if about and instant(fact.occurred) > begun:
            yield fact


def _ask(tries: tuple[Fact, ...], rules: Tracing) -> Ask:
    """What has to be decided: by the newest try that told something; else once too many found nobody."""
    for fact in reversed(tries):
        found = found_of(fact)
        if found == "found":
            return "no_date"
        if found in ("refused", "moved", "died"):
            return found  # type: ignore[return-value]
    return "tries" if len(tries) >= rules.tries else ""


def _due(chart: Chart, day: dt.date, tries: tuple[Fact, ...], ask: Ask, rules: Tracing) -> dt.date:
    if ask:
        return tries[-1].day + dt.timedelta(days=rules.decide_days)
    last = tries[-1].body if tries else None
    if isinstance(last, f.Trace) and last.next:  # whoever looked says when they try again
        return dt.date.fromisoformat(last.next)
    return day + dt.timedelta(days=days_allowed(chart, rules))


def _just_left(chart: Chart) -> bool:
    """Left a hospital or a prison lately, and has not been met since."""
    last = chart.last_contact
    told = [fact.day for fact in chart.hospital[-1:] if getattr(fact.body, "event", "") == "discharged"]
    told += [one.until for one in chart.stays if one.where in AWAY and one.state == "out" and one.until]
    since = max(told, default=None)
    if since is None or (last is not None and last > since):
        return False
    expected = _expected(chart)
    return expected is None or expected <= since + RECENT


def _away(chart: Chart) -> str:
    """Where the person is kept just now, as far as this record knows; said as a place, never why."""
    stay = next((one for one in reversed(chart.stays) if one.where in AWAY and one.state == "in"), None)
    if stay is not None:
        return "hospital" if stay.where == "hospital" else "prison"
    last = chart.hospital[-1].body if chart.hospital and not chart.stays else None
    return "hospital" if isinstance(last, f.Hospital) and last.event == "admitted" else ""


_LAST = {
    "": "not found", "tries": "not found", "no_date": "found, and no date was agreed",
    "refused": "found, and they do not want to come now",
    "moved": "told that they have moved away", "died": "told that they may have died",
}  # fmt: skip
_DECIDE = {
    "": "", "tries": " Decide what to try next, or end care with a reason.",
    "no_date": " Agree a date with them.", "refused": " Decide: ask again on a day, or end care with a reason.",
    "moved": " Decide: move their care to where they live now, agree a date, or end care.",
    "died": " Speak with the family before anything is recorded.",
}  # fmt: skip


def _told(one: Miss) -> str:
    many = f"Tried {len(one.tries)} time{'' if len(one.tries) == 1 else 's'}"
    return f"{many}, last on {say(one.tries[-1].day)}: {_LAST[one.ask]}.{_DECIDE[one.ask]}"
