"""A medicine's name beside the allergies on record: the names alone are compared, never a class of medicines."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart, Medicine

SHORT = 4  # letters; a shorter word ("de", "mg") names no medicine
Known = Literal["recorded", "none_known", "not_asked"]


def known(one: Chart) -> Known:
    """What the record says about allergies: some, none when asked, or nothing, which is not "none"."""
    if one.allergic:
        return "recorded"
    return "none_known" if one.allergies else "not_asked"


def same_names(one: Chart, names: Iterable[str]) -> tuple[tuple[f.Fact, f.Allergy], ...]:
    """Allergies whose words name this medicine. `names`: all by which it is written."""
    wanted = {word for name in names for word in (*_words(name), _plain(name))} - {""}
    return tuple(
        (fact, body) for fact, body in one.allergies
        if wanted & {*_words(body.substance), _plain(body.substance)}
    )  # fmt: skip


def stopped_for(one: Chart, names: Iterable[str]) -> tuple[Medicine, ...]:
    """Medicines of one of these names that were stopped for an allergy, though nobody wrote it down as one."""
    wanted = {_plain(name) for name in names}
    return tuple(
        before for before in one.medicines
        if before.ended and isinstance(before.ended.body, f.MedicineStopped) and before.ended.body.reason == "allergy"
        and _plain(before.prescription.name) in wanted
    )  # fmt: skip


def _words(text: str) -> list[str]:
    return [word for word in _plain(text).split() if len(word) >= SHORT]


def _plain(text: str) -> str:
    """Small letters without accents, a space between words: a short name ("ASA") is compared as a whole."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(re.findall(r"\w+", letters))
