/** When the phone speaks with the server: after saving, when the network comes back, when the page is looked at, and
 * every quarter of an hour; after a failure later and later, not all phones at the same moment. */

import type { Ledger } from "../store/ledger.ts";
import { exchange, type Outcome } from "./client.ts";
import { wire } from "./wire.ts";

const QUARTER = 15 * 60_000;
const FIRST = 20_000;
const SOON = 1_500;

export interface Status {
  busy: boolean;
  /** Since when no answer came: milliseconds; 0 while all is well. */
  away: number;
  /** The last outcome that the worker should know of. */
  last: Outcome | null;
}

/** Free bytes on the phone for this site; undefined where the browser does not say. */
export async function freeBytes(): Promise<number | undefined> {
  const told = await navigator.storage?.estimate?.().catch(() => undefined);
  return told?.quota === undefined ? undefined : told.quota - (told.usage ?? 0);
}

export class Loop {
  readonly status: Status = { busy: false, away: 0, last: null };
  #ledger: Ledger;
  #told: (outcome: Outcome | null) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = false;
  #again = false;

  /** `told` hears of every beginning (null) and of every outcome. */
  constructor(ledger: Ledger, told: (outcome: Outcome | null) => void) {
    this.#ledger = ledger;
    this.#told = told;
    addEventListener("online", this.#wake);
    document.addEventListener("visibilitychange", this.#seen);
    this.#plan(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    removeEventListener("online", this.#wake);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  /** Something was saved: go soon, unless the network is known to be away. */
  nudge(): void {
    if (!this.#failures) this.#plan(SOON);
  }

  /** Now, whatever was tried before. */
  now(): Promise<void> {
    this.#failures = 0;
    clearTimeout(this.#timer);
    return this.#run();
  }

  #wake = () => {
    this.#failures = 0;
    this.#plan(0);
  };

  #seen = () => {
    if (!document.hidden) this.#plan(0);
  };

  #plan(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#run(), ms);
  }

  async #run(): Promise<void> {
    if (this.#stopped) return;
    if (this.status.busy) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.status.busy = true;
    this.#told(null);
    let outcome: Outcome;
    try {
      outcome = await this.#alone();
    } catch (error) {
      console.error(error);
      outcome = { state: "away", status: -1 };
    }
    this.status.busy = false;
    this.status.last = outcome;
    const away = outcome.state === "away";
    this.status.away = away ? this.status.away || Date.now() : 0;
    this.#failures = away ? this.#failures + 1 : 0;
    this.#told(outcome);
    const least = (outcome.state === "away" && outcome.after) || 0;
    const wait = away ? Math.min(QUARTER, FIRST * 2 ** (this.#failures - 1)) : QUARTER;
    this.#plan(this.#again && !least ? SOON : Math.max(least, wait * (0.5 + Math.random())));
  }

  /** In one window at a time: the others hear of it when it is stored. */
  async #alone(): Promise<Outcome> {
    const work = () => exchange(this.#ledger, wire, { free: freeBytes });
    if (!navigator.locks) return work();
    const name = `vwazen-sync-${this.#ledger.vault.id}`;
    return navigator.locks.request(name, { ifAvailable: true }, async (lock): Promise<Outcome> => {
      return lock ? work() : { state: "done" };
    });
  }
}
