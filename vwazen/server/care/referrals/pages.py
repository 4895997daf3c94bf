"""What the pages of referrals show: both sides' lists, one referral with its history, and the panel of a chart."""

import datetime as dt
from collections.abc import Iterable

import msgspec
from django.db.models import Q, QuerySet
from django.urls import reverse

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.referral_chart import Referred
from vwazen.clinical.referrals import said_in
from vwazen.server.care import waiting
from vwazen.server.care.listing import may_read, tell_apart, worker_names
from vwazen.server.care.referrals.door import OURS, RIGHT, THEIRS, Slip
from vwazen.server.care.words import first_up
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import reach
from vwazen.server.record.models import Announced, OpenItem, Person, ReferralRow
from vwazen.server.record.referral_rows import BECAME, TO, URGENCIES, WHY

A_PAGE = 50
COUNTED = 1000
SIDES = {THEIRS: "To us", OURS: "From us"}
LISTS = {"open": "Open", "overdue": "Overdue", "refused": "Refused", "over": "Closed"}
STATES = {
    "sent": "waits for an answer", "accepted": "accepted, not here yet", "declined": "refused", "arrived": "arrived",
    "seen": "seen, no word back yet", "closed": "closed", "withdrawn": "taken back", "sent_on": "referred elsewhere",
    "died": "ended by a death",
}  # fmt: skip

SINCE = {
    "sent": "Sent", "accepted": "Accepted", "declined": "Refused", "arrived": "Arrived", "seen": "Seen",
}  # fmt: skip
NEXT = {
    "answer": "An answer", "arrival": "The arrival", "visit": "The visit", "closing": "A word back",
    "decision": "A decision",
}  # fmt: skip


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One referral in a list. `text` is what this worker may read of the reason."""

    row: ReferralRow
    apart: str
    url: str
    where: str
    state: str
    text: str
    why: str
    owner: str
    late: bool
    urgency: str


def listed(by: Worker, side: str, which: str, today: dt.date) -> QuerySet[ReferralRow]:
    """The referrals of one side and list that `by` may see, in their order."""
    field, place = "to_path" if side == THEIRS else "path", waiting.where(policy.site_paths(by, RIGHT), look=True)
    here = policy.within(place.paths, field) if place.sites is None else Q(**{f"{field}__in": place.sites})
    rows = ReferralRow.objects.filter(here, reach.open_to(by))
    if side == OURS:
        rows = rows.filter(incoming=False)
    if which == "overdue":
        return rows.filter(stands__in=(ReferralRow.OPEN, ReferralRow.REFUSED), due__lt=today).order_by("due", "pk")
    stands = {"refused": ReferralRow.REFUSED, "over": ReferralRow.OVER}.get(which, ReferralRow.OPEN)
    rows = rows.filter(stands=stands)
    return rows.order_by("-due", "-pk") if which == "over" else rows.order_by("due", "pk")  # as the index stands


def page(by: Worker, side: str, which: str, after: str, today: dt.date) -> tuple[list[Line], str]:
    """One page of a list, and the cursor of the next."""
    rows = listed(by, side, which, today)
    start = rows.filter(pk=after).first() if after else None
    if start is not None:
        later = Q(pk__lt=start.pk) if which == "over" else Q(due__gt=start.due) | Q(due=start.due, pk__gt=start.pk)
        rows = rows.filter(later)
    found = list(rows[: A_PAGE + 1])
    more = len(found) > A_PAGE
    found = found[:A_PAGE]
    return lines(by, found, side, today), found[-1].pk if more else ""


def lines(by: Worker, rows: Iterable[ReferralRow], side: str, today: dt.date) -> list[Line]:
    """Rows as lines; three queries however many."""
    rows = list(rows)
    people = Person.objects.in_bulk([one.person for one in rows])
    names = worker_names(one for row in rows for one in (row.sender, row.taker))
    sites = dict(
        Site.objects.filter(path__in={p for row in rows for p in (row.path, row.to_path)}).values_list("path", "name")
    )
    return [_line(by, row, side, today, people, names, sites) for row in rows if row.person in people]


def _line(
    by: Worker, row: ReferralRow, side: str, today: dt.date, people: dict[str, Person], names: dict[str, str],
    sites: dict[str, str],
) -> Line:  # fmt: skip
    to = sites.get(row.to_path, "") or row.to_name or TO[row.kind]
    holder = row.taker if row.waits in ("arrival", "visit", "closing") and row.taker else row.sender
    unanswered = side == THEIRS and not row.taker and row.stands == ReferralRow.OPEN
    return Line(
        row=row, apart=tell_apart(people[row.person]), url=reverse("referral", args=[row.person, row.referral]),
        where=f"from {sites.get(row.path, 'elsewhere')}" if side == THEIRS else f"to {to}",
        state=STATES[row.state], text=row.reason if _reads(by, row, side) else row.plain,
        why=WHY[row.why] if row.why and row.stands == ReferralRow.REFUSED else "",
        owner="nobody yet" if unanswered else names.get(holder, "someone who left"),
        late=row.due is not None and row.due < today, urgency=URGENCIES[row.urgency],
    )  # fmt: skip


def _reads(by: Worker, row: ReferralRow, side: str) -> bool:
    """Whether the reason is shown: to the receiving side while it is open, to the sending side as its chart would."""
    if side == THEIRS:
        return row.stands == ReferralRow.OPEN and may_read(by, row.to_path)
    return may_read(by, row.path)


def counts(by: Worker, side: str, today: dt.date) -> dict[str, str]:
    """How many stand in each list of a side that asks for something: "12", or "1,000+"."""
    found = {}
    for which in ("open", "overdue", "refused"):
        many = listed(by, side, which, today).order_by()[: COUNTED + 1].count()
        found[which] = f"{COUNTED:,}+" if many > COUNTED else f"{many:,}"
    return found


def announced(by: Worker) -> int:
    """How many were announced by a text and have not come yet."""
    here = policy.within(policy.site_paths(by, RIGHT))
    return Announced.objects.filter(here, state=Announced.OPEN)[:COUNTED].count()


def unanswered(by: Worker, today: dt.date) -> int:
    """How many wait at `by`'s sites for a yes or a no that should have been given before today."""
    here = policy.within(policy.site_paths(by, RIGHT))
    late = OpenItem.objects.filter(here, reach.open_to(by), kind=OpenItem.REFERRAL, owner="", due__lt=today)
    return late[:COUNTED].count()


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One step in words."""

    day: dt.date
    title: str
    text: str
    back: str
    who: str


def history(referred: Referred, names: dict[str, str]) -> list[Said]:
    """Everything that was said of a referral, oldest first; rival answers stand beside each other."""
    first = Said(
        day=referred.fact.day, title="Sent", text=f"Wanted {URGENCIES[referred.body.urgency]}", back="",
        who=names.get(referred.fact.author, "someone who is not on this node"),
    )  # fmt: skip
    return [first, *(_said(fact, body, names) for fact, body in said_in(referred))]


def _said(fact: f.Fact, body: f.ReferralStep, names: dict[str, str]) -> Said:
    parts = [WHY[body.why] if body.became == "declined" else ""]
    if body.became == "accepted":
        parts.append(f"{names.get(body.worker, body.name or 'someone')} takes them over")
    parts.append(f"expected {say(dt.date.fromisoformat(body.expected))}" if body.expected else "")
    parts += [body.words, "the person or their family knows" if body.told else ""]
    return Said(
        day=fact.day, title=first_up(BECAME[body.became]), back=body.back,
        text=". ".join(first_up(one.rstrip(".")) for one in parts if one),
        who=names.get(fact.author, "someone who is not on this node"),
    )  # fmt: skip


def names_of(referred: Referred) -> dict[str, str]:
    """The names of everybody in a referral, in one query."""
    wanted = {referred.sender, referred.taker, referred.fact.author, *(fact.author for fact in referred.steps)}
    wanted |= {body.worker for _, body in said_in(referred)}
    return worker_names(wanted)


def stands_in_words(slip: Slip, names: dict[str, str], today: dt.date) -> str:
    """Where it stands, with whom, and by when, in one or two sentences."""
    one = slip.referred
    if not one.open:
        return f"{first_up(STATES[one.state])} on {say(one.since)}."
    holder = names.get(one.owner, "someone who left")
    lies = f"It lies with {holder}."
    if one.waits_for == "answer" and one.inside:
        lies = f"Nobody there has answered yet; {holder} has them until then."
    elif one.taker_name and not one.taker and one.waits_for != "decision":
        lies = f"{one.taker_name} there takes them on; {holder} here asks what becomes of it."
    when = ""
    if one.due is not None:
        when = f" {NEXT[one.waits_for]} {'was' if one.due < today else 'is'} due by {say(one.due)}."
    return f"{SINCE[one.state]} on {say(one.since)}. {lies}{when}"


class OnChart(msgspec.Struct, frozen=True, kw_only=True):
    """A referral in the panel of a chart, and on the page of a visit."""

    referred: Referred
    to: str
    state: str
    late: bool


def on_chart(referrals: tuple[Referred, ...], today: dt.date, most: int = 5) -> list[OnChart]:
    """The open ones and the newest of those that are over; one query for the names of sites."""
    shown = [one for one in reversed(referrals) if one.open]
    shown += [one for one in reversed(referrals) if not one.open][: max(0, most - len(shown))]
    codes = {one.body.to_site for one in shown if one.body.to_site}
    sites = dict(Site.objects.filter(pk__in=codes).values_list("pk", "name")) if codes else {}
    return [
        OnChart(
            referred=one, to=sites.get(one.body.to_site, "") or one.body.to_name or TO[one.body.to],
            state=STATES[one.state], late=one.overdue(today),
        )
        for one in shown
    ]  # fmt: skip
