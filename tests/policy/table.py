"""The policy: who may open each address and who may send to it, as one table to be read by a manager.

Rights are those of `vwazen/content/scopes/roles.yaml`, read here as a file, so that a fault in the code that decides
cannot make this table agree with it. What happens is said by these rules, for every row:

    signed out                       to the page for signing in
    the right is lacking everywhere  403, whoever the page is about, whether they exist or not
    the person is elsewhere          404, and the very same for a person who does not exist
    the person has closed their record to this role    404 again
    else                             `got` for reading, `sent` for sending a form with nothing in it

Dead and young people and those merged into another are opened like everyone else, but where the row says otherwise.
"""

from functools import cache

import msgspec
import yaml

from tests.policy.place import REVOKED
from vwazen.home import ROOT

ANYONE = "anyone"  # without signing in
SIGNED_IN = "signed in"
MACHINE = "a key"  # another program, with a key of its own instead of a session
NEVER = "never"  # this way of asking is refused to everyone: 405


class Rule(msgspec.Struct, frozen=True):
    """One address. `reads`, `sends`: rights of which any one is enough, set apart by "|"; `sends` "" is as `reads`.

    `shows`: nothing can be sent. `needs`: a segment that is needed besides, once the person is known to be in reach;
    `barred`: roles that lack something only content knows, in reach too. `led`: roles led on to a page of
    theirs. `door`: the rights of which one is needed before the thing itself is looked for, where they are others.
    `far`: the answer about a thing elsewhere, 0 if the same as here.
    """

    reads: str
    sends: str = ""
    got: int = 200
    sent: int = 200
    dead_got: int = 0
    dead_sent: int = 0
    shows: bool = False
    needs: str = ""
    barred: tuple[str, ...] = ()
    led: tuple[str, ...] = ()
    door: str = ""
    far: int = 404


def _read(reads: str, got: int = 200, *, far: int = 404) -> Rule:
    """A page that is read only; sent to, it is shown as if it were asked for."""
    return Rule(reads, got=got, sent=got, shows=True, far=far)


CHART = "see_chart|see_caseload"
WORKERS = "manage_workers"
PHONES = "manage_workers|manage_roster"  # whoever manages a worker, and the supervisor nearest above them
AREA = "register_person|see_caseload|declare_emergency"
# Names of sites and colleagues are no secret within a programme; the number of a worker is drawn at random.
STAFF = {"far": 403}

TABLE: dict[str, Rule] = {
    # signing in, one's own account, help
    "sign-in": Rule(ANYONE, got=302, sent=302), "sign-in-code": Rule(ANYONE, got=302, sent=302),
    "sign-out": Rule(NEVER, SIGNED_IN, sent=302), "help": _read(ANYONE), "components": _read(SIGNED_IN),
    "account": Rule(SIGNED_IN, sent=302), "change-password": Rule(SIGNED_IN), "second-factor": Rule(SIGNED_IN),
    "home": _read(SIGNED_IN, 302),
    # sites, workers, the roster, the log
    "sites": Rule("manage_sites"), "site": Rule("manage_sites", sent=422, **STAFF),
    "workers": _read(WORKERS), "worker-add": Rule(WORKERS), "worker": Rule(WORKERS, **STAFF),
    "post-end": Rule(NEVER, WORKERS, sent=302, **STAFF), "worker-unlock": Rule(NEVER, WORKERS, sent=302, **STAFF),
    "worker-password": Rule(NEVER, WORKERS, **STAFF), "worker-details": Rule(NEVER, WORKERS, sent=302, **STAFF),
    "worker-second-factor": Rule(NEVER, WORKERS, sent=302, **STAFF),
    "worker-minutes": Rule(NEVER, WORKERS, sent=302, **STAFF),
    "worker-deactivate": Rule(NEVER, WORKERS, sent=302, **STAFF),
    "roster": _read("act_on_risk|manage_roster"),
    "roster-week": Rule("act_on_risk|manage_roster", "manage_roster", **STAFF),
    "on-call-end": Rule(NEVER, "manage_roster", sent=302, **STAFF),
    "access-log": _read("see_access_log"),
    # lists
    "today": _read("see_caseload|carry_out"), "diary": _read("see_caseload"), "caseload": _read("see_caseload"),
    "put-off-list": Rule("see_caseload|carry_out", "record_care", sent=404), "put-off": Rule("record_care"),
    "unassigned": Rule("enrol", sent=403), "handovers": _read("enrol"), "handover": Rule("enrol", sent=422, far=0),
    "stuck": _read("see_caseload"), "deaths": _read("enrol"), "refills": _read("dispense"),
    "risk-board": _read("act_on_risk"), "quality": _read("see_caseload|see_outcomes"),
    "review": _read("review|ask_question"), "tasks": Rule("carry_out", sent=422),
    "triage": Rule("triage", sent=302), "register-grid": Rule("record_care"), "register-print": _read("record_care"),
    # finding and registering
    "find-person": Rule("find_person", sent=422), "register-person": Rule("register_person"),
    "correct-person": Rule("register_person", sent=422), "same-person": Rule("register_person"),
    # one person
    "chart": _read(CHART), "chart-act": Rule(SIGNED_IN, CHART, got=302, sent=422, dead_sent=302),
    "answers": _read("see_chart"), "packet": Rule("review|see_chart", "review", sent=422, dead_sent=200),
    "visit": Rule("record_care", sent=422, dead_got=302, dead_sent=302),
    "visit-tried": Rule("record_care", got=302, sent=404),
    "screen": _read("ask"), "ask": Rule("ask", sent=422, barred=("supervisor",)),
    "risk-new": Rule("act_on_risk", sent=422), "risk": _read("act_on_risk"),
    "risk-act": Rule(SIGNED_IN, "act_on_risk", got=302, sent=422), "safety-plan": Rule("act_on_risk", sent=422),
    "care-plan": Rule(CHART, "record_care", sent=302), "diagnoses": Rule(CHART, sent=404),
    "medicines": Rule("see_chart", sent=404),
    "medicine-new": Rule("prescribe", sent=422, dead_got=302, dead_sent=302),
    "decide": Rule("record_care", sent=422, dead_got=302, dead_sent=302, needs="mental-health"),
    "move-person": Rule("enrol", sent=422, dead_got=302, dead_sent=302),
    "death-review": Rule("enrol", got=302, sent=302, dead_got=200, dead_sent=422),
    "triage-decide": Rule("triage", sent=422),
    # from tier to tier
    "referrals": _read("record_care"), "refer": Rule("record_care", sent=422, dead_got=302, dead_sent=302),
    "referral": Rule("record_care", sent=302), "referral-letter": _read("record_care"),
    "outsiders": Rule("record_care", sent=422), "outsider": Rule("record_care", sent=422),
    "stubs": Rule("record_care", sent=302), "arrival": Rule("record_care"),
    "tracing": _read("see_caseload|see_outcomes"), "home-visits": _read("see_caseload"),
    "trace": Rule("record_care", sent=422, dead_got=302, dead_sent=302),
    "trace-tap": Rule("record_care", got=302, sent=404), "trace-date": Rule("enrol", got=302, sent=422),
    "ward": Rule("record_care"), "ward-admit": Rule("record_care"), "ward-file": Rule("record_care"),
    "stays": Rule("see_chart|see_caseload|record_care", sent=404),
    "way-home": Rule(CHART, sent=302), "reintegration": _read("see_chart"), "high-users": _read("see_chart"),
    "readmissions": _read("see_outcomes"),
    "day-hospital": Rule("see_chart", sent=302), "day-member": Rule("see_chart", sent=404),
    "homes": _read("see_chart|manage_sites"),
    "protected-home": Rule("see_chart|manage_sites", led=("programme_manager", "administrator")),
    "protected-home-new": Rule("manage_sites"), "protected-home-edit": Rule("manage_sites", far=403),
    "residence": Rule("see_chart", sent=404),
    "messages": _read("record_care"), "team-messages": Rule("record_care", sent=422),
    "talk": Rule("record_care", got=302, sent=302), "reach": Rule("record_care", sent=422),
    "texts": Rule("triage", sent=422), "outbox": Rule("keep_outbox", sent=302),
    "adt-messages": Rule("mend_held|manage_sites"),
    "inbound": Rule(NEVER, MACHINE, sent=401), "adt": Rule(NEVER, MACHINE, sent=401),
    "sync": Rule(NEVER, MACHINE, sent=401), "sync-enrol": Rule(NEVER, MACHINE, sent=401),
    "sync-content": Rule(MACHINE, NEVER, got=401), "sync-clip": Rule(MACHINE, NEVER, got=401),
    "phone": Rule(ANYONE, sent=405), "phone-file": Rule(ANYONE, got=404, sent=404),
    "phone-trust": Rule(ANYONE, sent=405), "phone-authority": Rule(ANYONE, got=404, sent=405),
    "phones": _read(PHONES), "worker-phones": _read(PHONES, far=403),
    "phone-enrol": Rule(NEVER, PHONES, sent=302, **STAFF), "phone-revoke": Rule(NEVER, PHONES, sent=302, **STAFF),
    "phone-code": _read(PHONES, 404, far=403),
    "node-exchange": Rule(NEVER, MACHINE, sent=401),
    "node-enrol": Rule(NEVER, MACHINE, sent=401), "nodes": Rule("manage_sites"),
    # consent, emergencies, erasing
    "consent": Rule(CHART, sent=422), "seen-by": _read(CHART), "erase-ask": Rule("record_care"),
    "open-in-emergency": Rule("open_in_emergency", sent=422),
    "emergency-reviews": _read("review_emergency"), "emergency-review": Rule("review_emergency"),
    "erasures": _read("erase_record"), "erasure": Rule("erase_record", got=302, sent=302),
    "emergencies": Rule(AREA, "declare_emergency"), "emergency-area": _read(AREA),
    "end-emergency": Rule(NEVER, "declare_emergency", sent=302, door=AREA),
    "first-help": Rule("register_person", door=AREA),
    # bringing in, and what was kept back
    "import": Rule("import_data", sent=422), "import-how-to": _read("import_data"),
    "import-map": _read("import_data"), "import-job": _read("import_data"),
    "import-undo": Rule("import_data", sent=302), "held": _read("mend_held"),
    "held-entry": Rule("mend_held", sent=422),
    # figures and files
    "outcomes": _read("see_outcomes"), "outcomes-people": _read("see_outcomes&see_chart"),
    "outcomes-export": Rule(NEVER, "see_outcomes"), "register-export": _read("see_chart"),
}  # fmt: skip

# Forms that share one address: (address, where the form is named, its name) -> the right to send it.
FORMS: dict[tuple[str, str, str], str] = {
    **{("chart-act", "action", name): "record_care" for name in (
        "treatment", "note", "hospital", "step", "death", "withdraw")},
    **{("chart-act", "action", name): "enrol" for name in ("enrol", "reopen", "close", "owner")},
    **{("chart-act", "action", name): "act_on_risk" for name in ("sign", "concern")},
    ("chart-act", "action", "question"): "ask_question",
    **{("risk-act", "action", name): "act_on_risk" for name in (
        "stay", "body", "ask", "safe", "violence", "call", "acknowledge", "contact", "close")},
    **{("medicines", "do", name): "record_care" for name in ("intake", "told", "measure", "pregnancy")},
    **{("medicines", "do", name): "prescribe" for name in ("stop", "noted")},
    ("medicines", "do", "dispense"): "dispense",
    ("diagnoses", "do", "diagnosis"): "enrol", ("diagnoses", "do", "allergy"): "record_care",
}  # fmt: skip


class RoleSheet(msgspec.Struct, frozen=True):
    """What `roles.yaml` gives one role."""

    permissions: frozenset[str]
    segments: frozenset[str]


@cache
def sheet() -> dict[str, RoleSheet]:
    """Every role with its rights and segments, read from the file itself."""
    raw = yaml.safe_load((ROOT / "vwazen" / "content" / "scopes" / "roles.yaml").read_text("utf-8"))
    return {
        role: RoleSheet(frozenset(said["permissions"]), frozenset(said["segments"]))
        for role, said in raw["roles"].items()
    }


def has(role: str, rights: str) -> bool:
    """Whether a role holds any of the rights between "|", and that for each part between "&"."""
    held = sheet()[role].permissions
    return rights in (ANYONE, SIGNED_IN) or all(not held.isdisjoint(part.split("|")) for part in rights.split("&"))


def expected(rule: Rule, role: str, state: str, method: str) -> int:
    """The one answer that the table allows to this role, about somebody in this state."""
    reading = method == "GET"
    rights = rule.reads if reading else rule.sends or rule.reads
    answer = rule.got if reading else rule.sent
    if state == "dead":
        answer = (rule.dead_got if reading else rule.dead_sent) or answer
    if rights == NEVER:
        return 405
    if rights == MACHINE:
        return answer
    door = rule.door or (rule.sends if rule.reads in (NEVER, SIGNED_IN, ANYONE) else rule.reads) or rule.reads
    if not has(role, door):
        return 302 if reading and rule.reads == SIGNED_IN else 403
    if rights == SIGNED_IN and reading:
        return answer
    if state == "revoked" and role == REVOKED:
        return 404  # as if there were nobody
    if state in ("away", "none") and (state == "none" or rule.far):
        return rule.far if state == "away" else 404
    if not has(role, rights) or role in rule.barred:
        return 403
    if role in rule.led:
        return 302
    return 403 if rule.needs and rule.needs not in sheet()[role].segments else answer
