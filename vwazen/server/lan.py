"""HTTPS in a clinic's own network: an authority of this node's own, and a certificate for its addresses.

Browsers let an app work offline, and encrypt, only over https. A machine in a clinic has no name that a public
authority would vouch for, so it vouches for itself: the authority is made once, its key stays in VWAZEN_HOME, and each
phone is told once to trust it. It can vouch for private addresses and local names only (name constraints), so that
whoever steals its key cannot pose as a bank on those phones.
"""

import datetime as dt
import ipaddress
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FOLDER = "lan"
AUTHORITY, AUTHORITY_KEY, CERTIFICATE, KEY = "authority.crt", "authority.key", "node.crt", "node.key"
YEARS = 10
DAYS = 365  # a leaf lives for less than phones allow (398 days)
RENEW = 60  # days before its end
NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7",
    "fe80::/10",
)  # fmt: skip
SUFFIXES = ("local", "lan", "home.arpa", "localhost", "internal")

Key = ec.EllipticCurvePrivateKey


def authority(home: Path) -> bytes | None:
    """The certificate of this node's authority in DER, as phones install it; None where it has none."""
    file = home / FOLDER / AUTHORITY
    if not file.is_file():
        return None
    return x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(serialization.Encoding.DER)


def fingerprint(home: Path) -> str:
    """Its SHA-256 in pairs, as phones show it; "" where there is none."""
    file = home / FOLDER / AUTHORITY
    if not file.is_file():
        return ""
    digest = x509.load_pem_x509_certificate(file.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def addresses() -> list[str]:
    """The private addresses of this machine, the one that others reach it at first; loopback is not among them."""
    found: dict[str, None] = {}
    for kind, far in ((socket.AF_INET, "10.255.255.255"), (socket.AF_INET6, "fd00::1")):
        with socket.socket(kind, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((far, 9))  # sends nothing: it only asks which of our addresses would be used
            except OSError:
                continue
            found[str(probe.getsockname()[0]).partition("%")[0]] = None
    with suppress(OSError):
        found |= {str(one[4][0]).partition("%")[0]: None for one in socket.getaddrinfo(socket.gethostname(), None)}
    return [one for one in found if _private(one)]


def names() -> list[str]:
    """What others in the network may call this machine."""
    own = socket.gethostname().partition(".")[0].lower()
    plain = "".join(one for one in own if one.isascii() and (one.isalnum() or one == "-")).strip("-")
    return [f"{plain}.local"] if plain else []


def _private(address: str) -> bool:
    try:
        one = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not one.is_loopback and any(one in ipaddress.ip_network(net) for net in NETWORKS)


def is_loopback(host: str) -> bool:
    """Whether this host of an address means the machine itself, whatever else answers for names."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def hosts() -> list[str]:
    """By what this machine is called: in the network, and by itself. For the certificate and for Django."""
    return [*(f"[{one}]" if ":" in one else one for one in addresses()), *names(), "localhost", "127.0.0.1", "[::1]"]


def prepare(home: Path, hosts: Sequence[str], now: dt.datetime) -> tuple[Path, Path]:
    """The files of a certificate for these addresses and names, and of its key; made or renewed where needed.

    The authority is made once. Files are for the node's own account only.
    """
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    authority_key, authority_cert = _authority(folder, now)
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not _good(certificate, key, authority_cert, hosts, now):
        _leaf(certificate, key, authority_key, authority_cert, hosts, now)
    return certificate, key


def _authority(folder: Path, now: dt.datetime) -> tuple[Key, x509.Certificate]:
    cert_file, key_file = folder / AUTHORITY, folder / AUTHORITY_KEY
    if cert_file.is_file() and key_file.is_file():
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{AUTHORITY_KEY} holds no key of ours. Move the folder {FOLDER} aside and start again.")
        return key, x509.load_pem_x509_certificate(cert_file.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Vwazen authority {os.urandom(3).hex()}")])
    private = [x509.IPAddress(ipaddress.ip_network(net)) for net in NETWORKS]
    local = [x509.DNSName(suffix) for suffix in SUFFIXES]
    cert = (
        _builder(name, name, key, now, dt.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints([*local, *private], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(key_file, _pem(key))
    _write(cert_file, cert.public_bytes(serialization.Encoding.PEM))
    return key, cert


def _leaf(
    cert_file: Path, key_file: Path, authority_key: Key, authority: x509.Certificate, hosts: Sequence[str],
    now: dt.datetime,
) -> None:  # fmt: skip
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Vwazen")])
    cert = (
        _builder(name, authority.subject, key, now, dt.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_named(one) for one in hosts]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write(key_file, _pem(key))
    chain = cert.public_bytes(serialization.Encoding.PEM) + authority.public_bytes(serialization.Encoding.PEM)
    _write(cert_file, chain)


def _builder(
    name: x509.Name, issuer: x509.Name, key: Key, now: dt.datetime, lasts: dt.timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + lasts)
    )  # fmt: skip


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs, key_cert_sign=signs, crl_sign=signs, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def _good(cert_file: Path, key_file: Path, authority: x509.Certificate, hosts: Sequence[str], now: dt.datetime) -> bool:
    """Whether the certificate there is of this authority, for all these hosts, and for a while yet."""
    if not (cert_file.is_file() and key_file.is_file()):
        return False
    cert = x509.load_pem_x509_certificate(cert_file.read_bytes())
    if cert.issuer != authority.subject or cert.not_valid_after_utc < now + dt.timedelta(days=RENEW):
        return False
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {_named(one) for one in hosts} <= set(names)


def _pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, data: bytes) -> None:
    """For the node's own account only, and whole or not at all."""
    part = file.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(data)
    part.replace(file)
