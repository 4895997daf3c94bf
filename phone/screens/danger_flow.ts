/** The steps of a danger as far as they have come on this phone, and whom to call. Pure: `danger.tsx` draws it.
 *
 * The steps are those of the server's risk page (`vwazen/server/care/risk_steps.py`); the call stands second, as it
 * does under the thumb. No step waits for another, and what was not asked stays open. */

import { QUESTIONS } from "../decide/safety.ts";
import type { Body, Brief, Fact, Me, RiskBrief } from "../types.ts";

export type Answer = "yes" | "no" | "not_asked";
export const STEPS = ["stay", "call", "ask", "safe", "plan", "next"] as const;
export type Step = (typeof STEPS)[number];

/** Asked in private; "poisoning" goes before all of them and stands in the first step. */
export const ASKED: string[] = QUESTIONS.filter((one) => one !== "poisoning");
export const PARTS = ["signs", "helps", "people", "call", "means"] as const;
/** What was made safe, by the codes of the server's page. */
export const DONE = ["means_away", "not_alone"] as const;

export interface Called {
  /** Names the number: the worker's id where it is known, else the name. */
  who: string;
  name: string;
  /** An instant. */
  at: string;
  /** null while nobody has said whether a person answered. */
  answered: boolean | null;
}

/** What is kept while the steps are open. `typed` is what was written or chosen and is not saved yet. */
export interface Danger {
  opened: string;
  on: Step;
  done: Step[];
  /** Said to be impossible just now; they stay open and Today leads back to them. */
  put_off: Step[];
  staying: string;
  /** question -> what was said, as far as it is saved. */
  answers: Record<string, Answer>;
  calls: Called[];
  typed: Record<string, string>;
  /** Who comes, and on which day, in words. */
  comes: [string, string];
  /** When the last step was saved: an instant, "" for never. */
  saved: string;
  /** Every step is done or put off, and the worker has said so. */
  finished: boolean;
  /** The questions that were interrupted, and at which of them: where to go when the steps are left. */
  back: string;
  item: string;
}

export function begin(now: string, back = "", item = "", known?: RiskBrief): Danger {
  const answers = (known?.answers ?? {}) as Record<string, Answer>;
  const done: Step[] = [];
  if (known?.acknowledged) done.push("call");
  if (ASKED.every((one) => answers[one] === "yes" || answers[one] === "no")) done.push("ask");
  return {
    opened: known?.opened ?? now,
    on: "stay",
    done,
    put_off: [],
    staying: "",
    answers: { ...answers },
    calls: [],
    typed: {},
    comes: ["", ""],
    saved: "",
    finished: false,
    back,
    item,
  };
}

/** Steps that were just begun, with the answers that led to them: shown, and saved with the first of them, also where
 * the phone was too full to keep them. */
export const carried = new Map<string, { danger: Danger; fact: Fact }>();

export interface Contact {
  who: string;
  /** The worker's id as a `Call` names it; "" where it is not known. */
  worker: string;
  name: string;
  phone: string;
  /** When their turn on the roster ends; "" for the supervisor. */
  until: string;
}

/** Whom to call at this instant, in order: those on the roster now who have a number, then the supervisor. */
export function contacts(me: Me, now: number): Contact[] {
  const found: Contact[] = [];
  const add = (one: { worker?: string; name: string; phone: string }, until: string) => {
    const worker = one.worker ?? "";
    const who = worker || one.name;
    if (one.phone && !found.some((other) => other.who === who))
      found.push({ who, worker, name: one.name, phone: one.phone, until });
  };
  for (const one of [...me.on_call].sort((a, b) => a.order - b.order))
    if (Date.parse(one.starts) <= now && now < Date.parse(one.ends)) add(one, one.ends);
  if (me.supervisor) add(me.supervisor, "");
  return found;
}

/** Whose turn it is: the one just called until somebody has said what came of it, else the next; after the last the
 * round begins again. */
export function turn(everyone: Contact[], calls: Called[]): Contact | undefined {
  const last = calls.at(-1);
  if (!last) return everyone[0];
  const at = everyone.findIndex((one) => one.who === last.who);
  return last.answered === null && at >= 0 ? everyone[at] : everyone[(at + 1) % everyone.length];
}

/** Whether everybody was tried in vain. */
export function inVain(everyone: Contact[], calls: Called[]): boolean {
  const tried = (one: Contact) => calls.some((call) => call.who === one.who && call.answered === false);
  return everyone.length > 0 && !calls.some((one) => one.answered) && everyone.every(tried);
}

/** The next step that nobody has done or put off, those after this one first; "" when there is none. */
export function following(danger: Danger, step: Step): Step | "" {
  const open = (one: Step) => !danger.done.includes(one) && !danger.put_off.includes(one);
  const after = STEPS.slice(STEPS.indexOf(step) + 1);
  return after.find(open) ?? STEPS.find(open) ?? "";
}

/** The steps that are not done, put off or not. */
export function left(danger: Danger): Step[] {
  return STEPS.filter((one) => !danger.done.includes(one));
}

/** The risk of the brief that is meant, whichever of its ids the address names. */
export function known(brief: Brief, risk: string): RiskBrief | undefined {
  return brief.risks?.find((one) => one.id === risk || one.ids.includes(risk));
}

/** Whether a person at the clinic has ended it since: a whole brief that came after what was saved here does not name
 * it any more. */
export function ended(danger: Danger, about: { brief: Brief; mine: Fact[] }, risk: string): boolean {
  const { brief, mine } = about;
  return Boolean(
    danger.saved &&
    brief.care &&
    !known(brief, risk) &&
    !mine.some((one) => one.id === risk || one.body["risk"] === risk),
  );
}

/** Answers as an assessment: only what was asked now and is news or is said again. */
export function assessment(risk: string, answers: Record<string, string | undefined>, more: Partial<Body> = {}): Body {
  const asked = Object.entries(answers).filter(([, answer]) => answer === "yes" || answer === "no");
  const said = Object.entries(more).filter(([, value]) => (Array.isArray(value) ? value.length : value));
  return { kind: "assessment", risk, ...Object.fromEntries(asked), ...Object.fromEntries(said) };
}
