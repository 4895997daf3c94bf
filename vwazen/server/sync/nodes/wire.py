"""What two nodes say to each other: one question and one answer at a time, compressed JSON over HTTPS.

Every part can be sent again: facts have ids, and each side says how far it has everything.
"""

import http.client
import socket
import ssl
import urllib.error
import urllib.request
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from vwazen.server.interop.gateways import NoRedirect
from vwazen.server.lan import is_loopback
from vwazen.server.organisation.errors import Invalid
from vwazen.server.sync import machines

VERSION = 1
MOST_FACTS = 400  # in one question or answer: a slow link gets somewhere between two breaks
MOST_BYTES = 8_000_000  # of one body, unpacked
TIMEOUT = 60.0  # seconds
_NO_ADDRESS = "This is no address of a node. Give it as that node's page Nodes shows it: https://vwazen.example"


Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[^\x00]*$")]  # what every database keeps


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message, or a piece of one."""


class Sealed(Part, frozen=True, kw_only=True):
    """A seal of the node below: its number and the link of its chain."""

    number: Count
    chain: Word


class Ask(Part, frozen=True, kw_only=True):
    """From below: what was recorded there after batch `after` up to batch `upto`, and how far it is with ours."""

    v: Literal[1] = 1
    synthetic: bool
    after: Count
    upto: Count
    facts: tuple[msgspec.Raw, ...] = ()
    seal: Sealed | None = None
    got: Word = ""
    organisation: Word = ""
    erased: Count = 0


class SiteRow(Part, frozen=True, kw_only=True):
    code: str
    name: str
    kind: str
    path: str
    parent: str = ""


class WorkerRow(Part, frozen=True, kw_only=True):
    """A worker. `password` is the digest, and only of those who work at the sites of the node below."""

    id: str
    username: str
    name: str
    phone: str = ""
    language: str = "en"
    supervisor: str = ""
    active: bool = True
    minutes: int | None = None
    password: str = ""


class PostRow(Part, frozen=True, kw_only=True):
    worker: str
    role: str
    site: str
    starts: str
    ends: str = ""


class TurnRow(Part, frozen=True, kw_only=True):
    """A turn on call."""

    worker: str
    site: str
    starts: str
    ends: str
    order: int
    phone: str


class Organisation(Part, frozen=True, kw_only=True):
    """Who works where, as the node above says it."""

    sites: tuple[SiteRow, ...]
    workers: tuple[WorkerRow, ...]
    posts: tuple[PostRow, ...]
    turns: tuple[TurnRow, ...]


class Gone(Part, frozen=True, kw_only=True):
    """A record that was erased above: number of the word, whose it was, and the erasure's id."""

    number: int
    person: str
    erasure: str


class Answer(Part, frozen=True, kw_only=True):
    """From above: `taken` is the batch of the node below up to which everything is here, `got` how far it is now."""

    v: Literal[1] = 1
    taken: int
    waits: int = 0
    facts: tuple[msgspec.Raw, ...] = ()
    got: str
    more: bool = False
    organisation: Organisation | None = None
    organisation_digest: str = ""
    gone: tuple[Gone, ...] = ()


class Enrol(Part, frozen=True, kw_only=True):
    v: Literal[1] = 1
    code: str


class Enrolled(Part, frozen=True, kw_only=True):
    node: str
    token: str
    name: str
    site: str
    synthetic: bool


class Problem(Part, frozen=True, kw_only=True):
    """Why a node was refused, in a sentence that says what to do."""

    says: str


def packed(message: Part) -> bytes:
    return machines.packed(msgspec.json.encode(message))


def unpacked(body: bytes) -> bytes:
    """The body of a message. Raises Invalid where it is damaged or too large."""
    try:
        return machines.unpacked(body, MOST_BYTES)
    except (machines.TooLargeError, msgspec.DecodeError):
        raise Invalid("What arrived is damaged or too large. It is sent again by itself.") from None


class Unreachable(Exception):  # noqa: N818  it reads as a sentence where it is caught
    """Nobody answered. It is tried again by itself."""


def checked(address: str) -> str:
    """The address as it is used. Raises Invalid for one at which a key would cross a network in the clear, or that
    holds more than a host, a port and a path."""
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Invalid(_NO_ADDRESS) from None
    plain = f"[{host}]" if ":" in host else host
    whole = parts.netloc.lower() in (plain, f"{plain}:{port}")  # nothing before the host, between, or after it
    if not host or not whole or parts.query or parts.fragment or not address.strip().isprintable():
        raise Invalid(_NO_ADDRESS)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise Invalid("Nodes speak over HTTPS only. Give an address that begins with https://")
    return parts.geturl()


def post(address: str, message: Part, *, token: str = "", authority: str = "", timeout: float = TIMEOUT) -> bytes:
    """Send a message to another node; its answer. Raises `Unreachable`, or Invalid with what the other side said."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(checked(address), data=packed(message), headers=headers, method="POST")  # noqa: S310
    try:
        with _opener(request.type, authority).open(request, timeout=timeout) as answer:
            return unpacked(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        said = _said(error)
        if said and error.code < 500:
            raise Invalid(said) from None
        raise Unreachable(f"The node above answered with error {error.code}.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"The node above could not be reached: {_why(error)}.") from None


def _why(error: Exception) -> str:
    """What went wrong on the way, so that somebody can do something about it."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return (
            "this machine does not trust its certificate. Where it has an authority of its own, fetch the certificate "
            "under /phone/trust there and give it with --authority"
        )
    if isinstance(reason, ssl.SSLError):
        return "what answers there does not speak HTTPS"
    if isinstance(reason, ConnectionRefusedError):
        return "nothing answers at this address and port"
    if isinstance(reason, socket.gaierror):
        return "the name in its address is not known here"
    if isinstance(reason, TimeoutError):
        return "it did not answer in time"
    return type(reason).__name__


def certificate(raw: bytes) -> str:
    """A certificate as phones fetch it (DER) or as text (PEM): the text. Raises Invalid."""
    try:
        text = raw.decode("ascii") if b"-----BEGIN" in raw else ssl.DER_cert_to_PEM_cert(raw)
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        raise Invalid(
            "This file holds no certificate. Fetch it under /phone/trust of the node above.", field="authority"
        ) from None
    return text


def _opener(scheme: str, authority: str) -> urllib.request.OpenerDirector:
    """Goes where it was sent and nowhere else: to whom an answer points would be given the key. What is not encrypted
    does not leave the machine through a proxy either."""
    if scheme == "http":
        return urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))
    context = ssl.create_default_context(cadata=authority or None)
    return urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=context))


def _said(error: urllib.error.HTTPError) -> str:
    try:
        return msgspec.json.decode(unpacked(error.read(100_000)), type=Problem).says
    except (Invalid, msgspec.MsgspecError, OSError):
        return ""
