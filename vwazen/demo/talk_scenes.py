"""Scenes between people: who looked for whom, referrals that wait, messages, what a person allows and forbids."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vwazen.clinical import facts as f
from vwazen.demo.lives import Life, Scene
from vwazen.demo.programme import workday

if TYPE_CHECKING:
    from vwazen.demo.scenes import Scenes

_ANY = ("depression", "anxiety", "epilepsy", "psychosis", "bipolar", "alcohol")


def _scene(name: str, *lives: Life) -> Scene:
    return Scene(name, tuple(life.registered.person for life in lives))


def missed(at: "Scenes") -> Iterator[Scene]:
    """Dates that were not kept: looked for three times, refused, said to have moved, said to have died, found."""

    def away(life: Life) -> bool:
        return all(one.day < at.today - 17 for one in life.journeys)

    found = at.take(*_ANY, many=5, fit=away)
    thrice, refused, moved, died, met = found
    text = at.local.calendar.text
    due = workday(at.today - 10)
    for life in found:
        body = f.Encounter(mode="clinic", outcome="missed", next=text[due])
        at.say(life, at.hours(16, 15), at.nurse, body)

    def tried(life: Life, ago: int, mode: str, outcome: str, **more: Any) -> None:
        body = f.Trace(missed=text[due], mode=mode, found=outcome, **more)  # type: ignore[arg-type]
        at.say(life, at.hours(ago, 11), at.walker, body, device="phone", late=300)

    for ago in (8, 5, 2):
        tried(thrice, ago, "home", "not_found", next=text[at.today - ago + 2], note="The door is locked.")
    tried(refused, 3, "home", "refused", reason="side_effects", offer="phone")
    tried(moved, 4, "neighbour", "moved", note="A neighbour says: to the city, to a cousin.")
    tried(died, 2, "neighbour", "died", note="Told at the well; nobody of the family was there.")
    tried(met, 3, "home", "found", reason="money", offer="voucher", next=text[workday(at.today + 4)])
    met_at = f.Encounter(mode="home", next=text[workday(at.today + 4)])
    at.say(met, at.hours(3, 11) - 1, at.walker, met_at, device="phone", late=300)
    for name, life in (
        ("looked for three times, and not found", thrice), ("found, and does not want to come now", refused),
        ("said to have moved away", moved), ("said to have died, and nobody knows for certain", died),
        ("found, with a new date and the fare", met),
    ):  # fmt: skip
        yield _scene(name, life)


def waiting(at: "Scenes") -> Iterator[Scene]:
    """Referrals of this site and of the hospital that wait for somebody, and one from a healer."""
    place, text = at.made.place.code, at.local.calendar.text
    asked, coming = at.others(2, adults=True)
    body = f.Referral(
        to="health_centre", to_site=place, urgency="week", reason="Seen at the outpatient desk; hears voices at night.",
        plain="Please see at home.",
    )  # fmt: skip
    at.on_ward(asked, at.hours(1, 12), body)
    yield _scene("referred to us by the hospital, and nobody has answered", asked)
    first = at.on_ward(coming, at.hours(5, 12), body)
    yes = f.ReferralStep(referral=first, became="accepted", worker=at.keeper, expected=text[workday(at.today + 1)])
    at.say(coming, at.hours(4, 9), at.keeper, yes)
    yield _scene("referred to us, accepted and expected", coming)

    late, full, onward = at.take(*_ANY, many=3)
    ours = f.Referral(to="hospital", to_site=at.hospital, urgency="week", reason="Please look at the weight loss.")
    at.say(late, at.hours(9), at.nurse, ours)
    yield _scene("our referral to the hospital, and no answer in time", late)
    first = at.say(full, at.hours(3), at.nurse, ours)
    at.on_ward(full, at.hours(2), f.ReferralStep(referral=first, became="declined", why="full", words="Next month."))
    yield _scene("our referral to the hospital, refused for want of room", full)
    first = at.say(onward, at.hours(15), at.nurse, ours)
    no = f.ReferralStep(
        referral=first, became="declined", why="wrong_place", words="The chronic-care clinic does this."
    )
    at.on_ward(onward, at.hours(13), no)
    again = f.Referral(
        to="other", to_name="the chronic-care clinic", urgency="week", reason="Loses weight.", instead_of=first
    )
    second = at.say(onward, at.hours(12), at.nurse, again)
    at.say(onward, at.hours(11), at.nurse, f.ReferralStep(referral=second, became="accepted", name="Sister Invented"))
    yield _scene("refused, and referred elsewhere", onward)

    (sent,) = at.others(1, adults=True)
    healer = at.local.around.outsiders[0]
    paper = at.local.around.paper(healer, text[at.today - 6])
    body = f.Referral(
        to="health_centre", to_site=place, reason="Does not eat and hears voices; my herbs do not help.",
        stub=at.local.around.text(paper), referrer=healer.id,
    )  # fmt: skip
    first = at.say(sent, 200, at.nurse, body)
    at.local.around.use(paper, text[at.today], first)
    at.say(sent, 199, at.nurse, f.ReferralStep(referral=first, became="arrived", worker=at.nurse))
    yield _scene("came with a healer's paper, and waits to be seen", sent)


def messages(at: "Scenes") -> Iterator[Scene]:
    """Something unread for everybody with a sign-in who cares for people; an urgent one that was taken on in time."""
    lives = at.take(*_ANY, many=4)
    texts = [one.rpartition(" | ")[2] for one in at.kit.words["team_message"]]
    readers = at.named("nadia", "carla", "lena", "simon", "fabio", "pascal", "petra", "paul", "sonia")
    for number, reader in enumerate(readers):
        author = at.nurse if reader != at.nurse else at.keeper
        body = f.TeamMessage(text=texts[number % len(texts)], to=(reader,))
        at.say(lives[number % 3], at.hours(1 + number % 3, 9), author, body)
    walk = f.TeamMessage(text="Please pass by on the way and ask whether the roof holds.", to=(at.walker,),
                         segment="general")  # fmt: skip
    at.say(lives[0], at.hours(1, 14), at.nurse, walk)
    both = at.say(lives[1], at.hours(2, 9), at.keeper, f.TeamMessage(text=texts[0], to=(at.nurse, at.counsellor)))
    at.say(lives[1], at.hours(2, 11), at.nurse, f.MessageRead(message=both))
    answer = f.TeamMessage(text="Asked; takes them every night.", to=(at.keeper,), reply_to=both)
    at.say(lives[1], at.hours(2, 11) - 2, at.nurse, answer)
    yield _scene("messages that wait to be read", *lives[:3])
    ago = at.hours(3, 11)
    now = f.TeamMessage(text="Stands at the desk and shouts, can you come?", to=(at.nurse, at.keeper), urgent=True)
    urgent = at.say(lives[3], ago, at.counsellor, now)
    at.say(lives[3], ago - 4, at.nurse, f.MessageRead(message=urgent))
    hand = f.Encounter(mode="hand_off", worker=at.psychologist, minutes=8,
                       next=at.local.calendar.text[workday(at.today + 6)])  # fmt: skip
    at.say(lives[3], ago - 20, at.nurse, hand)
    talk = f.Encounter(mode="curbside", worker=at.specialist, minutes=4)
    at.say(lives[3], at.hours(2, 15), at.nurse, talk)
    yield _scene("an urgent message taken on within minutes, and a hand-off", lives[3])


def consent(at: "Scenes") -> Iterator[Scene]:
    """A yes for a time, a no to one role, all closed and opened again, somebody who speaks for another, a STOP."""
    timed, role, closed, spoken, stopped, cousin = at.take(*_ANY, many=6)
    yes: dict[str, Any] = {"segment": "mental-health", "how": "aloud", "by": "self"}
    until = at.local.calendar.text[at.today + 60]
    at.say(timed, at.hours(20), at.nurse, f.Consent(**yes, granted=True, to=f"site:{at.hospital}", until=until))
    yield _scene("the hospital may know for two months", timed)
    no = at.say(role, at.hours(12), at.keeper, f.Consent(**yes, granted=False, to="role:chw"))
    at.say(role, at.hours(12) - 9, at.keeper, f.Noted(fact=no, outcome="The nurse visits instead.", segment="general"))
    at.say(role, at.hours(12) - 10, at.keeper, f.Consent(**yes, granted=False, to="family"))
    yield _scene("community health workers and the family are not to know", role)
    at.say(closed, at.hours(30), at.keeper, f.Consent(**yes, granted=False))
    at.say(closed, at.hours(16), at.keeper, f.Consent(**yes, granted=True))
    yield _scene("closed to everybody, and opened again", closed)
    body = f.Consent(
        segment="mental-health", granted=True, how="paper", by="proxy", who=at.kit.names.person(at.rng, "female")
    )
    at.say(spoken, at.hours(50), at.nurse, body)
    yield _scene("a daughter spoke for them", spoken)
    phone = "+000 555 0177"
    at.say(stopped, at.hours(40), at.nurse, f.ContactPreference(channel="sms", address=phone, shared="yes"))
    at.say(stopped, at.hours(5), at.nurse, f.ContactPreference(channel="none", address=phone, agreed="reply"))
    yield _scene("answered STOP to a reminder", stopped)
    at.say(cousin, at.hours(3), at.keeper, f.Consent(**yes, granted=False, to=f"worker:{at.second}"))
    yield _scene("a cousin at the clinic is not to know, and nobody has spoken about it yet", cousin)
