/** A phone of the node tests, let in, with a disk and a clock of its own. */

import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { openDatabase, type Database } from "../store/database.ts";
import { fill, Ledger } from "../store/ledger.ts";
import { create, unlock } from "../store/vault.ts";
import { exchange } from "../sync/client.ts";
import type { Fact } from "../types.ts";
import { ME, type Fate, type Server } from "./server.ts";

const PIN = "271828";
export const START = Date.UTC(2026, 10, 19, 12);
let names = 0;

/** One that lives in a test: its disk, its clock, what its worker does. */
export class Phone {
  db!: Database;
  id = "";
  ledger!: Ledger;
  now = START;

  static async enrolled(): Promise<Phone> {
    const one = new Phone();
    one.db = await openDatabase(`phone-${names++}`);
    const vault = await create(one.db, { worker: ME.worker, name: ME.name, language: "en" }, "pin", PIN, 1000);
    one.id = vault.id;
    await fill(vault, { device: "d1", token: "t1", me: ME, me_digest: "" }, one.now, 0);
    await one.die();
    return one;
  }

  /** The page is killed and opened again: only what lies on the disk is left. */
  async die(): Promise<void> {
    const tried = await unlock(this.db, this.id, PIN);
    assert.ok(tried.state === "open", tried.state);
    this.ledger = await Ledger.open(tried.vault, () => this.now);
  }

  async visit(person: string, more: Partial<Fact> = {}): Promise<Fact> {
    const fact = { ...this.ledger.fact(person, { kind: "encounter", mode: "home", next: "2026-11-26" }), ...more };
    await this.ledger.save([fact]);
    return fact;
  }

  async register(name: string): Promise<string> {
    const person = this.ledger.newId();
    await this.ledger.save([this.ledger.fact(person, { kind: "registration", name }, { id: person })]);
    return person;
  }

  sync(server: Server, ...fates: Fate[]) {
    return exchange(this.ledger, server.wire(...fates), { now: () => this.now });
  }
}
