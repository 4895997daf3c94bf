"""The outbox: messages queued in the transaction of what they tell of, and sent by `sending` afterwards.

    outbox.queue(key=f"reminder:{person}:{day}", channel="sms", address=…, text=…, about="reminder", person=…, path=…)

The key makes it once: queued again, it is the same message. A crash at any point loses nothing. What a gateway has
taken and this node had not yet written down when the power went is sent again, under the same id: a gateway that knows
`Idempotency-Key` then sends it once; one that does not sends it twice. It is never silently dropped.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from vwazen.clinical import facts as f
from vwazen.content.load import content
from vwazen.content.messages import Wording, told_too_much
from vwazen.server.audit.actions import attempt
from vwazen.server.interop import addresses, worker
from vwazen.server.interop.models import Incoming, Outgoing, Stopped
from vwazen.server.organisation import policy
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Worker
from vwazen.server.record import clock, store
from vwazen.server.record.actions import make_id

LEASE = dt.timedelta(minutes=5)
MOST_TRIES = 8
# Minutes until the next try after the first, second, … that reached nobody: our default.
_WAIT = (1, 2, 5, 15, 60, 120, 240)
# A message that these words ended may be wanted again: a date moved away and back, somebody agreed anew.
NOT_WANTED, STOPPED, BY_HAND = "not-wanted", "stopped", "by-hand"
_COLUMNS = (
    "id", "key", "channel", "address", "tail", "text", "about", "person", "path", "created", "next_try", "expires",
    "quiet_from", "quiet_until", "state", "tries", "lease", "error", "provider_id",
)  # fmt: skip


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A message taken on to be sent now."""

    id: str
    channel: str
    address: str
    text: str
    tries: int
    lease: str


def queue(
    *, key: str, channel: str, address: str, text: str, about: str, person: str = "", path: str = "",
    not_before: dt.datetime | None = None, expires: dt.datetime | None = None, quiet: tuple[int, int] | None = None,
) -> bool:  # fmt: skip
    """Queue one message; whether it waits now. Call it inside the transaction of what it tells of.

    What waits under this key already takes the words, the address and the hours that are given now.

    False where the address wrote STOP, and where this key was sent, failed or was cancelled by hand before. `quiet`:
    local hours in which nothing goes out, by default those of the content. Raises Invalid for a text that says what
    kind of place this is or what somebody has, whoever wrote it.
    """
    if channel not in Outgoing.CHANNELS:
        raise Invalid(f"Choose one of: {', '.join(Outgoing.CHANNELS)}.", field="channel")
    if word := told_too_much(content(), text):
        raise Invalid(
            f"This message would tell whoever holds the phone too much: “{word}”. Say only when and where to come, or "
            "to call.", field="text",
        )  # fmt: skip
    to = addresses.clean(channel, address)
    now = clock.now()
    first = max(now, not_before or now)
    if (expires is not None and expires <= first) or stopped(to):
        return False
    hours = quiet if quiet is not None else default_quiet()
    with store.writing():
        store.insert(
            "interop_outgoing", _COLUMNS,
            [(make_id(), key[:160], channel, to, addresses.tail(to), text, about, person, path, now, first, expires,
              hours[0], hours[1], Outgoing.WAITING, 0, "", "", "")], ignore=True,
        )  # fmt: skip
        store.execute(
            "UPDATE interop_outgoing SET state = 'waiting', next_try = %s, tries = 0, ended = NULL, error = '' "
            "WHERE key = %s AND state = 'cancelled' AND error IN (%s, %s)",
            [first, key[:160], NOT_WANTED, STOPPED],
        )
        store.execute(
            "UPDATE interop_outgoing SET address = %s, tail = %s, text = %s, expires = %s, path = %s, quiet_from = %s, "
            "quiet_until = %s WHERE key = %s AND state = 'waiting'",
            [to, addresses.tail(to), text, expires, path, *hours, key[:160]],
        )
        transaction.on_commit(worker.wake)
    return bool(store.select("SELECT 1 FROM interop_outgoing WHERE key = %s AND state = 'waiting'", [key[:160]]))


def default_quiet() -> tuple[int, int]:
    """The local hours in which nobody is written to unless they said otherwise."""
    known = content().get(Wording, "wording")
    return known.quiet_from, known.quiet_until


def stopped(address: str) -> bool:
    """Whether somebody wrote STOP from this address."""
    known = Stopped.objects.filter(tail=addresses.tail(address)).values_list("address", flat=True)
    return any(addresses.same(one, address) for one in known)


def stop(address: str) -> int:
    """Nothing goes to this address from now on, also nothing that waits; how many messages that ended."""
    now = clock.now()
    with store.writing():
        store.insert("interop_stopped", ("address", "tail", "at"), [(address, addresses.tail(address), now)],
                     ignore=True)  # fmt: skip
        rows = Outgoing.objects.filter(
            tail=addresses.tail(address), state__in=(Outgoing.WAITING, Outgoing.SENDING)
        ).values_list("pk", "address")
        return _cancel([pk for pk, to in rows if addresses.same(to, address)], STOPPED, now)


def open_again(address: str) -> None:
    """Somebody there agreed to be written to: an earlier STOP has ended."""
    rows = Stopped.objects.filter(tail=addresses.tail(address)).values_list("address", flat=True)
    for one in [known for known in rows if addresses.same(known, address)]:
        store.execute("DELETE FROM interop_stopped WHERE address = %s", [one])


class Standing(msgspec.Struct, frozen=True):
    """What a message that waits says, where it goes, until when, and in which hours it does not."""

    address: str
    text: str
    path: str
    expires: dt.datetime | None
    quiet: tuple[int, int]


def keep(keys: Iterable[str], people: Sequence[str], about: Sequence[str]) -> dict[str, Standing]:
    """End what waits for these people about these things under other keys than these; key -> what waits on."""
    if not people:
        return {}
    kept = set(keys)
    rows = store.select(
        "SELECT id, key, address, text, path, expires, quiet_from, quiet_until FROM interop_outgoing "  # noqa: S608
        f"WHERE person IN ({store.marks(people)}) AND NOT (person = '') AND state IN ('waiting', 'sending') "
        f"AND about IN ({store.marks(about)})",
        [*people, *about],
        ready=len(people) == 1,
    )
    _cancel([str(pk) for pk, key, *_ in rows if key not in kept], NOT_WANTED, clock.now())
    return {
        str(key): Standing(str(address), str(text), str(path), store.instant(expires), (first, last))  # type: ignore[arg-type]
        for _, key, address, text, path, expires, first, last in rows
        if key in kept
    }


def _cancel(ids: Sequence[str], why: str, now: dt.datetime) -> int:
    if not ids:
        return 0
    return store.execute(
        f"UPDATE interop_outgoing SET state = 'cancelled', ended = %s, error = %s WHERE id IN ({store.marks(ids)}) "  # noqa: S608
        "AND state IN ('waiting', 'sending')",
        [now, why, *ids],
    )


def cancel(*, by: Worker, message: str) -> None:
    """A person ends a message that waits or failed; it does not come back by itself."""
    with attempt(by=by, action="cancel-message", purpose="operations") as entry:
        row = _at_hand(by, message)
        entry.site, entry.note = row.path, f"message={row.pk}"
        store.execute(
            "UPDATE interop_outgoing SET state = 'cancelled', ended = %s, error = %s WHERE id = %s "
            "AND state IN ('waiting', 'failed')",
            [clock.now(), BY_HAND, row.pk],
        )


def again(*, by: Worker, message: str) -> None:
    """A person has a failed message tried again, from its first try. Refused where it would come too late."""
    now = clock.now()
    with attempt(by=by, action="retry-message", purpose="operations") as entry:
        row = _at_hand(by, message)
        entry.site, entry.note = row.path, f"message={row.pk}"
        if row.state != Outgoing.FAILED:
            raise Invalid("This message has not failed. Look at the list again.")
        if row.expires is not None and row.expires <= now:
            raise Invalid("Its day has passed: it would tell somebody to come yesterday. Cancel it.")
        if stopped(row.address):
            raise Invalid("Whoever holds that phone wrote STOP. Cancel it.")
        store.execute(
            "UPDATE interop_outgoing SET state = 'waiting', next_try = %s, tries = 0, ended = NULL WHERE id = %s "
            "AND state = 'failed'",
            [now, row.pk],
        )
    worker.wake()


def _at_hand(by: Worker, message: str) -> Outgoing:
    policy.require(by, "keep_outbox")
    row = Outgoing.objects.filter(policy.within(policy.site_paths(by, "keep_outbox")), pk=message).first()
    if row is None:
        raise Invalid("There is no such message where you work. Look at the list again.")
    return row


def quiet_until(row_from: int, row_until: int, at: dt.datetime) -> dt.datetime | None:
    """When the quiet hours end in which `at` lies; None where it lies in none. Hours are local to this node."""
    here = timezone.localtime(at)
    if row_from == row_until:
        return None
    within = row_from <= here.hour < row_until if row_from < row_until else not row_until <= here.hour < row_from
    if not within:
        return None
    day = here.date() + dt.timedelta(days=1 if row_from > row_until and here.hour >= row_from else 0)
    return timezone.make_aware(dt.datetime.combine(day, dt.time(row_until)))


def claim(channel: str, now: dt.datetime, most: int) -> list[Due]:
    """Take on what is due, so that nobody else does; what lies in its quiet hours is put off until they end."""
    lease = make_id()
    locked = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with store.writing():
        rows = store.select(
            "SELECT id, address, text, tries, quiet_from, quiet_until FROM interop_outgoing WHERE state = 'waiting' "  # noqa: S608
            f"AND channel = %s AND next_try <= %s ORDER BY next_try, id LIMIT {int(most)}{locked}",
            [channel, now],
        )
        found = []
        for pk, address, text, tries, start, end in rows:
            until = quiet_until(int(str(start)), int(str(end)), now)
            if until is not None:
                store.execute("UPDATE interop_outgoing SET next_try = %s WHERE id = %s", [until, pk])
                continue
            found.append(
                Due(id=str(pk), channel=channel, address=str(address), text=str(text), tries=int(str(tries)) + 1,
                    lease=lease)
            )  # fmt: skip
        if found:
            ids = [one.id for one in found]
            store.execute(
                "UPDATE interop_outgoing SET state = 'sending', lease = %s, leased = %s, tries = tries + 1 "  # noqa: S608
                f"WHERE id IN ({store.marks(ids)})",
                [lease, now, *ids],
            )
    return found


def went(one: Due, name: str, now: dt.datetime) -> None:
    """The gateway took it. Said also of what was cancelled meanwhile: it did go out."""
    store.execute(
        "UPDATE interop_outgoing SET state = 'sent', ended = %s, error = '', provider_id = %s WHERE id = %s "
        "AND lease = %s AND state IN ('sending', 'cancelled')",
        [now, name, one.id, one.lease],
    )


def missed(one: Due, code: str, now: dt.datetime, *, final: bool) -> None:
    """It did not go out: tried again later, or given up where that is `final` or was tried often enough."""
    if final or one.tries >= MOST_TRIES:
        store.execute(
            "UPDATE interop_outgoing SET state = 'failed', ended = %s, error = %s WHERE id = %s AND lease = %s "
            "AND state = 'sending'",
            [now, code[:40], one.id, one.lease],
        )
        return
    wait = dt.timedelta(minutes=_WAIT[min(one.tries, len(_WAIT)) - 1])
    store.execute(
        "UPDATE interop_outgoing SET state = 'waiting', next_try = %s, error = %s WHERE id = %s AND lease = %s "
        "AND state = 'sending'",
        [now + wait, code[:40], one.id, one.lease],
    )


def sweep(now: dt.datetime) -> None:
    """Give back what a stopped process had taken on, and give up what would come too late."""
    with store.writing():
        store.execute(
            "UPDATE interop_outgoing SET state = 'waiting', lease = '', next_try = %s, error = 'interrupted' "
            "WHERE state = 'sending' AND leased < %s",
            [now, now - LEASE],
        )
        store.execute(
            "UPDATE interop_outgoing SET state = 'failed', ended = %s, error = 'too-late' "
            "WHERE state = 'waiting' AND expires <= %s",
            [now, now],
        )


def forget(ids: Sequence[str], facts: Sequence[f.Fact]) -> None:
    """What names an erased person by their number alone: texts that were dealt with, and a STOP.

    Rows that name the person go with the record. A text that nobody has read yet stays: somebody else may share the
    phone, and it may ask for help.
    """
    numbers = {one.body.address for one in facts if isinstance(one.body, f.ContactPreference) and one.body.address}
    if not numbers:
        return
    done = Incoming.objects.filter(state=Incoming.DONE).values_list("pk", "address").iterator()
    for text in [pk for pk, address in done if any(addresses.same(address, one) for one in numbers)]:
        store.execute("DELETE FROM interop_incoming WHERE id = %s", [text])
    for number in numbers:
        open_again(number)
