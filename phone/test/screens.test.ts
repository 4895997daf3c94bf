/** What the screens keep and decide between two taps: no screen and no store is needed for it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Line } from "../store/api.ts";
import { beside, bodyOf, filled, kept, needsPrivacy, openSafety, placeOf, start, tells } from "../screens/ask_flow.ts";
import {
  assessment,
  begin,
  contacts,
  ended,
  following,
  inVain,
  left,
  turn,
  type Called,
} from "../screens/danger_flow.ts";
import { marked, typed } from "../decide/numbers.ts";
import { saying } from "../decide/said.ts";
import { go, onward } from "../route.ts";
import { fromRegistration } from "../store/lines.ts";
import { intake, looking, timed } from "../screens/help.ts";
import { namesakes, watchStore } from "../screens/people.ts";
import { read, thread, written } from "../screens/thread.ts";
import { birth } from "../screens/register_check.ts";
import { byPlace, clinic, earlier, standing, visits } from "../screens/today_list.ts";
import type { Bundle, Fact, Instrument, Me } from "../types.ts";
import { setStore } from "../store/index.ts";
import { fake, invented, invented_me, plus } from "./fake.ts";

const TODAY = "2026-11-22";

const gated = {
  id: "gated",
  version: 2,
  name: "Gated",
  title: "",
  direction: "high-is-worse",
  segment: "mental-health",
  form: "items",
  wording: "verbatim",
  recall: { text: "" },
  ages: {},
  administered_by: ["chw"],
  aloud_in_company: false,
  answer_lists: { "yes-no": { options: [{ value: 0 }, { value: 1 }] } },
  items: [
    { id: "gate", answers: "yes-no" },
    { id: "1", answers: "yes-no", asked_if: { any_of: ["gate"], at_least: 1 } },
    { id: "2", answers: "yes-no", asked_if: { any_of: ["gate"], at_least: 1 } },
    { id: "3", answers: "yes-no", optional: true },
  ],
  texts: { en: { status: "standard" } },
  score: { method: "sum" },
  missing: { rule: "complete" },
  safety: [{ item: "2", at_least: 1, about: "danger" }],
  reviewed: "",
} as Instrument;

test("questions that fall away are neither asked nor counted nor saved", () => {
  const fresh = { ...start("id", gated, "en"), at: "gate" };
  const no = { ...fresh, answers: { gate: 0 } };
  assert.equal(beside(gated, no, 1), "3");
  assert.deepEqual(placeOf(gated, no), { n: 1, all: 1, extra: false });
  const yes = { ...fresh, answers: { gate: 1 } };
  assert.equal(beside(gated, yes, 1), "1");
  assert.deepEqual(placeOf(gated, { ...yes, at: "2" }), { n: 3, all: 3, extra: false });
  assert.deepEqual(placeOf(gated, { ...yes, at: "3" }), { n: 0, all: 3, extra: true });
  const changed = { ...fresh, answers: { gate: 0, 1: 1, 2: 1, 3: 1 } };
  assert.deepEqual(kept(gated, changed), { gate: 0, 3: 1 });
  assert.deepEqual(bodyOf(gated, changed).answers, { gate: 0, 3: 1 });
  assert.equal(beside(gated, { ...yes, at: "gate" }, -1), "start");
  assert.equal(beside(gated, { ...no, at: "3" }, 1), "end");
  assert.equal(beside(gated, { ...no, at: "end" }, -1), "3");
});

test("a safety answer tells, one that was left open is named, and its instrument wants privacy", () => {
  assert.ok(tells(gated, "2", 1));
  assert.ok(!tells(gated, "2", 0) && !tells(gated, "1", 1) && !tells(gated, "2", undefined));
  assert.deepEqual(
    openSafety(gated, { gate: 1 }).map((one) => one.id),
    ["2"],
  );
  assert.deepEqual(openSafety(gated, { gate: 0 }), []);
  assert.ok(needsPrivacy(gated) && needsPrivacy({ ...gated, safety: [] }));
  assert.ok(!needsPrivacy({ ...gated, safety: [], aloud_in_company: true }));
});

test("what is as usual is left out of the fact", () => {
  const asking = { ...start("id", gated, "fr"), answers: { gate: 0 } };
  assert.deepEqual(bodyOf(gated, asking), { kind: "response", instrument: "gated", version: 2, answers: { gate: 0 } });
  const other = bodyOf(gated, { ...asking, mode: "phone" as const, private: false, language: "fr" });
  assert.deepEqual([other.mode, other.private, other.language], ["phone", false, "fr"]);
  const total = bodyOf(gated, { ...asking, total: 12 });
  assert.deepEqual([total.stated_total, total.total_only, total.answers], [12, true, undefined]);
});

test("a picture has as many days as it says", () => {
  for (const n of [0, 4, 9, 13, 14]) assert.equal(filled(n).filter(Boolean).length, n);
});

const now = Date.parse(`${TODAY}T10:00:00Z`);
const call = (who: string, answered: boolean | null): Called => ({ who, name: who, at: "", answered });

test("the roster is gone through in order, then the supervisor, then from the beginning", () => {
  const me = invented_me(TODAY);
  const everyone = contacts(me, now);
  assert.deepEqual(
    everyone.map((one) => one.who),
    ["w-1", "w-2", "w-sue"],
  );
  assert.equal(turn(everyone, [])?.who, "w-1");
  assert.equal(turn(everyone, [call("w-1", null)])?.who, "w-1");
  assert.equal(turn(everyone, [call("w-1", false)])?.who, "w-2");
  const vain = [call("w-1", false), call("w-2", false), call("w-sue", false)];
  assert.equal(turn(everyone, vain)?.who, "w-1");
  assert.ok(inVain(everyone, vain) && !inVain(everyone, vain.slice(1)));
  assert.ok(!inVain(everyone, [...vain, call("w-1", true)]));
});

test("whoever is not on the roster now, or has no number, is not called", () => {
  const me = invented_me(TODAY);
  const on_call = [
    { ...me.on_call[0]!, ends: `${TODAY}T09:00:00Z` },
    { ...me.on_call[1]!, phone: "" },
  ];
  const found = contacts({ ...me, on_call, supervisor: { name: "", phone: "" } } as Me, now);
  assert.deepEqual(found, []);
  assert.equal(turn(found, []), undefined);
  assert.ok(!inVain(found, []));
});

test("steps follow each other, and what was put off stays open", () => {
  const danger = { ...begin("now"), done: ["stay" as const], put_off: ["call" as const] };
  assert.equal(following(danger, "call"), "ask");
  assert.deepEqual(left(danger), ["call", "ask", "safe", "plan", "next"]);
  const over = { ...danger, put_off: ["call", "ask", "safe", "plan"] as const, done: ["stay", "next"] as const };
  assert.equal(following({ ...danger, done: [...over.done], put_off: [...over.put_off] }, "next"), "");
  const told = {
    id: "r",
    ids: ["r"],
    opened: "then",
    why: "",
    answers: {},
    urgent: true,
    acknowledged: "N",
    contact_due: "",
  };
  assert.deepEqual(begin("now", "", "", told).done, ["call"]);
});

test("an assessment says only what was asked", () => {
  const body = assessment(
    "r",
    { intent: "no", plan: "not_asked", means: undefined },
    { words: "", done: [], staying: "I" },
  );
  assert.deepEqual(body, { kind: "assessment", risk: "r", intent: "no", staying: "I" });
});

test("a birth is read as the server reads it", () => {
  const cases: Record<string, string | null> = {
    "": "", " 41 ": "1985", "0": "2026", "120": "1906", "121": null, "1985": "1985", "1985-03": "1985-03",
    "1985-03-21": "1985-03-21", "1985-02-30": null, "1905": null, "1906": "1906", "2027": null, "2026-11-23": null,
    "x": null, "1985-3": null, "12345": null,
  }; // prettier-ignore
  for (const [text, wanted] of Object.entries(cases)) assert.equal(birth(text, TODAY), wanted, text);
});

test("a number is written the language's way and typed in either, and none becomes another", () => {
  const groups = { dose: [["{n} mg at night", "{n} mg le soir"]], much: [["{n}", "{n}"]] } as const;
  const said = Object.entries(groups).map(([name, those]) => [name, () => those.map((one) => [...one])]);
  const french = saying(Object.fromEntries(said), String, (text) => marked(text, ","));
  assert.equal(french("0.5 mg at night", "dose"), "0,5 mg le soir");
  assert.equal(french("1.000 mg at night", "dose"), "1.000 mg le soir");
  const written = {
    "0.125": "0,125",
    "-2.5": "-2,5",
    "62.25": "62,25",
    "4.125": "4.125",
    "12": "12",
    "1.5e+06": "1,5e+06",
  };
  for (const [text, wanted] of Object.entries(written)) assert.equal(french(text, "much"), wanted);
  const cases: Record<string, number | undefined> = {
    "0,5": 0.5, "0.5": 0.5, " 12 ": 12, "٢٫٥": 2.5, "۱۲": 12, "12,25": 12.25, "05": 5, "": undefined, ",5": undefined,
    "5,": undefined, "1,000": undefined, "1.000": undefined, "1,5,5": undefined, "-1": undefined, "1e3": undefined,
  }; // prettier-ignore
  for (const [text, wanted] of Object.entries(cases)) assert.equal(typed(text), wanted, text);
  assert.equal(birth("٤١", TODAY), "1985");
});

test("what is left of a medicine is kept as it was meant, or not at all", () => {
  const left = (text: string) => {
    const made = intake({ ...looking("i"), left: text }, { id: "m" });
    return typeof made === "string" ? made : made["left"];
  };
  assert.deepEqual(["0,5", "7.5", "12", "1,000", "x", "10001"].map(left), [
    0.5, 7.5, 12, "medicine.left_wrong", "medicine.left_wrong", "medicine.left_wrong",
  ]); // prettier-ignore
});

function lines(): Line[] {
  return invented(TODAY).map((one) => ({
    person: one.person, name: one.name, place: one.place ?? "", born: "", keys: one.keys, care: one.care ?? false,
    owner: "", next: one.next ?? "", lists: one.lists ?? [], tasks: one.tasks ?? [], mine: false,
  })); // prettier-ignore
}

test("the most urgent stands first; a case review alone is no visit", () => {
  const tiers = visits(lines(), TODAY).map((one) => one.tier);
  assert.deepEqual(tiers, [2, 3, 6, 9, 0]);
  const [first] = lines();
  const review = { starts: "2026-01-01", ends: "", tier: 5, word: "Review", reason: "", rank: 5, waiting: "" };
  assert.deepEqual(visits([{ ...first!, lists: [review], next: "" }], TODAY), []);
  assert.equal(visits([{ ...first!, lists: [review], next: TODAY }], TODAY).length, 1);
  assert.equal(standing([review, { ...review, tier: 2 }, { ...review, tier: 1, ends: TODAY }], TODAY)?.tier, 2);
});

test("whom others follow stand behind those who were given to this worker, unless it cannot wait", () => {
  const [first] = lines();
  const at = (name: string, tier: number, given: boolean) => {
    const list = { starts: "2026-01-01", ends: "", tier, word: "x", reason: "", rank: tier, waiting: "" };
    return { ...first!, person: name, name, given, lists: [list], tasks: [], next: "" };
  };
  const all = [at("other", 6, false), at("mine", 8, true), at("danger", 2, false), at("week", 4, false)];
  const those = visits(all, TODAY);
  assert.deepEqual(
    those.map(({ line, given }) => [line.name, given]),
    [
      ["danger", true],
      ["week", true],
      ["mine", true],
      ["other", false],
    ],
  );
  const task = { id: "1", kind: "trace", due: "", text: "", by: "" };
  const asked = (starts: string) =>
    visits([{ ...at("other", 6, false), tasks: [{ ...task, starts }] }, all[1]!], TODAY);
  assert.deepEqual(
    [TODAY, plus(TODAY, 1)].map((starts) => asked(starts).every((one) => one.given)),
    [true, false],
  );
  const nobody = visits(
    all.map((one) => ({ ...one, given: false })),
    TODAY,
  );
  assert.ok(nobody.every((one) => one.given));
});

test("a danger told on this phone stays on Today, though no list of the clinic knows of it yet", () => {
  const [first] = lines();
  const follow = { starts: "2026-01-01", ends: "", tier: 9, word: "Follow up", reason: "x", rank: 9, waiting: "" };
  const one = { ...first!, lists: [], next: "2027-01-01", told: "2026-11-20" };
  assert.deepEqual(
    visits([one, { ...one, lists: [follow] }, { ...one, lists: [{ ...follow, tier: 1 }] }], TODAY).map(
      ({ tier, told, since }) => [tier, told, since],
    ),
    [
      [1, false, "2027-01-01"],
      [2, true, "2026-11-20"],
      [2, true, "2026-11-20"],
    ],
  );
});

test("places stand in the order that the worker gave", () => {
  const those = visits(lines(), TODAY);
  assert.deepEqual(
    byPlace(those, []).map(([place]) => place),
    ["Gwo Wòch", "Kafou Lwen", "Nan Mango"],
  );
  const order = earlier(["Gwo Wòch", "Kafou Lwen", "Nan Mango"], "Nan Mango");
  assert.deepEqual(order, ["Gwo Wòch", "Nan Mango", "Kafou Lwen"]);
  assert.deepEqual(
    byPlace(those, order).map(([place]) => place),
    order,
  );
  assert.equal(byPlace(those, order).flatMap(([, visits]) => visits).length, those.length);
});

test("the clinic's tasks are those that no visit says, its thanks stand apart", () => {
  const those = visits(lines(), TODAY);
  const { tasks, thanks } = clinic(lines(), those, TODAY);
  assert.deepEqual(
    tasks.map(([, task]) => task.kind),
    ["plan"],
  );
  assert.equal(thanks.length, 1);
  const said = lines()
    .slice(0, 1)
    .map((one) => ({ ...one, tasks: [{ ...one.tasks[0]!, kind: "risk" }] }));
  assert.equal(clinic(said, those, TODAY).tasks.length, 0);
  assert.equal(clinic(said, [], TODAY).tasks.length, 1);
  const ahead = said.map((one) => ({ ...one, tasks: [{ ...one.tasks[0]!, starts: plus(TODAY, 1) }] }));
  assert.equal(clinic(ahead, [], TODAY).tasks.length, 0);
});

test("a question goes to the supervisor, an answer to whoever asked; what was read or written here counts at once", () => {
  const me = {
    ...invented_me(TODAY),
    worker: "w-me",
    supervisor: { worker: "w-sue", name: "Sue", phone: "", reads: "general" },
  };
  const brief = invented(TODAY)[0]!;
  const fact = (id: string, body: Fact["body"]) =>
    ({ id, body, author: "w-me", occurred: `${TODAY}T09:00:00+00:00` }) as Fact;
  const [sue] = thread(brief, [], me).to;
  assert.deepEqual(sue, { worker: "w-sue", name: "Sue", segment: "general" });
  const asked = written(" May he come? ", sue!);
  assert.deepEqual(asked, [
    { key: "", body: { kind: "message", text: "May he come?", to: ["w-sue"], segment: "general" } },
  ]);
  assert.deepEqual(
    thread(brief, [fact("m1", asked[0]!.body)], me).told.map((one) => [one.text, one.mine, one.read]),
    [["May he come?", true, []]],
  );
  for (const supervisor of [
    { ...me.supervisor, reads: "" },
    { name: "", phone: "" },
  ])
    assert.deepEqual(
      thread(brief, [], { ...me, supervisor }).to,
      [],
      "not where they may not know of it, or nobody is named",
    );

  assert.equal(thread({ ...brief, asks: "mental-health" }, [], me).to[0]!.segment, "mental-health");
  assert.deepEqual(thread({ ...brief, asks: "" }, [], me).to, [], "of this person they may not know");
  const asksOfNew = (site: string) => {
    const met = { ...fact("p-new", { kind: "registration", name: "Somebody" }), person: "p-new", site };
    return thread(fromRegistration([met], me)!, [met], me).to.length;
  };
  assert.deepEqual([asksOfNew(me.site), asksOfNew("elsewhere")], [1, 0], "the server has not said whether they may");

  const at = `${TODAY}T10:00:00+00:00`;
  const nia = { id: "m2", text: "Look in on him.", author: "w-nia", by: "Nia", at, waits: true };
  const task = { id: "message:m2", kind: "message", due: "", text: "", by: "Nia" };
  const told = { ...brief, messages: [nia], tasks: [task] };
  const [first, second] = thread(told, [], me).to;
  assert.deepEqual([first!.worker, first!.segment, second!.worker], ["w-nia", "mental-health", "w-sue"]);
  const answer = written("I was there.", first!);
  assert.deepEqual(
    answer.map((part) => part.body),
    [
      { kind: "message", text: "I was there.", to: ["w-nia"], reply_to: "m2" },
      { kind: "message_read", message: "m2" },
    ],
  );
  const since = answer.map((part, n) => fact(`own${n}`, part.body));
  assert.deepEqual(thread(told, since, me).to, [sue], "who has an answer is not answered again");
  assert.deepEqual(
    thread(told, since, me).told.map((one) => one.waits),
    [false, false],
  );
  assert.deepEqual(read({ ...thread(told, [], me).told[0]!, segment: "general" }).segment, "general");
  assert.ok(!thread(told, [], me).hidden);
  assert.ok(thread({ ...brief, tasks: [task] }, [], me).hidden, "one that this worker may not read waits all the same");
});

test("those who are called alike are told apart, however it is written", () => {
  const line = (person: string, name: string) => ({ person, name }) as Line;
  const lines = [line("a", "Marie Désir"), line("b", "marie  desir"), line("c", "Marie Desire")];
  assert.deepEqual(namesakes(lines), new Set(["a", "b"]));
});

test("steps that a person at the clinic has ended are told from steps that are only sent", () => {
  const [brief] = invented(TODAY);
  const danger = { ...begin("now"), saved: "now" };
  const mine = [{ id: "a", body: { kind: "call", risk: "r" } }] as unknown as Fact[];
  const open = {
    id: "r",
    ids: ["r", "c"],
    opened: "",
    why: "",
    answers: {},
    urgent: false,
    acknowledged: "",
    contact_due: "",
  };
  assert.ok(ended(danger, { brief: brief!, mine: [] }, "r"));
  assert.ok(!ended(danger, { brief: brief!, mine }, "r"), "not sent, or not yet in the brief");
  assert.ok(!ended(danger, { brief: { ...brief!, risks: [open] }, mine: [] }, "c"), "open at the clinic");
  assert.ok(!ended({ ...danger, saved: "" }, { brief: brief!, mine: [] }, "r"), "nothing was said yet");
  assert.ok(!ended(danger, { brief: { ...brief!, care: false }, mine: [] }, "r"), "a thin brief names no risks");
});

test("a screen that is left by saving is left at once, and not drawn again before", async () => {
  const happened: string[] = [];
  const added = {
    location: { hash: "#/person/1" },
    history: { pushState: (_: null, __: string, hash: string) => void (added.location.hash = hash) },
    dispatchEvent: (event: Event) => void happened.push(`${event.type} ${added.location.hash}`),
    HashChangeEvent: Event,
  };
  Object.assign(globalThis, added, { location: added.location });
  const store = fake({ instruments: [], languages: {} } as unknown as Bundle, { today: TODAY });
  setStore(store);
  const stay = watchStore(() => happened.push("one that stays is drawn"), false);
  const leave = watchStore(() => happened.push("one that is left is drawn"));
  await store.save([store.fact(store.lines()[0]!.person, { kind: "note", text: "invented" })]);
  go("today");
  assert.deepEqual(happened, ["hashchange #/today"], "nothing was drawn in between");
  leave();
  await new Promise((done) => setTimeout(done, 5));
  assert.deepEqual(happened, ["hashchange #/today", "one that stays is drawn"]);
  await store.keepDraft("order", []);
  go("today");
  await new Promise((done) => setTimeout(done, 5));
  assert.equal(happened.length, 2, "a draft is no matter of who asked for records only; going nowhere is nothing");
  onward("visit/1", "person/1");
  assert.equal(happened.length, 2, "who left while it was saved is not pulled back");
  onward("today", "person/1");
  assert.equal(happened[2], "hashchange #/person/1", "who waited goes on");
  stay();
  setStore(null);
});

test("a medicine of which nobody said the hours is not one of which none is taken", () => {
  assert.deepEqual(
    [[], [null, null, null, null], [0, 0, 0, 0.5]].map((times) => timed({ times })),
    [false, false, true],
  );
});
