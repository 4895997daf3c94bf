/** How a name sounds, so that a misspelt one is found on this phone as it is on the server: the keys and the likeness of
 * `vwazen/server/record/names.py`, letter for letter. */

const GROUPS: Record<string, string> = { q: "k", z: "s", x: "s", w: "v", b: "v", y: "i", j: "i", g: "k", d: "t" };
const VOWELS = "aeiou";

/** Small letters as Python's casefold makes them, for which JavaScript has no word: up and down again, sign by sign,
 * but for three of its own kind: ẞ, the dotless ı, and Cherokee, which folds to its capitals. */
function folded(text: string): string {
  return Array.from(text, (sign) => {
    if (sign === "ẞ") return "ss";
    if (sign === "ı") return sign;
    const up = sign.toUpperCase();
    return /\p{Script=Cherokee}/u.test(sign) ? up : up.toLowerCase();
  }).join("");
}

/** Whether a decomposed sign joins the letter before it: such signs, and no others, change places with one that comes
 * last in Unicode's order of them. */
function combines(sign: string): boolean {
  return sign === "\u0345" || ("\u0345" + sign).normalize("NFD") !== "\u0345" + sign;
}

/** Small letters and figures only, no accents: 'Bèl-Dlo' -> 'bel dlo'. */
export function plain(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text))
    return text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, " ")
      .trim();
  const signs = Array.from(folded(text).normalize("NFKD")).filter((sign) => sign < "\u0300" || !combines(sign));
  const bare = signs.map((sign) => (/[\p{L}\p{N}]/u.test(sign) ? sign : " "));
  return bare.join("").split(" ").filter(Boolean).join(" ");
}

/** The key of one plain word: 'phillippe' and 'filip' are both 'flp'. */
export function sound(word: string): string {
  const whole = word.replaceAll("ph", "f").replaceAll("ch", "s").replaceAll("sh", "s").replaceAll("ou", "v");
  const letters = Array.from(whole);
  const soft: string[] = [];
  letters.forEach((letter, place) => {
    const heard = letter !== "c" ? letter : "eiy".includes(letters[place + 1] ?? "-") ? "s" : "k";
    if (heard !== "h") soft.push(GROUPS[heard] ?? heard);
  });
  const kept = soft.filter((one, place) => !place || (!VOWELS.includes(one) && one !== soft[place - 1]));
  if (kept.length && VOWELS.includes(kept[0]!)) kept[0] = "a";
  return kept.join("");
}

/** The keys of the words in a text, in their order. */
export function sounds(words: string): string[] {
  return plain(words).split(" ").filter(Boolean).map(sound);
}

/** Every key a name is filed under: each word, and each pair of words in order of sound. */
export function keys(name: string): string[] {
  const words = [...new Set(sounds(name))].filter(Boolean).sort(byCode).slice(0, 6);
  const pairs = words.flatMap((one, place) => words.slice(place + 1).map((other) => `${one} ${other}`));
  return [...pairs, ...words].map((key) => Array.from(key).slice(0, 60).join(""));
}

/** In the order of Unicode, as Python sorts. */
function byCode(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  for (let place = 0; place < a.length && place < b.length; place++) {
    const apart = a[place]!.codePointAt(0)! - b[place]!.codePointAt(0)!;
    if (apart) return apart;
  }
  return a.length - b.length;
}

let segmenter: Intl.Segmenter | undefined;

function signs(text: string): string[] {
  if (typeof Intl === "undefined" || !("Segmenter" in Intl) || /^[\x20-\x7e]*$/.test(text)) return Array.from(text);
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), (one) => one.segment);
}

/** 0 to 1: how much two words have in common, more where they begin alike. */
export function jaroWinkler(one: string, other: string): number {
  const [a, b] = [signs(one), signs(other)];
  if (!a.length || !b.length) return 0;
  const reach = Math.max(0, Math.floor(Math.max(a.length, b.length) / 2) - 1);
  const [inA, inB] = [a.map(() => false), b.map(() => false)];
  let common = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = Math.max(0, i - reach); j <= Math.min(i + reach, b.length - 1); j++) {
      if (inB[j] || a[i] !== b[j]) continue;
      inA[i] = inB[j] = true;
      common++;
      break;
    }
  }
  if (!common) return 0;
  const [left, right] = [a.filter((_, i) => inA[i]), b.filter((_, j) => inB[j])];
  const crossed = Math.floor(left.filter((sign, i) => sign !== right[i]).length / 2);
  const weight = (common / a.length + common / b.length + (common - crossed) / common) / 3;
  let begin = 0;
  while (begin < Math.min(4, a.length, b.length) && a[begin] === b[begin]) begin++;
  return weight > 0.7 ? weight + begin * 0.1 * (1 - weight) : weight;
}

/** 0 to 1: the best match of each word that was asked for, on average. Both as `plain` has them. */
export function likeness(asked: string, name: string): number {
  if (!asked || !name) return 0;
  const words = name.split(" ");
  const best = asked.split(" ").map((one) => Math.max(...words.map((other) => jaroWinkler(one, other))));
  return best.reduce((all, one) => all + one, 0) / best.length;
}

/** The name as `plain` has it, made once for each line of a list. */
export function plainName(one: Who): string {
  let name = names.get(one);
  if (name === undefined) names.set(one, (name = plain(one.name)));
  return name;
}
const names = new WeakMap<Who, string>();

/** As much of a person as tells them from another. */
export interface Who {
  name: string;
  born?: string;
  place?: string;
}

/** The likeliest first, and only those who sound alike at all; the order of the server's search. */
export function rank<T extends Who & { person: string; keys: string[] }>(asked: Who, among: readonly T[]): T[] {
  const wanted = keys(asked.name);
  if (!wanted.length) return [];
  const scored: [number, T][] = [];
  for (const one of among) {
    const heard = wanted.filter((key) => one.keys.includes(key)).length;
    if (heard) scored.push([alike(asked, one, heard / wanted.length), one]);
  }
  scored.sort(([a, one], [b, other]) => b - a || byCode(one.name, other.name) || byCode(one.person, other.person));
  return scored.map(([, one]) => one);
}

/** How alike letters or sounds are; place and birth year break ties and mend slips. */
export function alike(asked: Who, one: Who, heard = 0): number {
  let score = Math.max(likeness(plainName(asked), plainName(one)), heard);
  if (asked.place && one.place) score += 0.2 * jaroWinkler(plain(asked.place), plain(one.place));
  if (asked.born && one.born) score += 0.2 * Math.max(0, 1 - Math.abs(year(asked.born) - year(one.born)) / 10);
  return score;
}

const year = (born: string): number => (/^\d{4}/.test(born) ? Number(born.slice(0, 4)) : 0);
