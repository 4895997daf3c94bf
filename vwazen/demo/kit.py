"""What a worker carries: questionnaires, words for notes, doses, who may ask what. Made once for a programme."""

from collections.abc import Mapping, Sequence
from random import Random

from vwazen.clinical import facts as f
from vwazen.content.load import Content
from vwazen.demo import answers as a
from vwazen.demo.illness import Illness, Seizures
from vwazen.demo.names import Names
from vwazen.demo.rates import Rates, rates, words

_INSTRUMENT = {
    "depression": "phq-9", "anxiety": "gad-7", "epilepsy": "seizures", "psychosis": "cgi-s", "bipolar": "cgi-s",
    "alcohol": "audit-c", "child": "psc-35", "dementia": "whodas-12", "self-harm": "phq-9",
}  # fmt: skip
_NOTE = {
    "epilepsy": "epilepsy_note", "psychosis": "psychosis_note", "bipolar": "bipolar_note", "alcohol": "alcohol_note",
    "child": "child_note", "dementia": "dementia_note", "self-harm": "harm_note",
}  # fmt: skip
_TALKING = {
    "depression": ("problem management", "behavioural activation"),
    "anxiety": ("problem management", "breathing and exposure"), "alcohol": ("counselling about alcohol",),
    "child": ("caregiver skills",), "self-harm": ("safety planning and follow-up",),
}  # fmt: skip
_DOSES = {
    "fluoxetine": "20 mg once a day", "amitriptyline": "50 mg at night", "haloperidol": "5 mg at night",
    "risperidone": "2 mg twice a day", "phenobarbital": "60 mg at night", "carbamazepine": "200 mg twice a day",
    "valproate": "500 mg twice a day", "fluphenazine": "25 mg each 4 weeks",
}  # fmt: skip
# Strength of a tablet, and how many in the morning, at noon, in the evening and at night; of the rest nobody says.
_TABLETS = {
    "fluoxetine": ("20 mg", (1, 0, 0, 0)), "haloperidol": ("5 mg", (0, 0, 0, 1)), "risperidone": ("2 mg", (1, 0, 1, 0)),
    "phenobarbital": ("30 mg", (0, 0, 0, 2)), "carbamazepine": ("200 mg", (1, 0, 1, 0)),
    "valproate": ("500 mg", (1, 0, 1, 0)),
}  # fmt: skip
_ROLES = {
    "psychosis": ("nurse",), "bipolar": ("nurse",), "epilepsy": ("nurse",),
    "alcohol": ("social_worker", "care_manager"), "child": ("lay_counsellor", "nurse"), "dementia": ("nurse",),
    "depression": ("nurse", "care_manager", "lay_counsellor"), "anxiety": ("nurse", "lay_counsellor"),
    "self-harm": ("nurse", "care_manager", "social_worker"),
}  # fmt: skip
_DIAGNOSIS = {
    "depression": "Depression", "anxiety": "Anxiety", "epilepsy": "Epilepsy", "psychosis": "Psychosis",
    "bipolar": "Bipolar disorder", "alcohol": "Harmful use of alcohol", "child": "Emotional and behavioural problems",
    "dementia": "Dementia", "self-harm": "After self-harm",
}  # fmt: skip
_TALK_OF = {"depression": "mood", "anxiety": "mood", "bipolar": "psychosis"}
_ALSO = {"tb": "Tuberculosis", "hypertension": "High blood pressure", "diabetes": "Diabetes"}
_INSTEAD = {
    "fluoxetine": "amitriptyline", "amitriptyline": "fluoxetine", "haloperidol": "risperidone",
    "risperidone": "haloperidol", "fluphenazine": "risperidone", "phenobarbital": "carbamazepine",
    "carbamazepine": "phenobarbital", "valproate": "risperidone",
}  # fmt: skip
INJECTED = "fluphenazine"
WEIGHED = ("haloperidol", "risperidone", "fluphenazine")  # whose list of what to measure says so
LANGUAGES = ("rw", "fr", "ht")
SCORED = ("depression", "anxiety")  # conditions that a protocol follows with a score
Who = frozenset[str]
ANYBODY: Who = frozenset()


class Kit:
    """Reading only; shared by every journey of a programme."""

    def __init__(self, know: Content) -> None:
        self.rates: Rates = rates(know)
        self.words: Mapping[str, Sequence[str]] = words(know)
        self.names = Names(self.words)
        self._fitting: dict[tuple[str, Who], tuple[str, ...]] = {}
        self.version = know.version
        self.roles = _ROLES
        self.versions = {name: know.instrument(name).version for name in {*_INSTRUMENT.values(), "phq-2"}}
        self.not_at_home = {name for name in self.versions if "chw" not in know.instrument(name).administered_by}
        plain = {
            "phq-9": a.phq9(self.rates), "gad-7": a.gad7(self.rates), "audit-c": a.other(self.rates, 3, 4),
            "psc-35": a.other(self.rates, 35, 2), "whodas-12": a.other(self.rates, 12, 4),
        }  # fmt: skip
        # The first language is the one the items were estimated in; the others understand each item a little otherwise.
        self._items = {(name, LANGUAGES[0]): items for name, items in plain.items()}
        for language in LANGUAGES[1:]:
            bias = Random(language)  # noqa: S311  the same in every programme
            for name, items in plain.items():
                self._items[name, language] = items.heard(bias, self.rates.language_bias_sd)
        self._safety = {
            one: tuple((rule.item, rule.at_least) for rule in know.instrument(one).safety) for one in self.versions
        }

    def pick(self, rng: Random, name: str, who: Who = ANYBODY) -> str:
        """One of the words of that name that fit such a person; without `who`, of those that fit anybody."""
        among = self._fitting.get((name, who))
        if among is None:
            parted = [one.rpartition(" | ") for one in self.words[name]]
            among = tuple(text for whose, _, text in parted if who.issuperset(whose.split()))
            self._fitting[name, who] = among
        return among[int(rng.random() * len(among))]

    def who(self, sex: str, age: int, condition: str) -> Who:
        """Whom a sentence must fit: see the words before a bar in `content/demo/words.yaml`."""
        found = {"she" if sex == "female" else "he"}
        if age >= 6:
            found.add("adult" if age >= 18 else "young")
        if sex == "female" and 16 <= age <= 45:
            found.add("bearing")
        if condition in SCORED:
            found.add("mood")
        if age >= 50:
            found.add("old")
        return frozenset((*found, condition))

    def asked(self, rng: Random, condition: str, who: Who) -> str:
        """A question to the specialist, as one asks it in the corridor."""
        return self.pick(rng, f"asked_{_TALK_OF.get(condition, condition)}", who)

    def taught(self, rng: Random, condition: str, who: Who) -> str:
        """What the specialist adds for next time; mostly nothing."""
        return self.pick(rng, "taught_mood" if condition in SCORED else "taught_other", who)

    def instrument(self, condition: str) -> str:
        return _INSTRUMENT[condition]

    def draw(self, rng: Random, condition: str, illness: Illness, language: str) -> dict[str, float]:
        """Whole answers to the condition's instrument, as this illness gives them today."""
        name = _INSTRUMENT[condition]
        if isinstance(illness, Seizures):
            return {"1": float(illness.count())}
        if name == "cgi-s":
            return {"1": float(min(7, max(1, round(1.4 + 1.6 * illness.theta + rng.gauss(0, 0.5)))))}
        return self._items[name, language].draw(rng, illness.theta)

    def screen(self, rng: Random, theta: float, language: str = "rw") -> f.Response:
        """PHQ-9 of somebody who came for another reason."""
        answers = self._items["phq-9", language].draw(rng, theta)
        return f.Response(instrument="phq-9", version=self.versions["phq-9"], answers=answers, language=language)

    def response(
        self, rng: Random, condition: str, answers: dict[str, float], mode: str, language: str, *, first: bool
    ) -> f.Response:  # fmt: skip
        """What is written down of whole answers: most of it, a part of it, or the total alone."""
        name, rates = _INSTRUMENT[condition], self.rates
        how = "phone" if mode == "phone" else "paper" if rng.random() < 0.05 else "in_person"
        private = None
        if name in ("phq-9", "gad-7") and rng.random() < rates.asked_privately:
            private = rng.random() < 0.86
        common = {
            "instrument": name,
            "version": self.versions[name],
            "mode": how,
            "language": language,
            "private": private,
        }
        if name == "phq-9":
            if not first and rng.random() < rates.total_only:
                return f.Response(**common, stated_total=sum(answers.values()), total_only=True)  # type: ignore[arg-type]
            if rng.random() < 0.5:
                answers = answers | {"10": float(min(3, round(sum(answers.values()) / 8 + rng.random() * 0.9)))}
        if len(answers) > 3 and rng.random() < rates.partial_form:
            hurry = 1 if rng.random() < 0.6 else 3
            gone = set(rng.sample(sorted(answers), hurry))
            answers = {item: value for item, value in answers.items() if item not in gone}
        return f.Response(**common, answers=answers)  # type: ignore[arg-type]

    def corrected(self, rng: Random, answers: Mapping[str, float]) -> dict[str, float]:
        """The same form with one slip mended: an item that was typed one too low or too high."""
        right = dict(answers)
        items = [item for item in right if item not in ("9", "10")] or list(right)
        item = items[int(rng.random() * len(items))]
        right[item] = right[item] - 1 if right[item] >= 1 else 1.0
        return right

    def positive(self, body: f.Response) -> bool:
        """Whether a safety item was answered at or above its line."""
        return any(body.answers.get(item, -1) >= line for item, line in self._safety[body.instrument])

    def note(self, rng: Random, condition: str, who: Who, well: bool, before: str) -> str:
        """A visit note of one to three short sentences; not those of the one `before`, if others come to hand."""
        own = _NOTE.get(condition)
        names = [own] if own else []
        if not own or (condition not in ("child", "dementia") and rng.random() < 0.3):
            names.append("helped" if well or rng.random() < 0.35 else "hard")
        if rng.random() < 0.5:
            names.append("plan_next")
        parts = []
        for name in names:
            text = self.pick(rng, name, who)
            parts.append(self.pick(rng, name, who) if text in before else text)
        return " ".join(parts)

    def minutes(self, rng: Random, mode: str, first: bool) -> int:
        """How long a contact took, rounded to five minutes as people write it."""
        rates = self.rates
        usual = {"phone": rates.minutes_phone, "home": rates.minutes_home}.get(mode, rates.minutes_follow)
        usual = rates.minutes_first if first else usual
        return max(5, int(rng.lognormvariate(0, 0.3) * usual / 5 + 0.5) * 5)

    def dose(self, medicine: str) -> str:
        return _DOSES.get(medicine, "")

    def prescription(self, medicine: str, segment: f.Segment = "mental-health") -> f.Prescription:
        """As it is written down for the first time."""
        injected = medicine == INJECTED
        strength, hours = _TABLETS.get(medicine, ("", ()))
        return f.Prescription(
            name=medicine, medicine=medicine, dose=_DOSES.get(medicine, ""), strength=strength, hours=hours,
            unit="tablet" if hours else "", every_days=28 if injected else None,
            route="injection" if injected else "oral", segment=segment,
        )  # fmt: skip

    def intake(self, rng: Random, prescription: str, adherent: bool, segment: f.Segment) -> f.Intake:
        """How it was taken since, as told, and what was told of side effects."""
        u = rng.random() + (0.0 if adherent else 0.45)
        taken = "all" if u < 0.55 else "most" if u < 0.85 else "some" if u < 1.3 else "none"
        felt = (self.pick(rng, "side_effects"),) if rng.random() < 0.15 else ()
        asked = rng.random() < 0.8 or bool(felt)
        return f.Intake(
            prescription=prescription, taken=taken, asked=asked, side_effects=felt, segment=segment  # type: ignore[arg-type]
        )  # fmt: skip

    def instead(self, medicine: str, who: Who) -> str:
        """The medicine that is tried next; "" where there is none for this person."""
        other = _INSTEAD.get(medicine, "")
        return "" if other == "amitriptyline" and "old" in who else other

    def talking(self, rng: Random, condition: str) -> str:
        among = _TALKING[condition]
        return among[int(rng.random() * len(among))]

    def diagnoses(self, rng: Random, condition: str, sex: str, age: int) -> tuple[str, ...]:
        """The words of the diagnosis, and of what the person has besides.

        Some women's depression is that of pregnancy or of the year after a birth. HIV is not among the diagnoses:
        these are read by more people than may know of it.
        """
        first = _DIAGNOSIS[condition]
        if condition == "depression" and sex == "female" and 15 <= age <= 45 and rng.random() < self.rates.perinatal:
            first = "Depression in pregnancy" if rng.random() < 0.5 else "Depression after childbirth"
        also = [text for name, text in _ALSO.items() if age >= 25 and rng.random() < self.rates.comorbid[name]]
        return first, *also
