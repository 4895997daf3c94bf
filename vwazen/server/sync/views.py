"""What a phone talks to: it is let in, sends and is sent, and fetches the content of its worker's roles.

No cookie and no session: a phone names itself with each request by `Authorization: Bearer <device>.<token>`. So there
is nothing for a forged form to ride on. Answers are JSON, compressed where the phone can read that; what goes wrong
is said in a sentence that a worker can act on.
"""

import datetime as dt
import gzip
import secrets
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

import msgspec
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from vwazen.content.clips import TYPES, sound_data
from vwazen.content.load import content
from vwazen.content.phone import phone_bundle, phone_sounds, phone_version
from vwazen.server.audit.actions import log
from vwazen.server.audit.models import AccessEntry
from vwazen.server.organisation import policy
from vwazen.server.organisation.actions import devices
from vwazen.server.organisation.actions.common import filed_at
from vwazen.server.organisation.errors import Invalid
from vwazen.server.organisation.models import Device, Worker
from vwazen.server.organisation.views.common import address_of
from vwazen.server.record import clock
from vwazen.server.record.actions import HELD, NEW, Receipt
from vwazen.server.sync import actions, machines, wire
from vwazen.server.sync.me import digest_of, lacking, me_of, month_of
from vwazen.server.sync.pull import Pulled, on_phone, pull
from vwazen.server.sync.push import keep_only, push

MOST_SENT = 1_000_000  # bytes of a request as it comes, and as it is read
MOST_READ = 4_000_000
MOST_FACTS = 500
MOST_TURN = 2**53  # where a phone stops counting exactly
QUIET = dt.timedelta(minutes=10)


@csrf_exempt
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """A phone is let in by the code that a supervisor shows; it gets its token, once."""
    try:
        asked = machines.decoded(_body(request), wire.EnrolRequest)
        name = asked.name.replace("\0", "")  # which PostgreSQL keeps in no text
        device, token = devices.enrol(code=asked.code[:40], name=name, address=address_of(request))
    except machines.TooLargeError:
        return _refused(413, "This is too long to be a code.")
    except msgspec.MsgspecError:
        return _refused(401, "The phone did not say a code. Update the app, and scan the code again.")
    except Invalid as problem:
        return _refused(401, str(problem))
    by = device.worker
    me = me_of(by, device)
    answer = wire.Enrolled(
        device=str(device.pk), token=token, me=me, me_digest=digest_of(me), content=_version(by)
    )  # fmt: skip
    return _answer(request, wire.encode(answer))


@csrf_exempt
@require_POST
def sync(request: HttpRequest) -> HttpResponse:
    """Take what the phone brings, and send it what it lacks."""
    device = _device(request)
    if device is None:
        return _stranger(request)
    if more := machines.beyond(str(device.pk)):
        return _too_often(device, more)
    try:
        asked = machines.decoded(_body(request), wire.SyncRequest)
        if len(asked.facts) > MOST_FACTS:
            raise machines.TooLargeError
    except machines.TooLargeError:
        _unread(device, "too-large")
        return _refused(413, f"Send at most {MOST_FACTS} entries and {MOST_SENT // 1000} kB at a time; the rest after.")
    except msgspec.MsgspecError:
        if _ended(device):
            return _forget(device, [])
        _unread(device, "unreadable")
        return _refused(400, "The server cannot read what the phone sent. Nothing was lost: update the app.")
    if not 0 <= asked.turn < MOST_TURN:
        asked = msgspec.structs.replace(asked, turn=0)  # as if it had stored nothing: everything is sent again
    asked = msgspec.structs.replace(asked, content=asked.content.replace("\0", ""))
    try:
        return _exchange(request, device, asked)
    except (OperationalError, InterfaceError):
        return _refused(503, "The server is busy. Nothing is lost: the phone asks again by itself.")


def _exchange(request: HttpRequest, device: Device, asked: wire.SyncRequest) -> HttpResponse:
    names = str(device.worker_id), str(device.pk)
    raw = [wire.unshortened(bytes(one), *names) if asked.v > 1 else bytes(one) for one in asked.facts]
    if _ended(device):
        return _forget(device, keep_only(device, raw))
    by, now, short = device.worker, clock.now(), asked.v > 1 and asked.now.isascii()
    people = _people(raw) if short else {}
    on_it = on_phone(device, max(0, asked.turn), people.keys() - set(asked.whole)) if people else {}
    receipts = push(device, raw, asked.turn) if raw else []
    if receipts:
        _count(device, raw, receipts, now)
    held = {one.fact for one in receipts if one.status == HELD}
    found = pull(device, max(0, asked.turn), asked.whole, on_it, held)
    me = me_of(by, device)
    digest, version = digest_of(me), _version(by)
    whole, month = lacking(me, digest, asked.me)
    if receipts or found.brings or _news(device, asked, now):
        devices.heard(
            device=device, now=now, skew_seconds=_skew(asked.now, now), content=asked.content,
            unsent=_number(asked.unsent), free_mb=_number(asked.free_mb),
        )  # fmt: skip
    _write_down(device, receipts, found)
    return _answer(request, wire.encode(wire.SyncResponse(
        v=1, now=clock.stamp(now), to=asked.now[:40] if short else "", turn=found.turn,
        receipts=tuple(("" if short else one.fact, one.status, one.reason) for one in receipts),
        settled=tuple(found.settled), briefs=tuple(msgspec.Raw(one) for one in found.briefs),
        changed=tuple((people[person], msgspec.Raw(one)) for person, one in found.changed.items()),
        check=found.check, drop=tuple(found.drop), more=found.more, me=whole, month=month, reset=found.reset,
        content="" if short and version == asked.content else version,
        me_digest="" if short and digest == asked.me else digest, beyond=found.beyond,
    )))  # fmt: skip


def _people(raw: list[bytes]) -> dict[str, int]:
    """Whom these facts are about, and where the first of each stands."""
    found: dict[str, int] = {}
    for at, one in enumerate(raw):
        try:
            person = machines.decoded(one, wire.Whose).person
        except msgspec.MsgspecError:
            continue  # it will be held as it is
        if person.isascii() and person.isprintable():
            found.setdefault(person, at)
    return found


@require_GET
def bundle(request: HttpRequest) -> HttpResponse:
    """The content for the roles of the phone's worker; 304 where the phone has it."""
    device = _device(request)
    if device is None:
        return _stranger(request)
    if more := machines.beyond(str(device.pk)):
        return _too_often(device, more)
    if _ended(device):
        return _forget(device, [])
    tag = f'"{_version(device.worker)}"'
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    answer = _answer(request, phone_bundle(content(), policy.roles(device.worker)), _packed)
    answer["ETag"] = tag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@require_GET
def clip(request: HttpRequest, name: str) -> HttpResponse:
    """One recording that the content for the roles of the phone's worker names."""
    device = _device(request)
    if device is None:
        return _stranger(request)
    if _ended(device):
        return _forget(device, [])
    sound = phone_sounds(content(), policy.roles(device.worker)).get(name)
    data = sound_data(sound) if sound else None
    if sound is None or data is None:
        return _refused(404, "There is no such recording any more. The phone goes on without it.")
    answer = HttpResponse(data, content_type=TYPES[sound.path.suffix])
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _version(by: Worker) -> str:
    return phone_version(content(), policy.roles(by))


def _device(request: HttpRequest) -> Device | None:
    """The phone that speaks, whether or not it was taken away; None where the token is not its own."""
    name, token = machines.named(request)
    try:
        id_ = UUID(name)
    except ValueError:
        id_ = None
    found = Device.objects.select_related("worker", "worker__supervisor").filter(pk=id_).first() if id_ else None
    # Compared also where there is nothing to compare with, so that time tells nothing.
    right = secrets.compare_digest(found.digest if found else "0" * 64, Device.digest_of(token))
    return found if right and found is not None else None


def _stranger(request: HttpRequest) -> HttpResponse:
    """A token that is nobody's: logged, and counted by where it comes from."""
    if machines.too_many(request):
        return _refused(
            429, "Too many phones that are not known here asked from this place. Wait a quarter of an hour."
        )
    log(by=None, action="sync", outcome=AccessEntry.FAILED, note="wrong-token")
    return _refused(401, "This phone is not known here. Ask your supervisor to enrol it again; nothing on it is lost.")


def _too_often(device: Device, more: int) -> HttpResponse:
    """Nothing is read and nothing done; written down once, the first time. What waits on the phone waits a minute."""
    if more == 1:
        _unread(device, "too-often")
    answer = _refused(429, "This phone asks too often. Nothing is lost: it asks again by itself in a minute.")
    answer["Retry-After"] = str(machines.MINUTE)
    return answer


def _ended(device: Device) -> bool:
    return device.revoked is not None or not device.worker.is_active


def _forget(device: Device, kept: list[Receipt]) -> HttpResponse:
    """A phone that was taken away: what it brought is held, then it is told to forget everything."""
    devices.told_to_forget(device=device, now=clock.now())
    says = (
        "This phone was taken away from you. What was not sent yet is kept at the clinic. Speak with your supervisor."
    )
    refusal = wire.Refusal(wipe=True, says=says, kept=tuple(one.fact for one in kept))
    return _json(wire.encode(refusal), 401)


def _unread(device: Device, why: str) -> None:
    """Written down: nothing of it is kept, and whoever looks for what a stolen phone was used for must find it."""
    by = device.worker
    log(by=by, action="sync", site=filed_at(by), purpose="care", route="sync", outcome=AccessEntry.FAILED,
        note=f"device={device.pk} {why}")  # fmt: skip


def _refused(status: int, says: str) -> HttpResponse:
    return _json(wire.encode(wire.Refusal(wipe=False, says=says)), status)


def _json(data: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(data, status=status, content_type="application/json")


@lru_cache(maxsize=8)
def _packed(data: bytes) -> bytes:
    """Content, which all phones of a role are given: compressed once, and as well as it goes."""
    return gzip.compress(data, 9, mtime=0)


def _answer(request: HttpRequest, data: bytes, pack: Callable[[bytes], bytes] = machines.packed) -> HttpResponse:
    """Compressed where that is understood; the same bytes for the same answer."""
    if "gzip" not in request.headers.get("Accept-Encoding", "") or len(data) < 200:
        return _json(data)
    answer = _json(pack(data))
    answer["Content-Encoding"] = "gzip"
    answer["Vary"] = "Accept-Encoding"
    return answer


def _body(request: HttpRequest) -> bytes:
    return machines.body(request, sent=MOST_SENT, read=MOST_READ)


def _news(device: Device, asked: wire.SyncRequest, now: dt.datetime) -> bool:
    """Whether a phone with nothing to send tells anything that its page does not show yet: writing costs more than all
    the rest of such an answer."""
    last = device.last_seen
    told = asked.content != device.content or _number(asked.unsent) != device.unsent
    return told or last is None or now - last > QUIET


def _skew(said: str, now: dt.datetime) -> int | None:
    """How many seconds the phone's clock is ahead of ours; None where it told no time."""
    try:
        theirs = dt.datetime.fromisoformat(said)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        return None
    return max(-(2**31), min(2**31 - 1, round((theirs - now).total_seconds())))


def _number(said: int | None) -> int | None:
    return None if said is None else max(0, min(said, 2**31 - 1))


def _count(device: Device, raw: list[bytes], receipts: list[Receipt], now: dt.datetime) -> None:
    """Count what was taken, for the worker's own page."""
    kinds = []
    for one, receipt in zip(raw, receipts, strict=True):
        if receipt.status == NEW:
            kinds.append(str(msgspec.json.decode(one, type=wire.Kind).body.kind))
    if kinds:
        actions.count(device=str(device.pk), month=month_of(now.date()), kinds=kinds)


def _write_down(device: Device, receipts: list[Receipt], found: Pulled) -> None:
    """One line for an answer that brought or took anything: whose phone, and how many."""
    if not receipts and not found.brings:
        return
    taken = sum(one.status == NEW for one in receipts)
    held = sum(one.status == HELD for one in receipts)
    log(
        by=device.worker, action="sync", site=filed_at(device.worker), purpose="care", route="sync",
        note=f"device={device.pk} facts={len(receipts)} new={taken} held={held} "
        f"briefs={len(found.briefs) + len(found.changed)} drop={len(found.drop)}",
    )  # fmt: skip
