/** Sessions of a manual: which is next, and the facts that one becomes, alone or in a group. Pure: the screens draw it. */

import type { Brief, Bundle, Fact, Me } from "../types.ts";
import { writes, type Part } from "./care.ts";

export interface Manual {
  id: string;
  version: number;
  title: string;
  treatment: string;
  language?: string;
  segment: string;
  delivered_by: string[];
  days_apart: number;
  before?: string[];
  ratings?: { id: string; question: string; low: number; high: number; low_words: string; high_words: string }[];
  sessions: SessionText[];
  reviewed: string;
}

export interface SessionText {
  title: string;
  about: string;
  minutes: number;
  aims: string[];
  steps: { id: string; title: string; do: string; say: string[] }[];
  homework: string[];
  checks: { id: string; text: string }[];
}

/** Manuals that somebody of this role may hold, and may write about. */
export function manuals(bundle: Bundle, me: Me): Manual[] {
  const all = bundle.manuals as unknown as Manual[];
  return all.filter((one) => one.delivered_by.includes(me.role) && writes(bundle, one.segment));
}

/** How many sessions were held, the day of the last one, and what was to be practised; this phone's own counted in. */
export function held(brief: Brief, mine: Fact[], manual: Manual): { many: number; last: string; homework: string } {
  const known = (brief.sessions ?? []).find(([name]) => name === manual.treatment);
  const since = mine.filter(
    (fact) =>
      fact.body.kind === "treatment" && fact.body["name"] === manual.treatment && fact.body["event"] === "session",
  );
  const said = mine.filter((fact) => fact.body.kind === "findings" && fact.body["form"] === manual.id).at(-1);
  const answers = said?.body["answers"] as Record<string, unknown> | undefined;
  return {
    many: (known?.[1] ?? 0) + since.length,
    last: since.at(-1)?.occurred.slice(0, 10) ?? known?.[2] ?? "",
    homework: said ? String(answers?.["practise"] ?? "") : (known?.[3] ?? ""),
  };
}

/** What is known of a session when it ends; also what a group's session says of one person. */
export interface Held {
  number: number;
  homework: string;
  ratings: Record<string, number>;
  problem: string;
  practise: string;
  checks: Record<string, string>;
  ends: string;
}

/** A session that was held: as treatment received, and on the manual's form. `where`: with which group. */
export function sessionParts(manual: Manual, one: Held, where = ""): Part[] {
  const title = manual.sessions[one.number - 1]?.title ?? "";
  const checks = manual.sessions[one.number - 1]?.checks ?? [];
  const answers: Record<string, unknown> = { number: one.number };
  if (one.homework) answers["homework"] = one.homework;
  for (const rating of manual.ratings ?? [])
    if (one.ratings[rating.id] !== undefined) answers[rating.id] = one.ratings[rating.id];
  if (one.problem.trim()) answers["problem"] = one.problem.trim();
  if (one.practise.trim()) answers["practise"] = one.practise.trim();
  if (one.ends) answers["ends"] = one.ends;
  for (const check of checks) if (one.checks[check.id]) answers[check.id] = one.checks[check.id];
  return [
    {
      key: "session",
      within: true,
      body: {
        kind: "treatment",
        name: manual.treatment,
        form: "psychological",
        event: "session",
        note: [`${one.number}. ${title}`, where].filter(Boolean).join(", "),
      },
    },
    {
      key: "form",
      within: true,
      body: {
        kind: "findings",
        form: manual.id,
        version: manual.version,
        answers,
        ...(manual.segment !== "mental-health" && { segment: manual.segment }),
      },
    },
  ];
}
