"""What lies on a phone and how it comes and goes: the phone's own tests, run by Node."""

import os
import re
import subprocess

import pytest

from phone.build import MISSING, PHONE, node, parts

FILES = sorted((PHONE / "test").glob("*.test.ts"))


@pytest.fixture(scope="module")
def program() -> str:
    """Node with the phone's parts beside it."""
    if not node():
        pytest.skip(MISSING)
    if not (PHONE / "node_modules" / "fake-indexeddb").exists() and (wrong := parts()):
        pytest.skip(f"phone: {wrong}")
    return node()


def run(program: str, name: str, **extra: str) -> None:
    done = subprocess.run(
        [program, "--test", "--test-reporter=tap", f"test/{name}"],
        cwd=PHONE, env={**os.environ, **extra}, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed and int(passed[1]) > 0, "no test ran"


@pytest.mark.parametrize("name", [one.name for one in FILES])
def test_the_phone(name: str, program: str) -> None:
    run(program, name)


@pytest.mark.nightly
def test_many_generated_weeks_of_a_phone(program: str) -> None:
    run(program, "sync.test.ts", PHONE_WEEKS="400")
