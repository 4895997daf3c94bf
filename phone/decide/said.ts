/** Sentences of the clinic in the language of the screen. A language's `said` holds groups of pairs, English with holes
 * and the same in that language (`vwazen/content/said.py`). A text that fits none of its group comes as it is. Pure:
 * `words.ts` says it on the screen.
 *
 * A hole is filled by what its name says, without the number behind it: `day` takes one day and `n` one number as the
 * server writes them, and they are said in the language's own way; the name of a group takes a text that fits one of its
 * pairs; any other takes a name or what somebody typed, to the letter. Each hole stands once on both sides, so that
 * nothing is lost on the way. */

import type { Bundle, Instrument } from "../types.ts";

/** Groups by name, English and what this language says to it: a group is taken apart when a sentence first needs it. */
export type Said = Record<string, () => [string, string][]>;

/** The groups of a language as they travel: the English of all languages, and what this one says to each, "" for none. */
export function pairs(english: NonNullable<Bundle["said"]>, its: Record<string, string[]>): Said {
  const group = (name: string) => () =>
    (english[name] ?? []).flatMap((text, place): [string, string][] => {
      const ours = its[name]![place];
      return ours ? [[text, ours]] : [];
    });
  return Object.fromEntries(Object.keys(its).map((name) => [name, group(name)]));
}

/** What a safety question was answered, as the server quotes it in English, in the instrument's own words of a language.
 * Where two instruments word the same answer differently, or one has no words of that language, it stays as it is. */
export function answers(instruments: Instrument[], code: string): [string, string][] {
  const found = new Map<string, string>();
  for (const { safety, items, texts } of instruments)
    for (const { item } of safety ?? []) {
      const list = items?.find((one) => one.id === item)?.answers ?? "";
      for (const [value, label] of Object.entries(texts?.["en"]?.answers?.[list] ?? {})) {
        const its = texts?.[code]?.answers?.[list]?.[value] ?? "";
        found.set(first(label), found.has(first(label)) && found.get(first(label)) !== first(its) ? "" : first(its));
      }
    }
  const known = [...found].filter(([english, its]) => its && !/[{}]/.test(english + its));
  return [...known, ["{text}", "{text}"]];
}

const first = (label: string): string => label.slice(0, 1).toLowerCase() + label.slice(1);

/** `fixed`: the English around the holes, one more than holes. `from`: which hole stands where in `to`. */
interface Pair {
  fixed: string[];
  holes: string[];
  to: string[];
  from: number[];
}

interface Group {
  exact: Map<string, string>;
  /** Those that take no text to the letter first, then the longest fixed text; of two alike the one that takes fewer. */
  open: Pair[];
  /** Whatever fits no pair is a name, and fits as it is. */
  any: boolean;
}

/** Longer texts come as they are: no sentence of the clinic is so long, and what somebody typed may be. */
const LONGEST = 2000;
/** Places tried for one text, however many commas it has. */
const MOST = 600;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY = /^([1-9]|[12]\d|3[01]) ([A-Z][a-z]{2}) (\d{4})$/;
const NUMBER = /^-?\d+(\.\d+)?(e[+-]\d+)?$/;

/** How this language says a text of a group; `day` says an ISO date, `figure` a number as the server writes it. */
export function saying(
  said: Said,
  day: (iso: string) => string,
  figure: (text: string) => string,
): (text: string, group: string) => string {
  const groups = new Map<string, Group>();
  /** What a part of this text is in a group: a list of many answers is cut in many ways, and its parts are the same. */
  const taken = new Map<string, string | undefined>();
  let left = 0;

  function group(name: string): Group | undefined {
    if (!groups.has(name) && Object.hasOwn(said, bare(name))) groups.set(name, made(name, said));
    return groups.get(name);
  }

  /** As it is; or with the full stop, or the capital, that the server gave it. */
  function find(text: string, name: string): string | undefined {
    const one = group(name);
    if (!one || !text) return undefined;
    return whole(text, one) ?? small(text, one) ?? stopped(text, one) ?? (one.any ? text : undefined);
  }

  function stopped(text: string, one: Group): string | undefined {
    const bare = text.endsWith(".") ? text.slice(0, -1) : "";
    const found = bare ? (whole(bare, one) ?? small(bare, one)) : undefined;
    return found === undefined || /[.!?]$/.test(found) ? found : `${found}.`;
  }

  function small(text: string, one: Group): string | undefined {
    const first = text[0]!.toLowerCase();
    const found = first === text[0] ? undefined : whole(first + text.slice(1), one);
    return found && found[0]!.toUpperCase() + found.slice(1);
  }

  function whole(text: string, one: Group): string | undefined {
    const exact = one.exact.get(text);
    if (exact !== undefined) return exact;
    for (const pair of one.open) {
      if (!text.startsWith(pair.fixed[0]!) || !text.endsWith(pair.fixed.at(-1)!) || !has(text, pair)) continue;
      const filled = fill(pair, 0, text.slice(pair.fixed[0]!.length));
      if (filled) return pair.to[0] + pair.from.map((hole, place) => filled[hole]! + pair.to[place + 1]).join("");
    }
    return undefined;
  }

  /** What stands in the holes from `place` on; `rest` begins with that hole. */
  function fill(pair: Pair, place: number, rest: string): string[] | undefined {
    const next = pair.fixed[place + 1]!;
    if (place === pair.holes.length - 1) {
      const end = rest.length - next.length;
      const told = end > 0 && rest.endsWith(next) ? take(pair.holes[place]!, rest.slice(0, end)) : undefined;
      return told === undefined ? undefined : [told];
    }
    for (let end = rest.indexOf(next, 1); end > 0 && left > 0; end = rest.indexOf(next, end + 1)) {
      const told = take(pair.holes[place]!, rest.slice(0, end));
      const others = told === undefined ? undefined : fill(pair, place + 1, rest.slice(end + next.length));
      if (others) return [told!, ...others];
    }
    return undefined;
  }

  function take(hole: string, text: string): string | undefined {
    if (left-- <= 0) return undefined;
    if (hole === "day") return dayOf(text, day);
    if (hole === "n") return NUMBER.test(text) ? figure(text) : undefined;
    if (!hole) return text;
    const key = hole + text;
    if (!taken.has(key)) taken.set(key, find(text, hole));
    return taken.get(key);
  }

  return (text, name) => {
    left = MOST;
    taken.clear();
    return (text.length > LONGEST ? undefined : find(text, name)) ?? text;
  };
}

/** What a list joins is joined one by one: its first part is no list. So the group that stands there is called. */
const ONE = "!";
const bare = (name: string): string => name.replace(ONE, "");

function made(name: string, said: Said): Group {
  const exact = new Map<string, string>();
  const open: Pair[] = [];
  let any = false;
  for (const [english, its] of said[bare(name)]!()) {
    const [fixed, names] = apart(english);
    const [to, order] = apart(its);
    const holes = names.map(kindOf);
    const joins = !fixed[0] && holes.length > 1 && holes[0] === bare(name);
    if (joins && name.endsWith(ONE)) continue;
    if (joins) holes[0] += ONE;
    if (!names.length) exact.set(english, its);
    else if (english === its && english === `{${names[0]}}` && !holes[0]) any = true;
    else open.push({ fixed, holes, to, from: order.map((one) => names.indexOf(one)) });
  }
  const length = (one: Pair) => one.fixed.join("").length;
  const loose = (one: Pair) => one.holes.filter((hole) => !hole).length;
  open.sort((a, b) => Number(loose(a) > 0) - Number(loose(b) > 0) || length(b) - length(a) || loose(a) - loose(b));
  return { exact, open, any };

  function kindOf(name: string): string {
    const kind = name.replace(/\d+$/, "");
    return kind === "day" || kind === "n" || Object.hasOwn(said, kind) ? kind : "";
  }
}

/** Whether what stands around the holes stands in the text, one after the other. */
function has(text: string, { fixed }: Pair): boolean {
  let at = 0;
  return fixed.every((part) => {
    const found = text.indexOf(part, at);
    at = found + part.length;
    return found >= 0;
  });
}

/** What stands around the holes, and their names. */
function apart(text: string): [string[], string[]] {
  const parts = text.split(/\{(\w+)\}/);
  return [parts.filter((_, place) => place % 2 === 0), parts.filter((_, place) => place % 2 === 1)];
}

function dayOf(text: string, day: (iso: string) => string): string | undefined {
  const [, date, month, year] = DAY.exec(text) ?? [];
  const number = MONTHS.indexOf(month ?? "") + 1;
  return number ? day(`${year}-${String(number).padStart(2, "0")}-${date!.padStart(2, "0")}`) : undefined;
}
