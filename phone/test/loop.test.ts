/** When the phone asks again: later and later, and never before the time for which the server asks to be left alone. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Ledger } from "../store/ledger.ts";
import { Loop } from "../sync/loop.ts";

const MINUTE = 60_000;
const asked: number[] = [];
let status = 429;

Object.assign(globalThis, {
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  document: { addEventListener: () => undefined, removeEventListener: () => undefined },
  fetch: async () => {
    asked.push(Date.now());
    const headers: Record<string, string> = status === 429 ? { "Retry-After": "60" } : {};
    return new Response(JSON.stringify({ says: "later" }), { status, headers });
  },
});
Object.defineProperty(globalThis, "navigator", { value: {} });

/** Of a ledger what one exchange without an answer needs. */
const ledger = {
  token: "d.t",
  vault: { id: "v" },
  request: () => ({ facts: [], content: "", me: "", now: "" }),
  failed: async () => undefined,
} as unknown as Ledger;

/** So many milliseconds go by, and what was begun in them comes to its end. */
async function pass(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 1000) {
    mock.timers.tick(1000);
    for (let n = 0; n < 20; n++) await new Promise((done) => setImmediate(done));
  }
}

test("a phone that was told to wait a minute waits one, though something is saved meanwhile", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 0 });
  mock.method(Math, "random", () => 0);
  const loop = new Loop(ledger, () => undefined);
  await pass(1000);
  assert.equal(asked.length, 1);
  for (let n = 0; n < 50; n++) {
    loop.nudge();
    await pass(1000);
  }
  assert.equal(asked.length, 1, "without being told it would have asked after ten seconds");
  await pass(MINUTE / 2);
  assert.equal(asked.length, 2);
  assert.ok(asked[1]! - asked[0]! >= MINUTE);
  status = 503;
  await pass(MINUTE + 20_000);
  assert.equal(asked.length > 3, true, "where no time is told, its own is kept");
  loop.stop();
  mock.timers.reset();
});
