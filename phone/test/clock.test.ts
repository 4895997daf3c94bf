/** A phone's clock that is wrong, or moves: it is measured and allowed for, and what it dated is dated again, once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DAY } from "../store/time.ts";
import type { Fact } from "../types.ts";
import { Phone, START } from "./phone.ts";
import { brief, Server } from "./server.ts";

/** Everything that this server took. */
const known = (server: Server) => [...server.facts.values()].map((text) => JSON.parse(text) as Fact);

test("a clock that is wrong is measured and allowed for; putting it back hides nothing", async () => {
  const phone = await Phone.enrolled();
  const server = new Server(() => phone.now);
  server.ahead = -3 * 86_400_000;
  await phone.sync(server);
  assert.equal(phone.ledger.state.skew, server.ahead);
  assert.equal(phone.ledger.today(), "2026-11-16");
  assert.equal(phone.ledger.fact("p", { kind: "note" }).recorded, "2026-11-16T12:00:00.000Z");
  assert.equal(phone.ledger.stale(), false);
  phone.now += 15 * 86_400_000;
  assert.equal(phone.ledger.stale(), true, "too long without contact");
  await phone.ledger.stamp();
  await phone.die();
  phone.now -= 30 * 86_400_000;
  assert.equal(phone.ledger.stale(), true, "the clock was put back");
  await phone.sync(server);
  assert.equal(phone.ledger.stale(), false);
});

test("what a clock dated that moved between two contacts is dated again, once; what may be right stays as it is", async () => {
  const phone = await Phone.enrolled();
  let real = START;
  const server = new Server(() => real);
  server.refuses = (fact) => (Date.parse(fact.occurred) > real + 86_400_000 ? "future" : "");
  server.people.set("p1", brief("p1"));
  const at = (hours: number, clock = 0) => {
    real = START + hours * 3_600_000;
    phone.now = real + clock;
  };
  await phone.sync(server);
  at(24);
  const right = await phone.visit("p1");
  at(48, Date.UTC(2020, 0, 1) - START);
  const early = await phone.visit("p1");
  const chosen = await phone.visit("p1", { occurred: "2019-12-30" });
  at(49, Date.UTC(2020, 0, 1) - START);
  assert.deepEqual(await phone.sync(server, "after"), { state: "away", status: 0 });
  await phone.die();
  await phone.sync(server);
  await phone.die();
  const [mended, ...others] = known(server).filter((fact) => fact.amends);
  assert.deepEqual([mended!.amends, mended!.body, others.length], [early.id, early.body, 0]);
  assert.equal(Date.parse(mended!.occurred), START + 48 * 3_600_000);
  assert.deepEqual(new Set(known(server).map((fact) => fact.id)), new Set([right.id, early.id, chosen.id, mended!.id]));
  at(72, 40 * 86_400_000);
  const late = await phone.visit("p1");
  const told = await phone.visit("p1");
  at(73, 40 * 86_400_000);
  assert.equal(phone.ledger.outgoing().length, 2);
  await phone.sync(server);
  assert.deepEqual(phone.ledger.outgoing(), []);
  assert.equal(known(server).length, 6);
  for (const { id } of [late, told]) {
    const taken = JSON.parse(server.facts.get(id)!) as Fact;
    assert.equal(Date.parse(taken.occurred), START + 72 * 3_600_000);
  }
});

test("a clock that moved mends nothing that stood there before, and brings no older words back", async () => {
  const phone = await Phone.enrolled();
  let real = START;
  const server = new Server(() => real);
  const at = (hours: number, clock = 0) => {
    real = START + hours * 3_600_000;
    phone.now = real + clock;
  };
  server.people.set("p1", brief("p1"));
  server.refuses = (fact) => (fact.body["mode"] === "phone" ? "held" : "");
  await phone.sync(server);
  at(24);
  const waits = phone.ledger.fact("p1", { kind: "encounter", mode: "phone" });
  await phone.ledger.save([waits]);
  for (const hours of [25, 40]) {
    at(hours);
    await phone.sync(server);
  }
  const days = -2 * DAY;
  at(72, days);
  const first = phone.ledger.fact("p1", { kind: "response", answers: { one: 1 } });
  await phone.ledger.save([first]);
  const whole = phone.ledger.fact("p1", { kind: "response", answers: { one: 1, two: 3 } }, { amends: first.id });
  const wrong = phone.ledger.fact("p1", { kind: "note", text: "of somebody else" });
  await phone.ledger.save([whole, wrong]);
  await phone.ledger.save([phone.ledger.fact("p1", { kind: "retraction" }, { retracts: wrong.id })]);
  at(73, days);
  await phone.sync(server);
  await phone.sync(server);
  assert.deepEqual(
    phone.ledger.outgoing().map((one) => one.fact),
    [waits],
    "what was held before is dated as it was",
  );
  const [mended, ...others] = known(server).filter((fact) => fact.amends && fact.id !== whole.id);
  assert.deepEqual([mended?.amends, mended?.body, others.length], [whole.id, whole.body, 0]);
  assert.equal(Date.parse(mended!.occurred), START + 72 * 3_600_000);
  const many = known(server).length;
  for (const ahead of [2 * DAY, 0, -DAY]) {
    at(100, ahead);
    await phone.sync(server);
  }
  assert.equal(known(server).length, many, "nor is it dated again when the clock moves once more");
});
