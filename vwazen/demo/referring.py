"""Referrals in both directions, from outside too, with every step as far as the days have gone; drawn as `crossing`."""

from typing import TYPE_CHECKING, Any

from vwazen.clinical import facts as f
from vwazen.demo.crossing import drawn, on_ward, picked, said
from vwazen.demo.programme import workday

if TYPE_CHECKING:
    from vwazen.demo.care import Touch
    from vwazen.demo.journey import Journey

_OTHERS = {"child": "school", "alcohol": "social", "dementia": "community"}
_OUTSIDE = {"social": "the social office", "school": "the primary school", "community": "the elder of the village"}
ENDED = ("withdrawn", "closed")
_WHY = {"full": 0.5, "far": 0.15, "cost": 0.1, "wrong_place": 0.25}


def referred(journey: "Journey", touch: "Touch") -> None:
    """Now and then somebody else is asked to take a part of it on; what comes of it, as far as the days have gone."""
    chance, around = journey.aside.rng, journey.local.around
    if chance.random() > journey.rates.referred:
        return
    to = _OTHERS.get(journey.condition, "social" if chance.random() < 0.3 else "hospital")
    site = around.hospital.code if to == "hospital" and around.hospital else ""
    if to == "school" and "young" not in journey.who:
        to = "social"
    name = "" if site else _OUTSIDE.get(to, "the hospital's desk")
    body = f.Referral(
        to=to, to_site=site, to_name=name, urgency="week" if chance.random() < 0.25 else "routine",  # type: ignore[arg-type]
        reason=picked(journey, f"referral_{to}"),
    )  # fmt: skip
    _answered(journey, said(journey, touch, 15, body), touch.day, touch.author, site, name)


def _answered(journey: "Journey", first: str, start: int, sender: str, site: str, name: str) -> None:
    """The steps of a referral, until one that did not happen or lies ahead."""
    chance, rates, steps = journey.aside.rng, journey.rates, _Steps(journey, first, start, sender, site)
    old = start < journey.today - 60
    u = chance.random()
    if u < rates.unanswered:
        if old:
            steps.say(35, "withdrawn", words="Nobody answered; the family went elsewhere.")
    elif u < rates.unanswered + rates.refused:
        why = drawn(chance.random(), _WHY)
        if steps.say(1 + int(chance.random() * 4), "declined", why=why, words=picked(journey, "refused_words")) and old:
            steps.say(3, "closed", words="Goes on with us; nothing else was found.", here=True)
    elif steps.say(1 + int(chance.random() * 4), "accepted", **steps.taker or {"name": "Sister Invented"}):
        if chance.random() < 0.85:
            if steps.say(4 + int(chance.random() * 16), "arrived", **steps.taker):
                steps.say(0, "seen", **steps.taker)
                if old or chance.random() < rates.word_back:
                    steps.say(7 + int(chance.random() * 20), "closed", back=picked(journey, "referral_back"))
        elif old:
            steps.say(35, "closed", words="Never came; asked about it at the next visit.", here=True)
    if steps.state not in ENDED and journey.until < journey.today - 60:
        steps.withdraw()
    journey.referrals.append((start, site or name, steps.state))


class _Steps:
    """Says one step after another, on working days, until one would lie ahead."""

    def __init__(self, journey: "Journey", first: str, day: int, sender: str, site: str) -> None:
        self.journey, self.first, self.day, self.sender, self.site = journey, first, day, sender, site
        self.state = "sent"
        self.taker: dict[str, Any] = {"worker": on_ward(journey)} if site else {}
        self.minute = 500 + int(journey.aside.rng.random() * 300)

    def withdraw(self) -> None:
        """Whoever was referred is no longer there: the sender takes it back some weeks later."""
        journey, self.state = self.journey, "withdrawn"
        day = workday(journey.until + 20)
        step = f.ReferralStep(referral=self.first, became="withdrawn", words="Is not found any more.")
        author = journey.local.stand_in(journey.aside.rng, self.sender, day)
        journey.aside.say(journey.person.id, journey.local.calendar.at(day, 600), author, step)

    def say(self, after: int, became: str, here: bool = False, **more: Any) -> bool:
        """What became of it so many days later; `here` at the sender's side. False where that day has not come."""
        journey, chance = self.journey, self.journey.aside.rng
        day = workday(self.day + after)
        if day >= journey.until:
            return False
        theirs = bool(self.site) and not here and became != "withdrawn"
        author = self.taker["worker"] if theirs else journey.local.stand_in(chance, self.sender, day)
        pen = journey.aside.elsewhere(self.site) if theirs else journey.aside
        self.day, self.state, self.minute = day, became, self.minute + 20
        step = f.ReferralStep(referral=self.first, became=became, **more)  # type: ignore[arg-type]
        pen.say(journey.person.id, journey.local.calendar.at(day, self.minute), author, step)
        return True


def came(journey: "Journey", registered: int) -> None:
    """By whom somebody was sent who came into care: the hospital, a person outside with a paper, or nobody."""
    touch, chance, around = journey.first, journey.aside.rng, journey.local.around
    if touch is None:
        return
    u, text = chance.random(), journey.local.calendar.text
    share = journey.rates.from_hospital.get(journey.condition, 0.0) if around.hospital else 0.0
    if u < share and around.hospital is not None:
        nurse, day = on_ward(journey), max(registered, touch.day - 4)
        at = min(journey.local.calendar.at(day, 590 if day < touch.day else 476), touch.at - 4)
        body = f.Referral(to="health_centre", to_site=journey.local.place.code, urgency="week",
                          reason=picked(journey, "referral_home"))  # fmt: skip
        first = journey.aside.elsewhere(around.hospital.code).say(journey.person.id, at, nurse, body)
        step = f.ReferralStep(referral=first, became="accepted", worker=touch.author, expected=text[touch.day])
        journey.aside.say(journey.person.id, at + 3, touch.author, step)
        _received(journey, touch, first)
    elif u < share + journey.rates.from_outside and around.outsiders:
        sender = around.outsiders[int(chance.random() * len(around.outsiders))]
        paper = around.paper(sender, text[touch.day - 5])
        body = f.Referral(
            to="health_centre", to_site=journey.local.place.code, reason=picked(journey, "outsider_words"),
            stub=around.text(paper), referrer=sender.id,
        )  # fmt: skip
        first = journey.aside.say(journey.person.id, touch.at, touch.author, body)
        around.use(paper, text[touch.day], first)
        _received(journey, touch, first)


def _received(journey: "Journey", touch: "Touch", first: str) -> None:
    """They are here, were seen, and were taken into care: the sender hears that much."""
    for minute, became, back in ((1, "arrived", ""), (30, "seen", ""), (34, "closed", "Taken into care here.")):
        step = f.ReferralStep(referral=first, became=became, worker=touch.author, back=back)  # type: ignore[arg-type]
        journey.aside.say(journey.person.id, touch.at + minute, touch.author, step)
    journey.referrals.append((touch.day, journey.local.place.code, "closed"))
