/** What a signed-in worker has on this phone: briefs, drafts, and the ledger of what is not sent. See `api.ts`.
 *
 * Unsent facts are never purged: not when their person leaves the worker's scope, not when the phone is full, not when
 * it is locked. A sent fact stays until the briefs that know of it are stored. */

import { applied, check, named } from "../sync/difference.ts";
import type { Body, Brief, Bundle, Fact, Me, SyncRequest, SyncResponse } from "../types.ts";
import type { Changed, Line, Outgoing, Saying, Store } from "./api.ts";
import { Briefs } from "./briefs.ts";
import type { Change, Sealed } from "./database.ts";
import { datedAgain } from "./dating.ts";
import { Drafts } from "./drafts.ts";
import { bare, fromRegistration, lineOf, nameOf, registered, riskOf, type Kept } from "./lines.ts";
import { atOffset, dayOf, daysBetween, HOUR, uuid7 } from "./time.ts";
import type { Vault } from "./vault.ts";

/** Facts in one request. */
export const BATCH = 50;
const NEWS = 10;

/** Kept sealed: who the worker is and how the phone says so to the server. */
export interface Self {
  device: string;
  token: string;
  me: Me;
  me_digest: string;
}

/** What somebody decided of a fact that was held. */
export interface News {
  id: string;
  name: string;
  state: "mended" | "dismissed";
  words: string;
}

/** Kept sealed: how far the exchange with the server has come. Times are milliseconds. */
export interface State {
  turn: number;
  /** The last answer of the server, by its clock. */
  contact: number;
  /** The latest that this phone's corrected clock ever was: putting the clock back gains nothing. */
  seen: number;
  /** The server's clock minus the phone's. */
  skew: number;
  news: News[];
  beyond: [number, number];
  /** The content version in use; "" before the first. */
  content: string;
  /** People whose brief could not be made of what changed in it: they are asked for whole. */
  lacks: string[];
}

/** A fact of this phone and how far it has come. */
export interface Entry {
  fact: Fact;
  state: "waiting" | "held" | "sent";
  reason: string;
  tries: number;
  name: string;
  /** The last contact before it was written; none of what was dated again since. */
  after?: number;
}

const EMPTY: State = { turn: 0, contact: 0, seen: 0, skew: 0, news: [], beyond: [0, 0], content: "", lacks: [] };

export class Ledger implements Store {
  readonly vault: Vault;
  me: Me;
  bundle: Bundle;
  device: string;
  state: State = EMPTY;
  /** Records that could not be opened: damaged, or put there by somebody else. Told, never hidden. */
  damaged = 0;
  #self: Self;
  #index = new Map<string, Kept>();
  #entries = new Map<string, Entry>();
  #listeners = new Set<(what: Changed) => void>();
  /** What every list is made of, until something changes. */
  #lines: { of: Map<string, Kept>; lines: Line[] } | undefined;
  /** The same without what this phone wrote: made once for an index, so that a save costs no more with many people. */
  #bare: ({ of: Map<string, Kept> } & ReturnType<typeof bare>) | undefined;
  readonly #drafts: Drafts;
  readonly #briefs: Briefs;
  #last: Promise<unknown> = Promise.resolve();
  #now: () => number;

  private constructor(vault: Vault, self: Self, bundle: Bundle, now: () => number) {
    this.vault = vault;
    this.#drafts = new Drafts(vault);
    this.#briefs = new Briefs(vault);
    this.#self = self;
    this.#now = now;
    this.me = self.me;
    this.device = self.device;
    this.bundle = bundle;
  }

  /** What a vault holds; an empty bundle before the first content came. */
  static async open(vault: Vault, now: () => number = Date.now): Promise<Ledger> {
    const self = await vault.get<Self>("self", "me");
    if (!self) throw new Error("The vault holds no worker.");
    const state = (await vault.get<State>("self", "state")) ?? EMPTY;
    const bundle = state.content ? await vault.get<Bundle>("bundle", state.content) : undefined;
    const one = new Ledger(vault, self, bundle ?? none(), now);
    await one.reload();
    await one.drafts();
    return one;
  }

  /** Read again what another window wrote. */
  async reload(): Promise<void> {
    await this.#alone(() => this.#read());
    this.#tell();
  }

  async #read(): Promise<void> {
    this.#drafts.forget();
    this.state = { ...EMPTY, ...(await this.vault.get<State>("self", "state")) };
    this.#self = (await this.vault.get<Self>("self", "me")) ?? this.#self;
    this.me = this.#self.me;
    this.device = this.#self.device;
    if (this.state.content !== this.bundle.version)
      this.bundle = (await this.vault.get<Bundle>("bundle", this.state.content)) ?? this.bundle;
    const index = (await this.vault.get<Kept[]>("index", "lines")) ?? [];
    this.#index = new Map(index.map((line) => [line.person, line]));
    this.#briefs.forget();
    const { found, damaged } = await this.vault.all<Entry>("fact");
    this.damaged = damaged;
    this.#entries = new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** One after the other: what reads, decides and writes must not meet another that does. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  get token(): string {
    return `${this.#self.device}.${this.#self.token}`;
  }

  // -- time ----------------------------------------------------------------------------------------------------------

  /** Milliseconds by the server's clock, as far as it was measured. */
  clock(): number {
    return this.#now() + this.state.skew;
  }

  today(): string {
    return dayOf(this.clock());
  }

  /** Whether the phone was without contact for longer than it may show anybody. */
  stale(): boolean {
    const now = Math.max(this.clock(), this.state.seen);
    return this.me.offline_days > 0 && daysBetween(this.state.contact, now) > this.me.offline_days;
  }

  /** Remember how late it is, so that a clock put back does not make the phone younger. */
  async stamp(): Promise<void> {
    const now = this.clock();
    if (now > this.state.seen + HOUR) await this.#put({ seen: now });
  }

  // -- people --------------------------------------------------------------------------------------------------------

  lines(): Line[] {
    if (this.#lines?.of !== this.#index) this.#lines = { of: this.#index, lines: this.#listed() };
    return this.#lines.lines;
  }

  #listed(): Line[] {
    if (this.#bare?.of !== this.#index) this.#bare = { of: this.#index, ...bare(this.#index) };
    const { at } = this.#bare;
    const lines = [...this.#bare.lines];
    const added = new Map<string, number>();
    for (const { fact, state } of this.#entries.values()) {
      const whose = this.#whose(fact.person);
      const place = at.get(whose) ?? added.get(whose);
      if (place === undefined) {
        if (fact.body.kind === "registration" && !fact.amends && !this.#retracted(fact.id))
          added.set(whose, lines.push(registered(fact, this.me.worker, state !== "sent")) - 1);
        continue;
      }
      const known = (lines[place] = { ...lines[place]! });
      if (!known.told && riskOf(fact)) known.told = fact.occurred.slice(0, 10);
      if (fact.body.kind === "message_read")
        known.tasks = known.tasks.filter((task) => task.id !== `message:${String(fact.body["message"])}`);
      if (fact.body.kind === "appointment" && typeof fact.body.next === "string") known.next = fact.body.next;
      if (fact.body.kind === "encounter" && !fact.body.by) {
        if (typeof fact.body.next === "string" && fact.body.next) known.next = fact.body.next;
        const on = fact.occurred.slice(0, 10);
        if (!known.tried || known.tried < on) known.tried = on;
      }
    }
    return lines;
  }

  async person(id: string): Promise<{ brief: Brief; mine: Fact[] } | null> {
    const whose = this.#whose(id);
    const mine = [...this.#entries.values()]
      .map((one) => one.fact)
      .filter((one) => this.#whose(one.person) === whose && !this.#retracted(one.id));
    const brief = (await this.#briefs.get(whose)) ?? fromRegistration(mine, this.me);
    return brief ? { brief, mine } : null;
  }

  /** The person that an id stands for: two that were one keep both ids. */
  #whose(id: string): string {
    if (this.#index.has(id)) return id;
    for (const line of this.#index.values()) if (line.aliases.includes(id)) return line.person;
    return id;
  }

  #retracted(id: string): boolean {
    for (const { fact } of this.#entries.values()) if (fact.retracts === id) return true;
    return false;
  }

  #name(person: string): string {
    const line = this.#index.get(this.#whose(person));
    if (line) return line.name;
    for (const { fact } of this.#entries.values())
      if (fact.person === person && fact.body.kind === "registration") return nameOf(fact.body);
    return "";
  }

  // -- facts ---------------------------------------------------------------------------------------------------------

  newId(): string {
    return uuid7(this.clock());
  }

  fact(person: string, body: Body, saying: Saying = {}): Fact {
    const now = this.clock();
    const site = saying.site ?? this.#index.get(this.#whose(person))?.site ?? this.#siteOf(person) ?? this.me.site;
    const fact: Fact = {
      id: saying.id ?? this.newId(),
      person,
      occurred: saying.occurred ?? atOffset(now),
      recorded: new Date(now).toISOString(),
      author: this.me.worker,
      site,
      body,
      device: this.device,
    };
    if (this.bundle.version) fact.content = this.bundle.version;
    if (saying.amends) fact.amends = saying.amends;
    if (saying.retracts) fact.retracts = saying.retracts;
    if (saying.encounter) fact.encounter = saying.encounter;
    return fact;
  }

  /** The site of somebody registered on this phone. */
  #siteOf(person: string): string | undefined {
    for (const { fact } of this.#entries.values())
      if (fact.person === person && fact.body.kind === "registration") return fact.site;
    return undefined;
  }

  save(facts: Fact[], done?: string): Promise<void> {
    return this.#alone(() => this.#save(facts, done));
  }

  async #save(facts: Fact[], done?: string): Promise<void> {
    const fresh = facts.filter((fact) => {
      const before = this.#entries.get(fact.id);
      if (!before || before.state === "held") return true;
      if (JSON.stringify(before.fact.body) === JSON.stringify(fact.body)) return false;
      throw new Error("This was saved before in other words.");
    });
    const registering = fresh.find((fact) => fact.body.kind === "registration");
    const entries = fresh.map((fact): Entry => {
      const name = registering?.person === fact.person ? nameOf(registering.body) : this.#name(fact.person);
      return { fact, state: "waiting", reason: "", tries: 0, name, after: this.state.contact };
    });
    if (!entries.length && !done) return;
    const gone = done ? [this.vault.key("draft", done)] : [];
    const [put, remove] = await Promise.all([this.#sealedEntries(entries), Promise.all(gone)]);
    try {
      await this.vault.write({ put, remove });
    } catch (error) {
      // The phone is full: what the server has as well makes room for what only this phone has.
      if (!full(error) || !(await this.#makeRoom())) throw error;
      await this.vault.write({ put, remove });
    }
    for (const entry of entries) this.#entries.set(entry.fact.id, entry);
    if (done) await this.#drafts.gone(done);
    this.#tell();
  }

  /** Let go of people who are not in care; the next exchange brings them again. Whether any went. */
  async #makeRoom(): Promise<boolean> {
    const stay = [...this.#index.values()].filter((line) => line.care);
    if (stay.length === this.#index.size) return false;
    const thin = [...this.#index.values()].filter((line) => !line.care);
    const state = { ...this.state, turn: 0 };
    const remove = await Promise.all(thin.map((line) => this.vault.key("brief", line.person)));
    // That they are to come again is kept with their going: the page may end here, or the next write not fit.
    await this.vault.write({ remove, put: [await this.vault.sealed("self", "state", state)] });
    this.state = state;
    await this.vault.write({ put: [await this.vault.sealed("index", "lines", stay)] });
    this.#index = new Map(stay.map((line) => [line.person, line]));
    this.#briefs.forget();
    return true;
  }

  outgoing(): Outgoing[] {
    const all = [...this.#entries.values()].filter((one) => one.state !== "sent");
    return all.map(({ fact, state, reason, tries, name }) => ({
      fact,
      state: state as "waiting" | "held",
      reason,
      tries,
      name,
    }));
  }

  // -- drafts --------------------------------------------------------------------------------------------------------

  draft<T>(key: string): Promise<T | undefined> {
    return this.#drafts.get<T>(key);
  }

  async keepDraft(key: string, value: unknown): Promise<void> {
    await this.#drafts.keep(key, value);
    this.#tell("draft");
  }

  async dropDraft(key: string): Promise<void> {
    await this.#drafts.drop(key);
    this.#tell("draft");
  }

  drafts(): Promise<string[]> {
    return this.#drafts.keys();
  }

  /** Another window wrote a draft. */
  draftsElsewhere(): void {
    this.#drafts.forget();
    this.#tell("draft");
  }

  // -- the exchange with the server ----------------------------------------------------------------------------------

  /** The next request: the oldest that wait, at most a batch. */
  request(most = BATCH, free_mb?: number): SyncRequest {
    const waiting = [...this.#entries.values()].filter((one) => one.state === "waiting");
    return {
      v: 2,
      now: new Date(this.#now()).toISOString(),
      turn: this.state.turn,
      facts: waiting.slice(0, most).map((one) => one.fact),
      content: this.state.content,
      me: this.#self.me_digest,
      ...(this.state.lacks.length ? { whole: this.state.lacks } : {}),
      unsent: this.outgoing().length,
      ...(free_mb === undefined ? {} : { free_mb }),
    };
  }

  /** How many wait: of these facts, or of all. */
  waiting(of?: Fact[]): number {
    const days = of && new Map(of.map((fact) => [fact.id, fact.occurred]));
    const among = [...this.#entries.values()].filter(
      ({ fact }) => !days || days.get(fact.id) === fact.occurred, // one that was dated again goes anew
    );
    return among.filter((one) => one.state === "waiting").length;
  }

  /** A try that brought no answer: counted, so that the list can say so. */
  async failed(sent: Fact[]): Promise<void> {
    const tried = sent.map((fact) => this.#entries.get(fact.id)).filter((one) => one !== undefined);
    for (const one of tried) one.tries++;
    this.#tell();
  }

  /** Take an answer in: receipts, briefs, drops, turn and clock in one transaction, or nothing of it.
   *
   * `room`: whether briefs may be stored; without room only receipts and drops are, and the turn stays. */
  async absorb(answer: SyncResponse, sent: Fact[], skew: number, room: boolean): Promise<void> {
    // An answer older than what is stored (one that came late) brings receipts and nothing else.
    const fresh = answer.turn >= this.state.turn || answer.reset === true;
    const store = room && fresh;
    const { made, wrong } = await this.#made((store && answer.changed) || [], answer.check, sent);
    const briefs = store ? [...answer.briefs, ...made] : [];
    const sealed = await Promise.all(briefs.map((one) => this.vault.sealed("brief", one.person, one)));
    await this.#alone(async () => {
      const change: Required<Change> = { put: sealed, remove: [], clear: [] };
      const { touched, gone, news } = this.#receive(answer, sent, store);
      const contact = this.#now() + skew;
      const between = { last: this.state.contact, now: contact, off: skew - this.state.skew };
      for (const [id, entry] of datedAgain(this.#entries, touched, gone, between)) touched.set(id, entry);
      const index = answer.reset && store ? new Map<string, Kept>() : new Map(this.#index);
      if (answer.reset && store) change.clear.push([this.vault.id, "brief"]);
      const out = fresh ? [...answer.drop] : [];
      for (const brief of briefs) {
        out.push(...(brief.aliases ?? []).filter((alias) => index.has(alias)));
        index.set(brief.person, lineOf(brief));
      }
      for (const person of out) {
        index.delete(person);
        change.remove.push(await this.vault.key("brief", person));
      }
      for (const id of gone) change.remove.push(await this.vault.key("fact", id));
      const turn = store ? answer.turn : this.state.turn;
      const beyond: [number, number] = answer.beyond ?? this.state.beyond;
      const came = new Set([...out, ...briefs.map((one) => one.person)]);
      const before = answer.reset && store ? [] : this.state.lacks;
      const lacks = [...new Set([...before.filter((person) => !came.has(person)), ...wrong])];
      const state: State = { ...this.state, turn, contact, seen: contact, skew, news, beyond, lacks };
      const { me, month, me_digest } = answer;
      const mine = me ?? (month && { ...this.#self.me, month });
      const self = mine ? { ...this.#self, me: mine, me_digest } : this.#self;
      change.put.push(...(await this.#sealedEntries([...touched.values()])));
      if (briefs.length || out.length || change.clear.length)
        change.put.push(await this.vault.sealed("index", "lines", [...index.values()]));
      change.put.push(await this.vault.sealed("self", "state", state));
      if (self !== this.#self) change.put.push(await this.vault.sealed("self", "me", self));
      await this.vault.write(change);
      for (const [id, entry] of touched) this.#entries.set(id, entry);
      for (const id of gone) this.#entries.delete(id);
      this.#index = index;
      this.#briefs.forget();
      this.state = state;
      this.#self = self;
      this.me = self.me;
    });
    this.#tell();
  }

  /** The whole briefs that come of what changed, or, where they are not what the server has, whose they would be. */
  async #made(changed: [number, unknown][], digest: string | undefined, sent: Fact[]) {
    const people = changed.map(([at]) => sent[at]?.person ?? "");
    const had = await Promise.all(people.map((one) => this.vault.get<Brief>("brief", one).catch(() => undefined)));
    const made = changed.map(([, told], at) => applied(had[at], named(told, people[at]!)) as Brief);
    if (!made.length || (await check(made)) === digest) return { made, wrong: [] };
    return { made: [], wrong: people };
  }

  /** What an answer says of facts: which change, which leave the ledger, and what is told. */
  #receive(answer: SyncResponse, sent: Fact[], stored: boolean) {
    const touched = new Map<string, Entry>();
    const gone = new Set<string>();
    answer.receipts.forEach(([id, word, reason], at) => {
      const fact = sent.find((one) => one.id === id) ?? (id ? undefined : sent[at]);
      const entry = fact && this.#entries.get(fact.id);
      // What was mended here while its answer was under way waits for its own receipt.
      if (!entry || entry.state !== "waiting" || JSON.stringify(entry.fact) !== JSON.stringify(fact)) return;
      touched.set(entry.fact.id, { ...entry, state: word === "held" ? "held" : "sent", reason });
    });
    let news: News[] = this.state.news;
    for (const [id, state, words] of answer.settled) {
      const entry = touched.get(id) ?? this.#entries.get(id);
      if (entry?.state !== "held") continue;
      gone.add(id);
      news = [{ id, name: entry.name, state: state as News["state"], words }, ...news].slice(0, NEWS);
    }
    // The server has said all it knows: what it took stands in the briefs now.
    if (stored && !answer.more)
      for (const [id, entry] of [...this.#entries, ...touched])
        if ((touched.get(id) ?? entry).state === "sent") gone.add(id);
    for (const id of gone) touched.delete(id);
    return { touched, gone, news };
  }

  /** New content, stored beside the old and used from now on; the old goes in the same transaction. */
  async useContent(bundle: Bundle): Promise<void> {
    const sealed = await this.vault.sealed("bundle", bundle.version, bundle);
    await this.#alone(async () => {
      const state = { ...this.state, content: bundle.version };
      const put = [sealed, await this.vault.sealed("self", "state", state)];
      await this.vault.write({ clear: [[this.vault.id, "bundle"]], put });
      this.state = state;
      this.bundle = bundle;
    });
    this.#tell();
  }

  /** The supervisor let this worker in again, under a new token. What is not sent goes out with it. */
  async renew(self: Self): Promise<void> {
    await this.vault.write({ put: [await this.vault.sealed("self", "me", self)] });
    this.#self = self;
    this.me = self.me;
    this.device = self.device;
    await this.#put({ turn: 0 });
  }

  /** News that was read goes. */
  async read(id: string): Promise<void> {
    await this.#put({ news: this.state.news.filter((one) => one.id !== id) });
  }

  /** The server kept these of a phone that was taken away: they are no longer this phone's. */
  async handedOver(facts: Fact[]): Promise<void> {
    await this.vault.write({ remove: await Promise.all(facts.map((fact) => this.vault.key("fact", fact.id))) });
    for (const fact of facts) this.#entries.delete(fact.id);
    this.#tell();
  }

  async #put(part: Partial<State>): Promise<void> {
    await this.#alone(async () => {
      const state = { ...this.state, ...part };
      await this.vault.write({ put: [await this.vault.sealed("self", "state", state)] });
      this.state = state;
    });
    this.#tell();
  }

  #sealedEntries(entries: Entry[]): Promise<Sealed[]> {
    return Promise.all(entries.map((one) => this.vault.sealed("fact", one.fact.id, one)));
  }

  watch(listener: (what: Changed) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(what: Changed = "record"): void {
    if (what === "record") this.#lines = undefined;
    for (const listener of [...this.#listeners]) listener(what);
  }
}

/** First contents of a vault, in one transaction. */
export async function fill(vault: Vault, self: Self, contact: number, skew: number): Promise<void> {
  const state: State = { ...EMPTY, contact, seen: contact, skew };
  await vault.write({ put: [await vault.sealed("self", "me", self), await vault.sealed("self", "state", state)] });
}

/** Whether a write failed because the phone is full. */
export function full(error: unknown): boolean {
  const name = (error as { name?: string } | null)?.name;
  return (
    name === "QuotaExceededError" || (error as { inner?: { name?: string } })?.inner?.name === "QuotaExceededError"
  );
}

function none(): Bundle {
  return { version: "", instruments: [], safety: {}, protocols: [], manuals: [], languages: {} };
}
