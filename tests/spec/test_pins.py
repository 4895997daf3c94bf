"""What is installed: pinned, with hashes, from no address of its own, under a licence that we know. No network."""

import re
from importlib import metadata

import pytest

from tests.spec.pages import ROOT

PINS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"^([A-Za-z0-9][\w.\-]*)(?:\[[\w,]+\])?==([^\s;\\]+)")
# Licences under which a part may be used beside Apache-2.0: each leaves what is built with it free.
FREE = ("apache", "mit", "bsd", "psf", "python", "isc", "mozilla public license 2.0", "mpl-2.0", "lgpl", "zlib",
        "unlicense", "0bsd", "public domain", "cc0", "lesser general public", "historical permission")  # fmt: skip


@pytest.mark.parametrize("file", PINS, ids=lambda file: file.name)
def test_every_part_is_pinned_with_its_hashes_and_from_no_address_of_its_own(file: str) -> None:
    text = re.sub(r"\\\n\s*", " ", (ROOT / "requirements" / file).read_text("utf-8"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert lines
    for line in lines:
        assert PIN.match(line), f"{line[:60]} is not pinned to one version"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), f"{line[:60]} has no hash"
        assert not re.search(r"://|@ |--index-url|--find-links|-e ", line), (
            f"{line[:60]} comes from an address of its own"
        )


def _licence(name: str) -> str:
    about = metadata.metadata(name)
    said = [about.get("License-Expression") or "", (about.get("License") or "").split("\n")[0]]
    said += [one for one in about.get_all("Classifier") or [] if one.startswith("License ::")]
    files = [one for one in metadata.files(name) or [] if re.match(r"(licen[cs]e|copying)", one.name, re.IGNORECASE)]
    said += [one.read_text("utf-8")[:200] for one in files[:1]]
    return " ".join(" ".join(said).split()).casefold()


def test_every_part_has_a_licence_that_we_know() -> None:
    unknown, many = [], 0
    names = {found[1] for file in PINS for line in file.read_text("utf-8").splitlines() if (found := PIN.match(line))}
    for name in sorted(names):
        try:
            said = _licence(name)
        except metadata.PackageNotFoundError:
            continue  # of another system, or of the tools only
        many += 1
        if not any(word in said for word in FREE):
            unknown.append(f"{name}: {said[:80] or 'none said'}")
    assert many > 10 and not unknown, unknown
