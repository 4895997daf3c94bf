/** The phone's database: one an origin. Nothing about people stands in it in the clear.
 *
 * `device`: the key of this phone, which cannot be taken out. `workers`: one row a vault, with what is needed to ask
 * for a PIN. `records`: everything else, sealed; see `vault.ts`. */

import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { Language } from "../types.ts";

/** What may be known before the PIN: a first name, the language of the lock, and how to try a PIN. */
export interface VaultRow {
  /** Drawn on this phone. */
  id: string;
  /** The worker's id: one worker has one vault on a phone. */
  worker: string;
  /** The first name only. */
  name: string;
  language: string;
  /** What the lock says in that language; the program has it in English only. */
  lock?: Language | undefined;
  kind: "pin" | "passphrase";
  salt: Uint8Array<ArrayBuffer>;
  iterations: number;
  iv: Uint8Array<ArrayBuffer>;
  wrapped: ArrayBuffer;
  /** Wrong tries in a row, counted before each is looked at. */
  tries: number;
  /** The phone's clock at the last try, and until when the next one waits: milliseconds. */
  tried: number;
  until: number;
  /** Only a supervisor's new code opens it again. */
  shut: boolean;
  /** The worker began anew beside it, without its PIN: it stays for what is not sent. */
  old?: boolean;
  /** The server said that this phone was taken away: nothing is shown, and it is deleted once the unsent is kept. */
  wiping: string;
}

/** One sealed record. `id` tells nothing: it is a keyed digest of the real one, which stands inside. */
export interface Sealed {
  vault: string;
  kind: string;
  id: string;
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

interface Schema extends DBSchema {
  device: { key: string; value: CryptoKey };
  workers: { key: string; value: VaultRow };
  records: { key: [string, string, string]; value: Sealed };
}

export type Database = IDBPDatabase<Schema>;

export function openDatabase(name = "vwazen"): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore("device");
      db.createObjectStore("workers", { keyPath: "id" });
      db.createObjectStore("records", { keyPath: ["vault", "kind", "id"] });
    },
    // A newer page in another window wants to change the database: let it, rather than hold it up.
    blocking(_current, _wanted, event) {
      (event.target as IDBDatabase).close();
    },
  });
}

/** Everything of one kind in a vault. */
export function ofKind(vault: string, kind: string): IDBKeyRange {
  return IDBKeyRange.bound([vault, kind], [vault, kind, []]);
}

export interface Change {
  put?: Sealed[];
  remove?: [string, string, string][];
  /** Whole kinds that go before anything is put. */
  clear?: [vault: string, kind: string][];
}

/** All of it or nothing; on the disk when it resolves. Rejects where the phone is full. */
export async function write(db: Database, change: Change): Promise<void> {
  const tx = db.transaction("records", "readwrite", { durability: "strict" });
  const work: Promise<unknown>[] = [tx.done];
  try {
    for (const [vault, kind] of change.clear ?? []) work.push(tx.store.delete(ofKind(vault, kind)));
    for (const key of change.remove ?? []) work.push(tx.store.delete(key));
    for (const one of change.put ?? []) work.push(tx.store.put(one));
  } catch (error) {
    // What cannot even be asked for leaves the transaction alive: it would keep the half.
    tx.abort();
    await Promise.allSettled(work);
    throw error;
  }
  await Promise.all(work);
}

/** The row of a vault, changed and on the disk before anything else happens. */
export async function putRow(db: Database, row: VaultRow): Promise<void> {
  const tx = db.transaction("workers", "readwrite", { durability: "strict" });
  await Promise.all([tx.store.put(row), tx.done]);
}

/** A vault and everything in it, gone at once. */
export async function deleteVault(db: Database, id: string): Promise<void> {
  const tx = db.transaction(["workers", "records"], "readwrite", { durability: "strict" });
  await Promise.all([
    tx.objectStore("workers").delete(id),
    tx.objectStore("records").delete(IDBKeyRange.bound([id], [id, []])),
    tx.done,
  ]);
}
