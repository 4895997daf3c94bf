/** A worker's vault: what a finder of the phone cannot read.
 *
 * A random master key seals every record (AES-GCM, 256 bits). It lies on the phone wrapped by a key made of the PIN or
 * passphrase (PBKDF2-SHA-256) and of a key of this phone that the browser does not give out. So a PIN is tried on this
 * phone and nowhere else, and here tries are counted on the disk before each is looked at. What this does not resist is
 * said in SECURITY.md: whoever copies the browser's whole store, keys included, tries PINs at leisure. */

import {
  deleteVault,
  ofKind,
  putRow,
  type Change,
  type Database,
  type Sealed,
  type VaultRow,
  write,
} from "./database.ts";

/** OWASP's least for PBKDF2-SHA-256. */
export const LEAST_ITERATIONS = 600_000;
const MOST_ITERATIONS = 4_000_000;
/** From the fifth wrong try on each waits: 30 s, then twice as long each time. The tenth shuts the vault. */
export const FREE_TRIES = 5;
export const LAST_TRY = 10;
const FIRST_WAIT = 30_000;

const utf8 = new TextEncoder();
const text = new TextDecoder();

export type Opened =
  | { state: "open"; vault: Vault }
  /** Wrong; so many tries before it shuts. */
  | { state: "wrong"; left: number; until: number }
  | { state: "wait"; until: number }
  | { state: "shut" };

/** How many iterations take about half a second here; never fewer than OWASP says. */
export async function measure(): Promise<number> {
  const material = await crypto.subtle.importKey("raw", utf8.encode("measure"), "PBKDF2", false, ["deriveBits"]);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const began = performance.now();
  await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 100_000 }, material, 256);
  const each = Math.max(performance.now() - began, 1) / 100_000;
  return Math.min(MOST_ITERATIONS, Math.max(LEAST_ITERATIONS, Math.round(500 / each / 10_000) * 10_000));
}

/** What is wrong with a PIN or passphrase: a key of words, or "". */
export function weakness(kind: VaultRow["kind"], secret: string): "" | "length" | "easy" {
  if (kind === "passphrase") return secret.trim().length < 12 ? "length" : "";
  if (!/^\d{6}$/.test(secret)) return "length";
  const steps = new Set([...secret].slice(1).map((digit, i) => Number(digit) - Number(secret[i])));
  const halves = secret.slice(0, 3) === secret.slice(3) || secret.slice(0, 2).repeat(3) === secret;
  return halves || (steps.size === 1 && Math.abs([...steps][0]!) <= 1) ? "easy" : "";
}

async function deviceKey(db: Database): Promise<CryptoKey> {
  const found = await db.get("device", "key");
  if (found) return found;
  const fresh = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const tx = db.transaction("device", "readwrite", { durability: "strict" });
  // Another window may have been quicker: the first one counts.
  const there = await tx.store.get("key");
  if (!there) await tx.store.put(fresh, "key");
  await tx.done;
  return there ?? fresh;
}

async function wrapping(db: Database, secret: string, row: Pick<VaultRow, "id" | "salt" | "iterations">) {
  const material = await crypto.subtle.importKey("raw", utf8.encode(secret.normalize("NFKC")), "PBKDF2", false, [
    "deriveBits",
  ]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: row.salt, iterations: row.iterations };
  const slow = new Uint8Array(await crypto.subtle.deriveBits(how, material, 256));
  const both = new Uint8Array([...slow, ...utf8.encode(row.id)]);
  const mixed = await crypto.subtle.sign("HMAC", await deviceKey(db), both);
  return crypto.subtle.importKey("raw", mixed, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** The row with the master key wrapped anew. */
async function wrap(
  db: Database,
  row: Omit<VaultRow, "salt" | "iterations" | "iv" | "wrapped">,
  master: Uint8Array<ArrayBuffer>,
  secret: string,
  iterations: number,
): Promise<VaultRow> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await wrapping(db, secret, { id: row.id, salt, iterations });
  const wrapped = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8.encode(row.id) },
    key,
    master,
  );
  return { ...row, salt, iterations, iv, wrapped, tries: 0, tried: 0, until: 0, shut: false };
}

export interface Owner {
  worker: string;
  name: string;
  language: string;
  lock?: VaultRow["lock"];
}

/** A new vault on this phone, open. Nothing is in it yet. */
export async function create(
  db: Database,
  owner: Owner,
  kind: VaultRow["kind"],
  secret: string,
  iterations: number,
): Promise<Vault> {
  const master = crypto.getRandomValues(new Uint8Array(32));
  const about = {
    id: crypto.randomUUID(),
    worker: owner.worker,
    name: owner.name.trim().split(/\s+/)[0] ?? "",
    language: owner.language,
    lock: owner.lock,
    kind,
    tries: 0,
    tried: 0,
    until: 0,
    shut: false,
    wiping: "",
  };
  const row = await wrap(db, about, master, secret, iterations);
  await putRow(db, row);
  return opened(db, row.id, master);
}

/** Milliseconds that the next try waits after so many wrong ones. */
export function waitAfter(tries: number): number {
  return tries < FREE_TRIES ? 0 : FIRST_WAIT * 2 ** (tries - FREE_TRIES);
}

/** Try a PIN or passphrase. The try counts on the disk before it is looked at, so that ending the page undoes none. */
export async function unlock(db: Database, id: string, secret: string, now = Date.now()): Promise<Opened> {
  const counted = await count(db, id, now);
  if ("state" in counted) return counted;
  const key = await wrapping(db, secret, counted);
  let master: ArrayBuffer;
  try {
    const how = { name: "AES-GCM", iv: counted.iv, additionalData: utf8.encode(id) };
    master = await crypto.subtle.decrypt(how, key, counted.wrapped);
  } catch {
    if (counted.tries >= LAST_TRY) return { state: "shut" };
    return { state: "wrong", left: LAST_TRY - counted.tries, until: counted.until };
  }
  await putRow(db, { ...counted, tries: 0, tried: 0, until: 0, shut: false });
  return { state: "open", vault: await opened(db, id, new Uint8Array(master)) };
}

/** One transaction, so that two windows cannot both use the last try. */
async function count(db: Database, id: string, now: number): Promise<VaultRow | Exclude<Opened, { state: "open" }>> {
  const tx = db.transaction("workers", "readwrite", { durability: "strict" });
  const row = await tx.store.get(id);
  if (!row || row.shut) {
    await tx.done;
    return { state: "shut" };
  }
  // A clock put back must not make the wait longer than it is.
  const until = Math.min(row.until, now + waitAfter(row.tries));
  if (until > now) {
    await tx.done;
    return { state: "wait", until };
  }
  const tries = row.tries + 1;
  const next = { ...row, tries, tried: now, until: now + waitAfter(tries), shut: tries >= LAST_TRY };
  await tx.store.put(next);
  await tx.done;
  return next;
}

/** A supervisor's new code for the same worker: the old vault may be tried again. */
export async function reopen(db: Database, id: string): Promise<void> {
  const row = await db.get("workers", id);
  if (row) await putRow(db, { ...row, tries: 0, tried: 0, until: 0, shut: false });
}

/** Another PIN or passphrase; the old one is asked again, as a try that counts. */
export async function change(
  db: Database,
  id: string,
  old: string,
  kind: VaultRow["kind"],
  secret: string,
  iterations: number,
): Promise<Opened> {
  const tried = await unlock(db, id, old);
  if (tried.state !== "open") return tried;
  const row = (await db.get("workers", id))!;
  const key = await wrapping(db, old, row);
  const how = { name: "AES-GCM", iv: row.iv, additionalData: utf8.encode(id) };
  const master = new Uint8Array(await crypto.subtle.decrypt(how, key, row.wrapped));
  await putRow(db, await wrap(db, { ...row, kind }, master, secret, iterations));
  return tried;
}

async function opened(db: Database, id: string, master: Uint8Array<ArrayBuffer>): Promise<Vault> {
  const root = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveKey"]);
  const how = (info: string) => ({ name: "HKDF", hash: "SHA-256", salt: utf8.encode(id), info: utf8.encode(info) });
  const seal = await crypto.subtle.deriveKey(how("records"), root, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
  const names = { name: "HMAC", hash: "SHA-256", length: 256 };
  return new Vault(db, id, seal, await crypto.subtle.deriveKey(how("names"), root, names, false, ["sign"]));
}

/** An open vault: reads and writes sealed records of one worker. */
export class Vault {
  readonly id: string;
  readonly db: Database;
  #seal: CryptoKey;
  #names: CryptoKey;

  constructor(db: Database, id: string, seal: CryptoKey, names: CryptoKey) {
    this.db = db;
    this.id = id;
    this.#seal = seal;
    this.#names = names;
  }

  /** Where a record lies. */
  async key(kind: string, id: string): Promise<[string, string, string]> {
    const digest = new Uint8Array(await crypto.subtle.sign("HMAC", this.#names, utf8.encode(`${kind}/${id}`)));
    return [this.id, kind, Array.from(digest.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("")];
  }

  /** The place is sealed with it: a record that was moved or taken from another vault does not open. */
  #place(key: readonly string[]) {
    return utf8.encode(key.join("/"));
  }

  async sealed(kind: string, id: string, value: unknown): Promise<Sealed> {
    const key = await this.key(kind, id);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const clear = utf8.encode(JSON.stringify([id, value]));
    const how = { name: "AES-GCM", iv, additionalData: this.#place(key) };
    const data = await crypto.subtle.encrypt(how, this.#seal, clear);
    return { vault: key[0], kind: key[1], id: key[2], iv, data };
  }

  /** The id and the value; throws where somebody changed it. */
  async unsealed<T>(one: Sealed): Promise<[string, T]> {
    const how = { name: "AES-GCM", iv: one.iv, additionalData: this.#place([one.vault, one.kind, one.id]) };
    return JSON.parse(text.decode(await crypto.subtle.decrypt(how, this.#seal, one.data))) as [string, T];
  }

  async get<T>(kind: string, id: string): Promise<T | undefined> {
    const found = await this.db.get("records", await this.key(kind, id));
    return found && (await this.unsealed<T>(found))[1];
  }

  /** Everything of a kind. What does not open is counted, never guessed. */
  async all<T>(kind: string): Promise<{ found: [string, T][]; damaged: number }> {
    const rows = await this.db.getAll("records", ofKind(this.id, kind));
    const read = await Promise.all(rows.map((row) => this.unsealed<T>(row).catch(() => undefined)));
    const found = read.filter((one) => one !== undefined);
    return { found, damaged: read.length - found.length };
  }

  write(change: Change): Promise<void> {
    return write(this.db, change);
  }

  delete(): Promise<void> {
    return deleteVault(this.db, this.id);
  }
}
