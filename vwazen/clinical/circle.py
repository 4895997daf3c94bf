"""The people around a person, and whether they may be told: nobody is called against the person's consent."""

from vwazen.clinical.body import Answer
from vwazen.clinical.chart import Chart, Line
from vwazen.clinical.facts import RelatedPerson


def may_be_told(line: Line) -> Answer:
    """The person's consent, over every version that stands: one "no" is no, and a yes needs all of them to say so."""
    said = {fact.body.may_be_told for fact in line.standing if isinstance(fact.body, RelatedPerson)}
    if "no" in said:
        return "no"
    return "yes" if said == {"yes"} else "not_asked"


def may_be_called(chart: Chart) -> tuple[RelatedPerson, ...]:
    """Who may be called: consent was given and nothing contradicts it. Emergency contacts come first."""
    found = [
        fact.body
        for line in chart.circle_lines
        if may_be_told(line) == "yes"
        for fact in line.standing[-1:]
        if isinstance(fact.body, RelatedPerson)
    ]
    return tuple(sorted(found, key=lambda one: not one.emergency))
