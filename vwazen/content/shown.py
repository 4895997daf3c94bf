"""What of the content stands on a phone in the clinic's words: lists, proposals, forms, manuals, what is done.

`said.py` has the pairs that say it in other languages; `vwazen content check` holds a language called complete to them.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from vwazen.content.clinic import Measurements
from vwazen.content.forms import Form, Interventions
from vwazen.content.languages import ENGLISH
from vwazen.content.manuals import Manual
from vwazen.content.rules import VOCABULARY, Protocol, Tiers
from vwazen.content.said import CARE, shape

NOT_TOLD = "intimate-partner-violence"
"""Of what was answered about it a phone shows nothing."""
_VALUE = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")
_NUMBER = re.compile(r"\d+")
_WANTED = {"date": "day", "number": "n", "word": "text", "yes_no": "text"}


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of the content: where it stands there, and in which group its pair does."""

    place: str
    text: str
    group: str


def sentences(entry: msgspec.Struct) -> Iterator[Sentence]:
    """What a phone shows of an entry, with the holes of `VOCABULARY`; nothing of what it does not show."""
    if isinstance(entry, Tiers):
        yield Sentence("$.otherwise", f"{entry.otherwise}.", "clinic")
        for i, tier in enumerate(entry.tiers):
            for j, rule in enumerate(tier.rules):
                yield Sentence(f"$.tiers[{i}].rules[{j}].reason", rule.reason, f"clinic{CARE}")
                yield Sentence(f"$.tiers[{i}].rules[{j}].plain", rule.plain, "clinic")
    elif isinstance(entry, Protocol):
        for i, proposal in enumerate(entry.proposals):
            yield Sentence(f"$.proposals[{i}].reason", proposal.reason, f"clinic{CARE}")
    elif isinstance(entry, Form) and entry.segment != NOT_TOLD:
        yield from _of_form(entry)
    elif isinstance(entry, Manual) and entry.language == ENGLISH:
        own = list(_of_manual(entry))
        yield from own
        said = {(one.group, one.text) for one in own}
        for one in _of_form(entry.form):
            if (one.group, one.text) not in said:
                yield msgspec.structs.replace(one, place="$")
    elif isinstance(entry, Interventions):
        for i, group in enumerate(entry.groups):
            for j, done in enumerate(group.interventions):
                yield Sentence(f"$.groups[{i}].interventions[{j}].title", done.title, "done")
    elif isinstance(entry, Measurements):
        for i, measure in enumerate(entry.measures):
            yield Sentence(f"$.measures[{i}].title", measure.title, "measure")


def _of_form(form: Form) -> Iterator[Sentence]:
    """A form as it stands in the record. What is typed is no answer that anybody could have a pair for."""
    care = _care(form.segment)
    yield Sentence("$.title", form.title, f"form{care}")
    for i, section in enumerate(form.sections):
        for j, item in enumerate(section.items):
            place = f"$.sections[{i}].items[{j}]"
            yield Sentence(f"{place}.text", item.text, f"{'told' if item.kind == 'text' else 'asked'}{care}")
            if item.unit:
                yield Sentence(f"{place}.unit", f"{{n}} {_NUMBER.sub('{n}', item.unit)}", f"chosen{care}")
            for words in form.choices(item).values():
                # Several stand in one line, in small letters.
                text = words.lower() if item.kind == "several" else words
                yield Sentence(f"{place}.choices", text, f"chosen{care}")


def _of_manual(manual: Manual) -> Iterator[Sentence]:
    """What is asked in each session and the list after it are questions of its form, too."""
    asked = [(f"$.ratings[{i}]", rating.question) for i, rating in enumerate(manual.ratings)]
    texts = [("$.title", manual.title), *(("$.before", line) for line in manual.before)]
    for i, rating in enumerate(manual.ratings):
        texts += [(f"$.ratings[{i}]", text) for text in (rating.low_words, rating.high_words)]
    for i, one in enumerate(manual.sessions):
        here = f"$.sessions[{i}]"
        texts += [(f"{here}.title", one.title), (f"{here}.about", one.about)]
        texts += [(f"{here}.aims", text) for text in one.aims]
        for j, step in enumerate(one.steps):
            texts += [(f"{here}.steps[{j}]", text) for text in (step.title, step.do, *step.say)]
        texts += [(f"{here}.homework", text) for text in one.homework]
        asked += [(f"{here}.checks", check.text) for check in one.checks]
    care = _care(manual.segment)
    yield from (Sentence(place, text, f"manual{care}") for place, text in texts)
    yield from (Sentence(place, text, f"asked{care}") for place, text in asked)


def _care(segment: str) -> str:
    return "" if segment == "general" else CARE


def has(known: Mapping[str, set[str]], one: Sentence) -> bool:
    """Whether some pair of its group is for it, with a fitting hole for each of its values. `known`: `shapes` of it."""
    text = shape(_VALUE.sub(lambda found: f"{{{_WANTED[VOCABULARY[found[1]][0]]}}}", one.text))
    tried = {text, text.removesuffix("."), text[:1].lower() + text[1:]}
    return any(not tried.isdisjoint(known.get(name, ())) for name in {one.group, one.group.removesuffix(CARE)})
