/** Who is signed in on this phone, and their store. `store` is set after unlocking; screens are shown only then. */

import { fetchClips, forgetClips } from "../sync/clips.ts";
import { freeBytes, Loop, type Status } from "../sync/loop.ts";
import { wire } from "../sync/wire.ts";
import type { Enrolled, Refusal } from "../types.ts";
import type { Store } from "./api.ts";
import { deleteVault, ofKind, openDatabase, putRow, type Database, type VaultRow } from "./database.ts";
import { fill, full, Ledger, type Self } from "./ledger.ts";
import { change, create, measure, reopen, unlock as tryVault, type Opened, type Vault } from "./vault.ts";

export let store: Store;

export interface Session {
  /** starting; nobody enrolled; waiting for a PIN; signed in. */
  state: "starting" | "none" | "locked" | "open";
  /** Whoever has a vault here. */
  rows: VaultRow[];
  /** The last save failed: "full" or "failed". Stays until one succeeds. */
  trouble: "" | "full" | "failed";
  /** What the server said when it took the phone away, or would not have it. */
  says: string;
  wiped: boolean;
}

export const session: Session = { state: "starting", rows: [], trouble: "", says: "", wiped: false };

const listeners = new Set<() => void>();
let db: Database;
let ledger: Ledger | null = null;
let loop: Loop | null = null;
let channel: BroadcastChannel | null = null;

/** Whether somebody is signed in, so that `store` may be used. */
export function signedIn(): boolean {
  return session.state === "open";
}

/** Use this store from now on; null when the phone was locked. For tests and for looking at screens. */
export function setStore(one: Store | null): void {
  if (one) store = one;
  tell({ state: one ? "open" : session.rows.length ? "locked" : "none" });
}

export function watchSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(part: Partial<Session>): void {
  Object.assign(session, part);
  for (const listener of [...listeners]) listener();
}

/** The ledger behind `store`: what only the frame's own screens ask of it. Null for a store of a test. */
export function mine(): Ledger | null {
  return ledger;
}

/** How the exchange with the server stands. */
export function syncStatus(): Status | null {
  return loop?.status ?? null;
}

/** Speak with the server now. */
export async function syncNow(): Promise<void> {
  await loop?.now();
}

/** Look who has a vault on this phone. */
export async function start(): Promise<void> {
  if (signedIn()) return;
  db = await openDatabase();
  await look();
}

async function look(): Promise<void> {
  const rows = await db.getAll("workers");
  if (!rows.length) await forgetClips();
  tell({ rows, state: signedIn() ? "open" : rows.length ? "locked" : "none" });
}

// -- letting a worker in ----------------------------------------------------------------------------------------------

/** A code was taken by the server: what came with it, until a PIN was chosen. */
export interface Letting {
  self: Self;
  contact: number;
  skew: number;
  content: string;
  /** This worker's vault of before on this phone, with what was not sent. */
  before?: VaultRow;
}

/** Thrown where the server does not take the code, or could not be asked (`says` is empty). */
export class NotLet extends Error {
  says: string;

  constructor(says: string) {
    super(says || "no answer");
    this.says = says;
  }
}

/** Ask the server with the code that the supervisor shows. */
export async function present(code: string): Promise<Letting> {
  const began = Date.now();
  const reply = await wire({ path: "/sync/enrol", body: { code } }).catch(() => {
    throw new NotLet("");
  });
  const let_in = reply.body as Enrolled | undefined;
  if (reply.status !== 200 || !let_in?.token) throw new NotLet((reply.body as Refusal | undefined)?.says ?? "");
  const { device, token, me, me_digest, content } = let_in;
  // The head says whole seconds: below two there is nothing to allow for.
  const apart = reply.date - (began + Date.now()) / 2;
  const skew = Math.abs(apart) > 2000 ? Math.round(apart) : 0;
  const same = session.rows.filter((row) => row.worker === me.worker);
  const before = same.find((row) => !row.old) ?? same[0];
  if (before) await reopen(db, before.id);
  await look();
  return { self: { device, token, me, me_digest }, contact: Date.now() + skew, skew, content, before };
}

/** A worker's language, and what the lock says in it. */
export type Speaks = Pick<VaultRow, "language" | "lock">;

/** A new vault for whoever was let in, behind this PIN or passphrase; then they are signed in. */
export async function settle(one: Letting, kind: VaultRow["kind"], secret: string, speaks: Speaks): Promise<void> {
  // Asked before anything is kept: without it a browser may throw away what it thinks is a cache.
  await navigator.storage?.persist?.().catch(() => false);
  const { me } = one.self;
  const vault = await create(db, { worker: me.worker, name: me.name, ...speaks }, kind, secret, await measure());
  await fill(vault, one.self, one.contact, one.skew);
  if (one.before) await putAside(one.before.id);
  await open(vault);
}

/** A vault whose PIN nobody knows any more: it stays for what is not sent, and goes where there is nothing. */
async function putAside(id: string): Promise<void> {
  const row = await db.get("workers", id);
  if (!row) return;
  if (await db.count("records", ofKind(id, "fact"))) await putRow(db, { ...row, old: true });
  else await deleteVault(db, id);
}

/** The vault of before, with its own PIN: it goes on under the new code, and sends what it has. */
export async function resume(one: Letting, secret: string): Promise<Opened> {
  const tried = await tryVault(db, one.before!.id, secret);
  if (tried.state === "open") {
    const row = await db.get("workers", tried.vault.id);
    if (row?.wiping || row?.old) await putRow(db, { ...row, wiping: "", old: false });
    await (await Ledger.open(tried.vault)).renew(one.self);
    await open(tried.vault);
  } else await look();
  return tried;
}

// -- in and out -------------------------------------------------------------------------------------------------------

/** Try a PIN or passphrase; signed in if it is right. */
export async function unlock(id: string, secret: string): Promise<Opened> {
  const tried = await tryVault(db, id, secret);
  if (tried.state === "open") await open(tried.vault);
  else await look();
  return tried;
}

/** Another PIN or passphrase for whoever is signed in. */
export async function changeSecret(old: string, kind: VaultRow["kind"], secret: string): Promise<Opened> {
  const done = await change(db, ledger!.vault.id, old, kind, secret, await measure());
  if (done.state === "shut") lock();
  await look();
  return done;
}

/** The language that the lock shows next time, and everything else from now on. */
export async function keepLanguage(speaks: Speaks): Promise<void> {
  const row = ledger && (await db.get("workers", ledger.vault.id));
  if (row) await putRow(db, { ...row, ...speaks });
  await look();
}

/** The row of whoever is signed in. */
export function myRow(): VaultRow | undefined {
  return session.rows.find((row) => row.id === ledger?.vault.id);
}

async function open(vault: Vault): Promise<void> {
  lock();
  const one = await Ledger.open(vault);
  ledger = one;
  await one.stamp().catch(() => undefined);
  guarded(one);
  channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(`vwazen-${vault.id}`);
  if (channel)
    channel.onmessage = ({ data }) => {
      if (data === "draft") one.draftsElsewhere();
      else if (data !== "wiped") void one.reload();
      else {
        lock();
        void look();
      }
    };
  loop = new Loop(one, (outcome) => {
    if (ledger !== one) return;
    if (outcome?.state === "wiped") {
      channel?.postMessage("wiped");
      lock();
      void look().then(() => tell({ says: outcome.says, wiped: true }));
      return;
    }
    if (outcome) channel?.postMessage("synced");
    if (outcome?.state === "done") void recordings(one).catch(() => undefined);
    tell({ says: outcome?.state === "refused" ? outcome.says : outcome ? "" : session.says });
  });
  store = one;
  await look();
  tell({ state: "open", trouble: "", says: "", wiped: false });
}

/** Recordings come after everything else, in one window at a time, and make way for what is to be sent. */
async function recordings(one: Ledger): Promise<void> {
  const stopped = () => ledger !== one || loop?.status.busy === true;
  const language = myRow()?.language ?? "en";
  const shared = session.rows.length > 1;
  const work = () => fetchClips({ bundle: one.bundle, token: one.token, language, shared, free: freeBytes, stopped });
  if (!navigator.locks) return work();
  await navigator.locks.request("vwazen-clips", { ifAvailable: true }, (lock) => (lock ? work() : undefined));
}

/** Saving says loudly when it fails, other windows hear of it, and what was saved is sent soon. */
function guarded(one: Ledger): void {
  const watched = <A extends unknown[]>(work: (...given: A) => Promise<void>, after: () => void) => {
    return async (...given: A) => {
      try {
        await work(...given);
      } catch (error) {
        tell({ trouble: full(error) ? "full" : "failed" });
        throw error;
      }
      after();
      if (session.trouble) tell({ trouble: "" });
    };
  };
  one.save = watched(one.save.bind(one), () => {
    channel?.postMessage("saved");
    loop?.nudge();
  });
  const draft = () => channel?.postMessage("draft");
  one.keepDraft = watched(one.keepDraft.bind(one), draft);
  const drop = one.dropDraft.bind(one);
  one.dropDraft = (key) => drop(key).then(draft);
}

/** Close the vault: keys and people leave the memory, whatever was written as a draft stays sealed. */
export function lock(): void {
  loop?.stop();
  channel?.close();
  loop = null;
  channel = null;
  ledger = null;
  if (session.state === "open") tell({ state: session.rows.length ? "locked" : "none", trouble: "" });
  // Once no screen looks at it any more, nothing of it stays in the memory.
  setTimeout(() => {
    if (!signedIn()) store = undefined as unknown as Store;
  }, 1000);
}

/** After so long out of sight, or untouched, the vault closes by itself. */
const OUT_OF_SIGHT = 5 * 60_000;
const UNTOUCHED = 10 * 60_000;

export function lockByItself(): void {
  let touched = Date.now();
  let hidden = 0;
  const look = () => {
    const now = Date.now();
    const late = (hidden && now - hidden >= OUT_OF_SIGHT) || now - touched >= UNTOUCHED;
    if (late && ledger) lock();
  };
  const touch = () => {
    look();
    touched = Date.now();
  };
  for (const kind of ["pointerdown", "keydown", "input"])
    addEventListener(kind, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => {
    look();
    hidden = document.hidden ? Date.now() : 0;
  });
  setInterval(look, 15_000);
}
