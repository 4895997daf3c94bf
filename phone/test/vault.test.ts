/** The vault: who cannot read it, how tries are counted, and what a changed record does. */

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteVault, ofKind, openDatabase, putRow, write, type Database } from "../store/database.ts";
import {
  change,
  create,
  LAST_TRY,
  measure,
  LEAST_ITERATIONS,
  reopen,
  unlock,
  waitAfter,
  weakness,
} from "../store/vault.ts";

const FEW = 1000; // so that tests are quick; never on a phone
const OWNER = { worker: "0192a000-0000-7000-8000-000000000001", name: "Walker Wim", language: "en" };
let names = 0;
const fresh = () => openDatabase(`vault-${names++}`);

async function everything(db: Database): Promise<string> {
  const rows = await db.getAll("records");
  const workers = await db.getAll("workers");
  const bytes = rows.flatMap((row) => [new Uint8Array(row.data), row.iv]);
  const texts = [...bytes, ...workers.map((one) => new Uint8Array(one.wrapped))].map((one) =>
    Buffer.from(one).toString("latin1"),
  );
  return texts.join("\n") + JSON.stringify([rows, workers]);
}

test("what was put in comes out after the PIN, and nothing of it lies in the clear", async () => {
  const db = await fresh();
  const vault = await create(db, OWNER, "pin", "271828", FEW);
  await vault.write({ put: [await vault.sealed("draft", "ask/PERSON-1/phq-9", { answer: "Solène" })] });
  const opened = await unlock(db, vault.id, "271828");
  assert.equal(opened.state, "open");
  assert.ok(opened.state === "open");
  assert.deepEqual(await opened.vault.get("draft", "ask/PERSON-1/phq-9"), { answer: "Solène" });
  const text = await everything(db);
  for (const word of ["Solène", "phq", "PERSON-1", "271828", "Wim"]) assert.ok(!text.includes(word), word);
  assert.ok(text.includes("Walker"), "the first name stands at the lock");
  await assert.rejects(crypto.subtle.exportKey("raw", (await db.get("device", "key"))!), /extractable/);
});

test("a wrong PIN opens nothing; waiting grows; the tenth shuts; a supervisor opens the tries again", async () => {
  const db = await fresh();
  const { id } = await create(db, OWNER, "pin", "271828", FEW);
  let now = 1_000_000;
  const waits: number[] = [];
  for (let n = 1; n <= LAST_TRY; n++) {
    const tried = await unlock(db, id, "000001", now);
    const row = (await db.get("workers", id))!;
    assert.equal(row.tries, n, "counted on the disk");
    if (n === LAST_TRY) {
      assert.deepEqual(tried, { state: "shut" });
      break;
    }
    assert.ok(tried.state === "wrong");
    assert.equal(tried.left, LAST_TRY - n);
    waits.push(tried.until - now);
    if (tried.until > now) {
      const early = await unlock(db, id, "271828", tried.until - 1);
      assert.deepEqual(early, { state: "wait", until: tried.until }, "the right PIN waits as well, and is no try");
      const back = await unlock(db, id, "271828", now - 86_400_000);
      assert.ok(
        back.state === "wait" && back.until <= now - 86_400_000 + waitAfter(n),
        "a clock put back waits no longer",
      );
    }
    now = Math.max(now, tried.until);
  }
  assert.deepEqual(waits, [0, 0, 0, 0, 30_000, 60_000, 120_000, 240_000, 480_000]);
  assert.deepEqual(await unlock(db, id, "271828", now + 1e12), { state: "shut" }, "time alone does not open it");
  await reopen(db, id);
  assert.equal((await unlock(db, id, "271828", now)).state, "open");
  assert.equal((await db.get("workers", id))!.tries, 0);
});

test("two windows at once use two tries", async () => {
  const db = await fresh();
  const { id } = await create(db, OWNER, "pin", "271828", FEW);
  await Promise.all([1, 2, 3, 4].map(() => unlock(db, id, "999000", 5)));
  assert.equal((await db.get("workers", id))!.tries, 4);
});

test("a record that was changed, moved or swapped with another does not open", async () => {
  const db = await fresh();
  const vault = await create(db, OWNER, "pin", "271828", FEW);
  const a = await vault.sealed("brief", "a", { name: "Ann" });
  const b = await vault.sealed("brief", "b", { name: "Ben" });
  const bad = { ...a, data: a.data.slice(0) };
  new Uint8Array(bad.data)[3]! ^= 1;
  await assert.rejects(vault.unsealed(bad));
  await assert.rejects(vault.unsealed({ ...b, id: a.id }));
  await assert.rejects(vault.unsealed({ ...a, kind: "draft" }));
  await write(db, { put: [bad, b] });
  const { found, damaged } = await vault.all("brief");
  assert.equal(damaged, 1);
  assert.deepEqual(found, [["b", { name: "Ben" }]]);
});

test("two workers of one phone read nothing of each other, though they have the same PIN", async () => {
  const db = await fresh();
  const one = await create(db, OWNER, "pin", "271828", FEW);
  const two = await create(db, { ...OWNER, worker: "other", name: "Nurse Nia" }, "pin", "271828", FEW);
  const record = await one.sealed("brief", "a", { name: "Ann" });
  await write(db, { put: [record] });
  await assert.rejects(two.unsealed(record));
  await assert.rejects(two.unsealed({ ...record, vault: two.id }));
  assert.equal(await two.get("brief", "a"), undefined);
  assert.deepEqual((await two.all("brief")).found, []);
  await deleteVault(db, two.id);
  assert.deepEqual(await one.get("brief", "a"), { name: "Ann" }, "deleting one leaves the other");
  await deleteVault(db, one.id);
  assert.equal((await db.getAllKeys("records", ofKind(one.id, "brief"))).length, 0);
  assert.deepEqual(await db.getAll("workers"), []);
});

test("on another phone the PIN alone opens nothing", async () => {
  const db = await fresh();
  const vault = await create(db, OWNER, "pin", "271828", FEW);
  const other = await fresh();
  await putRow(other, (await db.get("workers", vault.id))!);
  const tried = await unlock(other, vault.id, "271828");
  assert.equal(tried.state, "wrong");
});

test("changing the PIN: the old one is asked and opens nothing afterwards; what is inside stays", async () => {
  const db = await fresh();
  const vault = await create(db, OWNER, "pin", "271828", FEW);
  await vault.write({ put: [await vault.sealed("fact", "f", 1)] });
  assert.equal((await change(db, vault.id, "111222", "pin", "314159", FEW)).state, "wrong");
  assert.equal((await change(db, vault.id, "271828", "passphrase", "the goats are in the yard", FEW)).state, "open");
  assert.equal((await unlock(db, vault.id, "271828")).state, "wrong");
  const opened = await unlock(db, vault.id, "the goats are in the yard");
  assert.ok(opened.state === "open");
  assert.equal(await opened.vault.get("fact", "f"), 1);
  assert.equal((await db.get("workers", vault.id))!.kind, "passphrase");
});

test("PINs that anybody would try first are not taken", () => {
  for (const easy of ["000000", "123456", "654321", "121212", "270270"])
    assert.equal(weakness("pin", easy), "easy", easy);
  for (const short of ["12345", "", "12345a", "1234567"]) assert.equal(weakness("pin", short), "length", short);
  assert.equal(weakness("pin", "271828"), "");
  assert.equal(weakness("passphrase", "goat"), "length");
  assert.equal(weakness("passphrase", "the goats are in"), "");
});

test("iterations are measured, and never fewer than OWASP says", async () => {
  assert.ok((await measure()) >= LEAST_ITERATIONS);
});
