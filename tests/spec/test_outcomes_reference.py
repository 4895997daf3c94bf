"""Prints docs/reference/outcomes.md and register-export.md: what is counted and hidden, and what each column holds."""

from tests.spec.pages import compare, heading, table
from vwazen.content.indicators import WINDOWS, Outcomes
from vwazen.content.load import BASE, content
from vwazen.content.model import Instrument
from vwazen.evidence import register
from vwazen.server.reporting.files import RECORD, SYNTHETIC
from vwazen.server.reporting.words import BASES, FATES

SHIPPED = content([BASE])
RULES = SHIPPED.get(Outcomes, "outcomes")
CONTENT = "vwazen/content/indicators/outcomes.yaml"

# column -> what it holds; a column without a line here fails
MEANING = {
    "person": "the number of the person's record; their chart opens by it. No name stands in the file",
    "site": "where they are followed",
    "gender": "female, male, other or unknown",
    "age": "in whole years by the birth year, or `not recorded`",
    "place": "where they live, or `not recorded`",
    "owner": "the worker who answers for them, or `nobody`",
    "chw_visits": "asked whether a community health worker visits them: `asked: yes`, `asked: no` or `not asked`",
    "conditions": "what they are in care for",
    "protocol_step": "the step of each, in the same order",
    "enrolled_on": "the day on which the oldest of these episodes began",
    "days_in_care": "days from then to the day of the file",
    "diagnoses": "each that stands, with its certainty, or `none to show`",
    "thoughts_of_suicide": "the newest answer to any question on suicide: `asked: yes`, `asked: no`, `not asked`, or "
    "not known, where only a total was given or the question was left out",
    "thoughts_asked_on": "the day of that answer",
    "suicidal_intent": "the newest answer in a risk assessment: `asked: yes`, `asked: no` or `not asked`",
    "suicide_plan": "the same of a plan",
    "pregnant": "`asked: yes`, `asked: no` or `not asked`",
    "pregnant_asked_on": "the day of that answer",
    "hospital_since_last_visit": "as asked at the newest visit that asked",
    "latest_medicines": "medicines in force, or `none to show`",
    "latest_medicine_date": "the newest day on which one was handed out; prescribed, where none was",
    "latest_intervention": "ids of what was done at the newest visit that says it, or `none to show`",
    "latest_intervention_date": "the day of that visit",
    "last_visit_date": "the newest day on which the person was met",
    "days_since_last_visit": "days from then to the day of the file",
    "appointment_for_last_visit": "the newest date that was agreed before that visit",
    "came_within_14_days_of_appointment": "`yes` where the last visit lies at most 14 days before or after that date, "
    "`no`, `no appointment before` or `not met yet`",
    "next_appointment_date": "the date agreed next",
    "three_months_since_last_visit": f"`yes` where more than {register.THREE_MONTHS} days have gone since then",
    "six_months_since_last_visit": f"`yes` where more than {register.SIX_MONTHS} days have",
    "origin": f"`{RECORD}`, or `{SYNTHETIC}`",
}  # fmt: skip


def _scales(known: tuple[Instrument, ...]) -> list[tuple[str, str, str]]:
    return [(one.name, f"`{one.id.replace('-', '_')}`", one.segment) for one in known]


def register_page() -> str:
    known = register.scales(SHIPPED, RULES, {one.segment for one in SHIPPED.instruments})
    ends = "`, `".join(register.ENDS)
    return (
        heading("The register of people in care, column by column", "test_outcomes_reference.py", CONTENT)
        + "\nOne line for everyone in care at a place, as CSV (UTF-8) or XLSX, made under Outcomes, Register file. It "
        "needs the right `see_chart` there and sight of mental-health facts; what the reader may not see is not in it, "
        "and a scale of a segment they may not see has no columns. Each file is an entry in the access log. A cell "
        "that begins with `=`, `+`, `-` or `@` gets an apostrophe: no spreadsheet program takes it for a formula.\n\n"
        "The columns follow the programme exports that Partners In Health runs in Haiti and Sierra Leone. Two things "
        "are told here that those do not tell: `asked: no` is not `not asked`, and a score that could not be made says "
        "why. One is computed otherwise: *came within 14 days* compares the visit with the date agreed for it. The "
        "export that we read (Haiti's) compares the last visit with the day of the report instead; that figure is "
        "`days_since_last_visit` here, at most 14.\n\n## Each person\n\n"
        + table(("Column", "What it holds"), [(f"`{one}`", MEANING[one]) for one in register.ABOUT])
        + f"\n## Each scale\n\nSix columns each, with the scale's id behind: `{ends}`. Never asked is `not asked`; "
        "asked once has no previous; the baseline is the first answer at, or at most 14 days before, the enrolment. "
        "Two answers of one day that contradict each other are both given.\n\n"
        + table(("Scale", "Columns end in", "Segment"), _scales(known))
        + "\n## Asked, and answered\n\n"
        + table(("Column", "What it holds"), [(f"`{one}`", MEANING[one]) for one in register.ASKED])
        + "\n## How they come\n\n"
        + table(("Column", "What it holds"), [(f"`{one}`", MEANING[one]) for one in (*register.COMES, "origin")])
    )  # fmt: skip


def outcomes_page() -> str:
    return (
        heading("Outcomes, as they are counted", "test_outcomes_reference.py", CONTENT)
        + f"\nDefinition {RULES.version}, {RULES.reviewed}. {RULES.basis.strip()}\n\n"
        "The unit is an enrolment: somebody who comes back years later counts again, and one person may be counted for "
        "two conditions. An enrolment counts at the site that gave the care. The page is "
        "[explained here](../how-to/outcomes.md).\n\n## Windows\n\n"
        + table(
            ("Window", "Days after enrolment", "Basis"),
            [(one.title, f"{one.opens} to {one.closes}, nearest to {one.day}", one.basis) for one in RULES.windows],
        )
        + "\nOf several scores in a window the nearest to its day counts, of two as near the later, of two that "
        "contradict each other the worse. *Due* is everyone whose window is over. Share of **all due**: a missing "
        "score counts as no response, so it is a lower bound. Share of the **re-assessed**: only who was scored. Both "
        "are always shown, with Wilson's interval at 95 %.\n\n## Who is judged\n\n"
        + table(("", "Meaning"), [(f"`{one}`", words) for one, words in BASES.items()])
        + f"\nThe start is the first score, at most {RULES.baseline_until_day} days after enrolment.\n\n"
        "## What became of everyone due\n\n"
        + table(("", "Meaning"), [(f"`{one}`", words) for one, words in FATES.items()])
        + "\nResponse and remission follow the lines in each [instrument's](instruments/README.md) entry, by the score "
        "alone; whether a person is safe is never told by a rate. Remission counts only where the fall is a response "
        "too. A scale without a published line of response (GAD-7) is judged by the smallest change that matters.\n\n"
        "## Besides\n\n"
        "- **Daily life**: PHQ-9's tenth answer at least one level easier, of those who began with any difficulty.\n"
        f"- **Free of seizures**: none counted in the 30 days before the count, of everyone enrolled for "
        f"{' or '.join(RULES.seizure_conditions)}. A missing count is not freedom.\n"
        f"- **Out of touch**: in care and not met for {RULES.out_of_touch_days} days. **Seen again**: met again within "
        f"{RULES.seen_again_days} days of the enrolment.\n"
        "- **Contacts**: times a person was met; each counts in one episode only, the newest that was then open.\n"
        "- **Run charts**: by month of enrolment, with Anhøj's limits. They say that something changed, never what.\n\n"
        f"## What is not shown\n\nWhoever may open the charts of a place sees every figure and the people behind it. "
        f"Anyone else sees no count from 1 to {RULES.small_cell - 1} ({RULES.small_cell_basis.rstrip('.')}), and "
        "nothing that would give it back: where one line is hidden, so is the next smallest, until no sum or "
        "difference of the figures shown tells it, for one window and one breakdown across the pages of all places "
        "that the reader may open. They cannot narrow a figure, since two narrowed ones could be subtracted. Not "
        "covered: the same page on two days, two windows read against each other, or two readers with different "
        "rights putting their pages together.\n\n"
        "Conditions of a guarded segment are counted only for who may see that segment: "
        + ", ".join(f"`{one}`" for one in RULES.segments)
        + ".\n"
    )  # fmt: skip


def test_the_page_of_the_outcomes() -> None:
    compare("outcomes.md", outcomes_page())


def test_the_page_of_the_register() -> None:
    compare("register-export.md", register_page())


def test_every_column_is_explained_and_no_other() -> None:
    assert set(MEANING) == {*register.ABOUT, *register.ASKED, *register.COMES, "origin"}


def test_windows_lie_apart() -> None:
    assert [one.id for one in RULES.windows] == list(WINDOWS)
    for one, other in zip(RULES.windows, RULES.windows[1:], strict=False):
        assert one.closes < other.opens
