/** Every word on the screen: `t("today.title", {n: 5})`. English is built in; the rest comes with the content. */

import lettingIn from "virtual:letting-in";
import built from "virtual:words";
import { answers, pairs, saying } from "./decide/said.ts";
import type { Bundle, Language } from "./types.ts";

let languages: Record<string, Language> = built;
let taught: Record<string, Language> = {};
let clinics: Pick<Bundle, "said" | "instruments"> = { instruments: [] };
let code = "en";

/** The languages there are, by code. */
export function known(): Record<string, Language> {
  return languages;
}

/** The language on the screen: its code. */
export function language(): string {
  return code;
}

/** Use the languages of a content bundle, and its sentences. What is built in stays beneath, for what older content
 * lacks. */
export function learn(more: Record<string, Language>, bundle = clinics): void {
  taught = more;
  clinics = bundle;
  sayers.clear();
  sentences.clear();
  languages = { ...built };
  for (const [one, its] of Object.entries(more))
    languages[one] = { ...its, words: { ...built[one]?.words, ...its.words } };
}

/** The rest of English, which comes with the screens that are loaded after the first. */
export function whole(english: Record<string, string>): void {
  add("en", english);
}

/** The words of enrolment in the language of the screen. No phone keeps them: whoever is let in has a network. */
export async function lettingInWords(): Promise<void> {
  const one = code;
  const file = lettingIn[one];
  if (file && !fetched.has(one)) add(one, (await file()).default);
  fetched.add(one);
}
const fetched = new Set<string>();

function add(one: string, words: Record<string, string>): void {
  Object.assign(built[one]!.words, words);
  learn(taught);
}

/** Show this language from now on; English where it is not known. */
export function speak(wanted: string): void {
  code = languages[wanted] ? wanted : "en";
  if (typeof document !== "undefined") {
    document.documentElement.lang = code;
    document.documentElement.dir = languages[code]?.dir ?? "ltr";
  }
}

/** The language of the phone itself, if we have it. */
export function offered(): string {
  for (const one of navigator.languages ?? []) {
    const short = one.toLowerCase().split("-")[0]!;
    if (languages[short]) return short;
  }
  return "en";
}

/** The text of a key. `n` among the holes chooses `key_one`, `key_other`… where the key itself is not there. */
export function t(key: string, holes: Record<string, string | number> = {}): string {
  const own = find(code, key, holes);
  const text = own ?? find("en", key, holes) ?? key;
  const apart = languages[code]?.dir === "rtl";
  const said = text.replace(/\{(\w+)\}(\.?)/g, (whole, name: string, stop: string) => {
    if (!(name in holes)) return whole;
    const value = say(holes[name]!);
    // From right to left a name in other letters keeps its own order, and an abbreviation's stop ends the sentence too.
    return (apart ? `\u2068${value}\u2069` : value) + (value.endsWith(".") ? "" : stop);
  });
  // English among words from right to left ends on its own side.
  return apart && own === undefined && said !== key ? `\u2068${said}\u2069` : said;
}

/** What somebody at the clinic, or the clinic's lists, say in English, in the language of the screen; as it is where that
 * has no pair for it. `group`: what kind of sentence it is (`decide/said.ts`). */
export function translated(text: string, group = "clinic"): string {
  const its = languages[code]?.said;
  if (!its || !text) return text;
  const key = `${code} ${group} ${text}`;
  let found = sentences.get(key);
  if (found === undefined) {
    const say = sayers.get(code) ?? sayer(its);
    if (sentences.size > MANY) sentences.clear();
    sayers.set(code, say);
    sentences.set(key, (found = say(text, group)));
  }
  return found;
}

function sayer(its: NonNullable<Language["said"]>): ReturnType<typeof saying> {
  const { said = {}, instruments } = clinics;
  return saying({ ...pairs(said, its), answer: () => answers(instruments, code) }, (iso) => day(iso, { year: true }));
}

const sayers = new Map<string, ReturnType<typeof saying>>();
/** Sentences that were said already: a list asks for the same ones each time that it is drawn. */
const sentences = new Map<string, string>();
const MANY = 2000;

function find(one: string, key: string, holes: Record<string, string | number>): string | undefined {
  const words = languages[one]?.words;
  if (!words) return undefined;
  if (words[key] !== undefined || typeof holes.n !== "number") return words[key];
  const rules = made(`plural ${one}`, () => new Intl.PluralRules(one));
  return words[`${key}_${rules.select(holes.n)}`] ?? words[`${key}_other`];
}

function say(value: string | number): string {
  return typeof value === "number" ? numbers()(value) : String(value);
}

const numbers = () =>
  made(`numbers ${code}`, () =>
    Intl.NumberFormat.supportedLocalesOf([code]).length ? new Intl.NumberFormat(code).format : String,
  );
const dates = () => made(`dates ${code}`, () => Intl.DateTimeFormat.supportedLocalesOf([code]).length > 0);

/** What is dear to make, as a format of dates, is made once: a list asks for it in each of its rows. */
const formats = new Map<string, unknown>();
function made<T>(key: string, make: () => T): T {
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key) as T;
}

/** "17 Nov" of an ISO date or instant; with the weekday, or the year, if asked, and with the year of any other year than
 * this. Numbers where the phone does not know the language's months. */
export function day(iso: string, how: { weekday?: boolean; year?: boolean } = {}): string {
  const date = new Date(iso.length === 10 ? `${iso}T12:00:00` : iso);
  if (Number.isNaN(date.getTime())) return iso;
  const year = how.year || date.getFullYear() !== new Date().getFullYear();
  if (!dates()) return `${date.getDate()}/${date.getMonth() + 1}${year ? `/${date.getFullYear()}` : ""}`;
  return made(`day ${code} ${how.weekday} ${year}`, () => {
    const format = new Intl.DateTimeFormat(code === "en" ? "en-GB" : code, {
      day: "numeric",
      month: how.weekday ? "long" : "short",
      weekday: how.weekday ? "long" : undefined,
      year: year ? "numeric" : undefined,
    });
    return (one: Date) => format.format(one);
  })(date);
}

/** "14:05" of an instant. */
export function time(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}
