/** Which facts a visit or a try at one becomes, as the server's own pages write them (`vwazen/server/care/visit.py`,
 * `tracing/actions.py`). Pure: the screens draw it. */

import type { Body, Brief, Bundle, Fact, Me } from "../types.ts";

/** Shifts an ISO date by days. */
export function plus(date: string, days: number): string {
  const moved = new Date(`${date}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** Characters that the clinic takes of a name, of a line and of a text: what is longer would come back from it. */
export const NAME = 200;
export const SHORT = 300;
export const LONG = 10_000;

export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text);

/** A date that was chosen; "" for none, or for one that is not written yet. */
export const dayOf = (chosen: string): string => (isDay(chosen) ? chosen : "");

/** The id of another fact of the same form, made from the first and a name: the same every time (UUID, version 5). */
export async function idBeside(first: string, name: string): Promise<string> {
  const space = Uint8Array.from(first.replaceAll("-", "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const text = new TextEncoder().encode(name);
  const both = new Uint8Array(space.length + text.length);
  both.set(space);
  both.set(text, space.length);
  const made = new Uint8Array(await crypto.subtle.digest("SHA-1", both)).slice(0, 16);
  made[6] = (made[6]! & 0x0f) | 0x50;
  made[8] = (made[8]! & 0x3f) | 0x80;
  const hex = Array.from(made, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** One fact to come. `key` "" is the form's own; the others are named beside it. */
export interface Part {
  key: string;
  body: Body;
  occurred?: string;
  /** Belongs to the contact of the form. */
  within?: boolean;
}

/** Segments in which this worker may read, and so may write. */
export const writes = (bundle: Bundle, segment: string): boolean => (bundle.segments ?? ["general"]).includes(segment);

export const SIGNS = ["acute_psychosis", "mania", "postpartum_red_flag", "status_epilepticus", "toxicity"] as const;

export interface Visiting {
  /** Of the visit's first fact: drawn once. */
  id: string;
  day: string;
  met: "" | "seen" | "not_home" | "not_today" | "moved" | "died";
  mode: "home" | "clinic" | "phone";
  next: string;
  /** Danger signs: seen today, by name; "none" where the worker looked and saw none. */
  signs: string[];
  /** Of those that were there before: "there" or "gone". */
  standing: Record<string, string>;
  sign_words: string;
  /** Help was asked for because of the signs: the risk's id. */
  helped: string;
  /** Signs that are saved already, since help could not wait. */
  told: string[];
  relapse: string[];
  tasks: Record<string, string>;
  task_words: Record<string, string>;
  note: string;
  where: string;
  certain: "" | "told" | "known";
  died_on: string;
}

export const visiting = (id: string, day: string, mode: Visiting["mode"]): Visiting => ({
  id,
  day,
  met: "",
  mode,
  next: "",
  signs: [],
  standing: {},
  sign_words: "",
  helped: "",
  told: [],
  relapse: [],
  tasks: {},
  task_words: {},
  note: "",
  where: "",
  certain: "",
  died_on: "",
});

/** What keeps a visit from being saved: field -> the key of the words that say so. */
export function visitFaults(one: Visiting, today: string): Record<string, string> {
  const found: Record<string, string> = {};
  if (!one.met) found["met"] = "visit.no_met";
  if (one.next === "other") found["next"] = "visit.no_day";
  if (isDay(one.next) && one.next < today) found["next"] = "visit.past_day";
  if ((one.met === "seen" || one.met === "not_today") && !one.next) found["next"] = "visit.no_next";
  if (one.met === "died" && !one.certain) found["certain"] = "visit.no_certain";
  if (one.met === "died" && one.certain === "known" && !isDay(one.died_on)) found["died_on"] = "visit.no_day";
  if (one.met === "died" && one.died_on > today) found["died_on"] = "visit.future_day";
  for (const [task, became] of Object.entries(one.tasks))
    if (became === "not" && !one.task_words[task]?.trim()) found[`task-${task}`] = "visit.no_task_why";
  return found;
}

/** The visit as facts, the contact or the try first. Sentences of their own come as `say`. */
export function visitParts(
  one: Visiting,
  brief: Brief,
  me: Me,
  bundle: Bundle,
  say: { moved: string; relapse: (lines: string) => string },
): Part[] {
  const next = dayOf(one.next);
  const missed = brief.next && brief.next < one.day ? { missed: brief.next } : {};
  const more = { ...(next && { next }) };
  const note = one.note.trim();
  switch (one.met) {
    case "not_home":
      if (one.mode === "clinic")
        return [
          { key: "", body: { kind: "encounter", mode: "clinic", outcome: "missed", ...more } },
          ...noted(note, bundle),
        ];
      return [
        {
          key: "",
          body: { kind: "trace", ...missed, mode: one.mode, found: "not_found", ...more, ...(note && { note }) },
        },
      ];
    case "not_today":
      return [
        { key: "", body: { kind: "encounter", mode: one.mode, outcome: "refused", ...more } },
        ...noted(note, bundle),
      ];
    case "moved": {
      const words = [one.where.trim() && say.moved.replace("{where}", one.where.trim()), note]
        .filter(Boolean)
        .join(" ");
      const mode = one.mode === "clinic" ? "other" : one.mode;
      return [{ key: "", body: { kind: "trace", ...missed, mode, found: "moved", ...(words && { note: words }) } }];
    }
    case "died":
      if (one.certain === "known")
        return [{ key: "", body: { kind: "death", ...(note && { cause: note }) }, occurred: one.died_on }];
      return [
        {
          key: "",
          body: {
            kind: "trace",
            ...missed,
            mode: one.mode === "clinic" ? "other" : one.mode,
            found: "died",
            ...(note && { note }),
          },
        },
      ];
  }
  const looked = one.signs.includes("none") ? { done: ["no_danger_sign"] } : {};
  const parts: Part[] = [
    { key: "", body: { kind: "encounter", mode: one.mode, ...more, ...looked } },
    ...signParts(one),
  ];
  const lines = (brief.relapse ?? []).filter(([id]) => one.relapse.includes(id)).map(([, text]) => text);
  if (lines.length) {
    const text = say.relapse(lines.join("; "));
    const owner = brief.owner && brief.owner !== me.worker ? brief.owner : "";
    parts.push({
      key: "relapse",
      within: true,
      body: owner ? { kind: "message", text, to: [owner], ...own(bundle) } : { kind: "note", text, ...own(bundle) },
    });
  }
  for (const [task, became] of Object.entries(one.tasks)) {
    const words = one.task_words[task]?.trim();
    if (became === "done" || became === "not")
      parts.push({
        key: `advice:${task}`,
        within: true,
        body: {
          kind: "carried_out",
          recommendation: task.slice(task.lastIndexOf(":") + 1), // what waits is named by its kind and its fact
          done: became === "done",
          ...(words && { note: words }),
        },
      });
  }
  return [...parts, ...noted(note, bundle)];
}

function noted(text: string, bundle: Bundle): Part[] {
  if (!text) return [];
  return [{ key: "note", within: true, body: { kind: "note", text, ...own(bundle) } }];
}

/** The segment of this worker's own words, where it is not the usual one. */
const own = (bundle: Bundle) => (writes(bundle, "mental-health") ? {} : { segment: "general" });

/** Danger signs seen today, and those seen to be gone; without those that are saved already. */
export function signParts(one: Visiting): Part[] {
  const words = one.sign_words.trim();
  const fresh = one.signs.filter((sign) => sign !== "none");
  const seen = new Set([...fresh, ...Object.keys(one.standing).filter((sign) => one.standing[sign] === "there")]);
  const gone = Object.keys(one.standing).filter((sign) => one.standing[sign] === "gone" && !seen.has(sign));
  return [
    ...[...seen].map((sign) => ({
      key: `sign:${sign}`,
      within: true,
      body: { kind: "sign", sign, present: true, ...(words && fresh.includes(sign) && { note: words }) },
    })),
    ...gone.map((sign) => ({ key: `sign:${sign}`, within: true, body: { kind: "sign", sign, present: false } })),
  ].filter((part) => !one.told.includes(part.body["sign"] as string));
}

/** Instruments to ask today: those whose day has come by the protocol, and that this phone has not asked since. */
export function due(brief: Brief, bundle: Bundle, mine: Fact[], today: string): { instrument: string; last: string }[] {
  const asked = (id: string, since: string) =>
    mine.some(
      (fact) => fact.body.kind === "response" && fact.body["instrument"] === id && fact.occurred.slice(0, 10) >= since,
    );
  return (brief.asked ?? [])
    .filter(([id, , from = ""]) => from && from <= today && !asked(id, from))
    .filter(([id]) => bundle.instruments.some((one) => one.id === id))
    .map(([instrument, last]) => ({ instrument, last }));
}

interface Steps {
  id: string;
  version: number;
  steps?: { step: number; contact_every_days?: number }[];
}

function stepOf(episode: { protocol: string; protocol_version: number; step: number }, bundle: Bundle) {
  const known = bundle.protocols as unknown as Steps[];
  const plan = known.find((one) => one.id === episode.protocol && one.version === episode.protocol_version);
  return plan?.steps?.find((one) => one.step === episode.step);
}

/** In how many days the next visit may be: by the protocol, in one, two and four weeks. */
export function offers(brief: Brief, bundle: Bundle): number[] {
  const every = (brief.episodes ?? []).map((one) => stepOf(one, bundle)?.contact_every_days).filter((one) => one);
  return [...new Set([...(every as number[]), 7, 14, 28])].sort((a, b) => a - b).slice(0, 4);
}
