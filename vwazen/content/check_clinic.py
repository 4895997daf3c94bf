"""What must hold inside lists of medicines, measurements and codes. A fault is (place, what is wrong, mend)."""

from collections.abc import Collection, Iterator

from msgspec import Struct

from vwazen.content.check_instrument import Fault
from vwazen.content.clinic import CodeList, Measurements, Medicines


def faults(entry: Struct, measures: Collection[str]) -> Iterator[Fault]:
    """Every fault in one entry; nothing for other kinds. `measures`: the ids that the packs hold."""
    if isinstance(entry, Medicines):
        yield from _medicines(entry, measures)
    elif isinstance(entry, Measurements):
        for i, one in enumerate(entry.measures):
            if one.low is not None and one.high is not None and one.low >= one.high:
                yield f"$.measures[{i}].low", f"The range of {one.id} is empty.", "Write the lower number first."
            if (one.low is not None or one.high is not None) and not one.units:
                yield f"$.measures[{i}]", f"{one.id} has a range and no unit.", "Name the unit, or leave the range out."
    elif isinstance(entry, CodeList) and not entry.codes:
        yield "$.id", "The list holds no codes.", "Write them into `codes`, or name a CSV in `file`."


def _medicines(entry: Medicines, measures: Collection[str]) -> Iterator[Fault]:
    names: dict[str, str] = {}
    for i, one in enumerate(entry.medicines):
        place = f"$.medicines[{i}]"
        for name in (one.name, *one.also):
            other = names.setdefault(" ".join(name.casefold().split()), one.id)
            if other != one.id:
                yield f"{place}.name", f"{name} is also a name of {other}.", "One name means one medicine."
        for j, check in enumerate(one.measure):
            if check.what not in measures:
                mend = "Add it to measurements.yaml first."
                yield f"{place}.measure[{j}].what", f"Nothing called {check.what} can be measured.", mend
            if not check.source:
                yield f"{place}.measure[{j}]", "Nothing says where this was read.", "Name the source, or leave it out."
            if check.every_days is not None and check.every_days < 1:
                yield f"{place}.measure[{j}].every_days", "An interval is a day or more.", "Write 1 or more."
        if one.pregnancy is not None and not one.pregnancy.source:
            yield f"{place}.pregnancy", "The caution has no source.", "Name it, or leave the caution out."
