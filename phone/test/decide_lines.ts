/** Answers questions about phone/decide, one JSON document a line, for tests/spec/test_decide_same.py. */

import { createInterface } from "node:readline";
import { asked, mayGive, nextItem, planOf, readAnswers, toAsk } from "../decide/asked.ts";
import { compile, fill, names, say, switchDays } from "../decide/conditions.ts";
import { inWords, outcomeOf } from "../decide/next.ts";
import { fixed, g } from "../decide/numbers.ts";
import { phraseKey } from "../decide/phrase.ts";
import { positiveItems } from "../decide/safety.ts";
import { answers, pairs, saying } from "../decide/said.ts";
import { score, scoreTotal } from "../decide/score.ts";
import { applied, check, named } from "../sync/difference.ts";
import { shortened } from "../sync/short.ts";
import { jaroWinkler, keys, likeness, plain, rank } from "../decide/sound.ts";

const instruments: any[] = [];
const words: Record<string, string> = {};
let tell: (text: string, group: string) => string = (text) => text;

const SPECIAL: Record<string, number> = { nan: NaN, inf: Infinity, "-inf": -Infinity };

/** JSON has no NaN: it comes as {"f": "nan"}. */
const revive = (_: string, value: any) =>
  value && typeof value === "object" && "f" in value ? SPECIAL[value.f] : value;

const t = (key: string, holes: Record<string, string | number> = {}) => {
  const n = holes["n"];
  const text = words[key] ?? words[`${key}_${n === 1 ? "one" : "other"}`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in holes ? String(holes[name]) : whole));
};
const english = { t, day: (iso: string) => say({ date: iso }), english: true };

const attempt = (what: () => unknown) => {
  try {
    return what();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw error;
    return "refused";
  }
};

const TOLD: Record<string, (...args: any[]) => unknown> = {
  define: (one) => instruments.push(one) - 1,
  words: (all) => Object.assign(words, all) && null,
  score: (one, answers, sex, age) => score(instruments[one], answers, sex, age),
  total: (one, total, safety, sex, age) => scoreTotal(instruments[one], total, safety, sex, age),
  positive: (one, answers) => positiveItems(instruments[one], answers),
  asked: (one, answers) => {
    const { values } = readAnswers(planOf(instruments[one]), answers);
    return (instruments[one].items ?? []).map((item: any) => asked(item, values));
  },
  ask: (one, answers, passed) => [
    toAsk(instruments[one], answers).map((item) => item.id),
    nextItem(instruments[one], answers, new Set(passed))?.id ?? null,
  ],
  give: (bundle, age) => mayGive(bundle, age).map((one) => [one.id, one.version]),
  condition: (tree, worlds, today) =>
    attempt(() => {
      const test = compile(tree);
      return worlds.map((world: any) => test(world, today));
    }),
  tree: (tree) => [names(tree), switchDays(tree)],
  fill,
  name: (text) => [plain(text), keys(text)],
  like: (one, other) => [likeness(plain(one), plain(other)), jaroWinkler(one, other)],
  rank: (who, among) => rank(who, among).map((one: any) => one.person),
  number: (value) => [g(value), fixed(value, 0), fixed(value, 1), say(value)],
  phrase: phraseKey,
  pairs: (english, its) =>
    Object.fromEntries(Object.entries(pairs(english, its)).map(([name, group]) => [name, Object.fromEntries(group())])),
  labels: (instruments, code) => Object.fromEntries(answers(instruments, code)),
  tell: (said: Record<string, Record<string, string>>) => {
    const groups = Object.entries(said).map(([name, group]) => [name, () => Object.entries(group)]);
    tell = saying(
      Object.fromEntries(groups),
      (iso) => `<${iso}>`,
      (text) => text,
    );
    return null;
  },
  said: (text, group) => tell(text, group),
  shortened: (fact, sender) => shortened(fact, sender),
  named,
  applied: async (old, told) => {
    const made = applied(old, told);
    return [made, await check([made])];
  },
  outcome: (bundle, one, body, about) => {
    const found = outcomeOf(bundle, instruments[one], body, about);
    const said = (lines: any[]) => lines.map((line) => inWords(line, english));
    return {
      ...found,
      safety: said(found.safety),
      score: said(found.score),
      more: said(found.more),
      steps: said(found.steps),
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [what, cases] = JSON.parse(line, revive);
  process.stdout.write(JSON.stringify(await Promise.all(cases.map((args: any[]) => TOLD[what]!(...args)))) + "\n");
}
