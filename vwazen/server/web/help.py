"""Plain explanations, shown in place with {% help "id" %} and all together on the help page."""

import msgspec


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One question a worker may have, and its answer in paragraphs of plain text."""

    question: str
    answer: tuple[str, ...]


EXPLANATIONS = {
    "order": Explanation(
        question="How is the list ordered?",
        answer=(
            "By tier, from 1 to 9, never by a sum of points. Safety comes before everything else, and a good score "
            "never hides an open safety question. Within a tier, who has waited longest comes first.",
            "Every person has one sentence that says why they are where they are. It is made from the newest "
            "entries. If the sentence is wrong, an entry is wrong or missing: open the person and mend it.",
            "1 Now: someone on call acts at once. 2 Today: a safety question waits for an answer, within 24 hours. "
            "3 and 4 This week: signs that cannot wait long, or getting worse. 5, 6 and 7 Review: not better enough, "
            "not measured lately, or never reviewed. 8 and 9 Follow up: advice not carried out, or contact overdue. "
            "On track: none of these on the entries we have.",
            "These tiers are this product's default and not yet reviewed by a clinician, unless the list says so.",
        ),
    ),
    "not-scored": Explanation(
        question="What does “not scored” mean?",
        answer=(
            "Someone was asked, but too few questions were answered for a total that means anything. A missing answer "
            "is not counted as 0 and nothing is guessed, so there is no total. How many are unanswered stands beside "
            "it. On a chart such a day has an open, dashed mark below the scale, and the line across it is dotted.",
            "If the safety question is among the unanswered, safety is unknown. That is not the same as “not at all”: "
            "ask. Where only a total came from another system, the answers behind it are unknown too.",
        ),
    ),
    "conflict": Explanation(
        question="Why are there two numbers for one day?",
        answer=(
            "Two records of the same day disagree, for example a form and a later file. Both are kept and both are "
            "shown, with who wrote them. Neither is used as the score until someone who knows decides which is right.",
        ),
    ),
    "change": Explanation(
        question="When is a change a real change?",
        answer=(
            "Someone who feels just the same will often score a few points differently the next time. A change "
            "smaller than the instrument's measurement error is shown as such. Each instrument's page says how large "
            "that is and where the figure comes from, or that none was found.",
            "Changes are only ever compared within one instrument. A fall from a low first score says little, and "
            "the page then says so.",
        ),
    ),
    "clock": Explanation(
        question="What does the clock do?",
        answer=(
            "When a risk is open, the clock counts down to the next event: the moment at which the next person on the "
            "roster is called, and later the supervisor. It is not a mood and not a score.",
            "Called is not answered, and sent is not received. The clock stops when a person says “I have this”, and "
            "then a name stands there. It does not stop when nobody is on call: the page says so and shows the "
            "numbers to ring instead. It cannot be put off.",
        ),
    ),
    "import": Explanation(
        question="What happens to a file that I import?",
        answer=(
            "Nobody is enrolled and nobody is alarmed by a file. People arrive under Triage and wait for someone to "
            "decide. The same file twice changes nothing. What cannot be taken is kept under Held with its reason, "
            "and a worker with the right to see it can mend it there. Nothing is dropped and nothing is guessed.",
            "A worrying safety answer from long ago is one item per person, with an owner. Only a conversation closes "
            "it. A whole import can be undone.",
        ),
    ),
    "private": Explanation(
        question="Who sees what I see?",
        answer=(
            "You see the people of your sites, as far as your work needs it. What someone may not see is absent for "
            "them, from counts as well. Every page that shows a person leaves one line in the access log: who opened "
            "whose record, and when.",
        ),
    ),
    "never": Explanation(
        question="What does this software never do?",
        answer=(
            "It never predicts who will come to harm, and it never says “no risk” or “safe”. Among US veterans, 71.6 % "
            "of deaths by suicide followed an answer of “not at all” (doi.org/10.1176/appi.ps.201500149). It says "
            "what was asked, when, and what was answered.",
            "It never moves anyone by itself: it proposes a consultation, a change or a step, with the reason, and a "
            "person decides. It never closes a risk by itself, never takes a message that was sent for one that was "
            "received, and never puts a name, a score or an illness into a notification.",
            "It never lets billing, a study or a report stand in the way of care.",
        ),
    ),
}

# what is pressed, what it does, and the element a page must have for it (a CSS selector; "" is every page)
KEYS = (
    ("?", "show the keys of this page", ""),
    ("/", "go to the search box", "[type=search]"),
    ("j or ↓", "next row", ".rows, [data-rows]"),
    ("k or ↑", "row before", ".rows, [data-rows]"),
    ("Enter", "open the row", ".rows, [data-rows]"),
    ("0 to 9", "answer the question and move on", "[data-ask]"),
    ("↑", "back to the question before", "[data-ask]"),
    ("↓", "to the next question without an answer", "[data-ask]"),
    ("Delete", "clear the answer: it is then unanswered, not 0", "[data-ask]"),
    ("Esc", "close this list", ""),
)
