/** What the phone's store costs in a browser, sealed and not: built and asked by bench/phone.py. Never in the shell. */

import { openDatabase } from "../store/database.ts";
import { fill, Ledger } from "../store/ledger.ts";
import { create, LEAST_ITERATIONS, unlock } from "../store/vault.ts";
import type { Brief, Me, SyncResponse } from "../types.ts";

/** The same code with ciphers that do nothing: what is left is IndexedDB and JSON. */
function plain(): void {
  const subtle = crypto.subtle;
  const same = (_how: unknown, _key: unknown, data: Uint8Array<ArrayBuffer> | ArrayBuffer) =>
    Promise.resolve(new Uint8Array(data).slice().buffer);
  const name = (_how: unknown, _key: unknown, data: Uint8Array) => {
    // Names of records must differ, and nothing else: the end of what is named, which is an id.
    const out = new Uint8Array(32);
    out.set(data.subarray(-16));
    return Promise.resolve(out.buffer);
  };
  Object.defineProperty(subtle, "encrypt", { value: same });
  Object.defineProperty(subtle, "decrypt", { value: same });
  Object.defineProperty(subtle, "sign", { value: name });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds of each operation, so many times. */
async function run(me: Me, briefs: Brief[], sealed: boolean, times: number): Promise<Record<string, number[]>> {
  if (!sealed) plain();
  const db = await openDatabase(`bench-${sealed}-${Math.random()}`);
  const owner = { worker: me.worker, name: me.name, language: "en" };
  const vault = await create(db, owner, "pin", "271828", LEAST_ITERATIONS);
  await fill(vault, { device: "d", token: "t", me, me_digest: "" }, Date.now(), 0);
  const ledger = await Ledger.open(vault);
  let turn = 0;
  const take = (those: Brief[]) => {
    const answer: SyncResponse = {
      v: 1,
      now: new Date().toISOString(),
      turn: ++turn,
      receipts: [],
      settled: [],
      briefs: those,
      drop: [],
      more: false,
      content: "",
      me_digest: "",
    };
    return ledger.absorb(answer, [], 0, true);
  };
  const said: Record<string, number[]> = { all: [await timed(() => take(briefs))] };
  const each = async (what: string, many: number, work: (at: number) => Promise<unknown>) => {
    await work(0);
    said[what] = [];
    for (let at = 0; at < many; at++) said[what].push(await timed(() => work(at)));
  };
  const one = (at: number) => briefs[(at * 7) % briefs.length]!;
  await each("brief", times, (at) => ledger.person(one(at).person));
  await each("draft", times, (at) => ledger.keepDraft("ask/P/phq-9", { answers: { at } }));
  await each("ten", times, (at) => take(Array.from({ length: 10 }, (_, n) => one(at + n))));
  await each("open", times, () => Ledger.open(vault));
  await each("save", times, (at) => {
    const met = ledger.fact(one(at).person, { kind: "encounter", mode: "home" });
    const asked = ledger.fact(one(at).person, {
      kind: "response",
      instrument: "phq-9",
      version: 1,
      answers: { "1": 2 },
    });
    return ledger.save([met, asked]);
  });
  if (sealed) await each("unlock", 5, () => unlock(db, vault.id, "271828"));
  db.close();
  return said;
}

Object.assign(globalThis, { run });
