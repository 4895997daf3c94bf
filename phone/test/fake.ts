/** A store in memory, with invented people, for looking at screens and testing them without a server or a PIN.
 *
 * `fake(bundle, {keep: localStorage})` keeps drafts and facts over a reload, as the real one does. Never in the build. */

import type { Changed, Line, Outgoing, Saying, Store } from "../store/api.ts";
import type { Body, Brief, Bundle, Fact, Me } from "../types.ts";
import { keys } from "../decide/sound.ts";

export interface Options {
  keep?: Pick<globalThis.Storage, "getItem" | "setItem">;
  me?: Partial<Me>;
  people?: Brief[];
  /** YYYY-MM-DD */
  today?: string;
}

const SITE = "bel-dlo";
const ID = "0192a000-0000-7000-8000-00000000000";

/** Shifts an ISO date by days. */
export function plus(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

function stretch(today: string, tier: number, word: string, reason: string, rank = tier * 100) {
  return { starts: plus(today, -9), ends: "", tier, word, reason, rank, waiting: plus(today, -9) };
}

/** Everybody is invented; names of the design's pictures. */
export function invented(today: string): Brief[] {
  const one = (n: number, name: string, place: string, more: Partial<Brief> = {}): Brief => ({
    person: `${ID}${n}`,
    name,
    place,
    born: "1985",
    gender: "unknown",
    site: SITE,
    keys: keys(name),
    care: true,
    lists: [],
    ...more,
  });
  return [
    one(1, "Wilner Dorcéus", "Nan Mango", {
      lists: [stretch(today, 2, "Today", "The clinic asks you to see him before 16:00.")],
      next: today,
      tasks: [
        {
          id: `${ID}t`,
          kind: "plan",
          due: today,
          text: "Bring the clinic's letter, and ask about sleep.",
          by: "Nurse Célestin",
        },
      ],
    }),
    one(2, "Marie-Thérèse Josaphat Saint-Victor-Délice", "Gwo Wòch", {
      born: "1991",
      gender: "female",
      lists: [stretch(today, 3, "This week", "New baby 3 weeks ago. Her mother asked for you.")],
      next: today,
    }),
    one(3, "Islande Pierre-Louis", "Nan Mango", {
      gender: "female",
      lists: [stretch(today, 6, "Ask", "The questions are due; last asked 31 days ago.")],
      asked: [["phq-9", plus(today, -31), plus(today, -3)]],
      next: today,
      episodes: [
        {
          id: `${ID}e`,
          protocol: "collaborative-care",
          protocol_version: 1,
          condition: "depression",
          step: 1,
          started: plus(today, -62),
          instrument: "phq-9",
          points: [
            [plus(today, -62), 17, ""],
            [plus(today, -31), 14, ""],
          ],
        },
      ],
    }),
    one(4, "Emmanuel Zamor", "Kafou Lwen", {
      gender: "male",
      lists: [stretch(today, 9, "Late", "Visit 15 days late; the road is open again.")],
      next: plus(today, -15),
    }),
    one(5, "Lovely Dormeus", "Nan Mango", {
      lists: [stretch(today, 0, "On track", "Session 5. Last week: walk with her sister.")],
      next: today,
    }),
    one(6, "Mirlande Noëlsaint", "Gwo Wòch", {
      lists: [stretch(today, 0, "On track", "")],
      next: plus(today, 12),
      tasks: [
        {
          id: `${ID}u`,
          kind: "thanks",
          due: plus(today, -1),
          text: "Mirlande Noëlsaint was seen at Bèl Dlo. Thank you.",
          by: "Nurse Célestin",
        },
      ],
    }),
    one(7, "Mirlene Noelsen", "Kafou Lwen", { care: false, born: "1986" }),
    one(8, "Emanyèl Zamo", "Nan Mango", { care: false, born: "" }),
  ];
}

export function invented_me(today: string): Me {
  const at = (days: number) => `${plus(today, days)}T00:00:00+00:00`;
  return {
    worker: "0192a000-0000-7000-8000-0000000000aa",
    name: "Walker Wim",
    role: "chw",
    site: SITE,
    site_name: "Bèl Dlo",
    sites: [[SITE, "Bèl Dlo"]],
    supervisor: { worker: "w-sue", name: "Supervisor Sue", phone: "+509 0000 0009" },
    on_call: [
      {
        worker: "w-1",
        name: "Nurse Rosemène Célestin",
        phone: "+509 0000 0004",
        order: 1,
        starts: at(-1),
        ends: at(2),
      },
      { worker: "w-2", name: "Dr Michel Augustin", phone: "+509 0000 0005", order: 2, starts: at(-1), ends: at(2) },
    ],
    permissions: [
      "find_person",
      "register_person",
      "see_caseload",
      "ask",
      "record_care",
      "ask_question",
      "carry_out",
      "act_on_risk",
    ],
    synthetic: true,
    node: "fake",
    offline_days: 14,
    month: ["12 visits", "3 people referred, 2 of them seen"],
  };
}

interface Kept {
  drafts: Record<string, unknown>;
  facts: Fact[];
}

/** A `Store` that needs nothing. `facts()` tells what was saved. */
export function fake(bundle: Bundle, options: Options = {}): Store & { facts(): Fact[] } {
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const people = options.people ?? invented(today);
  const me = { ...invented_me(today), ...options.me };
  const kept: Kept = JSON.parse(options.keep?.getItem("fake") ?? '{"drafts":{},"facts":[]}') as Kept;
  const listeners = new Set<(what: Changed) => void>();
  const changed = (what: Changed) => {
    options.keep?.setItem("fake", JSON.stringify(kept));
    for (const one of listeners) one(what);
  };
  const registered = (): Brief[] =>
    kept.facts
      .filter((fact) => fact.body.kind === "registration" && !people.some((one) => one.person === fact.person))
      .map((fact) => {
        const said = fact.body as unknown as { name: string; chosen_name?: string } & Partial<Brief>;
        const name = said.chosen_name || said.name;
        return { ...said, name, person: fact.person, site: fact.site, keys: keys(name), care: true };
      });
  const everybody = () => [...people, ...registered()];
  const find = (id: string) => everybody().find((one) => one.person === id);
  return {
    me,
    bundle,
    device: "0192a000-0000-7000-8000-0000000000dd",
    today: () => today,
    clock: () => Date.now(),
    lines: (): Line[] =>
      everybody().map((one) => ({
        person: one.person,
        name: one.name,
        place: one.place ?? "",
        born: one.born ?? "",
        keys: one.keys,
        care: one.care ?? false,
        owner: one.owner ?? "",
        next: one.next ?? "",
        lists: one.lists ?? [],
        tasks: one.tasks ?? [],
        mine: !people.includes(one),
        ...(kept.facts.some((fact) => fact.person === one.person && fact.body.kind === "encounter")
          ? { tried: today }
          : {}),
      })),
    person: (id) => {
      const brief = find(id);
      const mine = kept.facts.filter((fact) => fact.person === id);
      return Promise.resolve(brief ? { brief, mine } : null);
    },
    newId: () => crypto.randomUUID(),
    fact: (person: string, body: Body, saying: Saying = {}): Fact => {
      const now = new Date().toISOString();
      const { id, occurred, site, ...more } = saying;
      return {
        id: id ?? crypto.randomUUID(),
        person,
        occurred: occurred ?? now,
        recorded: now,
        author: me.worker,
        site: site ?? find(person)?.site ?? me.site,
        body,
        device: "0192a000-0000-7000-8000-0000000000dd",
        content: bundle.version,
        ...more,
      };
    },
    save: (facts, done) => {
      for (const fact of facts) if (!kept.facts.some((one) => one.id === fact.id)) kept.facts.push(fact);
      if (done) delete kept.drafts[done];
      changed("record");
      return Promise.resolve();
    },
    draft: <T>(key: string) => Promise.resolve(structuredClone(kept.drafts[key]) as T | undefined),
    keepDraft: (key, value) => {
      kept.drafts[key] = structuredClone(value);
      changed("draft");
      return Promise.resolve();
    },
    dropDraft: (key) => {
      delete kept.drafts[key];
      changed("draft");
      return Promise.resolve();
    },
    drafts: () => Promise.resolve(Object.keys(kept.drafts)),
    outgoing: (): Outgoing[] =>
      kept.facts.map((fact) => ({
        fact,
        state: "waiting",
        reason: "",
        tries: 0,
        name: find(fact.person)?.name ?? "",
      })),
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    facts: () => kept.facts,
  };
}
