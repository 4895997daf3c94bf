"""A node that is its own authority in a clinic's network: its certificate, its files, and what a phone is told."""

import datetime as dt
import http.client
import json
import os
import re
import ssl
import stat
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.test import Client

from tests.live import ROOT, free_port
from vwazen.server import lan

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def names(certificate: Path) -> set[str]:
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    said = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(one.value) for one in said}


def test_the_authority_is_made_once_and_the_certificate_when_it_must_be(tmp_path: Path) -> None:
    certificate, key = lan.prepare(tmp_path, ["192.168.1.5", "clinic.local", "[::1]"], NOW)
    print_, first = lan.fingerprint(tmp_path), certificate.read_bytes()
    assert re.fullmatch(r"([0-9A-F]{2} ){31}[0-9A-F]{2}", print_)
    assert names(certificate) == {"192.168.1.5", "clinic.local", "::1"}
    lan.prepare(tmp_path, ["192.168.1.5"], NOW + dt.timedelta(days=100))
    assert certificate.read_bytes() == first, "it holds for all these names and for long enough"
    lan.prepare(tmp_path, ["192.168.1.5", "10.0.0.7"], NOW)
    assert certificate.read_bytes() != first and "10.0.0.7" in names(certificate)
    second = certificate.read_bytes()
    lan.prepare(tmp_path, ["10.0.0.7"], NOW + dt.timedelta(days=330))
    assert certificate.read_bytes() != second, "renewed before it ends"
    assert lan.fingerprint(tmp_path) == print_, "phones trust the authority, which stays"
    for file in (tmp_path / lan.FOLDER).iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE((tmp_path / lan.FOLDER).stat().st_mode) == 0o700
    assert key.parent == certificate.parent


def test_the_authority_can_vouch_for_nothing_outside_a_private_network(tmp_path: Path) -> None:
    lan.prepare(tmp_path, ["192.168.1.5"], NOW)
    authority = x509.load_pem_x509_certificate((tmp_path / lan.FOLDER / lan.AUTHORITY).read_bytes())
    held = authority.extensions.get_extension_for_class(x509.NameConstraints)
    permitted = held.value.permitted_subtrees
    assert held.critical and permitted is not None
    assert {str(one.value) for one in permitted} == {*lan.NETWORKS, *lan.SUFFIXES}
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical and basic.value.path_length == 0
    leaf = x509.load_pem_x509_certificate((tmp_path / lan.FOLDER / lan.CERTIFICATE).read_bytes())
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < dt.timedelta(days=398)
    leaf.verify_directly_issued_by(authority)


def test_addresses_are_those_of_private_networks() -> None:
    assert all(lan._private(one) for one in ("10.1.2.3", "192.168.0.9", "172.31.0.1", "fd00::2", "fe80::1"))
    assert not any(lan._private(one) for one in ("8.8.8.8", "127.0.0.1", "::1", "172.32.0.1", "x", ""))
    assert {"localhost", "127.0.0.1", "[::1]"} <= set(lan.hosts())


@pytest.mark.django_db
@pytest.mark.once
def test_a_node_without_an_authority_says_that_there_is_nothing_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "authority", lambda _: None)
    monkeypatch.setattr(lan, "fingerprint", lambda _: "")
    assert "no authority of its own" in Client().get("/phone/trust").content.decode()
    assert Client().get("/phone/trust/authority.crt").status_code == 404


@pytest.mark.once
def test_a_node_on_the_network_serves_phones_over_https_alone(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "VWAZEN_HOME": str(tmp_path), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    environment.pop("VWAZEN_HTTPS", None)
    log = tmp_path / "output.txt"
    command = [sys.executable, "-m", "vwazen", "up", "--lan", "--empty", "--port", str(port)]
    with log.open("wb") as out:
        node = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out, start_new_session=True)
    try:
        trusted = wait(tmp_path, port, node, log)
        print_ = lan.fingerprint(tmp_path)
        assert print_ in log.read_text() and f":{port}/" in log.read_text()
        assert "https://[" not in log.read_text(), "it does not listen there"
        status, head, page = ask(port, trusted, "/phone/trust")
        assert status == 200 and print_ in page.decode() and "Strict-Transport-Security" not in head
        status, head, data = ask(port, trusted, "/phone/trust/authority.crt")
        assert head["Content-Type"] == "application/x-x509-ca-cert"
        digest = x509.load_der_x509_certificate(data).fingerprint(hashes.SHA256()).hex().upper()
        assert print_.replace(" ", "") == digest
        status, head, _ = ask(port, trusted, "/sign-in/")
        assert status == 200 and "__Host-csrftoken" in head["Set-Cookie"] and "Secure" in head["Set-Cookie"]
        assert ask(port, trusted, "/sign-in/", host="elsewhere.example")[0] == 400
        assert ask(port, trusted, "/sync/", body=b"{}")[0] == 401
        said = json.loads(ask(port, trusted, "/sync/enrol", body=b'{"code": "x"}')[2])
        assert said["wipe"] is False
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(port, ssl.create_default_context(), "/phone/trust")
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as plain:
            plain.request("GET", "/phone/trust")
            with pytest.raises((http.client.HTTPException, OSError)):
                plain.getresponse()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(node.pid, 15)
        node.wait(timeout=20)


def wait(home: Path, port: int, node: "subprocess.Popen[bytes]", log: Path) -> ssl.SSLContext:
    """Until it answers; a context that trusts its authority, as a phone that was told to."""
    for _ in range(1500):
        file = home / lan.FOLDER / lan.AUTHORITY
        if file.is_file():
            context = ssl.create_default_context(cafile=str(file))
            with suppress(OSError, http.client.HTTPException):
                ask(port, context, "/sign-in/")
                return context
        assert node.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def ask(
    port: int, context: ssl.SSLContext, at: str, *, host: str = "", body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request."""
    with closing(http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=20)) as link:
        heads = {"Content-Type": "application/json"} | ({"Host": host} if host else {})
        link.request("POST" if body is not None else "GET", at, body=body, headers=heads)
        answer = link.getresponse()
        return answer.status, {name.title(): value for name, value in answer.headers.items()}, answer.read()
