"""Invented people and charts for the components page: each component beside its worst day."""

from datetime import date, timedelta

from django import forms

from vwazen.server.web.charts import Band, Bar, Lane, Point, Tick, Trajectory

PHQ_9 = (
    Band(label="minimal", low=0, high=4),
    Band(label="mild", low=5, high=9),
    Band(label="moderate", low=10, high=14),
    Band(label="moderately severe", low=15, high=19, short="mod. severe"),
    Band(label="severe", low=20, high=27),
)
START = date(2026, 9, 17)
TODAY = date(2026, 11, 19)


def _week(number: float, start: date = START) -> date:
    return start + timedelta(days=round(number * 7))


def nine_weeks() -> Trajectory:
    """The course of the mock-up: one day not scored, sessions, and a medicine that ran out."""
    return Trajectory(
        title="PHQ-9 of Egzanp Bellevue",
        instrument="PHQ-9",
        bands=PHQ_9,
        points=(
            Point(when=START, value=18),
            Point(when=_week(2), value=17),
            Point(when=_week(4), value=14),
            Point(when=_week(6), value=None, note="not scored, 2 unanswered"),
            Point(when=_week(8.7), value=16),
        ),
        target=9,
        target_label="half of the first score",
        start=START,
        today=TODAY,
        lanes=(
            Lane(
                label="Step",
                summary="5 weeks in step 2",
                bars=(
                    Bar(start=START, end=_week(4), label="Step 1", short="1", kind="step"),
                    Bar(start=_week(4), end=None, label="Step 2", short="2", kind="step"),
                ),
            ),
            Lane(
                label="Problem mgmt",
                summary="4 of 5 sessions",
                ticks=tuple(Tick(when=_week(w), held=w != 6) for w in (1, 2.6, 4, 6, 8)),
            ),
            Lane(
                label="Fluoxetine",
                summary="23 of 35 days",
                bars=(
                    Bar(start=_week(4), end=_week(5.9), label="20 mg"),
                    Bar(start=_week(5.9), end=_week(7.6), label="no stock", short="out", kind="gap"),
                    Bar(start=_week(7.6), end=None, label="20 mg"),
                ),
            ),
            Lane(label="Review", summary="1 by a specialist", ticks=(Tick(when=_week(4), kind="review"),)),
        ),
    )


def five_years() -> Trajectory:
    """Sixty entries over five years, some not scored, two days in conflict, and a long lane's name."""
    start = date(2021, 11, 4)
    values = [17, 19, 12, 15, 9, 11, 6, 8, 14, 20, 16, 7]
    points = []
    for i in range(60):
        when = start + timedelta(days=31 * i)
        if i % 13 == 6:
            points.append(Point(when=when, value=None, note="not scored, 1 unanswered"))
        elif i in (21, 44):
            points.append(Point(when=when, value=None, conflict=(12, 21)))
        else:
            points.append(Point(when=when, value=values[(i * 5) % 12] - i // 15))
    weekly = tuple(Tick(when=start + timedelta(weeks=w), held=w % 9 != 0) for w in range(0, 250, 2))
    return Trajectory(
        title="PHQ-9 of Egzanp Saint-Victor-Délice",
        instrument="PHQ-9",
        bands=PHQ_9,
        points=tuple(points),
        target=9,
        target_label="below 10",
        start=start,
        today=TODAY,
        lanes=(
            Lane(label="Group interpersonal therapy, with her sisters", summary="111 of 125 sessions", ticks=weekly),
        ),
        error=3.1,
    )


def higher_is_better() -> Trajectory:
    """A scale on which a rise is good, two records of one day, and nothing after them."""
    return Trajectory(
        title="WHO-5 of Egzanp Noëlsaint",
        instrument="WHO-5",
        bands=(Band(label="low", low=0, high=50), Band(label="above the cut", low=51, high=100, short="above")),
        points=(
            Point(when=START, value=24),
            Point(when=_week(3), value=None, conflict=(36, 64)),
            Point(when=_week(5), value=68),
        ),
        start=START,
        today=TODAY,
        direction="higher-is-better",
    )


def one_entry() -> Trajectory:
    """The first day, and nothing scored on it."""
    return Trajectory(
        title="Seizures in the month, Egzanp Zamor",
        instrument="Seizures in the month",
        points=(Point(when=TODAY, value=None, note="not asked, left early"),),
        start=TODAY,
        today=TODAY,
        high=10,
    )


def examples() -> tuple[Trajectory, ...]:
    """The charts of the components page."""
    return nine_weeks(), five_years(), higher_is_better(), one_entry()


class ExampleForm(forms.Form):
    """One field of each kind; two of them wrong."""

    name = forms.CharField(label="Name", help_text="as the person says it")
    visit = forms.CharField(label="Date of visit")
    words = forms.CharField(label="In her words", widget=forms.Textarea(attrs={"rows": 2}), required=False)
    place = forms.ChoiceField(
        label="Where",
        choices=[
            ("home", "At home"),
            ("clinic", "Clinic"),
            ("elsewhere", "Somewhere else, such as under the big tree"),
        ],
        widget=forms.RadioSelect,
    )
    company = forms.BooleanField(label="Someone came along", required=False)

    def clean_visit(self) -> str:
        raise forms.ValidationError("21 November has not come yet. Give today or an earlier day.")

    @classmethod
    def wrong(cls) -> "ExampleForm":
        """The form as it comes back after a mistake."""
        name = "Marie-Thérèse Josaphat Saint-Victor-Délice"
        return cls({"name": name, "visit": "21 11 2026", "company": "on"})


# what the smaller components take
SMALL = {
    "tabs": [
        {"label": "Waiting", "url": "#main", "count": 14, "current": True},
        {"label": "Held", "url": "#main", "count": 0, "current": False},
        {"label": "Done", "url": "#main", "count": None, "current": False},
    ],
    "since": START,
    "missing": None,
    "sparks": {
        "good": (0, 4),
        "line": (18, 17, 14, None, 16),
        "bars": (4, 3, 2, 1, None, 0, 6),
        "one": (13,),
        "conflict": (18, (12, 21), 10),
        "unknown": (None, None, None),
        "many": tuple((i * 7) % 28 if i % 9 else None for i in range(60)),
    },
    "answers": [
        {"value": "yes", "label": "Yes", "alert": True, "checked": True},
        {"value": "no", "label": "No"},
        {"value": "not-asked", "label": "Not asked"},
    ],
    "pairs": [
        ("Last asked", "17 November, “not at all”"),
        ("Before", None),
        ("At home", "asked in private, no violence"),
    ],
    "steps": [
        {"title": "Stay with her", "text": "In the small room since 08:42.", "state": "done"},
        {"title": "Ask, in private", "text": "What is not asked stays open.", "state": "on"},
        {"title": "Next contact", "text": "By a named person within 24 to 48 hours.", "state": ""},
    ],
}
