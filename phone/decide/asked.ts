/** Which items are asked, and what was answered: `vwazen/clinical/answers.py`, and what the server's pages allow. */

import type { Bundle, Instrument, Item } from "../types.ts";

/** Item -> answer; null, like an absent item, is unanswered. */
export type Answers = Record<string, number | null>;

/** An answer that cannot be used: the item ("total" for a typed total) and why, without the value itself. */
export interface Invalid {
  item: string;
  why: string;
}

/** Answers sorted out. `points` holds what each answered item adds; unscored answers ("not assessed") are absent. */
export interface Read {
  values: Map<string, number>;
  points: Map<string, number>;
  expected: number;
  answered: number;
  missing: string[];
  invalid: Invalid[];
  unscored: boolean;
}

/** An instrument made ready for scoring many answers: everything that does not depend on them. */
export class Plan {
  readonly instrument: Instrument;
  readonly items: Map<string, Item>;
  /** Item -> answer -> points; null for an item that takes any whole number. */
  readonly points: Map<string, Map<number, number> | null>;
  readonly expected: Item[];
  readonly scored: string[];
  readonly safety: { item: string; at_least: number }[];
  private readonly bare = new Map<string, Set<number>>();

  constructor(one: Instrument) {
    const items = one.items ?? [];
    this.instrument = one;
    this.items = new Map(items.map((item) => [item.id, item]));
    this.points = new Map(items.map((item) => [item.id, pointsOf(one, item)]));
    this.expected = items.filter((item) => !item.optional);
    this.scored = items.filter((item) => item.scored !== false).map((item) => item.id);
    this.safety = one.safety ?? [];
    for (const item of items) {
      const options = item.answers ? one.answer_lists![item.answers]!.options : [];
      const without = options.filter((option) => option.unscored).map((option) => option.value);
      if (without.length) this.bare.set(item.id, new Set(without));
    }
  }

  /** Whether an answer carries no score. */
  isUnscored(id: string, value: number): boolean {
    return this.bare.get(id)?.has(value) ?? false;
  }

  /** The points that an answer to this item can add. */
  allowed(id: string): number[] {
    return [...(this.points.get(id) ?? [])]
      .filter(([value]) => !this.isUnscored(id, value))
      .map(([, points]) => points);
  }
}

const plans = new WeakMap<Instrument, Plan>();

export function planOf(one: Instrument): Plan {
  let plan = plans.get(one);
  if (!plan) plans.set(one, (plan = new Plan(one)));
  return plan;
}

function pointsOf(one: Instrument, item: Item): Map<number, number> | null {
  if (!item.answers) return null;
  const values = one.answer_lists![item.answers]!.options.map((option) => option.value);
  const turn = Math.min(...values) + Math.max(...values);
  return new Map(values.map((value) => [value, item.reversed ? turn - value : value]));
}

/** Whether the item has to be asked; null while the items it hangs on are unanswered. */
export function asked(item: Item, values: Map<string, number>): boolean | null {
  const rule = item.asked_if;
  if (!rule || rule.any_of.some((id) => (values.get(id) ?? -1) >= rule.at_least)) return true;
  return rule.any_of.some((id) => !values.has(id)) ? null : false;
}

/** Sort answers into values, points, missing and invalid. */
export function readAnswers(plan: Plan, answers: Answers): Read {
  const values = new Map<string, number>();
  const points = new Map<string, number>();
  const invalid: Invalid[] = [];
  let unscored = false;
  for (const [id, value] of Object.entries(answers)) {
    const allowed = plan.points.get(id);
    if (allowed === undefined) invalid.push({ item: id, why: "the instrument has no such item" });
    else if (value === null || value === undefined) continue;
    else if (allowed?.has(value)) {
      values.set(id, value);
      if (plan.isUnscored(id, value)) unscored = true;
      else points.set(id, allowed.get(value)!);
    } else if (allowed) invalid.push({ item: id, why: `must be one of ${[...allowed.keys()].join(", ")}` });
    else {
      const why = wrongWhole(plan.items.get(id)!, value);
      if (why) invalid.push({ item: id, why });
      else {
        values.set(id, value);
        points.set(id, value);
      }
    }
  }
  const due = plan.expected.filter((item) => asked(item, values));
  invalid.push(...contradictions(plan, values, points));
  const blank = due.map((item) => item.id).filter((id) => !values.has(id));
  const missing = invalid.length ? blank.filter((id) => given(answers, id) === null) : blank;
  return { values, points, expected: due.length, answered: due.length - blank.length, missing, invalid, unscored };
}

function given(answers: Answers, id: string): number | null {
  return Object.hasOwn(answers, id) ? (answers[id] ?? null) : null;
}

/** Points from questions that did not apply would change the sum; a screen takes every yes as it is. */
function contradictions(plan: Plan, values: Map<string, number>, points: Map<string, number>): Invalid[] {
  if (plan.instrument.score.method !== "sum") return [];
  const why = "answered although the question before it says it does not apply";
  return plan.expected
    .filter((item) => points.get(item.id) && asked(item, values) === false)
    .map((item) => ({ item: item.id, why }));
}

function wrongWhole(item: Item, value: number): string {
  const { low = 0, high = null } = item.whole ?? {};
  if (!item.whole || !Number.isInteger(value)) return "must be a whole number";
  if (value < low) return `must be ${low} or more`;
  return high !== null && value > high ? `must be ${high} or less` : "";
}

/** The items to show one after another as things stand: those that hang on an earlier answer only once it says so.
 * An optional one is shown too and may be left open. */
export function toAsk(one: Instrument, answers: Answers): Item[] {
  const values = readAnswers(planOf(one), answers).values;
  return (one.items ?? []).filter((item) => asked(item, values) === true);
}

/** The next item without a word about it: neither answered nor passed over. Undefined at the end. */
export function nextItem(one: Instrument, answers: Answers, passed: ReadonlySet<string>): Item | undefined {
  return toAsk(one, answers).find((item) => given(answers, item.id) === null && !passed.has(item.id));
}

/** Newest versions of the instruments that this phone's worker may give; with an age in years, those meant for it
 * first. The bundle holds no others; older versions are for reading old answers. */
export function mayGive(bundle: Bundle, age: number | null = null): Instrument[] {
  const newest = new Map<string, Instrument>();
  for (const one of bundle.instruments) if (one.version >= (newest.get(one.id)?.version ?? 0)) newest.set(one.id, one);
  return [...newest.values()].sort((a, b) => Number(!meantFor(a, age)) - Number(!meantFor(b, age)));
}

/** Whether the instrument was made for somebody of this age; true where the age is not known. */
export function meantFor(one: Instrument, age: number | null): boolean {
  const { low = null, high = null } = one.ages;
  return age === null || ((low === null || age >= low) && (high === null || age < high + 1));
}
