"""The kinds of fact of talking to one another: where a person agreed to be reached, and messages inside the team."""

from typing import ClassVar, Literal

from vwazen.clinical.body import Answer, Body, Own, Segment


class ContactPreference(Body, frozen=True, kw_only=True, tag="contact_preference"):
    """A person agreed (or not any more: `none`) to be written to or rung at an address.

    There is one address a channel, the last that was agreed; `none` ends the one it names, or all. `shared`: whether
    others read or answer that phone; unknown counts as yes. `quiet_from` to `quiet_until` are local hours in which
    nothing goes out, None for the usual ones. `agreed` says how the person said so; `reply` is STOP, from there.
    """

    FHIR: ClassVar[str] = "Consent"
    SEGMENT: ClassVar[Segment] = "general"
    channel: Literal["sms", "voice", "mail", "none"]
    address: str = ""
    shared: Answer = "not_asked"
    language: str = ""
    quiet_from: int | None = None
    quiet_until: int | None = None
    agreed: Literal["aloud", "paper", "screen", "reply"] = "aloud"


class TeamMessage(Own, frozen=True, kw_only=True, tag="message"):
    """A message about the person to named workers (`to`: their ids). `urgent`: somebody must answer within minutes.

    `reply_to` names the message that this one answers.
    """

    FHIR: ClassVar[str] = "Communication"
    text: str
    to: tuple[str, ...]
    urgent: bool = False
    reply_to: str = ""


class MessageRead(Own, frozen=True, kw_only=True, tag="message_read"):
    """Whoever recorded this has read the message and, where it was urgent, takes it on."""

    FHIR: ClassVar[str] = "Communication"
    message: str
