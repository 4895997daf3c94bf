/** What one set of answers says, in words, and what comes next: as the server's page of answers shows it to the same
 * role (`vwazen/server/care/results.py`). Danger is told apart and comes first: `positive` and `safety`.
 *
 * Pure: what is to be said is a `Line`, a key of the words and what is filled in. `inWords` makes a sentence of it. */

import type { Body, Brief, Bundle, EpisodeBrief, Fact, Instrument } from "../types.ts";
import { compile, fill, later, names, number, type Condition, type Test, type Values } from "./conditions.ts";
import { bare, fixed, g } from "./numbers.ts";
import { phrase } from "./phrase.ts";
import { positiveItems } from "./safety.ts";
import { score, scoreTotal, type Scored, type Sex } from "./score.ts";
import type { Answers } from "./asked.ts";

/** A number or a name as it is; a day; words of the content that may be translated; items with their topics; a part
 * of the sentence that is a line itself. */
export type Hole =
  number | string | { day: string } | { phrase: string } | { items: [string, string][] } | { line: Line };

/** A key of the words with what is filled in. The key "" is for a sentence of the content itself: `holes.text`. */
export interface Line {
  key: string;
  holes?: Record<string, Hole>;
}

export interface Outcome {
  scored: Scored;
  /** Whether this worker's role reads scores of this kind; where not, `score` says only that the answers are saved. */
  reads: boolean;
  /** Safety items answered above their line: the risk steps come before anything else. */
  positive: string[];
  /** What has to be said about safety questions: unknown, or answered and no proof. */
  safety: Line[];
  /** The result, the first line in large letters. */
  score: Line[];
  /** How many were answered, lines in use, patterns, parts. */
  more: Line[];
  steps: Line[];
}

/** What is known of the person beside the answers. `mine`: facts of this phone that are not in the brief yet. */
export interface About {
  brief?: Brief;
  mine?: Fact[];
  /** The day of the answers, and today; ISO dates. */
  day: string;
  today: string;
}

export function outcomeOf(bundle: Bundle, one: Instrument, body: Body, about: About): Outcome {
  const scored = scoredOf(one, body, about.brief, about.day);
  const reads = (bundle.scores ?? []).includes(one.segment);
  const positive = positiveItems(one, (body["answers"] ?? {}) as Answers);
  if (!reads) {
    const safety = scored.safety === "unknown" ? [{ key: "next.safety_left" }] : [];
    return {
      scored,
      reads,
      positive,
      safety,
      score: [{ key: "next.saved", holes: { name: one.name } }],
      more: [],
      steps: [],
    };
  }
  return {
    scored,
    reads,
    positive,
    safety: safetyLines(scored),
    score: [head(one, scored), ...outcomeLine(scored), ...changeLine(one, scored, about)],
    more: [...counted(one, scored), ...lines(one, scored), { key: "next.measurement" }],
    steps: stepLines(bundle, one, body, scored, about),
  };
}

/** Scored with the person's sex and age, where they are known, since some cut-offs go by them. */
export function scoredOf(one: Instrument, body: Body, brief: Brief | undefined, day: string): Scored {
  const sex: Sex = brief?.gender === "female" || brief?.gender === "male" ? brief.gender : null;
  const age = brief?.born ? Number(day.slice(0, 4)) - Number(brief.born.slice(0, 4)) : null;
  const stated = body["stated_total"];
  if (body["total_only"] && typeof stated === "number") return scoreTotal(one, stated, null, sex, age);
  return score(one, (body["answers"] ?? {}) as Answers, sex, age);
}

/** The sentence. `words`: how the screen says a key, a day and whether it speaks English. */
export function inWords(
  line: Line,
  words: {
    t: (key: string, holes?: Record<string, string | number>) => string;
    day: (iso: string) => string;
    english: boolean;
    translated?: (text: string) => string;
  },
): string {
  const holes = Object.entries(line.holes ?? {}).map(([name, hole]): [string, string | number] => {
    if (typeof hole !== "object") return [name, hole];
    if ("day" in hole) return [name, words.day(hole.day)];
    if ("line" in hole) return [name, inWords(hole.line, words)];
    if ("items" in hole)
      return [name, hole.items.map(([id, topic]) => (words.english && topic ? `${id} (${topic})` : id)).join(", ")];
    return [name, phrase(hole.phrase, words.t)];
  });
  const filled = Object.fromEntries(holes);
  if (line.key) return words.t(line.key, filled);
  const text = String(filled["text"] ?? "");
  return words.translated ? words.translated(text) : text;
}

/** With as many digits as the server writes. */
const figure = (value: number): number => (Number.isInteger(value) ? value : Number(g(value)));

function safetyLines(scored: Scored): Line[] {
  if (scored.safety === "unknown") return [{ key: scored.total_only ? "next.safety_total" : "next.safety_unknown" }];
  return scored.safety === "negative" ? [{ key: "next.zero" }] : [];
}

/** The total with its range and band, or why there is none. */
function head(one: Instrument, scored: Scored): Line {
  const { total, band, outcome, why_not: why } = scored;
  if (total !== null) {
    const most = one.range?.high ?? null;
    const holes: Record<string, Hole> = { total: Number(bare(total, 3)) };
    if (most !== null) holes["most"] = most;
    if (band) holes["band"] = { phrase: band };
    return { key: `next.total${most !== null ? "_of" : ""}${band ? "_band" : ""}`, holes };
  }
  if (outcome && outcome !== "incomplete")
    return one.score.method === "screen" ? { key: `next.screen.${outcome.replace(" ", "_")}` } : spoken(outcome);
  if (scored.total_only) return spoken(why);
  if (scored.invalid.length)
    return { key: "next.unusable", holes: { items: scored.invalid.map((wrong) => wrong.item).join(", ") } };
  if (why === "not assessed") return { key: "next.not_assessed" };
  if (one.score.method === "typed") return { key: "next.typed" };
  return { key: "next.unanswered", holes: { n: scored.missing.length } };
}

/** The label of a rating, as its instrument words it. */
function outcomeLine(scored: Scored): Line[] {
  return scored.total !== null && scored.outcome ? [spoken(scored.outcome)] : [];
}

const spoken = (text: string): Line => ({ key: "", holes: { text } });

/** Totals of this instrument that were given on this phone and are not in the brief yet, oldest first. */
function ownTotals(one: Instrument, about: About): [string, number | null][] {
  const found: [string, number | null][] = [];
  const mine = about.mine ?? [];
  const replaced = new Set(mine.flatMap((fact) => [fact.amends, fact.retracts]));
  for (const fact of mine) {
    const { kind, instrument, version } = fact.body;
    if (kind !== "response" || instrument !== one.id || version !== one.version || replaced.has(fact.id)) continue;
    found.push([fact.occurred.slice(0, 10), scoredOf(one, fact.body, about.brief, fact.occurred).total]);
  }
  return found.sort(byDay);
}

const byDay = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether each score of this phone is of a day of its own after all those of the brief. Where not, two may contradict
 * each other, and the clinic weighs them with all that was said. */
function inOrder(points: [string, unknown, string][], own: [string, unknown][], about: About): boolean {
  const days = [...own.map(([day]) => day), about.day];
  const newest = points.reduce((late, [day]) => (day > late ? day : late), "");
  return days.every((day, place) => day > (place ? days[place - 1]! : newest));
}

/** The change since the last score, always with its measurement error. Nothing where no care here follows this
 * instrument, since the clinic may know earlier scores; nor where another score of this day would have to be weighed. */
function changeLine(one: Instrument, scored: Scored, about: About): Line[] {
  const followed = (about.brief?.episodes ?? []).find((episode) => episode.instrument === one.id);
  const own = ownTotals(one, about);
  if (scored.total === null || !followed || !inOrder(followed.points, own, about)) return [];
  const points = [...followed.points.map(([day, total]): [string, number | null] => [day, total]), ...own];
  const totals = points.filter((point): point is [string, number] => point[1] !== null);
  const last = totals.sort(byDay).at(-1);
  if (!last) return points.length ? [] : [{ key: "next.first" }];
  const moved = scored.total - last[1];
  const many = Math.abs(moved);
  const error = one.change?.meaningful?.value ?? null;
  const holes: Record<string, Hole> = {
    moved: {
      line: {
        key: `next.${!moved ? "same" : moved > 0 ? "up" : "down"}`,
        holes: { n: many, points: figure(many), before: figure(last[1]), day: { day: last[0] } },
      },
    },
  };
  if (error === null) return [{ key: "next.no_error", holes: { ...holes, name: one.name } }];
  holes["error"] = figure(error);
  if (many < error) return [{ key: "next.within_error", holes }];
  return [{ key: moved > 0 === (one.direction !== "high-is-better") ? "next.worse" : "next.better", holes }];
}

function counted(one: Instrument, scored: Scored): Line[] {
  if (scored.total_only) return [{ key: "next.total_only" }];
  const found: Line[] = [{ key: "next.answered", holes: { answered: scored.answered, expected: scored.expected } }];
  if (scored.prorated) found.push({ key: "next.mean" });
  if (scored.missing.length) {
    const topics = new Map((one.items ?? []).map((item) => [item.id, item.topic ?? ""]));
    const items = scored.missing.map((id): [string, string] => [id, topics.get(id) ?? ""]);
    found.push({ key: "next.missing", holes: { items: { items } } });
  }
  return found;
}

function lines(one: Instrument, scored: Scored): Line[] {
  const found: Line[] = [];
  for (const cut of one.cutoffs ?? []) {
    if (!cut.used || !Object.hasOwn(scored.cutoffs, cut.id)) continue;
    const reached = scored.cutoffs[cut.id];
    const more = (cut.at_least ?? null) !== null;
    const line = figure((more ? cut.at_least : cut.at_most) ?? 0);
    if (reached)
      found.push({ key: more ? "next.at_or_more" : "next.at_or_less", holes: { line, means: { phrase: cut.means } } });
    else if (reached === null && scored.total !== null)
      found.push({ key: more ? "next.whose_more" : "next.whose_less", holes: { line } });
  }
  for (const rule of one.criteria ?? [])
    if (scored.criteria[rule.id]) found.push({ key: "next.pattern", holes: { name: { phrase: rule.name } } });
  for (const remark of scored.remarks) found.push({ key: "next.remark", holes: { text: { phrase: remark } } });
  for (const part of one.subscales ?? []) {
    const value = scored.subscales[part.id] ?? null;
    const name = { phrase: part.name };
    if (value === null) found.push({ key: "next.part_unscored", holes: { name } });
    else found.push({ key: "next.part", holes: { name, value: Number(bare(value, 1)) } });
  }
  return found;
}

/** A protocol of the bundle, as far as its proposals go: `vwazen/content/rules.py`. */
interface Protocol {
  id: string;
  version: number;
  baseline_within_days: number;
  conditions: { condition: string; instrument: string; baseline_at_least: number }[];
  steps: { step: number; measure_every_days: number }[];
  proposals: { id: string; when: Condition; reason: string }[];
}

const tests = new WeakMap<Condition, Test>();

function holds(when: Condition, known: Values, today: string): boolean | null {
  let test = tests.get(when);
  if (!test) tests.set(when, (test = compile(when)));
  return test(known, today);
}

/** What the protocols of the person's open care propose now, and when to measure again. A proposal that rests on what
 * this phone does not know is not made, and it is said that the clinic may know more. */
function stepLines(bundle: Bundle, one: Instrument, body: Body, scored: Scored, about: About): Line[] {
  const found: Line[] = (about.brief?.risks ?? []).map(() => ({ key: "next.risk_steps" }));
  const followed = (about.brief?.episodes ?? []).filter((episode) => episode.instrument === one.id);
  let unknown = false;
  const before = found.length;
  for (const episode of followed) {
    const protocol = (bundle.protocols as unknown as Protocol[]).find(
      (each) => each.id === episode.protocol && each.version === episode.protocol_version,
    );
    if (!protocol) {
      unknown = true;
      continue;
    }
    const known = valuesOf(protocol, episode, one, body, scored, about);
    for (const proposal of protocol.proposals) {
      const answer = holds(proposal.when, known, about.today);
      if (answer && !(episode.quiet ?? []).includes(proposal.id))
        found.push({ key: "", holes: { text: fill(proposal.reason, known) } });
      unknown ||= answer === null;
    }
    const step = protocol.steps.find((each) => each.step === episode.step) ?? protocol.steps.at(-1);
    const again = later(about.day, step?.measure_every_days ?? 28);
    if (step && again >= about.today) {
      const holes = { name: one.name, day: { day: again }, n: step.measure_every_days, step: episode.step };
      found.push({ key: "next.again", holes });
    }
  }
  if (!followed.length) found.push({ key: "next.not_followed", holes: { name: one.name } });
  else if (found.length === before && !unknown) found.push({ key: "next.go_on" });
  if (unknown) found.push({ key: "next.clinic_knows" });
  return found;
}

/** The values that a protocol's sentences may use: what the clinic last knew, and the course with the new total. */
export function valuesOf(
  protocol: Protocol,
  episode: EpisodeBrief,
  one: Instrument,
  body: Body,
  scored: Scored,
  about: About,
): Values {
  const known: Values = {};
  for (const proposal of protocol.proposals) {
    for (const name of names(proposal.when)) known[name] = null;
    for (const [, name] of proposal.reason.matchAll(/\{([a-z_]+\.[a-z_]+)\}/g)) known[name!] = null;
  }
  Object.assign(known, episode.known ?? {});
  known["episode.step"] = episode.step;
  for (const each of about.mine ?? []) since(known, each.body, each.occurred.slice(0, 10));
  since(known, body, about.day);
  return Object.assign(known, courseOf(protocol, episode, one, scored, about));
}

/** What a fact of this phone changes in what the clinic knew: help that arrived, and how life goes on. */
function since(known: Values, body: Body, day: string): void {
  const { kind, event, given, instrument } = body;
  const answers = (body["answers"] ?? {}) as Answers;
  if (kind === "response" && instrument === "phq-9" && Object.hasOwn(answers, "10"))
    known["function.last"] = answers["10"] ?? null;
  if (day < (dayOf(known["episode.step_since"]) ?? "9999")) return;
  if (kind === "treatment" && (event === "session" || event === "given")) known["treatment.received"] = true;
  if (kind === "dispense" && given !== "none") known["treatment.received"] = true;
  if (kind === "treatment" && event === "gap") known["treatment.gap"] = true;
}

/** The course of one episode with the new total: the numbers of `clinical/trajectory.py`, as far as they are certain
 * here. Two scores of one day may contradict each other; the clinic weighs them, so nothing is said of the course. */
function courseOf(protocol: Protocol, episode: EpisodeBrief, one: Instrument, scored: Scored, about: About): Values {
  const worth = one.change ?? {};
  const error = worth.meaningful?.value ?? null;
  const found: Values = { "score.instrument": one.id, "score.title": one.name, "score.meaningful": error };
  for (const name of ["score.first", "score.first_day", "score.best"]) found[name] = null;
  const known = episode.known ?? {};
  const origin = dayOf(known["episode.started"]) ?? episode.started;
  const own = ownTotals(one, about);
  const told = known["score.first"];
  if (scored.total === null || told === undefined || !inOrder(episode.points, own, about)) return found;
  const window = later(origin, -protocol.baseline_within_days);
  if (about.day < window) return found;
  const up = one.direction === "high-is-better";
  const better = up ? Math.max : Math.min;
  let [first, since, best] = [told as number, dayOf(known["score.first_day"]), Number(known["score.best"])];
  let many = typeof told === "number" ? 1 : 0;
  for (const [day, total] of [...own, [about.day, scored.total] as [string, number]]) {
    if (total === null || day < window) continue;
    // The baseline is the last score up to the day of enrolment, or the first after it.
    if (!many || day <= origin) [first, since, best, many] = [total, day, total, 1];
    else [best, many] = [better(best, total), many + 1];
  }
  const last = scored.total;
  const line = protocol.conditions.find((each) => each.condition === episode.condition)?.baseline_at_least ?? null;
  const counts = one.direction === "high-is-worse" && line !== null ? first >= line : null;
  const gone = worth.remission?.value ?? null;
  Object.assign(found, {
    "score.first": first,
    "score.last": last,
    "score.last_day": { date: about.day },
    "score.since": { date: about.day },
    "score.last_weeks": Math.floor((number(about.day) - number(since ?? about.day)) / 7),
    "score.best": best,
    "score.counts": counts,
    // Whether the safety answers beside a low score are settled is known at the clinic.
    "score.remitted": one.direction === "high-is-worse" && gone !== null && last < gone ? null : false,
  });
  if (many < 2) return { ...found, "score.change": "no second score yet" };
  const fall = (up ? -1 : 1) * (first - last);
  const percent = first ? (100 * fall) / first : null;
  const share = worth.response?.value ?? null;
  Object.assign(found, {
    "score.fall": fall,
    "score.fall_percent": percent,
    "score.rise": (up ? -1 : 1) * (last - best),
    "score.change": changeWords(fall, percent, error),
  });
  if (counts === false) found["score.responded"] = false;
  else if (percent !== null && share !== null) found["score.responded"] = percent >= 100 * share;
  return found;
}

const dayOf = (value: unknown): string | undefined => (value as { date?: string } | undefined)?.date;

/** 'down 2 (11 %), within measurement error (under 5 points)'. */
function changeWords(fall: number, percent: number | null, error: number | null): string {
  let words = fall === 0 ? "unchanged" : `${fall > 0 ? "down" : "up"} ${g(Math.abs(fall))}`;
  if (percent !== null && fall) words += ` (${fixed(Math.abs(percent), 0)} %)`;
  return error !== null && Math.abs(fall) < error
    ? `${words}, within measurement error (under ${g(error)} points)`
    : words;
}
