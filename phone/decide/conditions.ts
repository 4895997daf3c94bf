/** What a condition of a protocol or a tier means: `vwazen/content/conditions.py` and `vwazen/clinical/conditions.py`.
 * Three-valued: comparing what is known not to be there is false, comparing what is unknown is unknown (null), and
 * unknown never counts as yes. */

import { bare } from "./numbers.ts";

/** A date, or known not to be there; null is unknown. */
export type Value = number | string | boolean | null | { date: string } | { absent: true };
export type Values = Record<string, Value>;
export type Condition = Record<string, unknown>;
export type Test = (values: Values, today: string) => boolean | null;

const LONGEST = 36_525;
const DAY = 86_400_000;

/** A condition that says nothing: an unknown word, a missing part. */
export class ConditionError extends Error {}

/** The condition as a function of values and today's date. Throws ConditionError for one that says nothing. */
export function compile(condition: unknown): Test {
  const [operator, argument] = word(condition);
  if (operator === "not") {
    const inner = compile(argument);
    return (values, today) => {
      const result = inner(values, today);
      return result === null ? null : !result;
    };
  }
  if (operator === "all" || operator === "any") {
    if (!Array.isArray(argument) || !argument.length)
      throw new ConditionError(`${operator} needs a list of conditions`);
    return joined(argument.map(compile), operator === "any");
  }
  const [left, right] = pair(operator, argument);
  if (operator === "is") return equal(left, right);
  if (operator === "within" || operator === "older_than") return dated(left, days(right), operator === "older_than");
  return ordered(left, right, operator === "at_least");
}

/** '28 days' -> 28; weeks count seven. */
export function days(text: unknown): number {
  const parts = typeof text === "string" ? text.split(/\s+/).filter(Boolean) : [];
  const unit = parts.length === 2 && /^[0-9]+$/.test(parts[0]!) ? UNITS.get(parts[1]!) : undefined;
  const span = unit ? Number(parts[0]) * unit : Infinity;
  if (span > LONGEST) throw new ConditionError("a duration is for example '28 days' or '8 weeks'");
  return span;
}

const UNITS = new Map([
  ["day", 1],
  ["days", 1],
  ["week", 7],
  ["weeks", 7],
]);
const WORDS = ["all", "any", "not", "is", "at_least", "less_than", "within", "older_than"];

function word(condition: unknown): [string, unknown] {
  const found =
    condition && typeof condition === "object" && !Array.isArray(condition) ? Object.entries(condition) : [];
  if (found.length !== 1) throw new ConditionError("a condition has one word");
  if (!WORDS.includes(found[0]![0])) throw new ConditionError(`${found[0]![0]} is no comparison`);
  return found[0]!;
}

function pair(operator: string, argument: unknown): [string, unknown] {
  if (!Array.isArray(argument) || argument.length !== 2 || typeof argument[0] !== "string")
    throw new ConditionError(`${operator} compares two things, [name, value]`);
  return [argument[0], argument[1]];
}

/** Kleene's and, or (`stop` true) or. */
function joined(parts: Test[], stop: boolean): Test {
  return (values, today) => {
    let unknown = false;
    for (const part of parts) {
      const result = part(values, today);
      if (result === stop) return stop;
      unknown ||= result === null;
    }
    return unknown ? null : !stop;
  };
}

function dated(left: string, span: number, older: boolean): Test {
  return (values, today) => {
    const value = read(values, left);
    if (absent(value)) return false;
    if (!isDay(value)) return null;
    const age = number(today) - number(value.date);
    return older ? age >= span : age <= span;
  };
}

function equal(left: string, right: unknown): Test {
  const wanted = right === "yes" ? true : right === "no" ? false : right;
  if (typeof wanted !== "boolean" && typeof wanted !== "string")
    throw new ConditionError("is compares with a word, yes or no; use at_least or less_than for a number");
  return (values) => {
    const value = read(values, left);
    return value === null ? null : value === wanted;
  };
}

function ordered(left: string, right: unknown, least: boolean): Test {
  if (typeof right !== "string" && !(typeof right === "number" && Number.isFinite(right)))
    throw new ConditionError("a number or a name is wanted");
  return (values) => {
    const value = read(values, left);
    const limit = typeof right === "string" ? read(values, right) : right;
    if (absent(value) || absent(limit)) return false;
    if (typeof value !== "number" || typeof limit !== "number") return null;
    return least ? value >= limit : value < limit;
  };
}

function read(values: Values, name: string): Value {
  if (!Object.hasOwn(values, name)) throw new ConditionError(`no value is called ${name}`);
  return values[name]!;
}

const absent = (value: Value): boolean => typeof value === "object" && value !== null && "absent" in value;

const isDay = (value: Value): value is { date: string } =>
  typeof value === "object" && value !== null && "date" in value;

/** Days since 1970 of an ISO date. */
export const number = (iso: string): number => Math.round(Date.parse(`${iso.slice(0, 10)}T00:00:00Z`) / DAY);

/** The ISO date so many days later. */
export const later = (iso: string, by: number): string => new Date((number(iso) + by) * DAY).toISOString().slice(0, 10);

/** (name, days) for each date comparison: on that date plus those days its answer changes, and on no other. */
export function switchDays(condition: unknown): [string, number][] {
  const [operator, argument] = word(condition);
  if (operator === "not") return switchDays(argument);
  if (operator === "all" || operator === "any") return (argument as unknown[]).flatMap(switchDays);
  if (operator !== "within" && operator !== "older_than") return [];
  const [left, right] = pair(operator, argument);
  return [[left, days(right) + Number(operator === "within")]];
}

/** Every name that the condition reads. */
export function names(condition: unknown): string[] {
  const [operator, argument] = word(condition);
  if (operator === "not") return names(argument);
  if (operator === "all" || operator === "any") return (argument as unknown[]).flatMap(names);
  const [left, right] = pair(operator, argument);
  return typeof right === "string" && (operator === "at_least" || operator === "less_than") ? [left, right] : [left];
}

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A value inside a sentence of the content: dates as '17 Nov 2026', numbers without needless decimals. */
export function say(value: Value): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null) return "unknown";
  if (typeof value === "number") return bare(value, 1);
  if (typeof value === "string") return value;
  if (!isDay(value)) return "absent";
  const [year, month, day] = value.date.split("-").map(Number);
  return `${day} ${MONTHS[month! - 1]} ${String(year).padStart(4, "0")}`;
}

/** The template with every {name.part} replaced by its value in words. */
export function fill(template: string, known: Values): string {
  return template.replace(/\{([a-z_]+\.[a-z_]+)\}/g, (whole, name: string) =>
    Object.hasOwn(known, name) ? say(known[name]!) : whole,
  );
}
