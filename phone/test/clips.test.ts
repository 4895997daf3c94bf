/** Recordings come one by one, are kept whole or not at all, and make way for everything else. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { beforeEach, test } from "node:test";
import { spoken, start } from "../screens/ask_flow.ts";
import { addressOf, CACHE, clip, fetchClips, type Fetching } from "../sync/clips.ts";
import { FLOOR } from "../sync/client.ts";
import type { Bundle, Instrument } from "../types.ts";

const sound = (words: string) => new TextEncoder().encode(words);
const idOf = (words: string) => createHash("sha256").update(words).digest("hex");
const kept = new Map<string, Map<string, Response>>();
const asked: string[] = [];
let answers: Record<string, Response | Error> = {};

/** Of the Cache API what is used. */
const cacheOf = (name: string) => {
  const those = kept.get(name) ?? kept.set(name, new Map()).get(name)!;
  return {
    match: async (address: string) => those.get(address)?.clone(),
    keys: async () => [...those.keys()].map((address) => ({ url: `https://clinic${address}` })),
    delete: async (url: string) => those.delete(url.replace("https://clinic", "")),
    put: async (address: string, answer: Response) => void those.set(address, answer),
  };
};
Object.assign(globalThis, {
  caches: {
    has: async (name: string) => kept.has(name),
    open: async (name: string) => cacheOf(name),
    match: async (address: string, { cacheName }: { cacheName: string }) => kept.get(cacheName)?.get(address)?.clone(),
  },
  fetch: async (address: string, { headers }: { headers: Record<string, string> }) => {
    assert.equal(headers["Authorization"], "Bearer d.t");
    asked.push(address);
    const answer = answers[address] ?? new Response("", { status: 404 });
    if (answer instanceof Error) throw answer;
    return answer.clone();
  },
});

function bundle(...words: string[]): Bundle {
  const clips = words.map((one) => ({ id: idOf(one), bytes: one.length, by: "" }));
  const languages = {
    ht: { name: "", dir: "ltr" as const, status: "", words: {}, clips: { "ask.alone": idOf("two") } },
  };
  return { version: "1", instruments: [], safety: {}, protocols: [], manuals: [], languages, clips };
}

function fetching(one: Bundle, more: Partial<Fetching> = {}): Promise<void> {
  const how = { token: "d.t", language: "en", shared: false, free: async () => undefined, stopped: () => false };
  return fetchClips({ bundle: one, ...how, ...more });
}

const has = () => [...(kept.get(CACHE)?.keys() ?? [])].sort();
const at = (...words: string[]) => words.map((one) => addressOf(idOf(one))).sort();

beforeEach(() => {
  kept.clear();
  asked.length = 0;
  answers = Object.fromEntries(["one", "two", "three"].map((one) => [addressOf(idOf(one)), new Response(sound(one))]));
});

test("each is fetched once, those of the worker's language first", async () => {
  await fetching(bundle("one", "two", "three"), { language: "ht" });
  assert.deepEqual(
    asked,
    ["two", "one", "three"].map((one) => addressOf(idOf(one))),
  );
  await fetching(bundle("one", "two", "three"));
  assert.equal(asked.length, 3);
  assert.equal(await (await clip(idOf("one")))?.text(), "one");
  assert.equal(await clip(idOf("four")), undefined);
});

test("what is cut off, another one or gone is not kept, and the rest still comes", async () => {
  answers[addressOf(idOf("one"))] = new Response(sound("on"));
  delete answers[addressOf(idOf("two"))];
  await fetching(bundle("one", "two", "three"));
  assert.deepEqual(has(), at("three"));
});

test("no line, no right, no space or something to send: the rest waits for the next contact", async () => {
  answers[addressOf(idOf("one"))] = new Error("away");
  await fetching(bundle("one", "two"));
  assert.deepEqual([asked.length, has()], [1, []]);
  answers[addressOf(idOf("one"))] = new Response("{}", { status: 401 });
  await fetching(bundle("one", "two"));
  assert.deepEqual([asked.length, has()], [2, []]);
  await fetching(bundle("two"), { free: async () => FLOOR });
  await fetching(bundle("two"), { stopped: () => true });
  assert.deepEqual([asked.length, has()], [2, []]);
  await fetching(bundle("two"), { free: async () => FLOOR + 3 });
  assert.deepEqual(has(), at("two"));
});

test("what no content names goes, unless another worker of this phone may need it", async () => {
  await fetching(bundle("one", "two"));
  await fetching(bundle("two"), { shared: true });
  assert.deepEqual(has(), at("one", "two"));
  await fetching(bundle("two"));
  assert.deepEqual(has(), at("two"));
  await fetching({ ...bundle(), clips: undefined } as unknown as Bundle);
  assert.deepEqual(has(), []);
});

test("without recordings nothing is made", async () => {
  await fetching({ ...bundle(), clips: undefined } as unknown as Bundle);
  assert.equal(kept.size, 0);
});

test("what is said aloud is all of one language", () => {
  const one = {
    id: "x",
    version: 1,
    form: "items",
    answer_lists: { often: { options: [{ value: 0 }, { value: 1 }] } },
    items: [
      { id: "1", answers: "often" },
      { id: "2", answers: "often" },
      { id: "3", answers: "often" },
    ],
    texts: {
      en: {
        status: "standard",
        stem: "How often?",
        items: { "1": "Sad", "2": "Tired" },
        answers: { often: { 0: "Never", 1: "Often" } },
      },
      ht: { status: "draft", stem: "Konbyen fwa?", items: { "1": "Tris" } },
    },
  } as unknown as Instrument;
  const say = (n: number, code: string) => spoken(one, one.items![n]!, code);
  assert.deepEqual(say(0, "en"), ["How often?. Sad. Never. Often", "en"]);
  assert.deepEqual(say(0, "ht"), ["Konbyen fwa?. Tris", "ht"], "no English answer in a Haitian sentence");
  assert.deepEqual(
    say(1, "ht"),
    ["How often?. Tired. Never. Often", "en"],
    "and no Haitian beginning of an English one",
  );
  assert.deepEqual(say(2, "ht"), ["", "en"]);
  assert.equal(start("id", one, "ht").language, "ht");
});
