/** Drafts and lists of the ledger: a draft goes with the facts that it became, and nothing that is at hand is old. */

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Changed } from "../store/api.ts";
import { openDatabase } from "../store/database.ts";
import { fill, Ledger } from "../store/ledger.ts";
import { create } from "../store/vault.ts";
import type { SyncResponse } from "../types.ts";
import { brief, ME } from "./server.ts";

const KEY = "person/p1";
let names = 0;

async function opened() {
  const db = await openDatabase(`drafts-${names++}`);
  const vault = await create(db, { worker: ME.worker, name: ME.name, language: "en" }, "pin", "271828", 1000);
  await fill(vault, { device: "d1", token: "t1", me: ME, me_digest: "" }, Date.now(), 0);
  return { vault, ledger: await Ledger.open(vault) };
}

function answer(turn: number, name: string): SyncResponse {
  const briefs = [brief("p1", { name })];
  const rest = { receipts: [], settled: [], drop: [], more: false, content: "", me_digest: "" };
  return { v: 1, now: new Date().toISOString(), turn, briefs, ...rest };
}

test("a draft goes with the facts that it became; where they cannot be saved it stays", async () => {
  const { vault, ledger } = await opened();
  await ledger.keepDraft(KEY, { met: "seen" });
  const fact = ledger.fact("p1", { kind: "encounter", mode: "home" });
  const write = vault.write.bind(vault);
  vault.write = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  await assert.rejects(ledger.save([fact], KEY));
  vault.write = write;
  assert.deepEqual([await ledger.drafts(), ledger.outgoing().length], [[KEY], 0]);
  assert.deepEqual((await Ledger.open(vault)).outgoing(), []);
  await ledger.save([fact], KEY);
  const again = await Ledger.open(vault);
  for (const one of [ledger, again]) assert.deepEqual([await one.drafts(), one.outgoing().length], [[], 1]);
  // Pressed once more after it was saved: it stands there once, and no draft comes back.
  await again.keepDraft(KEY, { met: "seen" });
  await again.save([fact], KEY);
  assert.deepEqual([await again.drafts(), again.outgoing().length], [[], 1]);
});

test("a save lists anew whom it is about, and nobody else", async () => {
  const { ledger } = await opened();
  const briefs = ["p1", "p2"].map((one) => brief(one));
  await ledger.absorb({ ...answer(1, ""), briefs }, [], 0, true);
  const before = ledger.lines();
  const fact = ledger.fact("p1", { kind: "encounter", mode: "home", next: "2027-01-05" });
  await ledger.save([fact]);
  const after = ledger.lines();
  assert.notEqual(after, before);
  assert.equal(after[1], before[1]);
  assert.deepEqual([before[0]!.next, after[0]!.next, after[0]!.tried], ["", "2027-01-05", fact.occurred.slice(0, 10)]);
});

test("what another window kept is seen, and a value that was given is not the one that is kept", async () => {
  const { vault, ledger } = await opened();
  const value = { at: "1", answers: { 1: 0 } };
  await ledger.keepDraft(KEY, value);
  value.at = "2";
  assert.deepEqual(await ledger.draft(KEY), { at: "1", answers: { 1: 0 } });
  const other = await Ledger.open(vault);
  await other.keepDraft(KEY, { at: "3" });
  ledger.draftsElsewhere();
  assert.deepEqual(await ledger.draft(KEY), { at: "3" });
  await other.dropDraft(KEY);
  ledger.draftsElsewhere();
  assert.equal(await ledger.draft(KEY), undefined);
});

test("the list is made anew when something changes, and not for a draft", async () => {
  const { ledger } = await opened();
  await ledger.absorb(answer(1, "Ann"), [], 0, true);
  const told: Changed[] = [];
  ledger.watch((what) => told.push(what));
  const lines = ledger.lines();
  await ledger.keepDraft(KEY, {});
  assert.equal(ledger.lines(), lines);
  await ledger.save([ledger.fact("p1", { kind: "encounter", mode: "home", next: "2030-01-01" })], KEY);
  assert.deepEqual(
    ledger.lines().map((one) => one.next),
    ["2030-01-01"],
  );
  assert.deepEqual(told, ["draft", "record"]);
});

test("a brief that is at hand is the one on the disk", async () => {
  const { vault, ledger } = await opened();
  await ledger.absorb(answer(1, "Ann"), [], 0, true);
  assert.equal((await ledger.person("p1"))!.brief.name, "Ann");
  const asked = ledger.person("p1");
  await ledger.absorb(answer(2, "Bea"), [], 0, true);
  await asked;
  assert.equal((await ledger.person("p1"))!.brief.name, "Bea");
  const other = await Ledger.open(vault);
  await other.absorb(answer(3, "Cid"), [], 0, true);
  await ledger.reload();
  assert.equal((await ledger.person("p1"))!.brief.name, "Cid");
  await ledger.absorb({ ...answer(4, ""), briefs: [], drop: ["p1"] }, [], 0, true);
  assert.equal(await ledger.person("p1"), null);
});
