/** The ledger and the exchange: nothing that was saved is lost or doubled, whatever dies in between. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange } from "../sync/client.ts";
import type { Fact } from "../types.ts";
import { Phone, START } from "./phone.ts";
import { brief, ME, Server, type Fate } from "./server.ts";

function full(): Error {
  return new DOMException("full", "QuotaExceededError");
}

test("a fact is as the server writes it: time first, an offset, no empty fields", async () => {
  const { ledger } = await Phone.enrolled();
  const fact = ledger.fact("p1", { kind: "encounter", mode: "home" });
  assert.match(fact.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(fact.occurred, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
  assert.equal(new Date(fact.occurred).getTime(), START);
  assert.equal(fact.recorded, "2026-11-19T12:00:00.000Z");
  assert.deepEqual(Object.keys(fact).sort(), [
    "author",
    "body",
    "device",
    "id",
    "occurred",
    "person",
    "recorded",
    "site",
  ]);
  const ids = [1, 2, 3].map((n) => (n, ledger.newId()));
  assert.equal(new Set(ids).size, 3);
  assert.ok(
    ids.every((id) => id.slice(0, 8) === fact.id.slice(0, 8)),
    "the time stands first",
  );
});

test("what was saved is there after the page died, is sent once, and then stands in the brief", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1", { name: "Ann Start" }));
  assert.deepEqual(await phone.sync(server), { state: "done" });
  const fact = await phone.visit("p1");
  await phone.die();
  assert.deepEqual(
    phone.ledger.outgoing().map((one) => [one.fact.id, one.state, one.name]),
    [[fact.id, "waiting", "Ann Start"]],
  );
  assert.equal(phone.ledger.lines()[0]!.next, "2026-11-26", "the list knows of the visit before the server does");
  assert.equal(phone.ledger.lines()[0]!.tried, "2026-11-19");
  assert.deepEqual(
    (await phone.ledger.person("p1"))!.mine.map((one) => one.id),
    [fact.id],
  );
  await phone.sync(server);
  await phone.die();
  assert.deepEqual(phone.ledger.outgoing(), []);
  const { brief: after, mine } = (await phone.ledger.person("p1"))!;
  assert.deepEqual([after.recent!.length, mine.length], [1, 0]);
  assert.equal(phone.ledger.bundle.version, "c1");
});

test("saving twice with one id is once; other words under the same id are refused; all of a save or nothing", async () => {
  const phone = await Phone.enrolled();
  const one = phone.ledger.fact("p1", { kind: "note", text: "a" });
  await phone.ledger.save([one]);
  await phone.ledger.save([{ ...one, recorded: "2026-11-19T12:00:01.000Z" }]);
  assert.equal(phone.ledger.outgoing().length, 1);
  await assert.rejects(phone.ledger.save([{ ...one, body: { kind: "note", text: "b" } }]), /other words/);
  const two = phone.ledger.fact("p1", { kind: "note", text: "c" });
  const broken = { ...phone.ledger.fact("p1", { kind: "note" }), id: "x" };
  const seal = phone.ledger.vault.sealed.bind(phone.ledger.vault);
  phone.ledger.vault.sealed = async (kind, id, value) => {
    const sealed = await seal(kind, id, value);
    return id === "x" ? ({ ...sealed, id: () => 1 } as unknown as typeof sealed) : sealed;
  };
  await assert.rejects(phone.ledger.save([two, broken]));
  await phone.die();
  assert.deepEqual(
    phone.ledger.outgoing().map((out) => out.fact.id),
    [one.id],
  );
});

test("somebody registered here is found at once, before and after sending", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  const person = await phone.register("Solène Richemond");
  await phone.visit(person);
  for (const when of ["before", "after"]) {
    const lines = phone.ledger.lines();
    assert.deepEqual(
      lines.map((one) => [one.person, one.name]),
      [[person, "Solène Richemond"]],
      when,
    );
    assert.ok(lines[0]!.keys.length > 0);
    assert.equal((await phone.ledger.person(person))!.brief.name, "Solène Richemond");
    assert.equal(lines[0]!.mine, when === "before");
    await phone.sync(server);
    await phone.die();
  }
  assert.equal(await phone.ledger.person("nobody"), null);
});

test("an answer that is lost, a server that fails, a page that dies: sent again, taken once", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  for (const fate of ["before", "after", "500"] as const) {
    const person = await phone.register(`Nobody ${fate}`);
    assert.equal((await phone.sync(server, fate)).state, "away");
    assert.equal(phone.ledger.outgoing().find((one) => one.fact.person === person)!.tries, 1);
    await phone.die();
  }
  assert.equal(phone.ledger.outgoing().length, 3);
  assert.equal(server.facts.size, 2, "two arrived though the answer was lost");
  assert.deepEqual(await phone.sync(server), { state: "done" });
  assert.deepEqual([server.facts.size, phone.ledger.outgoing().length, phone.ledger.lines().length], [3, 0, 3]);
});

test("what is held stays with its reason, is not sent again by itself, and goes when mended or settled", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1", { name: "Ann Start" }));
  server.refuses = (fact) => (fact.occurred > "2026-11-20" ? "The visit has not come yet." : "");
  await phone.sync(server);
  const fact = await phone.visit("p1", { occurred: "2026-11-21" });
  const other = await phone.visit("p1", { occurred: "2026-12-21" });
  await phone.sync(server);
  await phone.die();
  assert.deepEqual(
    phone.ledger.outgoing().map((one) => [one.state, one.reason]),
    Array(2).fill(["held", "The visit has not come yet."]),
  );
  await phone.sync(server);
  assert.equal(server.facts.size, 0);
  await phone.ledger.save([{ ...fact, occurred: "2026-11-19" }]);
  assert.equal(phone.ledger.outgoing().find((one) => one.fact.id === fact.id)!.state, "waiting");
  await phone.sync(server);
  assert.deepEqual([...server.facts.keys()], [fact.id]);
  server.settled.push([other.id, "dismissed", "It was a slip."]);
  await phone.sync(server);
  await phone.die();
  assert.deepEqual(phone.ledger.outgoing(), []);
  assert.deepEqual(phone.ledger.state.news, [
    { id: other.id, name: "Ann Start", state: "dismissed", words: "It was a slip." },
  ]);
  await phone.ledger.read(other.id);
  assert.deepEqual(phone.ledger.state.news, []);
});

test("somebody who left the scope is gone, and what was written about them still goes out", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1", { name: "Ann Start" }));
  await phone.sync(server);
  const fact = await phone.visit("p1");
  server.people.delete("p1");
  const lost = await phone.sync(server, "after");
  assert.equal(lost.state, "away");
  await phone.sync(server);
  await phone.die();
  assert.deepEqual(phone.ledger.lines(), []);
  assert.equal(await phone.ledger.person("p1"), null);
  assert.ok(server.facts.has(fact.id));
  assert.equal((await phone.db.getAllKeys("records")).filter((key) => (key as string[])[1] === "brief").length, 0);
});

test("two who were one: the brief of the other goes, and the old id still leads there", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  for (const id of ["p1", "p2"]) server.people.set(id, brief(id));
  await phone.sync(server);
  const fact = await phone.visit("p2");
  server.people.delete("p2");
  server.people.set("p1", brief("p1", { aliases: ["p2"] }));
  server.refuses = () => "later";
  await phone.sync(server);
  assert.deepEqual(
    phone.ledger.lines().map((one) => one.person),
    ["p1"],
  );
  const found = (await phone.ledger.person("p2"))!;
  assert.equal(found.brief.person, "p1");
  assert.deepEqual(
    found.mine.map((one) => one.id),
    [fact.id],
  );
});

test("many people come in pages; dying between two pages loses none; an answer that comes late undoes nothing", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.page = 7;
  for (let n = 0; n < 40; n++) server.people.set(`p${n}`, brief(`p${n}`));
  let pages = 0;
  const wire = server.wire();
  await assert.rejects(
    exchange(
      phone.ledger,
      async (call) => {
        if (++pages === 3) throw Object.assign(new Error("killed"), await phone.die());
        return wire(call);
      },
      { now: () => phone.now },
    ).then((outcome) => {
      if (outcome.state === "away") throw new Error("away");
    }),
  );
  assert.equal(phone.ledger.lines().length, 14);
  assert.deepEqual(await phone.sync(server, "ok", "after"), { state: "away", status: 0 });
  await phone.sync(server);
  assert.equal(phone.ledger.lines().length, 40);
  server.people.set("p0", brief("p0", { name: "New name" }));
  await phone.sync(server);
  const turn = phone.ledger.state.turn;
  await phone.sync(server, "repeat");
  assert.equal(phone.ledger.lines().find((one) => one.person === "p0")!.name, "New name");
  assert.ok(phone.ledger.state.turn >= turn);
});

test("of whom the phone has the brief only what changed comes; what does not fit is asked for whole, once", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  for (const id of ["p1", "p2"]) server.people.set(id, brief(id, { phone: "111", tasks: [] }));
  const same = async () => {
    await phone.die();
    for (const [id, one] of server.people) assert.deepEqual((await phone.ledger.person(id))!.brief, one);
    assert.deepEqual(phone.ledger.outgoing(), []);
  };
  await phone.sync(server);
  await phone.visit("p1");
  await phone.sync(server);
  assert.deepEqual([server.whole, server.changed], [2, 1]);
  await same();
  // A field that goes, and a name, which the list of people shows.
  await phone.visit("p1");
  const { phone: _, ...less } = server.people.get("p1")!;
  server.people.set("p1", { ...less, name: "New name" });
  await phone.sync(server);
  assert.deepEqual([server.whole, server.changed], [2, 2]);
  assert.ok(phone.ledger.lines().some((one) => one.name === "New name"));
  await same();
  // The answer is lost: what comes then is told of the brief that the phone has named.
  await phone.visit("p1");
  await phone.sync(server, "after");
  await phone.sync(server);
  assert.deepEqual([server.whole, server.changed], [2, 4]);
  await same();
  // What is told was meant for another brief.
  server.errs = true;
  const calls = server.calls;
  for (const id of ["p1", "p2"]) await phone.visit(id);
  assert.deepEqual(await phone.sync(server), { state: "done" });
  assert.deepEqual([server.whole, server.changed, server.calls - calls], [4, 6, 2]);
  await same();
  assert.deepEqual(phone.ledger.state.lacks, []);
  // It dies between the two: what it lacks is not forgotten.
  await phone.visit("p2");
  assert.equal((await phone.sync(server, "ok", "before")).state, "away");
  await phone.die();
  assert.deepEqual(phone.ledger.state.lacks, ["p2"]);
  await phone.sync(server);
  await same();
  // A record that somebody changed on the disk does not open.
  server.errs = false;
  const { vault } = phone.ledger;
  await vault.write({ put: [{ ...(await vault.sealed("brief", "p1", 0)), data: new ArrayBuffer(32) }] });
  await phone.visit("p1");
  await phone.sync(server);
  await same();
});

test("an answer to another request says nothing of this one", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  for (const id of ["p1", "p2"]) server.people.set(id, brief(id));
  await phone.visit("p1");
  await phone.sync(server);
  phone.now += 1000;
  server.refuses = () => "later";
  const fact = await phone.visit("p2");
  assert.equal((await phone.sync(server, "repeat")).state, "away");
  assert.deepEqual(
    phone.ledger.outgoing().map((one) => [one.fact.id, one.state]),
    [[fact.id, "waiting"]],
  );
});

test("how many are not on the phone stays as it was told last", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1"));
  server.beyond = [2, 3];
  await phone.sync(server);
  assert.deepEqual(phone.ledger.state.beyond, [2, 3]);
  server.beyond = [0, 1];
  await phone.visit("p1");
  await phone.sync(server);
  await phone.die();
  assert.deepEqual(phone.ledger.state.beyond, [2, 3], "it is told at the beginning only");
  await phone.ledger.renew({ device: "d2", token: "t2", me: ME, me_digest: "" });
  await phone.sync(server);
  assert.deepEqual(phone.ledger.state.beyond, [0, 1]);
});

test("more than a batch goes in batches, and smaller ones where the server says too much", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  for (let n = 0; n < 120; n++) await phone.register(`Nobody ${n}`);
  server.most = 30;
  assert.deepEqual(await phone.sync(server), { state: "done" });
  assert.deepEqual([server.facts.size, phone.ledger.outgoing().length], [120, 0]);
});

test("what is saved while an answer is under way waits for the next one", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1"));
  await phone.visit("p1");
  const wire = server.wire();
  let late: Fact | undefined;
  await exchange(
    phone.ledger,
    async (call) => {
      const reply = await wire(call);
      late ??= await phone.visit("p1");
      return reply;
    },
    { now: () => phone.now },
  );
  assert.ok(server.facts.has(late!.id), "the same exchange took it, in its second round");
  assert.deepEqual(phone.ledger.outgoing(), []);
});

test("a full phone: saving makes room out of what the server has as well, else it fails loudly and keeps nothing half", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1"));
  server.people.set("thin", brief("thin", { care: false }));
  await phone.sync(server);
  const { vault } = phone.ledger;
  const write = vault.write.bind(vault);
  let room = false;
  vault.write = async (change) => {
    if (change.remove?.length) room = true;
    if (!room && change.put?.some((one) => one.kind === "fact")) throw full();
    return write(change);
  };
  await phone.visit("p1");
  assert.deepEqual(
    phone.ledger.lines().map((one) => one.person),
    ["p1"],
  );
  room = false;
  await assert.rejects(phone.visit("p1"), { name: "QuotaExceededError" });
  assert.equal(phone.ledger.outgoing().length, 1);
  await phone.die();
  assert.equal(phone.ledger.outgoing().length, 1);
  await phone.sync(server);
  assert.deepEqual(
    [phone.ledger.lines().length, server.facts.size],
    [2, 1],
    "everything comes again when there is room",
  );
});

test("a page that ends while it makes room: whoever went comes again", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1"));
  server.people.set("thin", brief("thin", { care: false }));
  await phone.sync(server);
  const { vault } = phone.ledger;
  const write = vault.write.bind(vault);
  vault.write = async (change) => {
    if (change.put?.some((one) => one.kind === "fact" || one.kind === "index")) throw full();
    return write(change);
  };
  await assert.rejects(phone.visit("p1"), { name: "QuotaExceededError" });
  await phone.die();
  await phone.sync(server);
  assert.deepEqual((await phone.ledger.person("thin"))?.brief, server.people.get("thin"));
});

test("no room for what comes: what is to be sent still goes, and nothing is acknowledged that is not stored", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  for (let n = 0; n < 5; n++) server.people.set(`p${n}`, brief(`p${n}`));
  const person = await phone.register("Nobody");
  const low = await exchange(phone.ledger, server.wire(), { now: () => phone.now, free: async () => 1_000_000 });
  assert.equal(low.state, "full");
  assert.ok(server.facts.has(person));
  assert.deepEqual([phone.ledger.outgoing().length, phone.ledger.state.turn], [0, 0]);
  assert.equal(phone.ledger.lines().length, 1, "whom this phone registered stays on it");
  const { vault } = phone.ledger;
  const write = vault.write.bind(vault);
  vault.write = async (change) => {
    if (change.put?.some((one) => one.kind === "brief")) throw full();
    return write(change);
  };
  assert.equal((await phone.sync(server)).state, "full");
  assert.equal(phone.ledger.state.turn, 0);
  vault.write = write;
  assert.deepEqual(await phone.sync(server), { state: "done" });
  assert.equal(phone.ledger.lines().length, 6);
});

test("content changes whole: until the new one is stored, the old one is used", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  await phone.sync(server);
  server.content = "c2";
  assert.equal((await phone.sync(server, "ok", "after")).state, "away");
  await phone.die();
  assert.equal(phone.ledger.bundle.version, "c1");
  await phone.sync(server);
  await phone.die();
  assert.equal(phone.ledger.bundle.version, "c2");
  assert.equal(phone.ledger.fact("p", { kind: "note" }).content, "c2");
});

test("a phone that was taken away gives everything unsent to the server, then forgets everything", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.people.set("p1", brief("p1"));
  await phone.sync(server);
  for (let n = 0; n < 60; n++) await phone.visit("p1");
  server.revoked = true;
  assert.equal((await phone.sync(server, "ok", "before")).state, "away");
  await phone.die();
  assert.equal((await phone.db.get("workers", phone.id))!.wiping, "taken away");
  assert.equal(phone.ledger.outgoing().length, 10, "those that the server has not confirmed stay");
  assert.deepEqual(await phone.sync(server), { state: "wiped", says: "taken away" });
  assert.equal(server.held.size, 60);
  assert.deepEqual([(await phone.db.getAll("workers")).length, (await phone.db.getAll("records")).length], [0, 0]);
});

test("a server that does not know the phone deletes nothing on it", async () => {
  const phone = await Phone.enrolled();
  await phone.visit("p1");
  const outcome = await exchange(
    phone.ledger,
    async () => ({ status: 401, body: { wipe: false, says: "Who?" }, date: NaN }),
    {},
  );
  assert.deepEqual(outcome, { state: "refused", says: "Who?" });
  await phone.die();
  assert.equal(phone.ledger.outgoing().length, 1);
});

test("let in again under a new code: what is not sent goes out with it", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  const person = await phone.register("Nobody");
  await phone.ledger.renew({ device: "d2", token: "t2", me: ME, me_digest: "" });
  await phone.die();
  assert.deepEqual([phone.ledger.token, phone.ledger.device], ["d2.t2", "d2"]);
  await phone.sync(server);
  assert.ok(server.facts.has(person));
});

test("a draft survives death, and goes when it is dropped", async () => {
  const phone = await Phone.enrolled();
  await phone.ledger.keepDraft("ask/p1/phq-9", { at: 3 });
  await phone.ledger.keepDraft("register", { name: "So" });
  await phone.die();
  assert.deepEqual(await phone.ledger.drafts(), ["ask/p1/phq-9", "register"]);
  assert.deepEqual(await phone.ledger.draft("ask/p1/phq-9"), { at: 3 });
  assert.equal(await phone.ledger.draft("other"), undefined);
  await phone.ledger.dropDraft("register");
  assert.deepEqual(await phone.ledger.drafts(), ["ask/p1/phq-9"]);
});

test("generated weeks: whatever is lost, killed or late, the server has everything once and the phone what it shows", async () => {
  for (let seed = 1; seed <= Number(process.env.PHONE_WEEKS ?? 8); seed++) {
    let state = seed * 2654435761;
    const draw = (n: number) => {
      state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
      return state % n;
    };
    const phone = await Phone.enrolled();
    const server = new Server(() => phone.now);
    server.page = 1 + draw(4);
    const said = new Set<string>();
    const people: string[] = [];
    for (let step = 0; step < 40; step++) {
      phone.now += draw(4_000_000);
      const what = draw(10);
      if (what < 2) {
        const id = await phone.register(`Nobody ${step}`);
        people.push(id);
        said.add(id);
      } else if (what < 5 && people.length) said.add((await phone.visit(people[draw(people.length)]!)).id);
      else if (what < 8) {
        const fates: Fate[] = Array.from(
          { length: 4 },
          () => (["ok", "ok", "after", "before", "500", "repeat"] as const)[draw(6)]!,
        );
        const wire = server.wire(...fates);
        const kill = draw(3) === 0 ? draw(3) : -1;
        let calls = 0;
        await exchange(
          phone.ledger,
          async (call) => {
            const reply = await wire(call);
            if (calls++ === kill) await phone.die();
            return reply;
          },
          { now: () => phone.now },
        ).catch(() => undefined);
        await phone.die();
      } else if (what === 8) {
        server.people.set(`s${draw(9)}`, brief(`s${step % 9}`, { person: `s${step % 9}`, name: `S${step}` }));
        server.people = new Map([...server.people.values()].map((one) => [one.person, one]));
      } else if (server.people.size && draw(2))
        server.people.delete([...server.people.keys()].find((id) => id.startsWith("s")) ?? "");
    }
    for (let n = 0; n < 3; n++) await phone.sync(server);
    await phone.die();
    assert.deepEqual(phone.ledger.outgoing(), [], `seed ${seed}`);
    assert.deepEqual([...server.facts.keys()].sort(), [...said].sort(), `seed ${seed}`);
    const shown = new Map(phone.ledger.lines().map((one) => [one.person, one.name]));
    assert.deepEqual(
      [...shown].sort(),
      [...server.people.values()].map((one) => [one.person, one.name]).sort(),
      `seed ${seed}`,
    );
    for (const [id, one] of server.people) assert.deepEqual((await phone.ledger.person(id))!.brief, one);
  }
});
