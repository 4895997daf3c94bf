"""Referrals of one person as rows: what the two sides' lists show, and what waits for a human on either side."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from vwazen.clinical import facts as f
from vwazen.clinical.caseload import say
from vwazen.clinical.chart import Chart
from vwazen.clinical.ids import derived_id
from vwazen.clinical.referral_chart import Referred
from vwazen.server.record.models import OpenItem
from vwazen.server.record.rows import row_id

REFERRAL = (
    "id", "referral", "person", "name", "path", "place", "to_path", "kind", "to_site", "to_name", "urgency", "state",
    "waits", "stands", "sender", "taker", "taker_name", "sent", "since", "due", "contested", "incoming", "reason",
    "plain", "why",
)  # fmt: skip

TO = {
    "community": "the community", "health_centre": "a health centre", "district": "the district",
    "hospital": "a hospital",
    "social": "a social service", "school": "a school", "healer": "a healer", "other": "another service",
}  # fmt: skip
URGENCIES = {"now": "at once", "today": "today", "week": "within a week", "routine": "in the coming weeks"}
WHY = {
    "full": "no room", "wrong_place": "not the right place", "too_unstable": "said to be too unstable",
    "far": "too far",
    "cost": "the cost", "other": "another reason", "": "no reason given",
}  # fmt: skip
BECAME = {
    "accepted": "accepted", "declined": "refused", "arrived": "arrived", "seen": "seen", "closed": "closed",
    "withdrawn": "taken back", "sent_on": "referred elsewhere",
}  # fmt: skip

Where = Callable[[str], str]


def rows(one: Chart, where: Where) -> list[Sequence[object]]:
    """The rows of one person, in the order of `REFERRAL`. `where` gives the path of a site code."""
    if one.merged_into:
        return []
    return [_row(one, referral, where) for referral in one.referrals]


def stands(one: Referred) -> str:
    """In which list it stands: open, refused (the sender decides), or over."""
    return "refused" if one.state == "declined" else "open" if one.open else "over"


def _row(one: Chart, referral: Referred, where: Where) -> Sequence[object]:
    body = referral.body
    return (
        row_id(one.person, referral.id), referral.id[:36], one.person, one.name[:200], where(referral.fact.site),
        where(one.site), where(body.to_site) if body.to_site else "", body.to, body.to_site[:50], body.to_name[:200],
        body.urgency, referral.state, referral.waits_for, stands(referral), referral.sender[:36], referral.taker[:36],
        referral.taker_name[:200], referral.fact.day, referral.since, referral.due, referral.contested,
        bool(body.referrer), _reason(body), body.plain[:300], _why(referral),
    )  # fmt: skip


def _why(one: Referred) -> str:
    refused = [fact.body.why for fact in one.steps if isinstance(fact.body, f.ReferralStep) and fact.body.why]
    return refused[-1] if refused else ""


def _reason(body: f.Referral) -> str:
    """For a list's reader, who sees mental-health care; what a closer segment holds is not said there."""
    return body.reason[:1000] if body.segment in ("general", "mental-health") else body.plain[:300]


def items(one: Chart, where: Where, today: dt.date) -> list[Sequence[object]]:
    """What waits on either side, in the order of `open_items.OPEN`. The receiving side has it from the moment it is
    sent; the sending side where it points outside, was refused, is contested, or what should have come has not."""
    if one.merged_into or one.died:
        return []
    return [item for referral in one.referrals if referral.open for item in _of(one, referral, where, today)]


def _of(one: Chart, referral: Referred, where: Where, today: dt.date) -> Iterator[Sequence[object]]:
    body, refused = referral.body, referral.state == "declined"
    here, there = where(referral.fact.site), where(body.to_site) if body.to_site else ""
    received = bool(there) and not refused
    if received:
        owner = referral.owner if here == there else referral.taker
        now = body.urgency == "now" and referral.state in ("sent", "accepted")
        yield _item(one, referral, OpenItem.REFERRAL, there, owner, today, to_us(referral), now=now)
    if not received or here != there:
        at_once = refused or referral.contested or not there
        starts = None if at_once or referral.due is None else referral.due + dt.timedelta(days=1)
        yield _item(one, referral, OpenItem.REFERRED, here, referral.sender, today, from_us(referral), starts=starts)


def _item(
    one: Chart, referral: Referred, kind: str, path: str, owner: str, today: dt.date, said: tuple[str, str], *,
    now: bool = False, starts: dt.date | None = None,
) -> Sequence[object]:  # fmt: skip
    last = referral.steps[-1] if referral.steps else referral.fact
    since = f.instant(last.occurred)
    reason, plain = said
    first = starts or min(since.date(), today)
    return (
        f"{kind}:{derived_id(one.person, referral.id)}", kind, one.person, referral.id, one.name[:200], path,
        owner[:36], since, first, referral.due, "", None, False, reason, plain, "", "",
        OpenItem.NOW if now else OpenItem.DATED, referral.due or first,
    )  # fmt: skip


def to_us(referral: Referred) -> tuple[str, str]:
    """What the receiving side must do: for who may read the reason, and for everyone."""
    body = referral.body
    waits = {
        "answer": f"Referred to us, wanted {URGENCIES[body.urgency]}: say yes or no",
        "arrival": "Referred to us and accepted: expected" + (f" {say(referral.due)}" if referral.due else ""),
        "visit": "Referred to us, and here: nobody has seen them yet",
        "closing": "Referred to us and seen: tell the sender what came of it",
    }.get(referral.waits_for, "Referred to us")
    waits = f"Contested: one said yes, another no. {waits}" if referral.contested else waits
    return _both(body, waits)


def from_us(referral: Referred) -> tuple[str, str]:
    """What the sending side must find out or decide."""
    body, to = referral.body, TO[referral.body.to]
    waits = {
        "answer": f"Our referral to {to}: no answer yet",
        "arrival": f"Our referral to {to} was accepted: we do not know whether they have come",
        "visit": f"Our referral to {to}: they came, and we do not know whether they were seen",
        "closing": f"Our referral to {to}: they were seen, and nothing has come back",
        "decision": f"Our referral to {to} was refused ({WHY[_why(referral)]}): decide where to turn",
    }.get(referral.waits_for, f"Our referral to {to}")
    waits = f"Our referral to {to}: one said yes, another no. Ask them" if referral.contested else waits
    return _both(body, waits)


def _both(body: f.Referral, waits: str) -> tuple[str, str]:
    reason = _reason(body)
    return f"{waits}. {reason}" if reason else waits, f"{waits}. {body.plain}" if body.plain else waits
