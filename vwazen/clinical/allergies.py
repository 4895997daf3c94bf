"""A medicine's name beside the allergies on record: the names alone are compared, never a class of medicines."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

from vwazen.clinical import facts as f
from vwazen.clinical.chart import Chart

SHORT = 4  # letters; a shorter word ("de", "mg") names no medicine
Known = Literal["recorded", "none_known", "not_asked"]


def known(one: Chart) -> Known:
    """What the record says about allergies: some, none when asked, or nothing, which is not "none"."""
    if any(body.substance for _, body in one.allergies):
        return "recorded"
    return "none_known" if one.allergies else "not_asked"


def same_names(one: Chart, names: Iterable[str]) -> tuple[tuple[f.Fact, f.Allergy], ...]:
    """Allergies whose words name this medicine. `names`: all by which it is written."""
    wanted = {word for name in names for word in _words(name)}
    return tuple((fact, body) for fact, body in one.allergies if wanted & set(_words(body.substance)))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return [word for word in re.split(r"[^\w]+", letters) if len(word) >= SHORT]
