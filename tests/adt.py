"""ADT messages as a hospital's system writes them, by another library than the one that reads them here (hl7apy)."""

from hl7apy.core import Message, Segment  # type: ignore[import-untyped]

STRUCTURES = {
    "A01": "ADT_A01", "A02": "ADT_A02", "A03": "ADT_A03", "A04": "ADT_A01", "A06": "ADT_A06", "A08": "ADT_A01",
    "A11": "ADT_A09", "A12": "ADT_A12", "A13": "ADT_A01", "A21": "ADT_A21", "A22": "ADT_A21", "A40": "ADT_A39",
    "A31": "ADT_A05", "A52": "ADT_A52", "A53": "ADT_A52",
}  # fmt: skip


def adt(
    trigger: str, control: str, *, at: str = "20261122093000+0000", number: str = "4711", authority: str = "",
    family: str = "Course", given: str = "Ben", born: str = "19850321", sex: str = "M", visit: str = "V1",
    kind: str = "I", unit: str = "W1", bed: str = "4", admitted: str = "", discharged: str = "", went: str = "",
    reason: str = "", back: str = "", old: str = "", facility: str = "HOSP", event: str = "",
    charset: str = "UNICODE UTF-8", processing: str = "P", version: str = "2.5", dead: str = "",
) -> str:  # fmt: skip
    """One message, a segment a line ended by CR. Times are HL7's; what is empty is left out."""
    m = Message(STRUCTURES[trigger], version=version)
    for name, value in {
        "msh_3": "HIS", "msh_4": facility, "msh_5": "VWAZEN", "msh_7": at, "msh_10": control, "msh_11": processing,
        "msh_12": version, "msh_18": charset,
    }.items():  # fmt: skip
        if value:
            setattr(m.msh, name, value)
    m.msh.msh_9 = f"ADT^{trigger}^{STRUCTURES[trigger]}"
    m.evn.evn_1, m.evn.evn_2 = trigger, at
    if event:
        m.evn.evn_6 = event
    where = m
    if trigger == "A40":
        where = m.add_group("ADT_A39_PATIENT")
    pid = where.add_segment("PID") if trigger == "A40" else m.pid
    if number:
        pid.pid_3 = f"{number}^^^{authority}^MR"
    _name(pid, family, given)
    for name, value in {"pid_7": born, "pid_8": sex, "pid_30": dead}.items():
        if value:
            setattr(pid, name, value)
    if trigger == "A40":
        mrg = where.add_segment("MRG")
        mrg.mrg_1 = f"{old}^^^{authority}^MR"
        return f"{m.to_er7()}\r"
    pv1 = m.pv1
    for name, value in {
        "pv1_2": kind, "pv1_3": f"{unit}^^{bed}", "pv1_19": visit, "pv1_36": went, "pv1_44": admitted,
        "pv1_45": discharged,
    }.items():  # fmt: skip
        if value:
            setattr(pv1, name, value)
    if reason or back:
        pv2 = m.add_segment("PV2")
        if reason:
            pv2.pv2_3 = f"^{reason}"
        if back:
            pv2.pv2_47 = back
    return f"{m.to_er7()}\r"


def _name(pid: Segment, family: str, given: str) -> None:
    name = pid.add_field("pid_5")
    name.xpn_1 = family
    name.xpn_2 = given
