"""Prints docs/reference/instruments: one page an instrument, and an index, from the content itself.

A page that differs from the committed one fails. `VWAZEN_WRITE_DOCS=1` writes them anew.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from vwazen.clinical.instruments import Scored
from vwazen.clinical.vectors import run
from vwazen.content.load import content
from vwazen.content.model import CountOf, Figure, Instrument, Vector

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference" / "instruments"
CONTENT = content([ROOT / "vwazen" / "content", ROOT / "packs" / "noncommercial"])
MADE = (
    "<!-- Printed by tests/spec/test_instruments_reference.py from the content files. Change those, not this page. -->"
)
OURS = "our default, not yet reviewed"
ROLES = {"chw": "community health worker", "lay_counsellor": "lay counsellor", "social_worker": "social worker",
         "care_manager": "care manager"}  # fmt: skip
LICENCES = {
    "Apache-2.0": "no wording of others is in the file; numbers and our own words are under Apache-2.0",
    "free-with-credit": "the owner lets anybody reproduce it, with credit",
    "us-government-work": "work of the United States government, not under copyright",
    "public-domain": "public domain, as its source says",
    "non-commercial": "non-commercial use only: in a pack of its own",
    "CC-BY-NC-SA-3.0-IGO": "CC BY-NC-SA 3.0 IGO: in a pack of its own",
}
METHODS = {
    "sum": "The answers are added up.",
    "rating": "The one rating is the score. It is never added to another.",
    "grid": "The two ratings are read off a grid.",
    "screen": "There is no total. Any yes makes it positive.",
    "rate": "A count, told for {per_days} days.",
    "typed": "Only a total is entered, worked out elsewhere.",
}


def cites(source: Iterable[str]) -> str:
    named = [OURS if key == "vwazen" else key for key in source]
    return f" [{', '.join(named)}]" if named else ""


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head: list[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell(value) for value in row)} |"
    yield ""


def number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def page(one: Instrument) -> str:
    """The whole page of one instrument."""
    parts = (about, items, scoring, lines, patterns, safety, change, languages, licence, examples, sources)
    body = "\n".join(line for part in parts for line in part(one))
    return f"{MADE}\n\n# {one.name}: {one.title}\n\n{body.rstrip()}\n"


def about(one: Instrument) -> Iterator[str]:
    ages = "any age"
    if one.ages.low is not None or one.ages.high is not None:
        ages = f"{one.ages.low or ''} to {one.ages.high}" if one.ages.high else f"{one.ages.low} and over"
    if one.ages.note:
        ages += f" ({one.ages.note})"
    codes = ", ".join(
        f"{name} {code}" for name, code in (("panel", one.loinc.panel), ("total", one.loinc.total)) if code
    )
    yield from table(
        ["", ""],
        [
            ("Measures", one.measures),
            ("Asks about", one.recall.text + cites(one.recall.source)),
            ("For", ages + cites(one.ages.source)),
            ("Direction", one.direction.replace("-", " ") if one.direction != "none" else "no total"),
            ("Who may ask", ", ".join(ROLES.get(r, r) for r in one.administered_by) + f" [{OURS}]"),
            ("Aloud in company", ("yes" if one.aloud_in_company else "no") + f" [{OURS}]"),
            ("Consent segment", one.segment),
            ("LOINC", (codes or "none") + cites(one.loinc.source) + (f". {one.loinc.note}" if one.loinc.note else "")),
            ("Id, version", f"`{one.id}`, {one.version}"),
            ("Reviewed", one.reviewed),
        ],
    )


def items(one: Instrument) -> Iterator[str]:
    if not one.items:
        return
    yield "## Items\n"
    text = one.texts.get("en")
    if text and text.instructions:
        yield f"{text.instructions}\n"
    if text and text.stem:
        yield f"**{text.stem}**\n"
    if not text:
        yield "The wording is not ours to print; topics, where there are any, are in our own words.\n"
    rows = []
    for item in one.items:
        remarks = [
            *(["reversed"] if item.reversed else []),
            *([] if item.scored else ["not scored"]),
            *(["optional"] if item.optional else []),
            *([f"only after {', '.join(item.asked_if.any_of)}"] if item.asked_if else []),
            *([f"{item.if_unanswered} when not given"] if item.if_unanswered is not None else []),
        ]
        wording = text.items[item.id] if text else item.topic
        rows.append((item.id, wording, item.loinc or "", item.answers or "a whole number", ", ".join(remarks)))
    yield from table(["", "Wording" if text else "Topic", "LOINC", "Answers", ""], rows)
    for name, answers in one.answer_lists.items():
        labels = text.answers.get(name, {}) if text else {}
        yield f"Answers *{name}*{f' ({answers.loinc})' if answers.loinc else ''}:\n"
        if answers.ordinal_differs:
            yield "The scores that LOINC attaches to this list are not those of the scale.\n"
        yield from table(
            ["Value", "Label", "LOINC"],
            [
                (o.value, labels.get(o.value, "") + (" (no score)" if o.unscored else ""), o.loinc or "")
                for o in answers.options
            ],
        )


def scoring(one: Instrument) -> Iterator[str]:
    yield "## Scoring\n"
    said = METHODS[one.score.method].format(per_days=one.score.per_days)
    if one.score.multiply != 1:
        said += f" The sum is multiplied by {one.score.multiply}."
    if one.score.note:
        said += f" {one.score.note[0].upper()}{one.score.note[1:]}."
    yield f"{said}\n"
    if one.range:
        end = f"to {one.range.high}" if one.range.high is not None else "upwards, with no highest value"
        step = f" in steps of {one.range.step}" if one.range.step > 1 else ""
        yield f"Totals: {one.range.low} {end}{step}{cites(one.range.source)}.\n"
    rule = {
        "complete": "No total unless every item is answered.",
        "mean": f"Up to {one.missing.at_most} missing items take the mean of the answered ones; with more, no total.",
        "zero": f"Up to {one.missing.at_most} blanks count 0; with more, no total.",
    }[one.missing.rule]
    why = f" None found: {one.missing.none_found}." if one.missing.none_found else ""
    note = f" {one.missing.note}" if one.missing.note else ""
    yield f"Missing items: {rule}{cites(one.missing.source)}{why}{note}\n"


def lines(one: Instrument) -> Iterator[str]:
    if one.bands:
        yield f"## Bands{cites(one.bands_source)}\n"
        yield from table(
            ["Total", "Band"], [(f"{b.low}-{b.high}" if b.low < b.high else b.low, b.name) for b in one.bands]
        )
        if one.bands_note:
            yield f"{one.bands_note}\n"
    if one.cutoffs:
        yield "## Cut-offs\n"
        yield "Sensitivity and specificity are in per cent. *In use* is the one this programme goes by.\n"
        rows = []
        for cut in one.cutoffs:
            line = f"{number(cut.at_least)} or more" if cut.at_least is not None else f"{number(cut.at_most)} or less"
            who = ", ".join(
                part
                for part in (
                    cut.sex or "",
                    f"age {cut.ages.low}-{cut.ages.high}" if cut.ages else "",
                    cut.population,
                )
                if part
            )
            accuracy = f"{number(cut.sensitivity)} / {number(cut.specificity)}" if cut.sensitivity else ""
            means = cut.means + (f" ({cut.note})" if cut.note else "")
            rows.append((cut.id, line, means, who, accuracy, ", ".join(cut.source), "in use" if cut.used else ""))
        yield from table(["", "Total", "Means", "Found in", "Sens. / spec.", "Source", ""], rows)
    for remark in one.remarks:
        yield f"When all points come from item {remark.only_item}: {remark.text}{cites(remark.source)}\n"


def patterns(one: Instrument) -> Iterator[str]:
    if one.subscales:
        yield "## Subscales\n"
        yield from table(
            ["", "Items", "Source"], [(s.name, ", ".join(s.items), ", ".join(s.source)) for s in one.subscales]
        )
    if one.criteria:
        yield "## Patterns in the answers\n"
        for criterion in one.criteria:
            counts = "; and ".join(count(c) for c in criterion.all_of)
            note = f" {criterion.note}" if criterion.note else ""
            yield f"- *{criterion.name}*: {counts}{cites(criterion.source)}.{note}"
        yield ""


def count(one: CountOf) -> str:
    many = f"{one.how_many} to {one.no_more_than}" if one.no_more_than is not None else f"at least {one.how_many}"
    special = "".join(f", item {id} at {value} or more" for id, value in one.at_least_for.items())
    return f"{many} of items {', '.join(one.items)} at {one.at_least} or more{special}"


def safety(one: Instrument) -> Iterator[str]:
    yield "## Safety\n"
    if not one.safety:
        yield "No item asks about danger to the person. That is no proof of safety.\n"
        return
    yield "An answer at or above the line means: speak with the person now. Unanswered is unknown, never negative."
    yield "A total alone leaves it unknown.\n"
    for rule in one.safety:
        note = f" {rule.note}" if rule.note else ""
        yield f"- item {rule.item} at {rule.at_least} or more: {rule.about}{cites(rule.source)}.{note}"
    yield ""


def figure(one: Figure, form: str) -> str:
    if one.value is None:
        return f"none found: {one.none_found}"
    value = form.format(f"{one.value * 100:g} %" if "fall" in form else f"{one.value:g}")
    return value + (f" ({one.note})" if one.note else "") + cites(one.source)


def change(one: Instrument) -> Iterator[str]:
    yield "## Change over time\n"
    yield from table(
        ["", ""],
        [
            ("Meaningful", figure(one.change.meaningful, "{}")),
            ("Reliable", figure(one.change.reliable, "{}")),
            ("Response", figure(one.change.response, "a fall of {}")),
            ("Remission", figure(one.change.remission, "below {}")),
            ("Deterioration", figure(one.change.deterioration, "a rise of {}")),
            ("Stands for the present", figure(one.validity, "{} days")),
        ],
    )
    for note in one.notes:
        yield f"- {note}"
    if one.notes:
        yield ""


def languages(one: Instrument) -> Iterator[str]:
    if one.texts:
        yield "## Languages\n"
        rows = [(lang, t.status, ", ".join(t.source), t.note) for lang, t in sorted(one.texts.items())]
        yield from table(["", "Status", "Source", ""], rows)


def licence(one: Instrument) -> Iterator[str]:
    yield "## Licence\n"
    yield f"{one.licence}: {LICENCES[one.licence]}. {one.terms}\n"
    if one.credit:
        yield f"> {one.credit}\n"


def examples(one: Instrument) -> Iterator[str]:
    yield "## Examples\n"
    yield "Answers in the order of the items, `_` for unanswered, with what the program makes of them.\n"
    rows = [(given(v), result(one, v, run(one, v)), cites(v.source).strip(" []"), v.note) for v in one.vectors]
    yield from table(["Given", "Result", "By the rule of", ""], rows)


def given(vector: Vector) -> str:
    said = f"`{vector.answers}`" if vector.answers is not None else f"total {number(vector.typed)}"
    if vector.safety_positive is not None:
        said += f", safety question {'yes' if vector.safety_positive else 'no'}"
    return said + "".join(f", {part}" for part in (vector.sex, f"age {vector.age}" if vector.age else "") if part)


def result(one: Instrument, vector: Vector, got: Scored) -> str:
    words = {True: "yes", False: "no", None: "cannot be told"}
    parts = [number(got.total) if got.total is not None else "", got.band or "", got.outcome or "", got.why_not]
    if any(cut.used for cut in one.cutoffs):
        parts.append(f"cut-off in use reached: {words[got.positive]}")
    stated = vector.cutoffs if isinstance(vector.cutoffs, dict) else {}
    parts += [f"cut-off {id}: {words[got.cutoffs[id]]}" for id in stated]
    parts += [f"{id}: {words[met]}" for id, met in got.criteria.items()]
    if one.safety:
        parts.append(f"safety {got.safety}")
    return "; ".join(part for part in parts if part)


def sources(one: Instrument) -> Iterator[str]:
    yield "## Sources\n"
    text = words_and_keys(one)
    for key, place in sorted(CONTENT.sources.items()):
        if key != "vwazen" and key in text:
            yield f"- **{key}** {place}"


def words_and_keys(one: Instrument) -> set[str]:
    """Every key cited in the file and every word of its text, so that a source named in a note is listed too."""

    def walk(data: object) -> Iterator[str]:
        if isinstance(data, dict):
            for name, value in data.items():
                if name == "source":
                    yield from value
                else:
                    yield from walk(value)
        elif isinstance(data, list | tuple):
            for value in data:
                yield from walk(value)
        elif isinstance(data, str):
            yield from data.replace("(", " ").replace(")", " ").replace(",", " ").replace(";", " ").split()

    return set(walk(msgspec.to_builtins(one, str_keys=True)))


INDEX = """
Which instruments are installed with the program, and what each file of theirs says. Every page is printed from the
content, and its examples are run by the tests. Nothing here was reviewed by a clinician yet; figures that nobody
published are marked so, and no figure was made up in their place.

{table}

## A site's own wording, and country packs

A folder in `$VWAZEN_HOME/packs/` with a `pack.yaml` is read after the base and after the packs beside the program. It
can

- add wording to an instrument, under terms that the site holds itself: a file in `texts/`;
- replace an instrument's words: a file in `instruments/` with the same id and version;
- change how it is scored, or its cut-offs: the same, with a higher version. Old answers go on being scored by the
  version they were asked in, so `vwazen content check` refuses other scoring under an old version.

```yaml
# pack.yaml
id: our-clinic
title: Wording our clinic holds a licence for
licences: [non-commercial]
```

```yaml
# texts/epds-en.yaml
id: epds-en
version: 1
licence: non-commercial
source: [our-licence]
reviewed: not yet reviewed by a clinician
instrument: epds
instrument_version: 1
credit: the line that the owner asks for
texts:
  en:
    status: standard   # standard: the owner's own; validated: a study names it; draft: neither, and marked on screen
    source: [our-licence]
    items:
      "1": the wording of item 1
```

`sources.yaml` of the pack explains `our-licence`, and `LICENSE.md` says who may use what. Then:

```sh
vwazen content check
```

It names file, line and mend for every fault.
"""


def index() -> str:
    rows = [
        (
            f"[{one.name}]({one.id}.md)",
            one.measures,
            {"items": "items", "total": "total only", "rating": "rating", "count": "count"}[one.form],
            {"verbatim": "word for word", "numbered": "numbered", "none": "none"}[one.wording],
            ", ".join(sorted(one.texts)),
            one.segment,
            "yes" if one.safety else "",
            one.licence,
        )
        for one in sorted(CONTENT.instruments, key=lambda one: one.name.lower())
    ]
    head = ["", "Measures", "Form", "Wording", "Languages", "Segment", "Safety item", "Licence"]
    body = INDEX.replace("{table}", "\n".join(table(head, rows)).rstrip())
    return f"{MADE}\n\n# Instruments\n{body}"


def compare(name: str, made: str) -> None:
    file = FOLDER / name
    if os.environ.get("VWAZEN_WRITE_DOCS"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        file.write_text(made, "utf-8")
    assert file.read_text("utf-8") == made, (
        f"{name} is not current. Run with VWAZEN_WRITE_DOCS=1 and read what changed."
    )


@pytest.mark.parametrize("one", CONTENT.instruments, ids=[one.id for one in CONTENT.instruments])
def test_the_page_of(one: Instrument) -> None:
    compare(f"{one.id}.md", page(one))


def test_the_index() -> None:
    compare("README.md", index())


def test_no_page_is_left_over() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} == {*(one.id for one in CONTENT.instruments), "README"}


def test_every_cited_source_is_on_the_page() -> None:
    for one in CONTENT.instruments:
        text = page(one)
        for key in words_and_keys(one) & set(CONTENT.sources) - {"vwazen"}:
            assert f"- **{key}** " in text
