/** Which answers ask for a conversation now: `vwazen/clinical/safety.py`. Nothing here predicts or closes anything. */

import type { Bundle, Instrument } from "../types.ts";
import type { Answers } from "./asked.ts";
import { later } from "./conditions.ts";

/** What a risk assessment asks; a question that is not answered was not asked, and stays open. */
export const QUESTIONS = [
  "poisoning",
  "intent",
  "plan",
  "means",
  "recent_act",
  "harm_others",
  "child_at_risk",
  "psychosis",
  "intoxication",
] as const;

/** A yes to one of these needs the person on call at once, whatever else was said: `facts.URGENT`. */
export const URGENT: readonly string[] = ["intent", "plan", "recent_act", "poisoning"];

/** Items answered at or above their safety line; as answered, whatever the total is and whether or not there is one. */
export function positiveItems(one: Instrument, answers: Answers): string[] {
  const value = (id: string) => (Object.hasOwn(answers, id) ? answers[id] : null) ?? -1;
  return (one.safety ?? []).filter((rule) => value(rule.item) >= rule.at_least).map((rule) => rule.item);
}

/** The questions of an assessment that were answered so that the person on call is needed now. */
export function urgent(assessment: Record<string, unknown>): string[] {
  return URGENT.filter((question) => assessment[question] === "yes");
}

/** By when somebody should have spoken with the person again after they were asked on this day: an ISO date. */
export function contactBy(bundle: Bundle, day: string): string {
  return later(day, Math.floor(Number(bundle.safety.first_contact_hours ?? 48) / 24));
}
