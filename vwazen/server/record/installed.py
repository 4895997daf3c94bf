"""Whether every instrument that answers on record were asked in is still installed.

Without it nobody can tell what they said about danger, and charts made from them would forget a risk that is open. So
this node remembers what was ever installed here, and what is gone is looked for in the log before anything is folded.
"""

from django.db import connection

from vwazen.content.load import content
from vwazen.content.model import Instrument
from vwazen.server.organisation.errors import Invalid
from vwazen.server.record import store
from vwazen.server.record.models import WasInstalled

Asked = tuple[str, int]


def check() -> None:
    """Raise Invalid, naming them, where answers on record were asked in instruments that are gone; else remember what
    is installed now. To be called before a node folds anything."""
    gone = missing()
    if gone:
        raise Invalid(_words(gone))
    known = set(WasInstalled.objects.values_list("instrument", "version"))
    now = _installed()
    with store.writing():
        for instrument, version in sorted(known - now):  # nobody was ever asked in them
            store.execute(
                "DELETE FROM record_was_installed WHERE instrument = %s AND version = %s", [instrument, version]
            )
        store.insert("record_was_installed", ("instrument", "version"), sorted(now - known), ignore=True)


def missing() -> list[Asked]:
    """Instruments and versions that were installed here, are not now, and in which answers on record were asked."""
    if WasInstalled._meta.db_table not in connection.introspection.table_names():
        return []  # nothing was ever recorded here
    known = set(WasInstalled.objects.values_list("instrument", "version"))
    return [one for one in sorted(known - _installed()) if _asked(*one)]


def is_installed(instrument: str, version: int) -> bool:
    """Whether answers to this can be read here."""
    try:
        content().instrument(instrument, version)
    except LookupError:
        return False
    return True


def _installed() -> set[Asked]:
    return {(one.id, one.version) for one in content().versions(Instrument)}


def _asked(instrument: str, version: int) -> bool:
    """A look at every response on record, which takes long on a large one; needed only where something is gone."""
    find = "instr(data, %s)" if connection.vendor == "sqlite" else "position(%s in data)"
    marks = [f'"instrument":"{instrument}","version":{version}{end}'.encode() for end in ",}"]
    statement = f"SELECT 1 FROM record_fact WHERE kind = 'response' AND ({find} > 0 OR {find} > 0) LIMIT 1"  # noqa: S608
    return bool(store.select(statement, marks))


def _words(gone: list[Asked]) -> str:
    named = ", ".join(f"{instrument} version {version}" for instrument, version in gone)
    return (
        f"The record holds answers to {named}, and no installed pack holds it any more. Without it nobody can read "
        "what was said about danger, so nothing was started or changed. Put the pack back into its folder of "
        "packs and begin again. Backup, restore and export work without it."
    )
