/** Phones for generated histories, told line by line of JSON what happens to them: the store and the exchange of the
 * real one, with a disk that may be full, a clock that may be wrong, a network that loses, doubles and delays, and an
 * end at any step of its reading, writing and sending. tests/generative/test_weeks_apart.py tells them. */

import "fake-indexeddb/auto";
import { createInterface } from "node:readline";
import type { Saying } from "../store/api.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { fill, Ledger } from "../store/ledger.ts";
import { create, unlock, type Vault } from "../store/vault.ts";
import { exchange } from "../sync/client.ts";
import { wire, type Call, type Reply, type Wire } from "../sync/wire.ts";
import type { Body, Enrolled, Fact } from "../types.ts";

const PIN = "271828";
const ENDED = { state: "ended" };
const LONG_AGO = 3;

/** A request as it fares: it arrives and is answered; never arrives; arrives and its answer is lost; arrives twice; an
 * older one arrives once more before it; an older answer comes instead. */
type Fate = "ok" | "before" | "after" | "twice" | "late" | "repeat";

/** From one start of the page to its end. After `left` steps it is over: what is under way never goes on. */
class Life {
  left = Infinity;
  over!: () => void;
  readonly end = new Promise<typeof ENDED>((done) => (this.over = () => done(ENDED)));

  async step<T>(work: () => Promise<T>): Promise<T> {
    await this.#go();
    const done = await work();
    await this.#go();
    return done;
  }

  #go(): Promise<void> {
    if (--this.left > 0) return Promise.resolve();
    this.over();
    return new Promise(() => undefined);
  }
}

class Phone {
  db!: Database;
  base = "";
  id = "";
  ledger!: Ledger;
  life!: Life;
  /** Its clock against the true one, in milliseconds. */
  skew = 0;
  /** Writes that still fit, where the disk is full. */
  room = Infinity;
  #calls: Call[] = [];
  #replies: Reply[] = [];

  now = () => Date.now() + later + this.skew;

  async enrol(name: string, base: string, code: string) {
    this.base = base;
    this.db ??= await openDatabase(name);
    const reply = await wire({ path: `${base}/sync/enrol`, body: { code } });
    if (reply.status !== 200) return { state: "refused", body: reply.body };
    const { device, token, me, me_digest } = reply.body as Enrolled;
    const vault = await create(this.db, { worker: me.worker, name: me.name, language: "en" }, "pin", PIN, 1000);
    this.id = vault.id;
    const skew = reply.date - this.now();
    await fill(vault, { device, token, me, me_digest }, this.now() + skew, Math.abs(skew) > 2000 ? skew : 0);
    await this.start();
    return { state: "in", device, worker: me.worker };
  }

  /** The page opens: only what lies on the disk is there. */
  async start(): Promise<void> {
    const tried = await unlock(this.db, this.id, PIN);
    if (tried.state !== "open") throw new Error(tried.state);
    this.life = new Life();
    this.ledger = await Ledger.open(this.#mortal(tried.vault, this.life), this.now);
  }

  #mortal(vault: Vault, life: Life): Vault {
    const { get, all, write } = vault;
    vault.get = <T>(kind: string, id: string) => life.step(() => get.call(vault, kind, id) as Promise<T | undefined>);
    vault.all = <T>(kind: string) => life.step(() => all.call(vault, kind) as ReturnType<typeof vault.all<T>>);
    vault.write = (change) =>
      life.step(async () => {
        if (change.remove?.length || change.clear?.length) this.room++;
        if (change.put?.some((one) => one.kind !== "self") && --this.room < 0)
          throw new DOMException("full", "QuotaExceededError");
        await write.call(vault, change);
      });
    return vault;
  }

  /** Do something that the page may not live to see the end of, `left` steps from now. */
  async mortally<T>(left: number | undefined, work: () => Promise<T>): Promise<T | { state: string }> {
    const { life } = this;
    life.left = left || Infinity;
    const done = await Promise.race([
      work().catch((error: Error) => {
        if (error.name === "QuotaExceededError") return { state: "full" };
        throw error;
      }),
      life.end,
    ]);
    life.left = Infinity;
    if (done === ENDED) await this.start();
    return done;
  }

  async save(facts: Fact[], left?: number) {
    const done = await this.mortally(left, async () => {
      await this.ledger.save(facts);
      return { state: "saved" };
    });
    const kept = new Set(this.ledger.outgoing().map((one) => one.fact.id));
    return { ...(done as object), ids: facts.map((one) => one.id), kept: facts.map((one) => kept.has(one.id)) };
  }

  fact(person: string, body: Body, saying = {}) {
    return this.ledger.fact(person, body, saying);
  }

  /** The worker's wire, where each call meets the next fate. */
  #through(fates: Fate[]): Wire {
    return (call) => this.life.step(() => this.#meets(fates.shift() ?? "ok", { ...call, path: this.base + call.path }));
  }

  async #meets(fate: Fate, call: Call): Promise<Reply> {
    if (fate === "before") throw new TypeError("no network");
    if (fate === "late" && this.#calls.length) await wire(this.#calls[0]!).catch(() => undefined);
    if (fate === "twice") await wire(call).catch(() => undefined);
    const older = this.#replies[0];
    const reply = await wire(call);
    if (call.body && reply.status === 200) {
      this.#calls = [...this.#calls, structuredClone(call)].slice(-LONG_AGO);
      this.#replies = [...this.#replies, structuredClone(reply)].slice(-LONG_AGO);
    }
    if (fate === "after") throw new TypeError("the answer was lost");
    return fate === "repeat" && older && call.body ? structuredClone(older) : reply;
  }

  async sync(fates: Fate[], left?: number) {
    const free = () => Promise.resolve(this.room === Infinity ? 1e12 : 1e6);
    const done = await this.mortally(left, () => exchange(this.ledger, this.#through(fates), { now: this.now, free }));
    if (done.state === "wiped") this.#calls = this.#replies = [];
    return done;
  }

  /** Everything that lies on it. */
  async holds() {
    const keys = await this.db.getAllKeys("records");
    const briefs: Record<string, unknown> = {};
    const mine: Record<string, string[]> = {};
    const lines = this.ledger.lines();
    for (const { person, mine: unsent } of lines) {
      const found = await this.ledger.person(person);
      if (!unsent) briefs[person] = found?.brief;
      mine[person] = found?.mine.map((one) => one.id) ?? [];
    }
    return {
      briefs,
      mine,
      index: lines.map((one) => [one.person, one.name, one.next]),
      kept: keys.filter(([, kind]) => kind === "brief").length,
      outgoing: this.ledger.outgoing().map((one) => [one.fact.id, one.state, one.reason]),
      damaged: this.ledger.damaged,
      content: this.ledger.bundle.version,
      state: this.ledger.state,
    };
  }

  async wiped() {
    return [(await this.db.getAll("workers")).length, (await this.db.getAll("records")).length];
  }
}

let later = 0;
const phones = new Map<string, Phone>();

interface Told {
  do: string;
  phone: string;
  base: string;
  code: string;
  person: string;
  bodies: Body[];
  saying: Saying;
  fates: Fate[];
  left?: number;
  seconds: number;
  skew?: number;
  room?: number | null;
}

async function answer({ do: what, phone: name, ...told }: Told): Promise<unknown> {
  if (!phones.has(name)) phones.set(name, new Phone());
  const phone = phones.get(name)!;
  switch (what) {
    case "later":
      later = told.seconds * 1000;
      return null;
    case "enrol":
      return phone.enrol(name, told.base, told.code);
    case "register": {
      const id = phone.ledger.newId();
      const facts = told.bodies.map((one, at) => phone.fact(id, one, at ? {} : { id }));
      return { person: id, ...(await phone.save(facts, told.left)) };
    }
    case "say": {
      const facts = told.bodies.map((one) => phone.fact(told.person, one, told.saying));
      return phone.save(facts, told.left);
    }
    case "sync":
      return phone.sync(told.fates, told.left);
    case "set":
      phone.skew = told.skew ?? phone.skew;
      if (told.room !== undefined) phone.room = told.room ?? Infinity;
      return null;
    case "die":
      await phone.start();
      return null;
    case "holds":
      return phone.holds();
    case "wiped":
      return phone.wiped();
    default:
      throw new Error(what);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify({ ok: (await answer(JSON.parse(line) as Told)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ fault: (error as Error).stack }));
  }
}
