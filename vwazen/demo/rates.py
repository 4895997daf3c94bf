"""The parameters of `content/demo/*.yaml` as one typed value."""

from functools import lru_cache

import msgspec

from vwazen.content.demo_model import DemoModel
from vwazen.content.load import Content

Floats = tuple[float, ...]
Table = dict[str, float]


class Rates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every parameter by its name in the files, where unit, interval and source stand beside it."""

    phq9_a: Floats
    phq9_b1: Floats
    phq9_b2: Floats
    phq9_b3: Floats
    language_bias_sd: float
    gad7_a: Floats
    gad7_b: Floats
    other_a: float
    partial_form: float
    total_only: float
    asked_privately: float
    registered: Table
    open_care: Table
    ever_per_open: float
    facilities: Table
    hospitals: Table
    age_0_4: Floats
    male_share: Floats
    deaths_per_1000: float
    has_phone: float
    born_known: Table
    village_of: float
    minutes_psychiatrist: float
    worker_leaves: float
    orphaned: float
    minutes_first: float
    minutes_follow: float
    minutes_phone: float
    minutes_home: float
    mix: Table
    stays_open: Table
    ill: Table
    female: Table
    age_low: Table
    age_mode: Table
    age_high: Table
    perinatal: float
    births: float
    comorbid: Table
    second_episode: float
    first_contact: Table
    delay_months: float
    travel: Floats
    detected: float
    detected_peak: float
    detect_half_life: float
    attender_theta: Floats
    attender_ill_theta: float
    care_theta: Floats
    enrolled_below: float
    season: float
    growth: float
    remit_untreated: Floats
    remitted_theta: float
    well_theta: Floats
    wander: float
    relapse: float
    relapse_residual: float
    treated_hazard: float
    treated_drift: float
    contact4w: float
    consult: float
    seizures_untreated: Floats
    seizures_on_drug: Floats
    seizure_free: Floats
    status_epilepticus: float
    psychosis_relapse: Floats
    brief_psychosis: float
    brief_remits: float
    bipolar_relapse: float
    alcohol_remits: Floats
    child_remits: Floats
    dementia_worsens: float
    adherent: Table
    stockout_relapse: float
    died: Table
    death_unrecorded: float
    harm: float
    harm_in_care: float
    returns: Floats
    lost_a_month: float
    found_again: float
    missed: float
    missed_season: float
    missed_recorded: float
    sought: float
    far: float
    severity_keeps: float
    measured: Table
    taking_told: float
    helper_named: float
    planned_together: float
    measured_sooner: float
    note_written: float
    assessed_at_once: float
    assessed_later: float
    intent_told: float
    reviewed: float
    carried_out: float
    asks: float
    step_up: float
    supervised: float
    fidelity: Floats
    competence_half_life: float
    site_quality_sd: float
    site_need_sd: float
    stock_out: Table
    admitted: Table
    completed_after: Table
    closed_lost: float
    cleaned: float
    sought_once: float
    sought_last: float
    death_reviewed: float
    part_given: float
    weighed: float
    answered: float
    other_medicine: Table
    moved: float
    late_phone: float
    very_late: float
    wrong_clock: float
    duplicate: float
    merged: float
    screened: Table
    transferred: float
    usual_dose: float
    people_per_chw: Table
    misspelt: float
    wrong_person: float
    amended: float
    imported: float
    roll_out: Floats
    roll_out_effect: float
    catastrophe: Floats
    pathway: Floats
    referred: float
    refused: float
    unanswered: float
    word_back: float
    from_hospital: Table
    from_outside: float
    after_stay: Floats
    numbered: float
    missed_because: Table
    death_found: float
    agrees_to_messages: float
    phone_shared: float
    written_to: float
    in_passing: float
    first_help: float


@lru_cache(maxsize=4)
def rates(know: Content) -> Rates:
    """The parameters of the installed packs. A name that is missing, or that nobody reads, is an error."""
    values = {name: given.value for model in know.all(DemoModel) for name, given in model.values.items()}
    return msgspec.convert(values, Rates)


@lru_cache(maxsize=4)
def words(know: Content) -> dict[str, tuple[str, ...]]:
    """Every list of words by its name."""
    return {name: list for model in know.all(DemoModel) for name, list in model.words.items()}
