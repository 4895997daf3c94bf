/** Every word on the screen: `t("today.title", {n: 5})`. English is built in; the rest comes with the content. */

import lettingIn from "virtual:letting-in";
import built, { english } from "virtual:words";
import { marked } from "./decide/numbers.ts";
import { answers, pairs, saying } from "./decide/said.ts";
import type { Bundle, Language } from "./types.ts";

built["en"]!.words = read(english);
let languages: Record<string, Language> = built;
let taught: Record<string, Language> = {};
let clinics: Pick<Bundle, "said" | "instruments"> = { instruments: [] };
let code = "en";
/** The language to be on the screen: it is there as soon as words of it are. */
let wished = "en";

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
  speak(wished);
}

/** The rest of English, which comes with the screens that are loaded after the first. */
export function whole(rest: string): void {
  add("en", rest);
}

/** The words of lock and enrolment in the language that is wished for. Whoever is let in has a network. */
export async function lettingInWords(): Promise<void> {
  const one = wished;
  const file = lettingIn[one];
  if (file && !fetched.has(one)) add(one, (await file()).default);
  fetched.add(one);
}
const fetched = new Set<string>();

function add(one: string, lines: string): void {
  Object.assign(built[one]!.words, read(lines));
  learn(taught);
}

/** Words as the build writes them: the first part of a key on a line of its own, then the rest of each and its text. */
function read(lines: string): Record<string, string> {
  const words: Record<string, string> = {};
  let screen = "";
  for (const line of lines.split("\n")) {
    const at = line.indexOf("=");
    if (at < 0) screen = line;
    else words[`${screen}.${line.slice(0, at)}`] = line.slice(at + 1);
  }
  return words;
}

/** A language and what the lock says in it, for the phone to keep in the clear: only English is built in, and everything
 * else is sealed until its worker is signed in. */
export function speaks(one: string): { language: string; lock?: Language | undefined } {
  const its = languages[one];
  if (one === "en" || !its || !here(one)) return { language: one, lock: undefined };
  const { name, dir, status } = its;
  const shown = Object.entries(its.words).filter(([key]) => /^(frame|lock)\./.test(key));
  return { language: one, lock: { name, dir, status, words: Object.fromEntries(shown) } };
}

/** What `speaks` gave, as this phone kept it. */
export function recall({ language: one, lock }: ReturnType<typeof speaks>): void {
  if (!lock || here(one)) return;
  built[one] = lock;
  learn(taught);
}

/** Whether there are words of this language. */
function here(one: string): boolean {
  return Object.keys(languages[one]?.words ?? {}).length > 0;
}

/** Show this language from now on; English as long as there are no words of it. */
export function speak(wanted: string): void {
  wished = languages[wanted] ? wanted : "en";
  code = here(wished) ? wished : "en";
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
    const hole = holes[name]!;
    const value = typeof hole === "number" ? number(hole) : hole;
    // From right to left a name in other letters keeps its own order, and an abbreviation's stop ends the sentence too.
    return (apart ? `\u2068${value}\u2069` : value) + (value.endsWith(".") ? "" : stop);
  });
  // English among words from right to left ends on its own side.
  return apart && own === undefined && said !== key ? `\u2068${said}\u2069` : said;
}

/** What somebody at the clinic, or the clinic's lists, say in English, in the language of the screen; as it is where that
 * has no pair for it. `group`: what kind of sentence it is (`decide/said.ts`). */
export function translated(text: string, group = "clinic"): string {
  const { said: its, dir } = languages[code] ?? {};
  if (!text || (!its && dir !== "rtl")) return text;
  const key = `${code} ${group} ${text}`;
  let found = sentences.get(key);
  if (found === undefined) {
    const say = its && (sayers.get(code) ?? sayer(its));
    if (sentences.size > MANY) sentences.clear();
    if (say) sayers.set(code, say);
    found = say?.(text, group) ?? text;
    // English among words from right to left ends on its own side.
    if (found === text && dir === "rtl") found = `\u2068${text}\u2069`;
    sentences.set(key, found);
  }
  return found;
}

function sayer(its: NonNullable<Language["said"]>): ReturnType<typeof saying> {
  const { said = {}, instruments } = clinics;
  const groups = { ...pairs(said, its), answer: () => answers(instruments, code) };
  return saying(
    groups,
    (iso) => day(iso, { year: true }),
    (text) => marked(text, number(0.5).slice(1, -1)),
  );
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

/** A number as the language writes it, "0,5", with as many digits as the server writes. */
export function number(value: number): string {
  const write = made(`numbers ${code}`, () =>
    Intl.NumberFormat.supportedLocalesOf([code]).length
      ? new Intl.NumberFormat(code, { maximumFractionDigits: 6 }).format
      : String,
  );
  return write(value);
}

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
