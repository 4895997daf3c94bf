"""Whether answers are such as an instrument offers. The same rules for FHIR and for tables."""

from collections.abc import Mapping

from vwazen.clinical.instruments import score, score_total
from vwazen.content.load import Content, UnknownEntryError
from vwazen.content.model import AnswerList, Instrument, Item
from vwazen.exchange.incoming import NotTakenError


def versions(content: Content, id: str) -> list[int]:
    """The installed versions of an instrument, in order."""
    return sorted(entry.version for entry in content.versions(Instrument) if entry.id == id)


def instrument(content: Content, id: str, version: int | None = None) -> Instrument | None:
    """An installed instrument, the latest version when none is named, or None."""
    try:
        return content.instrument(id, version)
    except UnknownEntryError:
        return None


def answer_list(instrument: Instrument, item: Item) -> AnswerList | None:
    return instrument.answer_lists[item.answers] if item.answers else None


def check_answer(instrument: Instrument, item: Item, value: float) -> None:
    """Raises NotTakenError for a number that is no answer to this item."""
    if value != int(value):
        raise NotTakenError("answer.whole", item=item.id, instrument=instrument.name)
    offered = answer_list(instrument, item)
    if offered and value not in {option.value for option in offered.options}:
        raise NotTakenError("answer.unknown", item=item.id, instrument=instrument.name)


def check_answers(instrument: Instrument, answers: Mapping[str, float]) -> None:
    """Raises NotTakenError for answers that do not go together, by the instrument's own rules."""
    for wrong in score(instrument, answers).invalid:
        raise NotTakenError("answer.contrary", item=wrong.item, instrument=instrument.name)


def check_total(instrument: Instrument, total: float) -> None:
    """Raises NotTakenError for a total that the instrument cannot have."""
    span = instrument.range
    if span is None:
        raise NotTakenError("total.none", instrument=instrument.name)
    if total != int(total) and instrument.score.method != "rate":
        raise NotTakenError("total.whole", instrument=instrument.name)
    if score_total(instrument, total).invalid:
        high = "any number" if span.high is None else span.high
        step = f" in steps of {span.step}" if span.step > 1 else ""
        raise NotTakenError("total.range", instrument=instrument.name, low=span.low, high=f"{high}{step}")
