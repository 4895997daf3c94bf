"""What stands around care in the record: helpers at home, and the plan that is made together."""

from typing import TYPE_CHECKING

from vwazen.clinical import facts as f

if TYPE_CHECKING:
    from vwazen.demo.care import Care, Touch

# Who helps at home: of a child, of an adult, of somebody old; "spouse" is a husband or a wife.
_RELATIONS = {
    "young": ("mother", "mother", "father", "grandmother", "aunt", "sister"),
    "adult": ("mother", "sister", "spouse", "spouse", "brother", "aunt", "neighbour", "cousin"),
    "old": ("daughter", "daughter", "son", "spouse", "sister", "neighbour", "niece"),
}
_MEN = ("husband", "father", "brother", "son")
_SUPPORT = ("transport", "food", "school", "housing")


def helpers(care: "Care", touch: "Touch") -> None:
    """Who helps at home, and whether they may be told."""
    journey, rng = care.journey, care.journey.rng
    if rng.random() > journey.rates.helper_named:
        return
    age = journey.person.age
    among = _RELATIONS["young" if age < 18 else "adult" if age < 50 else "old"]
    relation = among[int(rng.random() * len(among))]
    if relation == "spouse":
        relation = "husband" if journey.person.sex == "female" else "wife"
    sex = "male" if relation in _MEN else "female"
    body = f.RelatedPerson(
        name=journey.kit.names.person(rng, sex), relation=relation, emergency=rng.random() < 0.7,
        phone=f"+000 555 {int(rng.random() * 10_000):04}" if rng.random() < journey.rates.has_phone else "",
        may_be_told="yes" if rng.random() < 0.85 else "no",
    )  # fmt: skip
    care.write(touch, 13, body)


def planned(care: "Care", touch: "Touch") -> None:
    """A goal in the person's words and the next step towards it, some weeks into care."""
    journey, rng, kit = care.journey, care.journey.rng, care.journey.kit
    if rng.random() > journey.rates.planned_together:
        return
    goal = f.PlanItem(part="goal", text=kit.pick(rng, "goals", journey.who), own_words=True)
    care.write(touch, 13, goal)
    text = journey.local.calendar.text
    step = f.PlanItem(
        part="action", text=kit.pick(rng, "next_steps", journey.who), owner=care.owner,
        due=text[journey.planned], status="done" if journey.planned < journey.today - 40 else "open",
    )  # fmt: skip
    care.write(touch, 13, step)
    if rng.random() < 0.2:
        kind = _SUPPORT[int(rng.random() * len(_SUPPORT))]
        care.write(touch, 14, f.PlanItem(part="support", text="Asked at the social office.", support=kind))  # type: ignore[arg-type]
