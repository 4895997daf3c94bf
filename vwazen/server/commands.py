"""What the commands of `vwazen` do on a node. Imported once Django is set up."""

import datetime as dt
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from vwazen.server import serve, starter
from vwazen.server.interop import inbound, mllp, senders, sending
from vwazen.server.interop.models import AdtSender, Outgoing
from vwazen.server.organisation import policy
from vwazen.server.organisation.models import Site, Worker
from vwazen.server.record import copies, erasing, imports, installed, seal, upkeep
from vwazen.server.record.models import Import, Seal
from vwazen.server.sync.nodes import wire
from vwazen.server.sync.nodes.actions import above, below
from vwazen.server.sync.nodes.models import Above

Result = dict[str, object]


class CommandError(Exception):
    """What happened and what to do, in a sentence or two."""


def up(options: Namespace, say: Callable[[str], None]) -> Result:
    """Set the node up and serve it on this machine."""
    installed.check()
    host = options.host or ("0.0.0.0" if options.lan else "127.0.0.1")  # noqa: S104  the network is what --lan is for
    return serve.up(host=host, port=options.port, starter_programme=not options.empty, say=say, lan=options.lan)


def demo(options: Namespace, show: Callable[[str], upkeep.Progress]) -> Result:
    """Write an invented programme into an empty node."""
    installed.check()
    now = dt.datetime.combine(options.as_of, dt.time(14), dt.UTC) if options.as_of else None
    if options.as_of and options.as_of > dt.datetime.now(dt.UTC).date():
        raise CommandError("The day lies in the future. Give today or an earlier one.")
    if not 1 <= options.years <= 20:
        raise CommandError("Give between 1 and 20 years.")
    written, sign_ins = starter.invent(size=options.size, seed=options.seed, years=options.years, now=now, show=show)
    return {**written, "sign_ins": [f"{one.username:<12} {one.password}   {one.role}" for one in sign_ins]}


def bring_in(options: Namespace) -> Result:
    """Import answers recorded elsewhere."""
    installed.check()
    files = [Path(one) for one in options.paths]
    missing = [str(one) for one in [*files, *([Path(options.map)] if options.map else [])] if not one.exists()]
    if missing:
        raise CommandError(f"There is no {', '.join(missing)}. Check the path.")
    job = imports.start(
        by=worker(options.by, options.site), files=files, site=options.site, as_of=options.as_of or dt.date.today(),  # noqa: DTZ011
        map_file=Path(options.map) if options.map else None, system=options.system, invented=options.invented,
    )  # fmt: skip
    done = imports.run(job)
    ok = done.state == Import.DONE
    return {"import": done.id, "state": done.state, **done.counts, "problems": done.problem.splitlines(), "ok": ok}


def undo_import(options: Namespace) -> Result:
    """Take an import back."""
    installed.check()
    row = Import.objects.filter(pk=options.job).first()
    if row is None:
        raise CommandError("There is no import with this id. The import page lists them.")
    return dict(imports.undo(by=worker(options.by, row.site), job=row.id))


def worker(username: str, site: str, permission: str = "import_data") -> Worker:
    """In whose name a command writes: the worker named, or the only one who may do this (import) at this site."""
    if username:
        found = Worker.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise CommandError(f"Nobody signs in as {username!r}.")
        return found
    where = Site.objects.filter(code=site).first()
    if where is None:
        known = ", ".join(Site.objects.order_by("path").values_list("code", flat=True)[:20])
        raise CommandError(f"There is no site {site!r}. Sites here: {known or 'none yet; run vwazen up first'}.")
    may = [one for one in Worker.objects.filter(is_active=True) if policy.can(one, permission, where)]
    if len(may) != 1:
        names = ", ".join(one.username for one in may[:10]) or "nobody"
        raise CommandError(f"Say in whose name with --by. At {site} these may do this: {names}.")
    return may[0]


def gone() -> list[str]:
    """Instruments that answers on record were asked in and that no installed pack holds."""
    return [f"{instrument} version {version}" for instrument, version in installed.missing()]


def rebuild(options: Namespace, progress: upkeep.Progress) -> Result:
    """Throw derived rows away and make them again from the facts."""
    installed.check()
    return dict(upkeep.rebuild(as_of=options.as_of, progress=progress))


def backup(options: Namespace, show: copies.Show) -> Result:
    """Copy the database into a new folder, while people go on working, or (--verify) check such a copy."""
    if options.verify:
        return copies.verify(Path(options.to), show)
    return copies.backup(Path(options.to), show, check=not options.unchecked)


def restore(options: Namespace, show: copies.Show) -> Result:
    """Put a backup in the place of the database; the old one is kept aside."""
    return copies.restore(Path(options.source), show)


def seal_now(options: Namespace, progress: upkeep.Progress) -> Result:
    """Seal what was committed, or (--verify) check every seal."""
    if options.verify:
        faults = seal.verify(progress)
        kept = Seal.objects.count()
        return {
            "seals": f"{kept} checked, {len(faults)} broken" if faults else f"{kept} checked, all hold",
            "faults": [f"seal {one.seal}: {one.what}" for one in faults],
            "ok": not faults,
        }
    one = seal.seal()
    return {"sealed": one is not None, "chain": one.chain if one else "nothing new"}


def scrub(_: Namespace) -> Result:
    """Overwrite what deleted rows left in the database's file; what could not be done is said."""
    return {"scrubbed": erasing.scrub() or "nothing erased is left in the file"}


def outbox_send(_: Namespace) -> Result:
    """Send the messages that are due, as the server's own thread does."""
    return {**sending.once(), "waiting": Outgoing.objects.filter(state=Outgoing.WAITING).count()}


def outbox_key(options: Namespace) -> Result:
    """A key with which a gateway may deliver texts for a site; the one before of the same name ends."""
    who = worker(options.by, options.site, "keep_outbox")
    return {"key": inbound.new_key(by=who, name=options.name, site=options.site)}


def adt_sender(options: Namespace) -> Result:
    """Let a hospital's system send ADT messages for a site; its key for HTTP is shown once."""
    who = worker(options.by, options.site, senders.RIGHT)
    key = senders.add(
        by=who, name=options.name, facility=options.facility, site=options.site, system=options.system,
        where=options.where, zone=options.zone, charset=options.charset, hosts=options.hosts,
    )  # fmt: skip
    return {"key": key}


def adt_end(options: Namespace) -> Result:
    """Take nothing more from a hospital's system."""
    row = AdtSender.objects.filter(facility=options.facility, ended=None).first()
    senders.end(by=worker(options.by, row.site if row else "", senders.RIGHT), facility=options.facility)
    return {"ended": options.facility}


def listen(options: Namespace, say: Callable[[str], None]) -> Result:
    """Take ADT messages over MLLP until stopped."""
    return mllp.listen(options.host, options.port, say)


def node_invite(options: Namespace) -> Result:
    """Let a machine hold the people of a site; the code to type there is shown once."""
    who = worker(options.by, options.site, below.RIGHT)
    return {"code": below.invite(by=who, name=options.name, site=options.site)}


def node_join(options: Namespace) -> Result:
    """Become the node below another, and take everything it gives."""
    authority = wire.certificate(Path(options.authority).read_bytes()) if options.authority else ""
    row = above.join(address=options.address, code=options.code, authority=authority)
    above.talk()
    return {"joined": row.address, **_standing()}


def node_sync(_: Namespace) -> Result:
    """Bring and take now."""
    above.talk()
    return _standing()


def node_status(_: Namespace) -> Result:
    """How this node stands with the one above."""
    return _standing()


def node_leave(_: Namespace) -> Result:
    """Belong to no other node any more."""
    above.leave()
    return {"left": True}


def _standing() -> Result:
    row = Above.objects.first()
    if row is None:
        return {"above": "none"}
    contact = row.contact.isoformat(timespec="seconds") if row.contact else "none yet"
    return {
        "above": row.address, "last_contact": contact, "not_yet_sent": above.unsent(row), "waits_there": row.waits,
        "problem": row.problem or "none", "ok": not row.problem,
    }  # fmt: skip


def facts_out(options: Namespace) -> Result:
    """Write every fact, one a line, in the order of the log."""
    count = 0
    with open(options.to, "xb") as file:
        for line in upkeep.export_facts():
            file.write(line)
            count += line != upkeep.MARKED
    return {"facts": count, "file": options.to, "synthetic": upkeep.synthetic()}


def facts_in(options: Namespace) -> Result:
    """Take facts written by `facts export`; what is known is passed over."""
    installed.check()
    with open(options.source, "rb") as file:
        return dict(upkeep.take_facts(iter(file)))
