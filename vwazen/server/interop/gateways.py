"""The ways out: a gateway that takes messages over HTTP, a mail server, and the console of a demo.

Which there are says `gateways.yaml` in VWAZEN_HOME, a file that only the node's own account may read:

    sms:
      url: https://gateway.example/messages
      headers: {Authorization: "Bearer …"}
      send: {to: "{to}", text: "{text}", reference: "{id}"}
    mail: {host: mail.example, sender: clinic@example.org}

On a node of invented people nothing leaves the machine: their numbers may be somebody's.
"""

import http.client
import ipaddress
import os
import smtplib
import ssl
import stat
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import IO, Literal, Protocol
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from vwazen.server.organisation.errors import Invalid

FILE = "gateways.yaml"
SECONDS = 10  # for the whole of one try; a lease lasts for more than all tries of a round
MOST = 65_536  # bytes of an answer that are read
# Only these answers are about the message. A wrong password or address here is mended by somebody, and then it goes.
_FINAL = (400, 410, 413, 415, 422)


class Message(Protocol):
    """What a gateway needs to know of a message."""

    @property
    def id(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def text(self) -> str: ...


class RejectedError(Exception):
    """The other side will not take this message, however often it is sent. `code` goes on the page."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnreachableError(RejectedError):
    """The other side could not be asked, or did not answer: try again. It may have taken the message all the same."""


Way = Callable[[Message], str]
"""Send one message; what the other side calls it, "" where it does not say."""


class _Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every way has."""


class Http(_Config, frozen=True, kw_only=True):
    """`{to}`, `{text}` and `{id}` in `url`, `headers` and `send` are filled in. `id`: where its JSON answer gives the
    message's name there; an answer without one is no acceptance, whatever its code.

    `once` is the header in which the gateway takes a key, so that the same message sent twice goes out once.
    """

    url: str
    method: Literal["POST", "GET", "PUT"] = "POST"
    headers: dict[str, str] = {}
    send: dict[str, str | int | bool] = {}
    form: bool = False
    id: str = ""
    once: str = "Idempotency-Key"


class Smtp(_Config, frozen=True, kw_only=True):
    """A mail server. `security`: starttls, tls from the first byte, or none (on this machine or the clinic's net)."""

    host: str
    sender: str
    port: int = 587
    user: str = ""
    password: str = ""
    security: Literal["starttls", "tls", "none"] = "starttls"
    subject: str = "A message for you"


class Ways(_Config, frozen=True, kw_only=True):
    """`gateways.yaml`."""

    sms: Http | None = None
    voice: Http | None = None
    mail: Smtp | None = None


def read(home: Path) -> Ways:
    """The node's gateways; none where there is no file. Raises Invalid for one that cannot be used, and says why."""
    file = home / FILE
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return Ways()
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise Invalid(f"{FILE} holds passwords and others can read it. Run: chmod 600 {FILE}")
    try:
        ways = msgspec.yaml.decode(data, type=Ways)
    except msgspec.MsgspecError as error:
        raise Invalid(f"{FILE}: {error}") from None
    for one in (ways.sms, ways.voice):
        if one is not None:
            _guarded(urlsplit(one.url).hostname or "", urlsplit(one.url).scheme == "https", one.url)
            if "{to}" in urlsplit(one.url).netloc:
                raise Invalid(f"{FILE}: the host of an address must not depend on who is written to.")
    if ways.mail is not None:
        _guarded(ways.mail.host, ways.mail.security != "none", ways.mail.host)
    return ways


def _guarded(host: str, encrypted: bool, shown: str) -> None:
    """Over the open net only encrypted: the message holds somebody's number."""
    if not host:
        raise Invalid(f"{FILE}: {shown!r} names no host.")
    try:
        near = ipaddress.ip_address(host).is_private
    except ValueError:
        near = host == "localhost" or host.endswith((".local", ".lan"))
    if not encrypted and not near:
        raise Invalid(f"{FILE}: {host} lies outside and must be spoken to with encryption (https, starttls or tls).")


def ways(home: Path, *, synthetic: bool) -> dict[str, Way]:
    """channel -> how to send over it. On a node of invented people every channel is the console."""
    if synthetic:
        return dict.fromkeys(("sms", "voice", "mail"), console)
    known = read(home)
    found: dict[str, Way] = {}
    for name, one in (("sms", known.sms), ("voice", known.voice)):
        if one is not None:
            found[name] = _over_http(one)
    if known.mail is not None:
        found["mail"] = _over_smtp(known.mail)
    return found


def console(message: Message) -> str:
    """Write it where the server was started. For invented people only."""
    print(f"[{message.channel}] {message.address}: {message.text}", file=sys.stderr, flush=True)
    return "console"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere would get our token there."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> None:
        raise urllib.error.HTTPError(req.full_url, code, "redirected", http.client.HTTPMessage(), fp)


_open = urllib.request.build_opener(NoRedirect).open


def _filled(template: str, message: Message, escape: Callable[[str], str] = str) -> str:
    """The template with its three places filled in, each once: what stands in a text is not looked at again."""
    values = {"{to}": message.address, "{text}": message.text, "{id}": message.id}
    found, rest = "", template
    while rest:
        at, name = min(((rest.find(one), one) for one in values if one in rest), default=(-1, ""))
        if at < 0:
            return found + rest
        found += rest[:at] + escape(values[name])
        rest = rest[at + len(name) :]
    return found


def _over_http(config: Http) -> Way:
    def send(message: Message) -> str:
        url = _filled(config.url, message, lambda text: quote(text, safe=""))
        headers = {name: _filled(value, message) for name, value in config.headers.items()}
        if config.once:
            headers[config.once] = message.id
        values = {name: _filled(one, message) if isinstance(one, str) else one for name, one in config.send.items()}
        body = None
        if config.method != "GET" and values:
            body = urlencode(values).encode() if config.form else msgspec.json.encode(values)
            kind = "application/x-www-form-urlencoded" if config.form else "application/json"
            headers = {"Content-Type": kind} | headers
        request = urllib.request.Request(url, data=body, headers=headers, method=config.method)  # noqa: S310
        return _named(_asked(request), config.id)

    return send


def _asked(request: urllib.request.Request) -> bytes:
    """The answer's body. Every way in which this can go wrong becomes one of our two errors."""
    until = time.monotonic() + SECONDS
    try:
        with _open(request, timeout=SECONDS) as answer:
            found = b""
            while len(found) < MOST and (part := answer.read1(8192)):
                found += part
                if time.monotonic() > until:
                    raise UnreachableError("timeout")
            return found
    except urllib.error.HTTPError as error:
        error.close()
        kind = RejectedError if error.code in _FINAL else UnreachableError
        raise kind(f"http-{error.code}") from None
    except TimeoutError:
        raise UnreachableError("timeout") from None
    except urllib.error.URLError as error:
        raise UnreachableError("timeout" if isinstance(error.reason, TimeoutError) else "no-connection") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise UnreachableError("no-answer") from None


def _named(answer: bytes, path: str) -> str:
    """What the gateway calls the message: `path` is a dotted way into its JSON."""
    if not path:
        return ""
    try:
        found = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        found = None
    for step in path.split("."):
        if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    if not isinstance(found, str | int) or found == "":
        raise UnreachableError("no-name")
    return str(found)[:120]


def _over_smtp(config: Smtp) -> Way:
    def send(message: Message) -> str:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = config.sender, message.address, config.subject
        mail["Message-ID"] = name = f"<{message.id}@{config.sender.rpartition('@')[2] or 'localhost'}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        try:
            with _server(config) as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _by_code(codes[0] if codes else 0) from None
        except smtplib.SMTPResponseException as error:
            raise _by_code(error.smtp_code) from None
        except TimeoutError:
            raise UnreachableError("timeout") from None
        except (OSError, smtplib.SMTPException):
            raise UnreachableError("no-connection") from None
        return name

    return send


def _by_code(code: int) -> RejectedError:
    """An answer of a mail server: 5xx is final, but for a wrong password, which somebody mends."""
    return RejectedError(f"smtp-{code}") if 500 <= code < 600 and code != 535 else UnreachableError(f"smtp-{code}")


def _server(config: Smtp) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if config.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(config.host, config.port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(config.host, config.port, timeout=SECONDS)
    if config.security == "starttls":
        server.starttls(context=context)
    if config.user:
        server.login(config.user, config.password)
    return server
