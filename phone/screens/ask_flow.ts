/** Asking an instrument one question a screen: what is kept between two questions. Pure: `ask.tsx` draws it. */

import { toAsk } from "../decide/asked.ts";
import { positiveItems } from "../decide/safety.ts";
import type { Body, Fact, Instrument, InstrumentText, Item } from "../types.ts";

/** Kept as a draft from the first tap on. `at` is where the worker is: "start", an item's id, "total" or "end". */
export interface Asking {
  /** Of the fact to come: drawn once, so that saving twice is one entry. */
  id: string;
  version: number;
  language: string;
  mode: "in_person" | "phone";
  private: boolean | null;
  answers: Record<string, number>;
  /** Asked without an answer. */
  skipped: string[];
  total: number | null;
  at: string;
  /** Answers that were saved at once, because one of them told of danger: the first fact, which is the risk, and the
   * last, which the next one amends; "" for none. */
  saved: string;
  last: string;
  /** Safety items that have led to the steps already, with the answer that did. */
  told: Record<string, number>;
  /** On its way to the disk; saved again, with the same bytes, where the phone died in between. */
  pending?: Fact;
}

export function start(id: string, instrument: Instrument, language: string): Asking {
  return {
    id,
    version: instrument.version,
    language: textOf(instrument, language)[0],
    mode: "in_person",
    private: null,
    answers: {},
    skipped: [],
    total: null,
    at: "start",
    saved: "",
    last: "",
    told: {},
  };
}

/** The instrument of this version; the newest where that is not on the phone. */
export function versionOf(all: Instrument[], id: string, version?: number): Instrument | undefined {
  const those = all.filter((one) => one.id === id).sort((a, b) => b.version - a.version);
  return those.find((one) => one.version === version) ?? those[0];
}

/** Whether only a total can be written down here, since the phone does not hold the questions. */
export function totalOnly(instrument: Instrument): boolean {
  return instrument.score.method === "typed" || !instrument.items?.length;
}

/** Whether the person has to be alone for this: a safety question is in it, or it may not be heard by others. */
export function needsPrivacy(instrument: Instrument): boolean {
  return Boolean(instrument.safety?.length) || !instrument.aloud_in_company;
}

/** Where the worker comes after the beginning. */
export function firstOf(instrument: Instrument): string {
  return totalOnly(instrument) ? "total" : (instrument.items?.[0]?.id ?? "end");
}

/** The item before or after this one as things stand: "start" before the first, "end" after the last. */
export function beside(instrument: Instrument, asking: Asking, way: 1 | -1): string {
  if (asking.at === "total") return way < 0 ? "start" : "end";
  const due = toAsk(instrument, asking.answers).map((item) => item.id);
  if (asking.at === "end") return due.at(-1) ?? "total";
  const all = (instrument.items ?? []).map((item) => item.id);
  const here = all.indexOf(asking.at);
  const rest = way > 0 ? all.slice(here + 1) : all.slice(0, here).reverse();
  return rest.find((id) => due.includes(id)) ?? (way > 0 ? "end" : "start");
}

/** Which question this is, of how many that are asked as things stand; what may be left out is not counted. */
export function placeOf(instrument: Instrument, asking: Asking): { n: number; all: number; extra: boolean } {
  const counted = toAsk(instrument, asking.answers).filter((item) => !item.optional);
  const n = counted.findIndex((item) => item.id === asking.at) + 1;
  return { n, all: counted.length, extra: n === 0 };
}

/** The answers to questions that are asked as things stand: an answer to one that has fallen away does not count. */
export function kept(instrument: Instrument, asking: Asking): Record<string, number> {
  const due = new Set(toAsk(instrument, asking.answers).map((item) => item.id));
  return Object.fromEntries(Object.entries(asking.answers).filter(([id]) => due.has(id)));
}

/** Whether this answer is one that a person must speak about now. */
export function tells(instrument: Instrument, item: string, answer: number | undefined): boolean {
  return answer !== undefined && positiveItems(instrument, { [item]: answer }).length > 0;
}

/** Safety items that were due and were left open. */
export function openSafety(instrument: Instrument, answers: Record<string, number>): Item[] {
  const items = new Set((instrument.safety ?? []).map((one) => one.item));
  return toAsk(instrument, answers).filter((item) => items.has(item.id) && answers[item.id] === undefined);
}

/** The one fact that these answers are, as the server's page writes it; what is as usual is left out. */
export function bodyOf(instrument: Instrument, asking: Asking): Body {
  const body: Body = { kind: "response", instrument: instrument.id, version: instrument.version };
  if (asking.total !== null) Object.assign(body, { stated_total: asking.total, total_only: true });
  else body["answers"] = kept(instrument, asking);
  if (asking.mode !== "in_person") body["mode"] = asking.mode;
  if (asking.language !== "en") body["language"] = asking.language;
  if (asking.private !== null) body["private"] = asking.private;
  return body;
}

/** The wording to show: the one wished for, else English, else whichever there is. */
export function textOf(instrument: Instrument, language: string): [string, InstrumentText | undefined] {
  const texts = instrument.texts ?? {};
  const code = [language, "en", ...Object.keys(texts)].find((one) => one in texts);
  return code ? [code, texts[code]] : ["en", undefined];
}

/** The question and the language it is in; "" where its wording may not be shipped: it is read from a printed form. */
export function questionOf(instrument: Instrument, item: Item, language: string): [string, string] {
  const [code, text] = textOf(instrument, language);
  const own = text?.items?.[item.id];
  return own ? [own, code] : [instrument.texts?.["en"]?.items?.[item.id] ?? "", "en"];
}

/** Label of each answer of an item, by value; empty where the wording may not be shipped. */
export function labelsOf(instrument: Instrument, item: Item, language: string): Record<string, string> {
  const list = item.answers ?? "";
  return textOf(instrument, language)[1]?.answers?.[list] ?? instrument.texts?.["en"]?.answers?.[list] ?? {};
}

/** Of 14 days, how many each answer stands for, where the answers say how often in the last two weeks; else nothing. */
export function daysOf(instrument: Instrument, item: Item): Record<string, number> | undefined {
  const options = instrument.answer_lists?.[item.answers ?? ""]?.options ?? [];
  if (item.answers !== "frequency" || instrument.recall.days !== 14 || options.length !== 4) return undefined;
  return { 0: 0, 1: 4, 2: 9, 3: 13 };
}

/** Which of the 14 days are filled: scattered over both weeks, since nobody's days come in a row. */
export function filled(many: number): boolean[] {
  const order = [8, 2, 12, 5, 0, 10, 6, 3, 1, 9, 4, 11, 7, 13];
  const days = new Set(order.slice(0, many));
  return Array.from({ length: 14 }, (_, day) => days.has(day));
}

/** What is said aloud, and in which language: the stem, the question, the answers, all of it in the one language that
 * the question is in. The same as `spoken` in `vwazen/content/clips.py`, which recordings are compared with. */
export function spoken(instrument: Instrument, item: Item, language: string): [string, string] {
  const [question, code] = questionOf(instrument, item, language);
  const text = instrument.texts?.[code];
  const labels = text?.answers?.[item.answers ?? ""] ?? {};
  const answers = (instrument.answer_lists?.[item.answers ?? ""]?.options ?? []).map((one) => labels[one.value] ?? "");
  return [question && [text?.stem, question, ...answers].filter(Boolean).join(". "), code];
}

/** Whether it may be read aloud now; undefined where it never is: a rating is the worker's own and is not asked. */
export function mayListen(instrument: Instrument, asking: Asking): boolean | undefined {
  if (instrument.form === "rating") return undefined;
  return instrument.aloud_in_company || asking.private === true;
}
