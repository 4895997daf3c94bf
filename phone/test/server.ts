/** A server of the tests: takes facts once, knows what it has sent, and can lose answers. The real one is
 * `vwazen/server/sync/`; this one says what the phone relies on. */

import type { Brief, Bundle, Fact, Me, SyncRequest, SyncResponse } from "../types.ts";
import { check } from "../sync/difference.ts";
import type { Call, Reply, Wire } from "../sync/wire.ts";

export const ME: Me = {
  worker: "0192a000-0000-7000-8000-00000000aaaa",
  name: "Walker Wim",
  role: "chw",
  site: "bel-dlo",
  site_name: "Bèl Dlo",
  sites: [["bel-dlo", "Bèl Dlo"]],
  supervisor: { name: "Supervisor Sue", phone: "+509 00 00 00 01" },
  on_call: [],
  permissions: [],
  synthetic: true,
  node: "test",
  offline_days: 14,
  month: [],
};

export function brief(person: string, more: Partial<Brief> = {}): Brief {
  return { person, name: `Person ${person}`, site: "bel-dlo", keys: ["PRSN"], care: true, ...more };
}

export function bundle(version: string): Bundle {
  return { version, instruments: [], safety: {}, protocols: [], manuals: [], languages: {} };
}

/** What happens to a request: taken and answered; never arrives; arrives, but its answer is lost. */
export type Fate = "ok" | "before" | "after" | "500" | "repeat";

export class Server {
  facts = new Map<string, string>();
  held = new Map<string, string>();
  settled: [string, "mended" | "dismissed", string][] = [];
  people = new Map<string, Brief>();
  content = "c1";
  me = ME;
  revoked = false;
  ahead = 0;
  page = 100;
  turn = 0;
  calls = 0;
  most = Infinity;
  /** How many are not on the phone: told at the beginning. */
  beyond: [number, number] | undefined;
  /** Changes are told for another brief than the phone has. */
  errs = false;
  /** How many briefs were sent whole, and how many as what changed. */
  whole = 0;
  changed = 0;
  /** Which facts are held, and why. */
  refuses: (fact: Fact) => string = () => "";
  #holding = new Map<string, { text: string; turn: number }>();
  #sent: { turn: number; what: [string, string][] }[] = [];
  #before: SyncResponse | null = null;
  #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A wire of which each call meets the next fate; `ok` when there are no more. */
  wire(...fates: Fate[]): Wire {
    return async (call) => {
      const fate = fates.shift() ?? "ok";
      if (fate === "before") throw new TypeError("no network");
      if (fate === "500") return { status: 500, body: undefined, date: NaN };
      const older = this.#before;
      const reply = await this.#answer(JSON.parse(JSON.stringify(call)) as Call);
      if (fate === "after") throw new TypeError("the answer was lost");
      if (fate === "repeat" && older) return { status: 200, body: structuredClone(older), date: NaN };
      return structuredClone(reply);
    };
  }

  async #answer(call: Call): Promise<Reply> {
    this.calls++;
    if (call.path === "/sync/content")
      return call.etag === this.content ? reply(304, undefined) : reply(200, bundle(this.content));
    const said = call.body as SyncRequest;
    const request = { ...said, facts: said.facts.map(whole) };
    if (request.facts.length > this.most) return reply(413, undefined);
    if (this.revoked) {
      for (const fact of request.facts) this.held.set(fact.id, "revoked");
      return reply(401, { wipe: true, says: "taken away", kept: request.facts.map((fact) => fact.id) });
    }
    const receipts = request.facts.map((fact): [string, "new" | "again" | "held", string] => {
      const text = JSON.stringify(fact);
      const before = this.facts.get(fact.id);
      if (before !== undefined && before !== text) throw new Error(`two facts under one id: ${before} and ${text}`);
      if (before !== undefined) return [fact.id, "again", ""];
      const why = this.refuses(fact);
      if (why) {
        this.held.set(fact.id, why);
        return [fact.id, "held", why];
      }
      this.facts.set(fact.id, text);
      this.held.delete(fact.id);
      this.#fold(fact);
      return [fact.id, "new", ""];
    });
    this.#acknowledge(request.turn);
    for (const id of request.whole ?? []) this.#holding.delete(id);
    const wanted = [...this.people].filter(([id, one]) => this.#holding.get(id)?.text !== JSON.stringify(one));
    const page = wanted.slice(0, this.page);
    const made: Brief[] = [];
    const changed: [number, unknown][] = [];
    const entire = page.filter(([id, one]) => {
      const had = this.#holding.get(id);
      const at = request.facts.findIndex((fact) => fact.person === id);
      if (!had || at < 0) return true;
      const told = difference(JSON.parse(had.text), this.errs ? { ...one, name: "Somebody else" } : one);
      changed.push([at, JSON.parse(JSON.stringify(told).replaceAll(id, "\x7f"))]);
      made.push(one);
      return false;
    });
    this.whole += entire.length;
    this.changed += changed.length;
    const drop = [...this.#holding.keys()].filter((id) => !this.people.has(id));
    this.turn++;
    this.#sent.push({
      turn: this.turn,
      what: [
        ...page.map(([id, one]): [string, string] => [id, JSON.stringify(one)]),
        ...drop.map((id): [string, string] => [id, ""]),
      ],
    });
    const answer: SyncResponse = {
      v: 1,
      now: new Date(this.#now() + this.ahead).toISOString(),
      to: request.now,
      turn: this.turn,
      receipts: receipts.map(([, word, why]) => ["", word, why]),
      settled: this.settled.splice(0),
      briefs: entire.map(([, one]) => one),
      ...(made.length ? { changed, check: await check(made) } : {}),
      ...(this.beyond && !request.turn ? { beyond: this.beyond } : {}),
      drop,
      more: wanted.length > page.length,
      content: this.content,
      me_digest: "m1",
      ...(request.me === "m1" ? {} : { me: this.me }),
    };
    this.#before = answer;
    return reply(200, answer);
  }

  #acknowledge(turn: number): void {
    if (turn === 0) this.#holding.clear();
    for (const sent of this.#sent)
      if (sent.turn === turn)
        for (const [id, text] of sent.what)
          if (text) this.#holding.set(id, { text, turn });
          else this.#holding.delete(id);
    this.#sent = this.#sent.filter((sent) => sent.turn > turn);
  }

  #fold(fact: Fact): void {
    const known = this.people.get(fact.person);
    const entry: [string, string, string] = [fact.occurred, fact.id, fact.author];
    if (fact.body.kind === "registration")
      this.people.set(fact.person, brief(fact.person, { name: String(fact.body.name), recent: [entry] }));
    else if (known) this.people.set(fact.person, { ...known, recent: [entry, ...(known.recent ?? [])] });
  }
}

/** A fact as it is kept; `~` for whoever sent it stays. */
function whole(fact: Fact): Fact {
  const ids = Object.entries(fact).filter((pair) => typeof pair[1] === "string" && /^~.{22}$/.test(pair[1]));
  const long = (short: string) =>
    Buffer.from(short.slice(1), "base64url")
      .toString("hex")
      .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  const recorded = fact.recorded.startsWith("~")
    ? new Date(Date.parse(fact.occurred) + Number(fact.recorded.slice(1))).toISOString()
    : fact.recorded;
  return { ...fact, recorded, ...Object.fromEntries(ids.map(([name, id]) => [name, long(id as string)])) };
}

/** What is different between two briefs, field by field. */
function difference(old: Brief, one: Brief): Record<string, unknown> {
  const had: [string, unknown][] = Object.entries(old);
  const now = Object.entries(one).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name as keyof Brief]),
  );
  return {
    ...Object.fromEntries(had.filter(([name]) => !(name in one)).map(([name]) => [name, null])),
    ...Object.fromEntries(now.map(([name, value]) => [name, Array.isArray(value) ? [value] : value])),
  };
}

function reply(status: number, body: unknown): Reply {
  return { status, body, date: NaN };
}
