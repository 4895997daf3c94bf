"""One invented person for each rule and proposal: values for which it holds, so that its sentence can be shown whole.

The day is 21 November 2026. What a rule does not name is as in `ORDINARY`: nine weeks in care, a little better.
"""

import datetime as dt

from vwazen.clinical.conditions import ABSENT, Value

TODAY = dt.date(2026, 11, 21)


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


ORDINARY: dict[str, Value] = {
    "episode.started": ago(67), "episode.step": 1, "episode.step_since": ago(67),
    "score.instrument": "phq-9", "score.title": "PHQ-9", "score.first": 18.0, "score.last": 16.0,
    "score.last_day": ago(4), "score.last_weeks": 9, "score.best": 14.0, "score.fall": 2.0, "score.fall_percent": 11.1,
    "score.rise": 2.0, "score.change": "down 2 (11 %), within measurement error (under 5 points)",
    "score.meaningful": 5.0, "score.since": ago(4), "score.counts": True, "score.remitted": False,
    "score.responded": False, "score.unscored": ABSENT, "function.last": 1.0, "treatment.sessions": 3,
    "treatment.missed": 1, "treatment.days_covered": 0, "treatment.gap": False, "treatment.received": True,
    "medicine.refill_due": ABSENT, "medicine.name": ABSENT,
    "review.ever": True, "review.since": ago(37), "recommendation.open_since": ABSENT, "recommendation.text": ABSENT,
    "question.open_since": ABSENT, "contact.due": ago(-6), "contact.last": ago(4), "hospital.last": ABSENT,
    "seizures.rise": ABSENT, "seizures.last": ABSENT, "seizures.last_day": ABSENT, "sign.acute_psychosis": ABSENT,
    "sign.mania": ABSENT, "sign.postpartum_red_flag": ABSENT, "sign.status_epilepticus": ABSENT,
    "sign.toxicity": ABSENT, "sign.oldest": ABSENT, "sign.oldest_name": ABSENT,
    "risk.opened": ago(1), "risk.intent": False, "risk.plan": False, "risk.poisoning": False,
    "risk.last_act": ABSENT, "risk.unassessed": False, "risk.unassessed_since": ABSENT, "risk.contact_due": ABSENT,
    "risk.why": "A worker was worried",
}  # fmt: skip

RULES: dict[str, dict[str, Value]] = {
    "poisoning": {"risk.poisoning": True},
    "intent": {"risk.intent": True},
    "plan": {"risk.plan": True},
    "recent-act": {"risk.last_act": ago(12)},
    "status-epilepticus": {"sign.status_epilepticus": ago(0)},
    "toxicity": {"sign.toxicity": ago(1)},
    "safety-answer-unassessed": {
        "risk.unassessed": True,
        "risk.unassessed_since": ago(1),
        "risk.why": "Answered “several days” to the safety question of PHQ-9",
    },
    "safety-contact-overdue": {"risk.contact_due": ago(2)},
    "acute-psychosis": {"sign.acute_psychosis": ago(2)},
    "mania": {"sign.mania": ago(3)},
    "postpartum": {"sign.postpartum_red_flag": ago(1)},
    "rising-seizures": {"seizures.rise": 3, "seizures.last": 5, "seizures.last_day": ago(6)},
    "sign-not-seen-gone": {"sign.oldest": ago(95), "sign.oldest_name": "Mania"},
    "severe": {"score.last": 21.0},
    "worse": {"score.rise": 6.0, "score.best": 10.0},
    "hospital": {"hospital.last": ago(5)},
    "no-response": {},
    "no-early-fall": {"review.since": ago(20)},
    "no-score": {"score.since": ago(40)},
    "never-reviewed": {"review.ever": False},
    "medicine-ran-out": {"medicine.refill_due": ago(9), "medicine.name": "fluoxetine"},
    "recommendation-waits": {
        "recommendation.open_since": ago(17),
        "recommendation.text": "See her at home with her sister, and start sessions again",
    },
    "contact-overdue": {"contact.due": ago(15)},
}
PROPOSALS: dict[str, dict[str, Value]] = {
    "not-received": {"treatment.received": False},
    "not-measured": {"score.since": ago(40)},
    "gap": {"treatment.gap": True},
    "confirm-remission": {"score.remitted": True, "score.last": 3.0},
    "early": {"episode.started": ago(30)},
    "function": {"score.responded": True, "function.last": 2.0},
    "no-response": {},
    "step-up": {},
    "severe-start": {"score.last": 22.0, "review.ever": False},
}
