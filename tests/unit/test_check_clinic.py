"""`vwazen content check` on lists of medicines, measurements and codes: each fault with its line and how to mend it."""

from pathlib import Path

import pytest

from vwazen.content.check import check

BASE = Path(__file__).resolve().parents[2] / "vwazen" / "content"
HEAD = "version: 1\nlicence: Apache-2.0\nsource: [vwazen]\nreviewed: not yet reviewed by a clinician\n"
MEDS = "medicines/ours.yaml"
LIST = f"id: ours\n{HEAD}title: Ours\ncovers: Nothing.\nmedicines:\n"
ONE = "  - {id: a, name: Invented, source: [vwazen]"


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (MEDS, f"{LIST}{ONE}, measure: [{{what: aura, source: [vwazen]}}]}}\n", "Nothing called aura"),
        (MEDS, f"{LIST}{ONE}, measure: [{{what: weight, source: []}}]}}\n", "Nothing says"),
        (MEDS, f"{LIST}{ONE}, pregnancy: {{text: No., source: []}}}}\n", "The caution has no source"),
        (MEDS, f"{LIST}{ONE}, pregnancy: {{text: No., source: [XX]}}}}\n", "source XX is not explained"),
        (MEDS, f"{LIST}{ONE}}}\n  - {{id: b, name: invented, source: [vwazen]}}\n", "also a name of a"),
        (MEDS, f"{LIST}{ONE}, dose: 2 a day}}\n", "unknown field `dose`"),
        ("measurements.yaml",
         f"id: ours\n{HEAD}basis: ours\nmeasures: [{{id: x, title: X, low: 9, high: 1, units: [u]}}]\n",
         "range of x is empty"),
        ("codes/ours.yaml", f"id: ours\n{HEAD}title: Ours\nsystem: urn:ours\n", "holds no codes"),
    ],
)  # fmt: skip
def test_a_fault_is_found_and_says_how_to_mend_it(tmp_path: Path, file: str, text: str, said: str) -> None:
    (tmp_path / "pack.yaml").write_text("id: ours\ntitle: Invented\nlicences: [Apache-2.0]\n")
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    problems = check([BASE, tmp_path])
    assert len(problems) == 1
    assert said in problems[0].message
    assert problems[0].mend
