/** What screens may ask of the store. Everything below is encrypted at rest; nothing here needs a network. */

import type { Body, Brief, Bundle, Fact, Me, Stretch } from "../types.ts";

/** One line of the index of people: enough for lists and search, in one encrypted record. */
export interface Line {
  person: string;
  name: string;
  place: string;
  born: string;
  keys: string[];
  care: boolean;
  owner: string;
  /** The worker follows them, or wrote about them lately. */
  given?: boolean;
  next: string;
  lists: Stretch[];
  /** Tasks and thanks that stand on Today. */
  tasks: { id: string; kind: string; due: string; text: string; by: string; starts?: string }[];
  /** Registered on this phone and not sent yet. */
  mine: boolean;
  /** The last day on which this phone recorded a contact, or a try at one, that the brief does not know of. */
  tried?: string;
  /** The day on which this phone recorded the first of a danger that the brief does not know of yet. */
  told?: string;
}

export interface Outgoing {
  fact: Fact;
  /** waiting: not sent. held: came back with `reason`; kept until somebody mends it. */
  state: "waiting" | "held";
  reason: string;
  tries: number;
  /** The name of the person it is about, for the list of what is not sent. */
  name: string;
}

export interface Saying {
  /** An ISO date or instant; now if left out. */
  occurred?: string;
  encounter?: string;
  amends?: string;
  retracts?: string;
  /** Drawn with the form, so that saving twice is once. */
  id?: string;
  /** The site of a new person; that of the person, or else the worker's, if left out. */
  site?: string;
}

/** What is told to whoever watches: a draft was kept or dropped, or anything else changed. */
export type Changed = "draft" | "record";

export interface Store {
  readonly me: Me;
  readonly bundle: Bundle;
  readonly device: string;
  /** Today's date on this phone, corrected by the measured skew of its clock: YYYY-MM-DD. */
  today(): string;
  /** Milliseconds of the day's clock by the same correction: whose turn on the roster it is goes by it. */
  clock(): number;
  /** The same array until something other than a draft changes. */
  lines(): Line[];
  /** The brief, and what this worker recorded since it was made, oldest first. Null for somebody not on this phone. */
  person(id: string): Promise<{ brief: Brief; mine: Fact[] } | null>;
  newId(): string;
  /** A fact said by this worker here and now; it is not saved yet. */
  fact(person: string, body: Body, saying?: Saying): Fact;
  /** Save all of these or none; on the disk when it resolves. Sends as soon as there is a network, never waits for it.
   * `done`: the draft that became these facts goes with the same stroke. */
  save(facts: Fact[], done?: string): Promise<void>;
  /** What is not finished: survives the death of the phone. One value a key, encrypted; `undefined` for none.
   * A screen's key is its route without "#/" ("ask/PERSON/phq-9", "person/PERSON", "group"): Today leads back there. */
  draft<T>(key: string): Promise<T | undefined>;
  keepDraft(key: string, value: unknown): Promise<void>;
  dropDraft(key: string): Promise<void>;
  drafts(): Promise<string[]>;
  outgoing(): Outgoing[];
  /** Called after anything above changed; returns how to stop. */
  watch(listener: (what: Changed) => void): () => void;
}
