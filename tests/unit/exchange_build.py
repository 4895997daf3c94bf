"""FHIR resources and small files for the tests of vwazen.exchange. All names are obviously invented."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from vwazen.content.load import content
from vwazen.exchange.fhir import read_fhir
from vwazen.exchange.incoming import FileProblem, HeldIn, PersonIn, Repeated, ResponseIn, SkippedIn

TODAY = dt.date(2026, 11, 21)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LOINC = "http://loinc.org"
PHQ9 = ("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8")
GAD7 = ("69725-0", "68509-9", "69733-4", "69734-2", "69735-9", "69689-8", "69736-7")
ANSWERS = ("LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9")

Resource = dict[str, Any]


def patient(id: str = "P1", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": id, "name": [{"text": f"Test {id}"}], **more}


def item(code: str, answer: int | Resource | None) -> Resource:
    """One question; a number stands for the LOINC answer with that score."""
    if answer is None:
        return {"linkId": f"/{code}"}
    if isinstance(answer, int):
        answer = {"valueCoding": {"system": LOINC, "code": ANSWERS[answer]}}
    return {"linkId": f"/{code}", "answer": [answer]}


def response(answers: Any = (1,) * 9, codes: tuple[str, ...] = PHQ9, id: str = "R1", **more: Any) -> Resource:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": id,
        "status": "completed",
        "subject": {"reference": "Patient/P1"},
        "authored": "2026-11-02T09:30:00+01:00",
        "item": [item(code, answer) for code, answer in zip(codes, answers, strict=False)],
        **more,
    }


def observation(code: str = "44261-6", value: Any = 12, id: str = "O1", **more: Any) -> Resource:
    found = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": "Patient/P1"},
        "effectiveDateTime": "2026-11-02",
        **more,
    }
    if value is not None:
        found["valueQuantity"] = {"value": value, "unit": "{score}"}
    return found


def bundle(*resources: Resource, kind: str = "collection", **more: Any) -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in resources], **more}


class Found:
    """What came of reading, sorted by kind."""

    def __init__(self, values: list[Any]) -> None:
        self.all = values
        self.people = [one for one in values if isinstance(one, PersonIn)]
        self.responses = [one for one in values if isinstance(one, ResponseIn)]
        self.held = [one for one in values if isinstance(one, HeldIn)]
        self.skipped = {one.kind: one.count for one in values if isinstance(one, SkippedIn)}
        self.repeated = {one.kind: one.count for one in values if isinstance(one, Repeated)}
        self.problems = [one for one in values if isinstance(one, FileProblem)]

    @property
    def codes(self) -> list[str]:
        return sorted(one.code for one in (*self.held, *self.problems))


def read_path(path: Any, **more: Any) -> Found:
    return Found(list(read_fhir(path, content(), **{"as_of": TODAY, **more})))


def read(folder: Path, *resources: Resource | bytes, **more: Any) -> Found:
    """Write the resources as lines of NDJSON and read them."""
    path = folder / "all.ndjson"
    path.write_bytes(b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in resources))
    return read_path(path, **more)


def read_text(folder: Path, text: str | bytes, name: str = "one.json", **more: Any) -> Found:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_path(path, **more)
