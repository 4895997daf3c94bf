"""Weeks in which nothing goes well: two phones, a clinic's laptop and a country's server, by one seed.

The phones are the real store and exchange (phone/test/phones.ts), the laptop and the server are processes of the
program (tests/node_host.py). Each is ended at any step of its work: a node by SIGKILL at a statement of its database, a
phone between two of its reads, writes and requests. Links are cut for days, questions and answers are lost, come twice
or late; clocks are wrong and disks full; a plan is written on all sides, people and workers come and go, a phone is
taken away, content changes half-way. Then everything is mended and speaks: all end with the same.

What chance might leave out happens once in each history all the same, and is seen to happen: see `SURE`.
"""

import datetime as dt
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from phone.build import MISSING, PHONE, node, parts
from tests import live
from tests.hosts import DATABASE, Host, Told, emptied
from tests.tries import NIGHTLY

pytestmark = pytest.mark.once
Json = dict[str, Any]
SEEDS = range(60) if NIGHTLY else range(1)
STEPS = 120 if NIGHTLY else 40
DAY = 86_400
INSIDE = "ht/centre/bel-dlo/"
PACK = {
    "pack.yaml": "id: changed\ntitle: Changed half-way\nlicences: [Apache-2.0]\nnote: for a test\n",
    "sources.yaml": "id: changed\nversion: 1\nlicence: Apache-2.0\nsource: [vwazen]\nreviewed: never\n"
    "sources: {CHANGED: Nothing (invented)}\n",
    "languages/en/changed.yaml": "words:\n  today.none: Today, nobody\n",
}


class Weeks:
    """What happens, one step after the other, by one seed. `said`: fact -> where it was saved, of what was saved."""

    def __init__(self, seed: int, server: Host, laptop: Host, phones: Told) -> None:
        self.draw, self.server, self.laptop, self.phones = random.Random(seed), server, laptop, phones
        self.nodes = (server, laptop)
        # Walker Wim's phone speaks with the laptop; Nurse Nia's with the server, or with the laptop too.
        self.at = {"wim": laptop, "nia": self.draw.choice((server, laptop))}
        self.devices: dict[str, str] = {}
        self.said: dict[str, Host] = {}
        self.later, self.cut, self.did = 0.0, False, Counter[str]()
        self.content: dict[str, str] = {}
        people = dict(line.split() for line in (server.home / "people.txt").read_text().splitlines())
        self.people = people
        self.new: list[str] = []
        self.taken_away: set[str] = set()

    # the beginning and the end

    def begin(self) -> None:
        self.server.start()
        for worker, by in (("wim", "nia"), ("nia", "kai")):  # whoever lets phones in at the laptop works there
            self.server("supervise", worker=worker, by=by)
        code = self.server("invite")
        self.laptop.start()
        self.laptop("join", address=self.server.url, code=code)
        self.away = self.server("register", by="otto", site="savann", name="Away Someone")
        for who in self.at:
            self.enrol(who)
        for who in self.at:
            assert self.phones("sync", phone=who, fates=[])["state"] == "done"
        self.content = {who: self.phones("holds", phone=who)["content"] for who in self.at}
        for who in ("cid", "ben"):
            assert self.server("line", by="kai", person=self.people[who], text="Sleeps badly") is not None
        self.heal()

    def enrol(self, who: str) -> None:
        code = self.at[who]("letting", worker=who)
        if code is None:  # their post has ended, so there is no phone for them
            self.server("post", worker=who, open_=True)
            assert self.laptop("talk", fates=[]) == "done"
            code = self.at[who]("letting", worker=who)
        self.devices[who] = self.phones("enrol", phone=who, base=self.at[who].url, code=code)["device"]

    def heal(self) -> None:
        """Everything runs, is joined, has room and the right time; then all speak until nobody has anything to say."""
        self.cut = False
        for one in self.nodes:
            one.alive()
        for who in self.at:
            self.phones("set", phone=who, room=None, skew=0)
        for _ in range(3):
            for who in self.at:
                done = self.phones("sync", phone=who, fates=[])
                assert done["state"] == ("wiped" if who in self.taken_away else "done"), (who, done)
                if done["state"] == "wiped":
                    self.wiped(who)
            assert self.laptop("talk", fates=[]) == "done"
        assert self.laptop("unsent") == 0

    def wiped(self, who: str) -> None:
        """It keeps nothing; the worker gets another."""
        assert self.phones("wiped", phone=who)[1] == 0, "everything of a phone that was taken away is gone"
        self.taken_away.discard(who)
        self.phones("set", phone=who, room=None)
        self.enrol(who)
        assert self.phones("sync", phone=who, fates=[])["state"] == "done"

    # one step

    def step(self) -> None:
        acts = (
            [self.sync] * 6 + [self.talk] * 5 + [self.meet] * 4 + [self.ask] * 3 + [self.register] * 2
            + [self.plan] * 3 + [self.clinic] * 5 + [self.time] * 3
            + [self.move, self.close, self.post, self.merge, self.clock, self.disk, self.revoke, self.link, self.end]
        )  # fmt: skip
        act = self.draw.choice(acts)
        self.did[act.__name__] += 1
        act()

    def who(self) -> str:
        return self.draw.choice(sorted(self.at))

    def soon(self, most: int) -> int:
        """Rarely: after so many steps it is over."""
        return self.draw.randint(1, most) if self.draw.random() < 0.2 else 0

    def fates(self) -> list[str]:
        return self.draw.choices(("ok", "before", "after", "twice", "late", "repeat"), (14, 1, 2, 1, 1, 1), k=4)

    def sync(self) -> None:
        who = self.who()
        node, after, left = self.at[who], self.soon(150), self.soon(25)
        if after:
            node("die", after=after)
        done = self.phones("sync", phone=who, fates=self.fates(), left=left)
        node.alive()
        self.did[f"sync {done['state']}"] += 1
        if done["state"] == "wiped":
            self.wiped(who)

    def talk(self) -> None:
        self.cut = self.cut and self.draw.random() < 0.8
        if self.cut:
            return
        dying = self.draw.choice(self.nodes)
        if after := self.soon(400):
            dying("die", after=after)
        fates = self.draw.choices(("ok", "before", "after", "twice"), (5, 1, 2, 1), k=4)
        self.did[f"talk {self.laptop('talk', fates=fates)}"] += 1
        for one in self.nodes:
            one.alive()

    def link(self) -> None:
        """The link between the nodes breaks, or is mended."""
        self.cut = not self.cut

    def time(self) -> None:
        """Hours or days go by, for everybody."""
        self.later += self.draw.choice((3600, DAY, 3 * DAY))
        for one in self.nodes:
            one("later", seconds=self.later)
        self.phones("later", phone="", seconds=self.later)

    def _of(self, who: str) -> str:
        """Somebody on the phone, or known before."""
        held = self.phones("holds", phone=who)["briefs"]
        return str(self.draw.choice(sorted({*held, *self.people.values(), *self.new})))

    def _kept(self, who: str, done: Json) -> None:
        """What is on the disk must never be lost; a save is whole or not at all."""
        assert len(set(done["kept"])) == 1, "half a save"
        assert done["state"] != "saved" or all(done["kept"]), "it was called saved and is not there"
        self.did[f"save {done['state']}"] += 1
        if done["kept"][0]:
            self.said |= dict.fromkeys(done["ids"], self.at[who])

    def _save(self, who: str, person: str, *bodies: Json, **saying: str) -> Json:
        done = self.phones("say", phone=who, person=person, bodies=bodies, saying=saying, left=self.soon(5))
        self._kept(who, done)
        return done  # type: ignore[no-any-return]

    def meet(self) -> None:
        who, asked = self.who(), {"kind": "message", "text": "May they come?", "to": ["sue"], "segment": "general"}
        more = self.draw.choice(({"kind": "note", "text": "Came home"}, asked))
        self._save(who, self._of(who), {"kind": "encounter", "mode": "home"}, more)

    def ask(self) -> None:
        who, worst = self.who(), self.draw.choice((0, 0, 0, 2))
        answers = {str(n): self.draw.randrange(4) for n in range(1, 9)} | {"9": worst}
        self._save(who, self._of(who), {"kind": "response", "instrument": "phq-9", "version": 1, "answers": answers})

    def register(self) -> None:
        who = self.who()
        name = f"Newly Met {len(self.new)}"
        bodies = [{"kind": "registration", "name": name}, {"kind": "encounter", "mode": "home"}]
        done = self.phones("register", phone=who, bodies=bodies, left=self.soon(5))
        self._kept(who, done)
        if done["kept"][0]:
            self.new.append(done["person"])

    def plan(self) -> None:
        """One line of a plan is written anew on either phone, on the laptop or on the server."""
        person = self.people[self.draw.choice(("cid", "ben"))]
        text = f"Sign {self.draw.randrange(1000)}"
        if self.draw.random() < 0.4:
            self.draw.choice(self.nodes)("line", by=self.draw.choice(("kai", "nia")), person=person, text=text)
            return
        who = self.who()
        known = self.phones("holds", phone=who)["briefs"].get(person, {}).get("relapse") or []
        if known:
            body = {"kind": "plan_item", "part": "relapse_sign", "text": text, "segment": "general"}
            self._save(who, person, body, amends=self.draw.choice(known)[0])

    def clinic(self) -> None:
        at, by = self.draw.choice(self.nodes), self.draw.choice(("nia", "kai"))
        person = self.draw.choice([self.people[who] for who in ("ann", "ben", "cid", "dan", "eve")] + self.new)
        if self.draw.random() < 0.5:
            at("visit", by=by, person=person, days=self.draw.randrange(1, 40))
        else:
            at("ask", by=by, person=person, total=self.draw.randrange(25), ninth=0)

    def move(self) -> None:
        self.server("move", person=self.people[self.draw.choice(("ben", "dan"))])

    def close(self) -> None:
        to = self.draw.choice(("role:chw", "role:nurse"))
        at = self.draw.choice(self.nodes)
        at("close", person=self.people["eve"], to=to, granted=self.draw.random() < 0.4)

    def post(self) -> None:
        self.server("post", worker="wim")

    def merge(self) -> None:
        if len(self.new) > 1:
            one, other = self.draw.sample(self.new, 2)
            self.draw.choice(self.nodes)("merge", person=one, into=other)

    def clock(self) -> None:
        """A phone's clock is wrong from now on, or right again."""
        skew = self.draw.choice((0, 0, -400 * DAY, -3600, 7200, 3 * DAY)) * 1000
        self.phones("set", phone=self.who(), skew=skew)

    def disk(self) -> None:
        """A phone is full, but for a few writes, or empty again."""
        self.phones("set", phone=self.who(), room=self.draw.choice((None, 0, 1, 3)))

    def revoke(self) -> None:
        who = self.who()
        if who not in self.taken_away and self.draw.random() < 0.5:
            self.at[who]("revoke", device=self.devices[who])
            self.taken_away.add(who)

    def end(self) -> None:
        """The power fails: of a node, or of a phone."""
        if self.draw.random() < 0.4:
            self.draw.choice(self.nodes)("kill")
        else:
            self.phones("die", phone=self.who())

    def change(self) -> None:
        """Content changes: with the next start, here and then there."""
        for one in self.nodes:
            for name, text in PACK.items():
                file = one.home / "packs" / "changed" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        self.server("kill")
        self.laptop("kill")

    # what happens once in each history, whatever else

    def speaks(self, who: str, **how: int) -> str:
        """A phone speaks with its node, and nothing of it is lost."""
        done = self.phones("sync", phone=who, fates=[], **how)
        if done["state"] == "wiped":
            self.wiped(who)
        return str(done["state"])

    def rivals(self) -> None:
        """A line of a plan is written on both nodes that know nothing of each other's."""
        self.cut = False
        assert self.laptop("talk", fates=[]) == "done"
        for at, by in ((self.server, "kai"), (self.laptop, "nia")):
            assert at("line", by=by, person=self.people["cid"], text="Stays in bed") is not None

    def skewed(self) -> None:
        """A phone that is three days ahead knows it once it has spoken."""
        self.phones("set", phone="wim", skew=3 * DAY * 1000, room=None)
        while self.speaks("wim") == "wiped":
            pass
        assert abs(self.phones("holds", phone="wim")["state"]["skew"] + 3 * DAY * 1000) < 3_600_000

    def filled(self) -> None:
        """A full phone saves nothing and says so; what it has it sends all the same."""
        self.phones("set", phone="wim", room=None)
        self._save("wim", self.people["cid"], {"kind": "encounter", "mode": "home"})
        self.phones("set", phone="wim", room=0)
        done = self.phones("say", phone="wim", person=self.people["cid"], bodies=[{"kind": "note", "text": "Full"}],
                           saying={})  # fmt: skip
        assert (done["state"], done["kept"]) == ("full", [False])
        assert self.speaks("wim") in ("full", "wiped")
        self.phones("set", phone="wim", room=3)

    def killed(self) -> None:
        """Each process ends in the middle of an exchange."""
        self.phones("set", phone="wim", room=None)
        if "wim" in self.taken_away:  # or it would be let in again while its node ends
            self.speaks("wim")
        for one in self.nodes:
            before = one.kills
            one("die", after=25)
            if one is self.at["wim"]:
                while not self._save("wim", self.people["cid"], {"kind": "encounter", "mode": "home"})["kept"][0]:
                    pass  # it died of itself first
                self.speaks("wim")
            else:
                self.laptop("talk", fates=[])
            one.alive()
            assert one.kills > before
        assert self.speaks("wim", left=4) == "ended"
        done = self.phones("say", phone="wim", person=self.people["cid"], bodies=[{"kind": "note", "text": "Cut"}],
                           saying={}, left=1)  # fmt: skip
        self._kept("wim", done)
        assert done["state"] == "ended"

    def moved(self) -> None:
        """Somebody on a phone moves to a site that its worker does not know, and leaves the phone."""
        self.cut = False
        self.phones("set", phone="wim", room=None, skew=0)
        self.server("post", worker="wim", open_=True)
        dan, seen = self.people["dan"], set()
        for _ in range(2):  # there and back, wherever they are now
            self.server("move", person=dan)
            assert self.laptop("talk", fates=[]) == "done"
            while self.speaks("wim") == "wiped":
                pass
            seen.add(dan in self.phones("holds", phone="wim")["briefs"])
        assert seen == {True, False}

    def waited(self) -> None:
        """A danger of somebody who is registered on another phone waits for that, and is taken when it comes: from the
        phone itself, or by way of the laptop."""
        self.cut = False
        self.server("post", worker="wim", open_=True)
        assert self.laptop("talk", fates=[]) == "done"
        for who in self.at:
            self.phones("set", phone=who, room=None, skew=0)
            while self.speaks(who) == "wiped":
                pass
        new = self.phones("register", phone="wim", bodies=[{"kind": "registration", "name": "Newly Met Late"}])
        danger = {"kind": "concern", "trigger": "told", "text": "Danger"}
        told = self.phones("say", phone="nia", person=new["person"], bodies=[danger], saying={})
        self.new.append(new["person"])
        for who, done in (("wim", new), ("nia", told)):
            self._kept(who, done)
        (fact,) = told["ids"]
        assert self.speaks("nia") == "done"
        assert [fact, "phone.nobody", "open"] in self.at["nia"]("held")
        assert self.speaks("wim") == "done" and self.laptop("talk", fates=[]) == "done"
        assert [fact, "phone.nobody", "mended"] in self.at["nia"]("held")
        assert all(fact in one("facts") for one in self.nodes)

    def taken(self) -> None:
        """A phone is taken away."""
        if "nia" not in self.taken_away:
            self.at["nia"]("revoke", device=self.devices["nia"])
            self.taken_away.add("nia")
        self.phones("set", phone="nia", room=None)
        assert self.speaks("nia") == "wiped"

    # what must hold in the end

    def check(self) -> None:
        self.check_nodes()
        self.check_said()
        self.check_phones()
        self.check_plans()

    def check_nodes(self) -> None:
        """Both have the same of the people of the laptop's sites, and the laptop nothing of anybody else's."""
        people = self.server("people")
        inside = {one for one, (path, _) in people.items() if path.startswith(INSIDE)}
        inside |= {one for one, (_, into) in people.items() if into in inside}
        above, below = self.server("facts"), self.laptop("facts")
        assert {one: two for one, two in above.items() if two[0] in inside} == {
            one: two for one, two in below.items() if two[0] in inside
        }
        assert all(above[one] == two for one, two in below.items()), "what the laptop has, the server has alike"
        assert self.away not in {person for person, _ in below.values()}
        assert self.server("items", path=INSIDE) == self.laptop("items", path=INSIDE)
        assert self.server("sound") and self.laptop("sound")

    def check_said(self) -> None:
        """All that was saved on a phone stands on record on both nodes, or waits once for somebody to look at it."""
        above, below = self.server("facts"), self.laptop("facts")
        held = {one: Counter(fact for fact, _, state in one("held") if state == "open") for one in self.nodes}
        inside = self.inside()
        for fact, at in self.said.items():
            waits = held[at][fact] + (held[self.server][fact] if at is self.laptop else 0)
            stands = fact in above and (fact in below or above[fact][0] not in inside)
            assert waits + stands == 1, f"{fact} stands: {stands}, waits: {waits} times"
        self.did["said"], self.did["held"] = len(self.said), sum(map(len, held.values()))

    def inside(self) -> set[str]:
        return {one for one, (path, _) in self.laptop("people").items() if path.startswith(INSIDE)}

    def check_phones(self) -> None:
        """Each holds what its worker may know now, as the server would say it anew, and nothing else on its disk."""
        for who, at in self.at.items():
            holds, whole = self.phones("holds", phone=who), at("whole", device=self.devices[who])
            assert not [one for one in holds["outgoing"] if one[1] == "waiting"], who
            assert sorted(holds["briefs"]) == sorted(whole), who
            unlike = [(holds["briefs"][one], two) for one, two in whole.items() if holds["briefs"][one] != two]
            assert not unlike, who
            assert holds["kept"] == len(whole) and not holds["damaged"], "nothing out of scope stays on the disk"
            back = {fact for fact, *_ in holds["outgoing"]}
            assert all(back.issuperset(mine) for mine in holds["mine"].values()), "nothing is shown as new that is not"
            assert at("hidden", device=self.devices[who], persons=sorted(whole)) == []
            assert holds["content"] != self.content[who], f"{who} has the content that was changed half-way"

    def check_plans(self) -> None:
        """Versions of one line that were written unknown to each other all stand, and each page says so once."""
        for who in ("cid", "ben"):
            person = self.people[who]
            lines = [one("versions", person=person) for one in self.nodes]
            if person in self.inside():
                assert lines[0] == lines[1]
                said = sorted(str(len(one)) for one in lines[0].values() if len(one) > 1)
                for one in self.nodes:
                    assert sorted(one("rivals", person=person)) == said
                self.did["conflicts"] += len(said)
        assert self.did["conflicts"], "somebody wrote at the same time as somebody else"


SURE = (Weeks.rivals, Weeks.skewed, Weeks.filled, Weeks.change, Weeks.killed, Weeks.waited, Weeks.taken, Weeks.moved)


@contextmanager
def at_home(seed: int) -> Iterator[Weeks]:
    folder = Path(tempfile.mkdtemp(prefix="vwazen-weeks-"))
    server, laptop = Host(folder / "server"), Host(folder / "laptop")
    shutil.copytree(live.with_world(live.BUILD, dt.datetime.now(dt.UTC).date()), server.home)
    laptop.home.mkdir()
    emptied(server.home / DATABASE, laptop.home / DATABASE)
    phones = Told([node(), "--no-warnings", str(PHONE / "test" / "phones.ts")], TZ="America/Port-au-Prince")
    try:
        yield Weeks(seed, server, laptop, phones)
    finally:
        for one in (server, laptop, phones):
            one.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(not node(), reason=MISSING)
@pytest.mark.parametrize("seed", SEEDS)
def test_all_end_with_the_same(seed: int) -> None:
    if not (PHONE / "node_modules" / "fake-indexeddb").exists() and (wrong := parts()):
        pytest.skip(f"phone: {wrong}")
    with at_home(seed) as weeks:
        weeks.begin()
        each = STEPS // len(SURE)
        for at in range(STEPS):
            weeks.step()
            if at % each == each - 1 and at // each < len(SURE):
                SURE[at // each](weeks)
        weeks.heal()
        weeks.check()
        print(dict(weeks.did), "ended", [one.kills for one in weeks.nodes])
