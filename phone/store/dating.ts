/** What a clock dated that moved between two contacts, as when the battery was empty, is dated again. */

import type { Entry } from "./ledger.ts";
import { atOffset, DAY, HOUR, uuid7 } from "./time.ts";

/** Two contacts, in milliseconds by the server's clock, and how much more it is before the phone's at the second. */
interface Between {
  last: number;
  now: number;
  off: number;
}

/** Entries to be kept from now on, by id: only of what was written between the two contacts, cannot be as it stands
 * (before the last contact, or still to come) and fits by the clinic's clock. What the clinic does not take for its day
 * goes again under its id; of anything else that stands an amendment gives the moment.
 *
 * `touched`, `gone`: what the answer makes of entries, and which leave the ledger. */
export function datedAgain(
  entries: Map<string, Entry>,
  touched: Map<string, Entry>,
  gone: Set<string>,
  { last, now, off }: Between,
): Map<string, Entry> {
  const again = new Map<string, Entry>();
  if (Math.abs(off) < HOUR) return again;
  const fits = (at: number) => last - HOUR <= at && at <= now + HOUR;
  const replaced = new Set([...entries.values()].flatMap(({ fact }) => [fact.amends, fact.retracts]));
  for (const [id, old] of entries) {
    const { fact, state, name } = touched.get(id) ?? old;
    const at = Date.parse(fact.occurred);
    if (old.after !== last || fact.occurred.length === 10 || fits(at) || !fits(at + off)) continue;
    const occurred = atOffset(at + off);
    const fresh = { reason: "", tries: 0, state: "waiting", name } as const;
    const taken = gone.has(id) || state === "sent";
    if (!taken && at > now + DAY) again.set(id, { ...fresh, fact: { ...fact, occurred } });
    else if (!fact.retracts && !replaced.has(id)) {
      const mended = { ...fact, id: uuid7(now), amends: id, occurred, recorded: new Date(now).toISOString() };
      again.set(mended.id, { ...fresh, fact: mended });
    }
  }
  return again;
}
