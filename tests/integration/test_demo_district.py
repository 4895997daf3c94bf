"""A district, written by the program itself: cut off and finished, it holds the same bytes as one written in one go."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.spec.pages import ROOT

COMMAND = [
    sys.executable,
    "-m",
    "vwazen",
    "demo",
    "--size",
    "district",
    "--seed",
    "4",
    "--as-of",
    "2026-11-01",
    "--json",
]
QUERIES = (
    "SELECT person, id, at, received, data FROM record_fact ORDER BY person, id",
    "SELECT id, committed, facts, digest FROM record_batch ORDER BY id",
    "SELECT id, registered, name, born, place, path, died, merged_into FROM record_person ORDER BY id",
    "SELECT row, starts, tier, rule, reason FROM record_segment ORDER BY row, starts",
    "SELECT key, place, born, path, person FROM record_name_key ORDER BY person, key",
    "SELECT id, username, name FROM worker WHERE username <> 'admin' ORDER BY id",
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE 'record_%' ORDER BY name",
)


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "VWAZEN_HOME": str(home), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}


def digests(home: Path) -> list[str]:
    base = sqlite3.connect(home / "vwazen.sqlite3")
    found = []
    for query in QUERIES:
        digest = hashlib.sha256()
        for row in base.execute(query):
            digest.update(repr(row).encode())
        found.append(digest.hexdigest())
    base.close()
    truth = hashlib.sha256()
    for file in sorted((home / "demo-truth").glob("*.json*")):
        truth.update(file.read_bytes())
    return [*found, truth.hexdigest()]


@pytest.mark.nightly
@pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="reads the SQLite file itself")
def test_a_district_cut_off_and_finished_is_the_same_district(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    told = [subprocess.run(COMMAND, env=environment(whole), cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout]
    for sites in (1, 5):
        running = subprocess.Popen(COMMAND, env=environment(cut), cwd=ROOT, start_new_session=True,
                                   stdout=subprocess.DEVNULL)  # fmt: skip
        while len(list((cut / "demo-truth").glob("[!.]*.jsonl"))) < sites and running.poll() is None:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert not json.loads((cut / "synthetic").read_text()).get("done")
    told.append(subprocess.run(COMMAND, env=environment(cut), cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    assert json.loads((cut / "synthetic").read_text())["done"]
    assert digests(cut) == digests(whole)
    base = sqlite3.connect(whole / "vwazen.sqlite3")
    ((people,),) = base.execute("SELECT count(*) FROM record_person WHERE registered")
    base.close()
    assert [json.loads(one)["people"] for one in told] == [people, people]
    refused = subprocess.run(COMMAND, env=environment(cut), cwd=ROOT, check=False, capture_output=True, text=True)
    assert refused.returncode == 1 and "holds a demo already" in refused.stdout
