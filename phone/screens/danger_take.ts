/** What each of the six steps saves when the worker goes on: the facts of the server's risk page, in its words. */

import { urgent } from "../decide/safety.ts";
import { store } from "../store/index.ts";
import type { Body } from "../types.ts";
import { day, t } from "../words.ts";
import { ASKED, assessment, DONE, PARTS, type Danger, type Step } from "./danger_flow.ts";

/** What a step writes down. `stays`: it is not over with it. `to`: which step comes next, where that is not the order. */
export interface Saved {
  bodies: Body[];
  next: Danger;
  stays?: boolean;
  to?: Step;
}

/** What comes of the button Next for each step: what is saved, or the key of what is still wanted. */
export const TAKE: Record<Step, (danger: Danger, risk: string) => Saved | string> = {
  stay(danger, risk) {
    const { stays, stays_name, poisoning } = danger.typed;
    if (!stays && !danger.staying) return "danger.stay_first";
    const other = (stays_name ?? "").trim();
    if (stays === "other" && !other) return "danger.leave_name_none";
    const staying = stays === "me" ? store.me.name : stays === "other" ? other : danger.staying;
    const news = staying !== danger.staying ? staying : "";
    const body = assessment(risk, { poisoning }, { staying: news });
    return {
      bodies: said(body),
      next: answered({ ...danger, staying }, { poisoning }, ["stays", "stays_name", "poisoning"]),
    };
  },
  call(danger, risk) {
    const last = danger.calls.at(-1);
    const spoke = danger.typed["spoke"];
    if (last?.answered === null) {
      if (!spoke) return "danger.say_answered";
      const calls = [...danger.calls.slice(0, -1), { ...last, answered: spoke === "yes" }];
      const next = answered({ ...danger, calls }, {}, ["spoke"]);
      if (spoke === "no") return { bodies: [], next, stays: true };
      return { bodies: [{ kind: "acknowledged", risk, name: last.name }], next };
    }
    return danger.done.includes("call") ? { bodies: [], next: danger } : "danger.call_or";
  },
  ask(danger, risk) {
    const answers = Object.fromEntries(ASKED.map((one) => [one, danger.typed[`ask_${one}`]]));
    const words = (danger.typed["ask_words"] ?? "").trim();
    const on = danger.typed["ask_recent_act"] === "yes" ? (danger.typed["ask_day"] ?? "") : "";
    const body = assessment(risk, answers, { recent_act_on: on, words });
    if (!said(body).length) return "danger.ask_first";
    const clear = [...ASKED.map((one) => `ask_${one}`), "ask_words", "ask_day"];
    const next = answered(danger, answers, clear);
    const help = urgent(answers).length > 0 && !next.done.includes("call");
    return { bodies: [body], next, ...(help ? { to: "call" as const } : {}) };
  },
  safe(danger, risk) {
    const done = DONE.filter((code) => danger.typed[`safe_${code}`]);
    const words = (danger.typed["safe_words"] ?? "").trim();
    const { afraid, family } = danger.typed;
    const bodies = said(assessment(risk, {}, { done: [...done], words }));
    const told = [afraid, family].some((one) => one === "yes" || one === "no");
    if (told)
      bodies.push({
        kind: "violence_check",
        risk,
        afraid_at_home: afraid ?? "not_asked",
        family_may_be_called: family ?? "not_asked",
      });
    if (!bodies.length) return "danger.safe_first";
    const clear = [...DONE.map((code) => `safe_${code}`), "safe_words", "afraid", "family"];
    return { bodies, next: answered(danger, {}, clear) };
  },
  plan(danger, risk) {
    const parts = PARTS.map((part) => [part, (danger.typed[`plan_${part}`] ?? "").trim()] as const).filter(
      ([, text]) => text,
    );
    const copy = Boolean(danger.typed["plan_copy"]);
    if (!parts.length && !copy) return "danger.plan_empty";
    const body: Body = {
      kind: "safety_plan",
      risk,
      ...Object.fromEntries(parts),
      ...(copy ? { copy_given: true } : {}),
    };
    return { bodies: [body], next: answered(danger, {}, [...PARTS.map((part) => `plan_${part}`), "plan_copy"]) };
  },
  next(danger) {
    const { next_who: how, next_day: when } = danger.typed;
    const name = how === "me" ? store.me.name : (danger.typed["next_name"] ?? "").trim();
    if (!how || !name || !when) return danger.comes[0] ? { bodies: [], next: danger } : "danger.next_hint";
    const body: Body = { kind: "appointment", next: when, reason: t("danger.appointment", { who: name }) };
    const comes: [string, string] = [name, day(when)];
    return { bodies: [body], next: answered({ ...danger, comes }, {}, ["next_who", "next_day", "next_name"]) };
  },
};

/** A body that says something beside which risk it is about. */
function said(body: Body): Body[] {
  return Object.keys(body).length > 2 ? [body] : [];
}

/** With what was saved taken over, and no longer as typed. */
function answered(danger: Danger, answers: Record<string, string | undefined>, saved: string[]): Danger {
  const all = { ...danger.answers };
  for (const [question, answer] of Object.entries(answers))
    if (answer === "yes" || answer === "no") all[question] = answer;
  const typed = Object.fromEntries(Object.entries(danger.typed).filter(([name]) => !saved.includes(name)));
  return { ...danger, answers: all, typed };
}
