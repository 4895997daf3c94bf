"""What figures are called, the same on the page, in a list of people and in a file."""

from vwazen.evidence.episode import (
    BETTER,
    CHANGE,
    DIED,
    ENDED,
    IN_CARE,
    JUDGED,
    LOST,
    LOW,
    REMISSION,
    RESPONSE,
    SAME,
    SCORED,
    UNFOLLOWED,
    UNMET,
    UNSCORED,
    WORSE,
)

FATES = {
    REMISSION: "in remission",
    RESPONSE: "responded, not in remission",
    BETTER: "better, less than a response",
    SAME: "no change that can be told from chance",
    WORSE: "worse",
    SCORED: "scored; its change cannot be judged",
    IN_CARE: "met in the window, not scored",
    UNMET: "in care, not met in the window",
    LOST: "closed as lost to follow-up",
    DIED: "died",
    ENDED: "care ended otherwise before the window closed",
}
BASES = {
    JUDGED: "followed by a score that can be judged",
    CHANGE: "followed by a score without a published line of response",
    LOW: "began below the protocol's line, so response means nothing",
    UNSCORED: "no score near the enrolment",
    UNFOLLOWED: "a condition that no score follows here",
}
STATUS = {
    "open": "in care now", "completed": "completed", "transferred": "transferred", "moved": "moved away",
    "refused": "does not want care now", "lost": "lost to follow-up", "not_indicated": "not needed after all",
    "died": "died",
}  # fmt: skip
GROUPS = {
    "due": "due", "scored": "re-assessed", "responded": "responded", "missing": "not re-assessed",
    "away": "out of touch", "enrolled": "enrolled", "open": "in care now", "easier": "daily life easier",
    "free": "free of seizures",
}  # fmt: skip
DIMENSIONS = {
    "site": "Site", "step": "Step", "worker": "Worker", "condition": "Condition", "sex": "Sex",
    "age": "Age at enrolment",
}  # fmt: skip
SEXES = {"female": "women and girls", "male": "men and boys", "other": "another", "unknown": "not recorded"}


def percent(share: float | None) -> str:
    """A share in whole per cent, as a page writes it; in words where there is nobody."""
    return "nobody due" if share is None else f"{100 * share:.0f}\u00a0%"


def span(interval: tuple[float, float] | None) -> str:
    """An interval in whole per cent: 29 to 42."""
    return "" if interval is None else f"{100 * interval[0]:.0f} to {100 * interval[1]:.0f}"
