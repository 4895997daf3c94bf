/** What one set of answers amounts to: `vwazen/clinical/instruments.py`, answer by answer the same. A test holds the
 * two together. Unknown is not zero: a total exists only when the instrument's own rule for missing items allows it,
 * and an unanswered safety item is unknown, never negative. */

import type { CountOf, Cutoff, Instrument } from "../types.ts";
import { asked, planOf, readAnswers, type Answers, type Invalid, type Plan, type Read } from "./asked.ts";

export type Verdict = boolean | null;
export type Sex = "female" | "male" | null;

/** The fields of `Scored`, by the same names. */
export interface Scored {
  total: number | null;
  answered: number;
  expected: number;
  missing: string[];
  prorated: boolean;
  total_only: boolean;
  band: string | null;
  positive: Verdict;
  safety: "positive" | "negative" | "unknown" | "none";
  safety_items: string[];
  outcome: string | null;
  why_not: string;
  cutoffs: Record<string, Verdict>;
  subscales: Record<string, number | null>;
  criteria: Record<string, Verdict>;
  remarks: string[];
  invalid: Invalid[];
}

const NOTHING: Scored = {
  total: null,
  answered: 0,
  expected: 0,
  missing: [],
  prorated: false,
  total_only: false,
  band: null,
  positive: null,
  safety: "none",
  safety_items: [],
  outcome: null,
  why_not: "",
  cutoffs: {},
  subscales: {},
  criteria: {},
  remarks: [],
  invalid: [],
};

/** Score answers by item; null, like an absent item, is unanswered. Never throws for a bad answer: see `invalid`. */
export function score(one: Instrument, answers: Answers, sex: Sex = null, age: number | null = null): Scored {
  const plan = planOf(one);
  if (one.score.method === "typed") {
    const why = "this instrument takes a total only, no items";
    const invalid = Object.keys(answers).map((item) => ({ item, why }));
    return { ...NOTHING, safety: unasked(plan), why_not: "takes a total only", invalid };
  }
  const read = readAnswers(plan, answers);
  const [safety, safetyItems] = safetyOf(plan, read);
  const [total, prorated, outcome] = read.invalid.length ? NONE : METHODS[one.score.method]!(plan, read);
  const screened = one.score.method === "screen";
  const settled = outcome !== null && outcome !== "incomplete";
  let cutoffs: Record<string, Verdict> = {};
  let positive: Verdict = settled ? outcome !== "negative" : null;
  if (!screened) [cutoffs, positive] = cutoffsOf(one, total !== null ? [total, total] : certain(plan, read), sex, age);
  return {
    total,
    answered: read.answered,
    expected: read.expected,
    missing: read.missing,
    prorated,
    total_only: false,
    band: bandOf(one, total),
    positive,
    safety,
    safety_items: safetyItems,
    outcome,
    why_not: total !== null || (screened && settled) ? "" : whyNot(read),
    cutoffs,
    subscales: named(one.subscales, (sub) => subscale(plan, read, sub.items, total)),
    criteria: named(one.criteria, (rule) => every(rule.all_of.map((count) => counted(count, read)))),
    remarks: total ? (one.remarks ?? []).filter((r) => (read.points.get(r.only_item) ?? 0) === total).map(text) : [],
    invalid: read.invalid,
  };
}

/** A total that was worked out elsewhere. `safetyPositive`: null when nobody knows, and then safety is unknown. */
export function scoreTotal(
  one: Instrument,
  total: number,
  safetyPositive: Verdict = null,
  sex: Sex = null,
  age: number | null = null,
): Scored {
  const plan = planOf(one);
  const safety =
    plan.safety.length && safetyPositive !== null ? (safetyPositive ? "positive" : "negative") : unasked(plan);
  const wrong = wrongTotal(one, total);
  const kept = wrong ? null : total;
  const [cutoffs, positive] = cutoffsOf(one, kept === null ? null : [kept, kept], sex, age);
  return {
    ...NOTHING,
    total: kept,
    expected: plan.expected.length,
    total_only: true,
    band: bandOf(one, kept),
    positive,
    safety,
    safety_items: safety === "positive" && plan.safety.length === 1 ? [plan.safety[0]!.item] : [],
    why_not: wrong ? `not scored, ${wrong}` : "",
    cutoffs,
    subscales: named(one.subscales, () => null),
    criteria: named(one.criteria, () => null),
    invalid: wrong ? [{ item: "total", why: wrong }] : [],
  };
}

const text = (one: { text: string }) => one.text;

function named<T extends { id: string }, V>(all: T[] | undefined, value: (one: T) => V): Record<string, V> {
  return Object.fromEntries((all ?? []).map((one) => [one.id, value(one)]));
}

function safetyOf(plan: Plan, read: Read): [Scored["safety"], string[]] {
  if (!plan.safety.length) return ["none", []];
  const positive = plan.safety.filter((rule) => (read.values.get(rule.item) ?? -1) >= rule.at_least);
  if (positive.length) return ["positive", positive.map((rule) => rule.item)];
  const open = plan.safety.some(
    ({ item }) => !read.values.has(item) && asked(plan.items.get(item)!, read.values) !== false,
  );
  return [open ? "unknown" : "negative", []];
}

const unasked = (plan: Plan): Scored["safety"] => (plan.safety.length ? "unknown" : "none");

/** Total, whether blanks took the mean of the others, and the outcome in a word. */
type Result = [number | null, boolean, string | null];
const NONE: Result = [null, false, null];

const METHODS: Record<string, (plan: Plan, read: Read) => Result> = { sum, rating, grid, screen, rate };

function sum(plan: Plan, read: Read): Result {
  const { rule, at_most = 0 } = plan.instrument.missing;
  const blanks = read.missing.length;
  if (blanks && (rule === "complete" || blanks > at_most || blanks === read.expected)) return NONE;
  const known = added(plan.scored, read.points) * (plan.instrument.score.multiply ?? 1);
  if (!blanks || rule === "zero") return [known, false, null];
  return [(known * read.expected) / (read.expected - blanks), true, null];
}

function rating(plan: Plan, read: Read): Result {
  const item = plan.scored[0]!;
  const value = read.values.get(item);
  if (value === undefined) return NONE;
  return [read.points.get(item) ?? null, false, label(plan, item, value)];
}

function label(plan: Plan, item: string, value: number): string | null {
  const list = plan.items.get(item)?.answers;
  return (list && plan.instrument.texts?.en?.answers?.[list]?.[String(Math.trunc(value))]) || null;
}

function grid(plan: Plan, read: Read): Result {
  const [first, second] = plan.scored as [string, string];
  const [down, across] = [read.points.get(first), read.points.get(second)];
  if (down === undefined || across === undefined) return NONE;
  return [(down - 1) * plan.allowed(second).length + across, false, null];
}

function screen(plan: Plan, read: Read): Result {
  const { screen: rows = [], acute = null } = plan.instrument.score;
  const yes = (id: string) => (read.values.get(id) ?? 0) >= 1;
  if (acute !== null && yes(acute)) return [null, false, "acute positive"];
  if (rows.some(yes))
    return [null, false, acute === null || read.values.has(acute) ? "non-acute positive" : "positive"];
  return [null, false, rows.every((id) => read.values.has(id)) ? "negative" : "incomplete"];
}

function rate(plan: Plan, read: Read): Result {
  const [count, days] = plan.scored as [string, string];
  const over = read.values.get(days) ?? plan.items.get(days)!.if_unanswered ?? null;
  const seen = read.values.get(count);
  if (seen === undefined || over === null) return NONE;
  return [(seen * (plan.instrument.score.per_days ?? 30)) / over, false, null];
}

function added(ids: string[], points: Map<string, number>): number {
  return ids.reduce((so_far, id) => so_far + (points.get(id) ?? 0), 0);
}

function whyNot(read: Read): string {
  if (read.invalid.length) return `not scored, cannot be used: item ${read.invalid.map((one) => one.item).join(", ")}`;
  return read.unscored ? "not assessed" : `not scored, ${read.missing.length} unanswered`;
}

function wrongTotal(one: Instrument, total: number): string {
  const span = one.range;
  if (!span) return "this instrument has no total";
  if (one.score.method !== "rate" && !Number.isInteger(total)) return "a total is a whole number";
  if (!(total >= span.low && (span.high === null || total <= span.high)) || total === Infinity)
    return span.high !== null ? `a total lies between ${span.low} and ${span.high}` : "a total is 0 or more";
  const step = span.step ?? 1;
  return step > 1 && (total - span.low) % step ? `a total goes in steps of ${step}` : "";
}

/** The highest band whose lower end the total has reached: nothing is rounded up into a worse band. */
function bandOf(one: Instrument, total: number | null): string | null {
  if (total === null) return null;
  return (one.bands ?? []).filter((band) => total >= band.low).at(-1)?.name ?? null;
}

/** The lowest and highest total that the answers leave possible, where the instrument decides by what is certain. */
function certain(plan: Plan, read: Read): [number, number] | null {
  if (read.invalid.length || !plan.instrument.missing.decide_when_certain) return null;
  if (plan.instrument.score.method === "rate") {
    const [total] = rate(plan, read);
    return total !== null ? [total, total] : [0, Infinity];
  }
  const ends = [Math.min, Math.max].map((end) => {
    const points = new Map(read.points);
    for (const id of plan.scored) {
      if (points.has(id)) continue;
      const due = asked(plan.items.get(id)!, read.values);
      points.set(id, due === false || (due === null && end === Math.min) ? 0 : end(...plan.allowed(id)));
    }
    if (plan.instrument.score.method === "grid") return grid(plan, { ...read, points })[0] ?? 0;
    return added(plan.scored, points) * (plan.instrument.score.multiply ?? 1);
  });
  return [ends[0]!, ends[1]!];
}

/** Every cut-off that may concern this person, and whether one of those in use is reached. */
function cutoffsOf(
  one: Instrument,
  span: [number, number] | null,
  sex: Sex,
  age: number | null,
): [Record<string, Verdict>, Verdict] {
  const found: Record<string, Verdict> = {};
  const used: Verdict[] = [];
  for (const cut of one.cutoffs ?? []) {
    const meant = concerns(cut, sex, age);
    if (meant === false) continue;
    const reached = (found[cut.id] = meant && span ? past(cut, span) : null);
    if (cut.used) used.push(reached);
  }
  return [found, !used.length ? null : used.includes(true) ? true : used.includes(null) ? null : false];
}

function concerns(cut: Cutoff, sex: Sex, age: number | null): Verdict {
  if (cut.sex && sex && cut.sex !== sex) return false;
  if (cut.ages && age !== null) {
    const { low = null, high = null } = cut.ages;
    if ((low !== null && age < low) || (high !== null && age >= high + 1)) return false;
  }
  return (cut.sex && !sex) || (cut.ages && age === null) ? null : true;
}

function past(cut: Cutoff, [low, high]: [number, number]): Verdict {
  const { at_least: least = null, at_most: most = null } = cut;
  if (least !== null) return low >= least ? true : high < least ? false : null;
  return most === null ? null : high <= most ? true : low > most ? false : null;
}

function subscale(plan: Plan, read: Read, items: string[], total: number | null): number | null {
  const blanks = plan.instrument.missing.rule === "zero" && total !== null;
  if (read.invalid.length || (!blanks && items.some((id) => !read.points.has(id)))) return null;
  return added(items, read.points);
}

const every = (all: Verdict[]): Verdict => (all.includes(false) ? false : all.includes(null) ? null : true);

function counted(count: CountOf, read: Read): Verdict {
  let [sure, maybe] = [0, 0];
  for (const id of count.items) {
    const value = read.values.get(id);
    const line = count.at_least_for && Object.hasOwn(count.at_least_for, id) ? count.at_least_for[id]! : count.at_least;
    if (value === undefined) maybe++;
    else if (value >= line) sure++;
  }
  const most = count.no_more_than ?? null;
  if (sure + maybe < count.how_many || (most !== null && sure > most)) return false;
  return sure >= count.how_many && (most === null || sure + maybe <= most) ? true : null;
}
