"""Prints docs/reference/medicines.md from content/medicines and measurements.yaml: what is known, and what is not.

`VWAZEN_WRITE_DOCS=1` writes the page anew.
"""

from tests.spec.pages import ROOT, compare, heading, table
from vwazen.content.clinic import Measurements, Medicine, Medicines
from vwazen.content.load import content

KNOW = content([ROOT / "vwazen" / "content"])
LISTS = KNOW.all(Medicines)
MEASURES = {one.id: one for listed in KNOW.all(Measurements) for one in listed.measures}
INTRO = """
Lists of medicines are content: names, how they are supplied, what to measure, cautions. **No doses.** What stands here
was read at the source named, which is often a copy or an abstract; none of it is reviewed by a clinician. What does not
stand here was not checked, and the pages say so. A country pack with files of the same form adds or replaces entries.
"""


def _measured(one: Medicine) -> str:
    return "; ".join(
        MEASURES[check.what].title
        + (f", every {check.every_days} days" if check.every_days else ", no interval found")
        + f" ({', '.join(check.source)})"
        for check in one.measure
    )


def page() -> str:
    parts = [heading("Medicines and measurements", "test_medicines_reference.py", "vwazen/content/medicines"), INTRO]
    used: set[str] = set()
    for listed in LISTS:
        parts.append(f"\n## {listed.title}\n\nList `{listed.id}`, version {listed.version}. {listed.covers}\n\n")
        rows = []
        for one in listed.medicines:
            used |= {*one.source, *(one.pregnancy.source if one.pregnancy else ())}
            used |= {key for part in (*one.products, *one.measure) for key in part.source}
            supplied = "; ".join(f"{part.form} {part.strength}" for part in one.products)
            caution = f"{one.pregnancy.text} ({', '.join(one.pregnancy.source)})" if one.pregnancy else "not checked"
            name = one.name + (f", also {', '.join(one.also)}" if one.also else "")
            rows.append((name, supplied or "not on the list", _measured(one) or "nothing on the list", caution))
        parts.append(table(["Medicine", "Supplied as", "To measure", "Pregnancy"], rows))
    parts.append("\n## What can be measured\n\nThe range catches slips of the pen. It is no clinical threshold.\n\n")
    parts.append(
        table(["What", "Id", "Units", "Typing range"], [
            (one.title, f"`{one.id}`", ", ".join(one.units) or "in words",
             f"{one.low:g} to {one.high:g}" if one.low is not None and one.high is not None else "")
            for one in MEASURES.values()
        ])
    )  # fmt: skip
    places = [(key, KNOW.sources[key]) for key in sorted(used)]
    parts.append("\n## Sources\n\n" + table(["Key", "Where it was read"], places))
    return "".join(parts)


def test_the_page_of_the_medicines() -> None:
    compare("medicines.md", page())


def test_what_is_asked_to_be_measured_can_be_recorded_and_has_a_source() -> None:
    for listed in LISTS:
        assert "Not covered" in listed.covers
        assert "not yet reviewed" in listed.reviewed
        for one in listed.medicines:
            assert one.source
            assert all(check.what in MEASURES and check.source for check in one.measure), one.id
            assert all(part.source for part in one.products), one.id
            assert one.pregnancy is None or one.pregnancy.source


def test_no_dose_stands_in_the_lists() -> None:
    for file in (ROOT / "vwazen" / "content" / "medicines").glob("*.yaml"):
        text = file.read_text("utf-8").lower()
        for word in ("a day", "daily", "maximum", "mg/kg", "twice", "at night"):
            assert word not in text, (file.name, word)


def test_names_are_said_once() -> None:
    names = [name.casefold() for listed in LISTS for one in listed.medicines for name in (one.name, *one.also)]
    assert len(names) == len(set(names))
