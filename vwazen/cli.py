"""`vwazen …`: every command of a node. `--json` gives every command's result as one JSON document."""

import argparse
import datetime as dt
import importlib
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import django
import msgspec
from django.core.management import call_command

from vwazen.clinical.vectors import check_content
from vwazen.content.load import content
from vwazen.home import home
from vwazen.server import lan

Result = dict[str, object]


def server(*, migrate: bool = True) -> ModuleType:
    """The server's commands, with Django set up; the database brought to the present migrations, or left as it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vwazen.server.config.settings")
    django.setup()
    if migrate:
        call_command("migrate", verbosity=0, interactive=False)
    return importlib.import_module("vwazen.server.commands")


def up(options: Namespace) -> Result:
    """Set the node up and serve it until stopped."""
    if options.lan:  # before the settings are read
        os.environ["VWAZEN_LAN"] = "1"
        os.environ["VWAZEN_HOSTS"] = " ".join(
            dict.fromkeys([*os.environ.get("VWAZEN_HOSTS", "").split(), *lan.hosts()])
        )
    return server().up(options, lambda text: print(text, flush=True))  # type: ignore[no-any-return]


def content_check(_: Namespace) -> Result:
    """Check every content file of every installed pack, and that none is gone that the record here needs."""
    problems = [f"{one.file}:{one.line}: {one.message} {one.mend}" for one in check_content()]
    if not problems and (os.environ.get("DATABASE_URL") or (home() / "vwazen.sqlite3").exists()):
        problems += [
            f"The record here holds answers to {one}, which no installed pack holds. Put its pack back."
            for one in server(migrate=False).gone()
        ]
    return {
        "checked": content().version if not problems else "with faults", "problems": problems, "ok": not problems,
    }  # fmt: skip


def content_bundle(options: Namespace) -> Result:
    """Write the compiled bundle that servers and phones read."""
    data = content().bundle()
    Path(options.to).write_bytes(data)
    return {"version": content().version, "bytes": len(data), "file": options.to}


def _progress(label: str, quiet: bool) -> Callable[[int, int], None]:
    """A line that counts up on a terminal; silence where nobody watches. Of 0 is not known how many come."""

    def show(done: int, total: int) -> None:
        ends = "\n" if 0 < total <= done else ""
        print(f"\r{label}: {done}{f' of {total}' if total else ''}", end=ends, file=sys.stderr, flush=True)

    return (lambda done, total: None) if quiet or not sys.stderr.isatty() else show


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write it as 2026-11-21") from None


def parser() -> ArgumentParser:
    """The commands and their options."""
    top = ArgumentParser(prog="vwazen", description="Run a community mental-health programme.")
    common = ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as one JSON document")
    commands = top.add_subparsers(required=True, metavar="command")

    def group(name: str, text: str) -> "argparse._SubParsersAction[ArgumentParser]":
        return commands.add_parser(name, help=text).add_subparsers(required=True, metavar="what")

    def add(name: str, text: str, run: Callable[[Namespace], Result],
            where: "argparse._SubParsersAction[ArgumentParser]" = commands) -> ArgumentParser:  # fmt: skip
        one = where.add_parser(name, parents=[common], help=text, description=text)
        one.set_defaults(run=run)
        return one

    one = add("up", "set the node up and serve it", up)
    one.add_argument("--host", default="", help="loopback by default; with --lan every address of this machine")
    one.add_argument("--lan", action="store_true", help="over https to the clinic's own network, for phones")
    one.add_argument("--port", type=int, default=8000, help="8000 by default")
    one.add_argument("--empty", action="store_true", help="an administrator only, no example programme")
    one = add("demo", "write an invented programme into an empty node",
              lambda o: server().demo(o, lambda label: _progress(label, o.json)))  # fmt: skip
    one.add_argument("--size", choices=("clinic", "district", "nation"), default="clinic", help="how large")
    one.add_argument("--seed", type=int, default=1, help="the same seed and day give the same programme")
    one.add_argument("--years", type=int, default=5, help="how many years of care to show")
    one.add_argument("--as-of", type=_date, help="the day on which its years end; today by default")
    what = group("content", "what the programme knows")
    add("check", "check every content file of every installed pack", content_check, what)
    add("bundle", "write the compiled bundle", content_bundle, what).add_argument("to", help="the file to write")
    what = group("import", "bring in answers recorded elsewhere")
    for name, text in (("fhir", "FHIR bundles, NDJSON, zip"), ("table", "CSV or XLSX, with a map file")):
        one = add(name, text, lambda o: server().bring_in(o), what)
        one.add_argument("paths", nargs="+", help="files or folders")
        one.add_argument("--site", required=True, help="the code of the site the people belong to")
        one.add_argument("--as-of", type=_date, help="the day the file was made; today by default")
        one.add_argument("--system", default="", help="the name of the system the file comes from")
        one.add_argument("--by", default="", help="the worker in whose name")
        one.add_argument("--invented", action="store_true", help="on a demo: these people are invented too")
        one.add_argument("--map", required=name == "table", default="", help="which column is what")
    one = add("undo", "take an import back", lambda o: server().undo_import(o), what)
    one.add_argument("job", help="the import's id")
    one.add_argument("--by", default="", help="the worker in whose name")
    _upkeep(add)
    _outside(group, add)
    _nodes(group, add)
    what = group("facts", "every fact, out and in")
    one = add("export", "write every fact, one a line", lambda o: server().facts_out(o), what)
    one.add_argument("to", help="a new file")
    one = add("take", "take facts written by export", lambda o: server().facts_in(o), what)
    one.add_argument("source", help="the file")
    return top


def _upkeep(add: Callable[..., ArgumentParser]) -> None:
    """The commands that keep a node whole."""
    one = add("rebuild", "make the derived rows again from the facts",
              lambda o: server().rebuild(o, _progress("people", o.json)))  # fmt: skip
    one.add_argument("--as-of", type=_date, help="as the lists stood on that day; today by default")
    one = add("backup", "copy the database into a new folder",
              lambda o: server().backup(o, lambda label: _progress(label, o.json)))  # fmt: skip
    one.add_argument("to", help="the new folder; with --verify one that was made before")
    one.add_argument("--unchecked", action="store_true", help="only copy; look through it with --verify later")
    one.add_argument("--verify", action="store_true", help="look through all of that backup instead")
    one = add("restore", "put a backup in the place of the database",
              lambda o: server().restore(o, lambda label: _progress(label, o.json)))  # fmt: skip
    one.add_argument("source", help="the folder of the backup")
    one = add("seal", "seal what was committed", lambda o: server().seal_now(o, _progress("seals", o.json)))
    one.add_argument("--verify", action="store_true", help="check every seal instead")
    add("scrub", "overwrite what erased records left in the database's file", lambda o: server().scrub(o))


def _outside(group: Callable[..., Any], add: Callable[..., ArgumentParser]) -> None:
    """The commands about what goes out of this node, and comes in from other systems."""
    what = group("outbox", "messages to phones and mail boxes")
    add("send", "send what is due now", lambda o: server().outbox_send(o), what)
    one = add("key", "let a gateway deliver texts here; its key is shown once", lambda o: server().outbox_key(o), what)
    one.add_argument("name", help="what you call the gateway")
    one.add_argument("--site", required=True, help="the code of the site whose people write to it")
    one.add_argument("--by", default="", help="the worker in whose name")
    what = group("adt", "hospitals' systems that tell of stays (HL7 v2)")
    one = add("sender", "let a hospital's system send; its key for HTTP is shown once",
              lambda o: server().adt_sender(o), what)  # fmt: skip
    one.add_argument("name", help="what you call it")
    one.add_argument("--facility", required=True, help="what it calls itself (MSH-4)")
    one.add_argument("--site", required=True, help="the code of the hospital's site here")
    one.add_argument("--system", default="", help="how its numbers of people are called; of its own by default")
    one.add_argument("--where", default="", help="hospital, prison …; by default the class of each visit says it")
    one.add_argument("--zone", default="", help="the time zone of its clock; the node's by default")
    one.add_argument("--charset", default="", help="of messages that declare none; UTF-8 by default")
    one.add_argument("--hosts", default="127.0.0.1 ::1", help="from where it connects by MLLP; loopback by default")
    one.add_argument("--by", default="", help="the worker in whose name")
    one = add("end", "take nothing more from a hospital's system", lambda o: server().adt_end(o), what)
    one.add_argument("facility", help="what it calls itself (MSH-4)")
    one.add_argument("--by", default="", help="the worker in whose name")
    one = add("mllp", "take HL7 v2 messages from hospitals' systems until stopped",
              lambda o: server().listen(o, lambda text: print(text, flush=True)))  # fmt: skip
    one.add_argument("--host", default="127.0.0.1", help="loopback by default")
    one.add_argument("--port", type=int, default=2575, help="2575 by default")


def _nodes(group: Callable[..., Any], add: Callable[..., ArgumentParser]) -> None:
    """The commands that join a clinic's machine to a country's."""
    what = group("node", "a clinic's machine below a country's")
    one = add("invite", "let a machine hold the people of a site; its code is shown once",
              lambda o: server().node_invite(o), what)  # fmt: skip
    one.add_argument("name", help="by which people know the machine")
    one.add_argument("--site", required=True, help="the code of the site whose people it holds, with all below")
    one.add_argument("--by", default="", help="the worker in whose name")
    one = add("join", "become the node below another; this node must be empty", lambda o: server().node_join(o), what)
    one.add_argument("address", help="the address of the node above, beginning with https://")
    one.add_argument("code", help="the code that was made there")
    one.add_argument("--authority", default="", help="the file of its certificate authority, where it has a local one")
    add("sync", "bring and take now, as the server's own thread does", lambda o: server().node_sync(o), what)
    add("status", "how this node stands with the one above", lambda o: server().node_status(o), what)
    add("leave", "belong to no other node any more; what is here stays", lambda o: server().node_leave(o), what)


def _words(result: Result) -> str:
    lines: list[str] = []
    for key, value in result.items():
        if isinstance(value, list):
            lines += [str(one) for one in value]
        else:
            lines.append(f"{key.replace('_', ' ')}: {value}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when something is not, 2 for a command that makes no sense."""
    options = parser().parse_args(arguments)
    os.umask(0o077)  # whatever a node writes is for its own account only
    try:
        result: Result = options.run(options)
    except KeyboardInterrupt:
        print(file=sys.stderr)  # the line that counted stands half written
        result = {"error": "Stopped.", "ok": False}
    except Exception as error:
        if os.environ.get("VWAZEN_TRACE"):
            raise
        result = {"error": str(error) or type(error).__name__, "ok": False}
    if options.json:
        print(msgspec.json.encode(result).decode())
    elif "error" in result:
        print(result["error"], file=sys.stderr)
    else:
        print(_words({key: value for key, value in result.items() if key != "ok"}))
    return 0 if result.get("ok", True) else 1
