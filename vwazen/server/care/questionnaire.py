"""An instrument as a form: every item on one page, and what was typed into it read back. Empty stays unanswered."""

from collections.abc import Mapping

import msgspec
from django.utils.html import format_html
from django.utils.safestring import SafeString

from vwazen.clinical.instruments import score, score_total
from vwazen.content.model import Instrument, Item, Text

MODES = (("in_person", "in person"), ("phone", "by phone"), ("self", "by themselves"), ("paper", "on paper"))
LANGUAGES = {"en": "English", "fr": "French", "ht": "Haitian Creole", "es": "Spanish", "rw": "Kinyarwanda"}
COLUMNS = {4: "four", 5: "four five"}
LONG = 28


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One possible answer, as `components/pick.html` shows it."""

    value: str
    label: SafeString
    checked: bool
    alert: bool


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One item of the form. `first_safety`: a private place is needed from here on."""

    id: str
    name: str
    number: str
    legend: SafeString
    choices: tuple[Choice, ...]
    layout: str
    typed: str
    low: int | None
    high: int | None
    error: str
    first_safety: bool

    @property
    def in_columns(self) -> bool:
        return self.layout in COLUMNS.values()


def text_of(instrument: Instrument, language: str) -> tuple[str, Text | None]:
    """The wording to show and its language: the one wished for, else English, else whichever there is."""
    for wanted in (language, "en", *instrument.texts):
        if wanted in instrument.texts:
            return wanted, instrument.texts[wanted]
    return "en", None


def language_name(code: str) -> str:
    return LANGUAGES.get(code, code)


def questions(
    instrument: Instrument, language: str, typed: Mapping[str, str], errors: Mapping[str, str]
) -> list[Question]:
    """The items in order, with what was typed (`q-<item>`) and what does not fit beside each."""
    shown, text = text_of(instrument, language)
    lines = {rule.item: rule.at_least for rule in instrument.safety}
    first = next((item.id for item in instrument.items if item.id in lines), "")
    found = []
    for place, item in enumerate(instrument.items, 1):
        value = typed.get(f"q-{item.id}", "")
        labels, labels_in = _labels(instrument, item, text, shown)
        options = instrument.answer_lists[item.answers].options if item.answers else ()
        layout = _layout(instrument, item)
        columns = layout in COLUMNS.values()
        if not layout and any(len(words) > LONG for words in labels.values()):
            layout = "long"
        found.append(
            Question(
                id=item.id, name=f"q-{item.id}", number=_number_of(item, place) if text else "",
                legend=_legend(instrument, item, text, shown),
                choices=tuple(
                    Choice(
                        value=str(option.value), label=_label(option.value, labels, labels_in, columns),
                        checked=value == str(option.value),
                        alert=item.id in lines and option.value >= lines[item.id] and not option.unscored,
                    )
                    for option in options
                ),
                layout=layout, typed=value, low=item.whole.low if item.whole else None,
                high=item.whole.high if item.whole else None, error=errors.get(item.id, ""),
                first_safety=item.id == first,
            )
        )  # fmt: skip
    return found


def _number_of(item: Item, place: int) -> str:
    return item.id if item.id.isdigit() else str(place)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The labels above the columns of the list of answers that most items share."""

    layout: str
    labels: tuple[str, ...]


def head(instrument: Instrument, language: str) -> Head | None:
    """The head of the columns; None where no list is shared, or its wording may not be shipped."""
    shown, text = text_of(instrument, language)
    first = next((item for item in instrument.items if _layout(instrument, item) in COLUMNS.values()), None)
    if first is None or first.answers is None:
        return None
    labels, _ = _labels(instrument, first, text, shown)
    options = instrument.answer_lists[first.answers].options
    layout = COLUMNS[len(options)]
    return Head(layout=layout, labels=tuple(labels[one.value] for one in options)) if labels else None


def _layout(instrument: Instrument, item: Item) -> str:
    """In columns only for the list that most items share: its labels stand in the head; "two" for yes and no."""
    if item.answers is None:
        return ""
    lists = [one.answers for one in instrument.items if one.answers]
    common = max(sorted(set(lists)), key=lists.count)
    many = len(instrument.answer_lists[item.answers].options)
    if item.answers == common and lists.count(common) > 1 and many in COLUMNS:
        return COLUMNS[many]
    return "two" if many == 2 else ""


def _labels(instrument: Instrument, item: Item, text: Text | None, shown: str) -> tuple[dict[int, str], str]:
    """The answers' labels and their language; none where the wording may not be shipped."""
    for code, one in ((shown, text), ("en", instrument.texts.get("en"))):
        if one and item.answers and item.answers in one.answers:
            return one.answers[item.answers], code
    return {}, shown


def _label(value: int, labels: Mapping[int, str], language: str, columns: bool) -> SafeString:
    """The answer's digit, which is its key as well, and its words; a column shows the digit by itself."""
    if value not in labels:
        return SafeString("" if columns else str(value))
    words = format_html('<span lang="{}">{}</span>', language, labels[value])
    return words if columns else format_html("{} {}", value, words)


def _legend(instrument: Instrument, item: Item, text: Text | None, shown: str) -> SafeString:
    """The question as it is to be asked, in its own language, and when it is asked at all."""
    english = instrument.texts.get("en")
    if text and item.id in text.items:
        words = format_html('<span lang="{}">{}</span>', shown, text.items[item.id])
    elif english and item.id in english.items:
        words = format_html('<span lang="en">{}</span>', english.items[item.id])
    else:
        topic = format_html(' <span class="hint">{}</span>', item.topic) if item.topic else ""
        words = format_html("Item {}{}", item.id, topic)
    if item.asked_if:
        many = " or ".join(item.asked_if.any_of)
        words += format_html(' <span class="hint">Only if {} was answered yes; else leave it open.</span>', many)
    if item.optional:
        words += SafeString(' <span class="hint">may be left open</span>')
    return words


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What came back from the form: answers by item, or only a total; and what does not fit, by item ("total")."""

    answers: dict[str, float]
    total: float | None
    errors: dict[str, str]


def read(instrument: Instrument, typed: Mapping[str, str]) -> Read:
    """Answers as typed. What is empty is absent; what cannot be an answer is named, never rounded or guessed."""
    answers: dict[str, float] = {}
    errors: dict[str, str] = {}
    for item in instrument.items:
        value = typed.get(f"q-{item.id}", "").strip()
        if not value:
            continue
        number = _number(value)
        if number is None:
            errors[item.id] = "Write a whole number, or leave it empty."
        else:
            answers[item.id] = number
    stated = typed.get("total", "").strip()
    total = _number(stated) if stated else None
    if stated and total is None:
        errors["total"] = "Write the total as a whole number."
    if stated and answers:
        errors["total"] = "Give the answers or only their total, not both: empty this box or the answers."
    if total is not None and "total" not in errors:
        errors |= {one.item: f"{one.why[:1].upper()}{one.why[1:]}." for one in score_total(instrument, total).invalid}
    elif answers:
        errors |= {one.item: f"{one.why[:1].upper()}{one.why[1:]}." for one in score(instrument, answers).invalid}
    return Read(answers=answers, total=total, errors=errors)


def _number(value: str) -> float | None:
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None
