/** The exchange with the server: what is not sent goes first, then what changed comes, then new content.
 *
 * Ending it anywhere loses nothing: a fact leaves the ledger only when its receipt is on the disk, sending it again is
 * harmless, and briefs and the turn that acknowledges them are one transaction. */

import { putRow } from "../store/database.ts";
import { full, type Ledger } from "../store/ledger.ts";
import type { Bundle, Fact, Refusal, SyncResponse } from "../types.ts";
import { shortened } from "./short.ts";
import type { Reply, Wire } from "./wire.ts";

/** Bytes below which a phone takes no more briefs; what it has to send still goes. */
export const FLOOR = 20_000_000;
const ROUNDS = 500;
/** What the wire leaves out. */
const EMPTY = { receipts: [], settled: [], briefs: [], drop: [], more: false };

export type Outcome =
  | { state: "done" }
  /** No answer, or none that helps: tried again later, and not before `after` milliseconds. */
  | { state: "away"; status: number; after?: number }
  /** The phone does not count any more, for the reason given; nothing is deleted. */
  | { state: "refused"; says: string }
  /** Taken away; everything of this worker is gone from the phone. */
  | { state: "wiped"; says: string }
  /** Everything was sent; what came could not all be stored. */
  | { state: "full" };

export interface With {
  now?: () => number;
  /** Free bytes; undefined where the phone does not say. */
  free?: () => Promise<number | undefined>;
}

/** One exchange from beginning to end. Never two at once for one vault: see `loop.ts`. */
export async function exchange(ledger: Ledger, wire: Wire, { now = Date.now, free }: With = {}): Promise<Outcome> {
  let most: number | undefined;
  let content = "";
  let tight = false;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = await free?.();
    const request = ledger.request(most, bytes === undefined ? undefined : Math.floor(bytes / 1_000_000));
    const began = now();
    let reply: Reply;
    try {
      const short = (fact: Fact) => shortened(fact, { author: ledger.me.worker, device: ledger.device });
      const body = { ...request, facts: request.facts.map(short) };
      reply = await wire({ path: "/sync/", token: ledger.token, body });
    } catch {
      await ledger.failed(request.facts);
      return { state: "away", status: 0 };
    }
    if (reply.status === 401) return refused(ledger, wire, reply, request.facts);
    if (reply.status === 413 && request.facts.length > 1) {
      most = Math.ceil(request.facts.length / 2);
      continue;
    }
    const said = reply.body as Partial<SyncResponse> | undefined;
    // An answer to another request names nothing of this one.
    if (reply.status !== 200 || said?.v !== 1 || (said.to ?? request.now) !== request.now) {
      await ledger.failed(request.facts);
      return { state: "away", status: reply.status, after: reply.after ?? 0 };
    }
    const answer = { ...EMPTY, content: request.content, me_digest: request.me, ...said } as SyncResponse;
    const skew = Math.round(Date.parse(answer.now) - (began + now()) / 2);
    const room = !tight && (bytes === undefined || bytes >= FLOOR);
    try {
      await ledger.absorb(answer, request.facts, skew, room);
    } catch (error) {
      if (!full(error) || !room) throw error;
      await ledger.absorb(answer, request.facts, skew, false);
      tight = true;
    }
    if (!room) tight = true;
    content = answer.content;
    const stuck = request.facts.length > 0 && ledger.waiting(request.facts) === request.facts.length;
    const lacks = ledger.state.lacks.some((person) => !request.whole?.includes(person));
    const more = (answer.more || lacks) && !tight;
    if (!more && (!ledger.waiting() || stuck)) break;
  }
  if (content && content !== ledger.state.content && !tight) return fetchContent(ledger, wire);
  return { state: tight ? "full" : "done" };
}

async function fetchContent(ledger: Ledger, wire: Wire): Promise<Outcome> {
  let reply: Reply;
  try {
    reply = await wire({ path: "/sync/content", token: ledger.token, etag: ledger.state.content || undefined });
  } catch {
    return { state: "away", status: 0 };
  }
  const bundle = reply.body as Bundle | undefined;
  if (reply.status === 304) return { state: "done" };
  if (reply.status !== 200 || !bundle?.version || !bundle.instruments) return { state: "away", status: reply.status };
  try {
    await ledger.useContent(bundle);
  } catch (error) {
    if (!full(error)) throw error;
    return { state: "full" };
  }
  return { state: "done" };
}

/** 401. With `wipe` the server has kept what the request brought: the rest goes the same way, and then everything. */
async function refused(ledger: Ledger, wire: Wire, reply: Reply, sent: Fact[]): Promise<Outcome> {
  const refusal = reply.body as Refusal | undefined;
  const says = refusal?.says ?? "";
  if (refusal?.wipe !== true) return { state: "refused", says };
  const { vault } = ledger;
  const row = await vault.db.get("workers", vault.id);
  if (row) await putRow(vault.db, { ...row, wiping: says || "-" });
  await ledger.handedOver(keptOf(refusal, sent));
  while (ledger.waiting()) {
    const request = ledger.request();
    const next = await wire({ path: "/sync/", token: ledger.token, body: request }).catch(() => undefined);
    const again = next?.body as Refusal | undefined;
    const kept = next?.status === 401 && again?.wipe === true ? keptOf(again, request.facts) : [];
    // Nothing confirmed: what is left stays, and is tried again.
    if (!kept.length) return { state: "away", status: next?.status ?? 0 };
    await ledger.handedOver(kept);
  }
  await vault.delete();
  return { state: "wiped", says };
}

/** What the server says that it keeps. */
function keptOf(refusal: Refusal, sent: Fact[]): Fact[] {
  const ids = new Set(refusal.kept ?? []);
  return sent.filter((fact) => ids.has(fact.id));
}
