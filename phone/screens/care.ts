/** Which facts a visit, tablets, a session, a group or a referral becomes, as the server's own pages write them
 * (`vwazen/server/care/visit.py`, `tracing/actions.py`, `referrals/actions.py`). Pure: the screens draw it. */

import type { Body, Brief, Bundle, Fact, Me } from "../types.ts";

/** Shifts an ISO date by days. */
export function plus(date: string, days: number): string {
  const moved = new Date(`${date}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

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
      body: owner ? { kind: "message", text, to: [owner] } : { kind: "note", text },
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
  const segment = writes(bundle, "mental-health") ? {} : { segment: "general" };
  return [{ key: "note", within: true, body: { kind: "note", text, ...segment } }];
}

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

// Sessions

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

// Tablets

export interface Looking {
  id: string;
  showed: "" | "yes" | "no";
  left: string;
  taken: string;
  side: "" | "yes" | "no";
  which: string;
}

export const looking = (id: string): Looking => ({ id, showed: "", left: "", taken: "", side: "", which: "" });

/** What was told of a medicine, or the key of the words that say why it cannot be saved. */
export function intake(said: Looking, medicine: { id: string; segment?: string }): Body | string {
  const typed = said.left.trim().replace(",", ".");
  const left = typed ? Number(typed) : undefined;
  if (left !== undefined && !(left >= 0 && left <= 10_000)) return "medicine.left_wrong";
  if (left === undefined && !said.showed && !said.taken && !said.side) return "medicine.nothing";
  const which = said.which.split(",").map((one) => one.trim());
  const told = said.side === "yes" ? which.filter(Boolean) : [];
  if (said.side === "yes" && !told.length) return "medicine.which_wrong";
  return {
    kind: "intake",
    taken: said.taken || "not_asked",
    prescription: medicine.id,
    ...(said.side && { asked: true }),
    ...(told.length > 0 && { side_effects: told }),
    ...(left !== undefined && { left }),
    ...(said.showed && { showed: said.showed }),
    ...(medicine.segment && medicine.segment !== "mental-health" && { segment: medicine.segment }),
  };
}

/** A number of tablets as people write it: ½, 1½, 2. */
export function halves(many: number): string {
  const whole = Math.floor(many);
  const part = { 0: "", 0.25: "¼", 0.5: "½", 0.75: "¾" }[many - whole];
  return part === undefined ? String(many) : part && !whole ? part : `${whole}${part}`;
}

// Referrals

export interface Referring {
  id: string;
  danger: "" | "no";
  /** "site:" and its code, or the kind of a service outside. */
  to: string;
  name: string;
  urgency: string;
  reason: string;
  plain: string;
  segment: string;
}

export const referring = (id: string, segment: string): Referring => ({
  id,
  danger: "",
  to: "",
  name: "",
  urgency: "",
  reason: "",
  plain: "",
  segment,
});

/** The referral, or field -> the key of the words that say what is missing. Open dangers are handed over with it. */
export function referral(one: Referring, brief: Brief, me: Me): { body?: Body; faults: Record<string, string> } {
  const faults: Record<string, string> = {};
  const site = one.to.startsWith("site:") ? one.to.slice(5) : "";
  if (!one.danger && !brief.risks?.length) faults["danger"] = "refer.no_danger";
  if (!one.to) faults["to"] = "refer.no_to";
  if (one.to && !site && !one.name.trim()) faults["name"] = "refer.no_name";
  if (!one.urgency) faults["urgency"] = "refer.no_urgency";
  if (!one.reason.trim()) faults["reason"] = "refer.no_reason";
  if (Object.keys(faults).length) return { faults };
  const to = site ? (me.refer?.find(([code]) => code === site)?.[2] ?? "other") : one.to;
  const risks = (brief.risks ?? []).map((risk) => risk.id);
  return {
    faults,
    body: {
      kind: "referral",
      to,
      ...(site ? { to_site: site } : { to_name: one.name.trim() }),
      ...(one.urgency !== "routine" && { urgency: one.urgency }),
      reason: one.reason.trim(),
      ...(one.plain.trim() && one.segment !== "general" && { plain: one.plain.trim() }),
      ...(one.segment !== "mental-health" && { segment: one.segment }),
      ...(risks.length > 0 && { risks }),
    },
  };
}
