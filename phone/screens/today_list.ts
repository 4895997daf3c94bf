/** Who stands on Today, in which order and why. Pure: `today.tsx` draws it. */

import type { Line } from "../store/api.ts";
import type { Stretch } from "../types.ts";

/** Tiers that wait for a case review and ask nothing of whoever walks, unless a visit is due as well. */
const REVIEW = [5, 7];
/** The tier of a danger that was told and is not ended; its word is the phrase "Today". */
export const DANGER = 2;
/** Up to this tier it is for whoever is there, whoever follows them. */
const ANYBODY = 4;

export interface Visit {
  line: Line;
  /** 0 where no tier holds. */
  tier: number;
  word: string;
  reason: string;
  /** A visit was agreed for today, or for a day before it. */
  due: "" | "today" | "late";
  /** A danger was told on this phone, and the clinic's lists do not know of it yet. */
  told: boolean;
  /** Since when: an ISO date. */
  since: string;
  /** Falls to this worker, or cannot wait for whoever follows them. */
  given: boolean;
}

/** The stretch that holds on a day: the most urgent of them. */
export function standing(lists: Stretch[], today: string): Stretch | undefined {
  let found: Stretch | undefined;
  for (const one of lists) {
    const holds = one.starts <= today && (!one.ends || today < one.ends);
    if (holds && (!found || (place(one.tier) - place(found.tier) || one.rank - found.rank) < 0)) found = one;
  }
  return found;
}

const place = (tier: number) => tier || 99;

/** Everybody who is to be visited or seen to today, the most urgent first; behind them those whom others follow. Where
 * nobody was given to this worker, everybody is. */
export function visits(lines: Line[], today: string): Visit[] {
  const found: Visit[] = [];
  const begun = ({ kind, starts = "" }: Task) => kind !== "thanks" && starts <= today;
  const falls = (line: Line) => Boolean(line.given || line.mine || line.tried || line.tasks.some(begun));
  const some = lines.some((line) => line.care && falls(line));
  for (const line of lines) {
    if (!line.care) continue;
    const now = standing(line.lists, today);
    const due = !line.next || line.next > today ? "" : line.next < today ? "late" : "today";
    // It stays in sight, though every step was done, until the clinic's own lists take over.
    const told = Boolean(line.told) && !(now?.tier && now.tier <= DANGER);
    const tier = told ? DANGER : (now?.tier ?? 0);
    if (!due && (!tier || REVIEW.includes(tier))) continue;
    const since = (told && line.told) || now?.waiting || line.next || "9";
    const given = !some || falls(line) || (tier > 0 && tier <= ANYBODY);
    const word = told ? "Today" : (now?.word ?? "");
    found.push({ line, tier, word, reason: now?.reason ?? "", due, told, since, given });
  }
  return found.sort(
    (a, b) =>
      Number(b.given) - Number(a.given) ||
      place(a.tier) - place(b.tier) ||
      compare(a.since, b.since) ||
      compare(a.line.name, b.line.name),
  );
}

/** Open items that a row among the visits says already. */
const VISITED = ["risk", "contact", "follow"];

export type Task = Line["tasks"][number];

/** What the clinic waits for, the soonest first, and its thanks, the newest first. What a visit of the list says
 * already is not said twice. */
export function clinic(
  lines: Line[],
  those: Visit[],
  today: string,
): { tasks: [Line, Task][]; thanks: [Line, Task][] } {
  const listed = new Set(those.map((one) => one.line.person));
  const told = lines.flatMap((line) => line.tasks.map((task): [Line, Task] => [line, task]));
  const wanted = ([line, { kind, starts = "" }]: [Line, Task]) =>
    kind !== "thanks" && starts <= today && !(VISITED.includes(kind) && listed.has(line.person));
  const soonest = ([, a]: [Line, Task], [, b]: [Line, Task]) =>
    Number(b.kind === "risk") - Number(a.kind === "risk") || compare(a.due || "9", b.due || "9");
  const thanks = told.filter(([, task]) => task.kind === "thanks");
  return { tasks: told.filter(wanted).sort(soonest), thanks: thanks.sort((a, b) => soonest(b, a)) };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The visits by place, in the order that the worker has given the places; the others follow by name. */
export function byPlace(those: Visit[], order: string[]): [string, Visit[]][] {
  const places = new Map<string, Visit[]>();
  for (const one of those) {
    const where = one.line.place.trim();
    const there = places.get(where);
    if (there) there.push(one);
    else places.set(where, [one]);
  }
  const rank = (where: string) => (order.includes(where) ? order.indexOf(where) : where ? 1000 : 2000);
  return [...places].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

/** The order of places with this one moved before the one that stands above it. */
export function earlier(places: string[], where: string): string[] {
  const at = places.indexOf(where);
  if (at < 1) return places;
  const moved = [...places];
  moved.splice(at, 1);
  moved.splice(at - 1, 0, where);
  return moved;
}
