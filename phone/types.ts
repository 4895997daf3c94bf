/** What crosses the wire and what the content holds, as the phone sees it. The server's side of the wire is
 * `vwazen/server/sync/wire.py`; facts are `vwazen/clinical/facts.py`, with the same names. Defaults are left out. */

/** What can be recorded: `kind` is the tag of a Struct of `facts.py`. */
export interface Body {
  kind: string;
  [field: string]: unknown;
}

export interface Fact {
  id: string;
  person: string;
  /** An ISO date, or an instant with its offset. */
  occurred: string;
  /** An instant in UTC. */
  recorded: string;
  author: string;
  site: string;
  body: Body;
  device?: string;
  content?: string;
  amends?: string;
  retracts?: string;
  encounter?: string;
}

/** From a day until before another: how urgent somebody is, and why, in one sentence that this worker may read. */
export interface Stretch {
  starts: string;
  ends: string;
  tier: number;
  word: string;
  reason: string;
  rank: number;
  waiting: string;
}

export interface RiskBrief {
  id: string;
  ids: string[];
  opened: string;
  why: string;
  answers: Record<string, string>;
  urgent: boolean;
  /** Who took it on; "" while nobody has. */
  acknowledged: string;
  contact_due: string;
}

export interface EpisodeBrief {
  id: string;
  protocol: string;
  protocol_version: number;
  /** "" where this worker may not know it. */
  condition: string;
  step: number;
  started: string;
  instrument: string;
  /** Day, total or null, and why there is none. Empty where this worker may not see scores. */
  points: [string, number | null, string][];
  /** What the clinic knows for the protocol's sentences, by their names (`clinical/brief_values.py`): not in it is
   * unknown. Only where this worker sees scores. */
  known?: Record<string, number | string | boolean | { date: string } | { absent: true }>;
  /** Proposals of the protocol that were decided and rest for now. */
  quiet?: string[];
}

export interface MedicineBrief {
  id: string;
  name: string;
  strength: string;
  /** How many in the morning, at noon, in the evening, at night; empty where nobody said. */
  times: number[];
  words: string;
  since: string;
  until: string;
  by: string;
  /** Of what the times are counts: tablet, ml, drop; "injection" where there is nothing to take; "" where nobody said. */
  unit?: string;
  /** Whether the prescription says so many times a day; a card says "every day" only then. */
  daily?: boolean;
  /** Who may know of it; "mental-health" if left out. */
  segment?: string;
}

export interface ReferralBrief {
  id: string;
  to: string;
  state: string;
  due: string;
  sentence: string;
}

/** Something a person of the clinic waits for from this worker, or tells them ("seen, thank you"). */
export interface TaskBrief {
  id: string;
  kind: string;
  due: string;
  text: string;
  by: string;
  /** The day from which it stands on a list. */
  starts?: string;
}

/** A message of the team that this worker wrote, or that was written to them. */
export interface MessageBrief {
  id: string;
  text: string;
  author: string;
  by?: string;
  at: string;
  /** They have not said yet that they read it. */
  waits?: boolean;
  /** Names of who has read it. */
  read?: string[];
  reply_to?: string;
  /** Who may read it; "mental-health" if left out. */
  segment?: string;
}

/** One person as this worker may see them. A thin one (`care` false) is only for finding them again. */
export interface Brief {
  person: string;
  name: string;
  born?: string;
  gender?: string;
  place?: string;
  phone?: string;
  site: string;
  died?: string;
  aliases?: string[];
  /** How the names sound, as `record/names.py` says. */
  keys: string[];
  care?: boolean;
  owner?: string;
  owner_name?: string;
  /** The worker follows them, or wrote about them lately. */
  given?: boolean;
  lists?: Stretch[];
  next?: string;
  last?: string;
  episodes?: EpisodeBrief[];
  risks?: RiskBrief[];
  medicines?: MedicineBrief[];
  allergies?: string[];
  referrals?: ReferralBrief[];
  tasks?: TaskBrief[];
  /** Instruments that are due or were asked: instrument, day last asked, day from which it is due ("" for never). */
  asked?: [string, string, string?][];
  /** Sessions of a manual: treatment name, number held, last day, homework. */
  sessions?: [string, number, string, string][];
  /** Signs that it is coming back, as the shared plan names them: fact id, text. */
  relapse?: [string, string][];
  /** Danger signs that are there: sign, day since when. */
  signs?: [string, string][];
  /** Two values that contradict each other, in words; shown once. */
  conflicts?: string[];
  /** Newest first: day, sentence, who. */
  recent?: [string, string, string][];
  /** Oldest first. */
  messages?: MessageBrief[];
  /** The segment of a question to the supervisor, where it is not `Supervisor.reads`; "" where they may not know. */
  asks?: string;
}

/** Whom to call: kept on the phone, since danger does not wait for the network. */
export interface OnCall {
  /** The worker's id, as a `Call` names whom was called. */
  worker?: string;
  name: string;
  phone: string;
  order: number;
  /** Instants. */
  starts: string;
  ends: string;
}

/** The worker, their supervisor and what holds where they work. */
export interface Me {
  worker: string;
  name: string;
  role: string;
  site: string;
  site_name: string;
  /** Sites at which they may register people: code, name. */
  sites: [string, string][];
  /** `reads`: the segment of a question that both may read, but where a brief `asks` otherwise. */
  supervisor: { worker?: string; name: string; phone: string; reads?: string };
  on_call: OnCall[];
  /** Help lines of the country: name, number, hours. */
  help_lines?: [string, string, string][];
  permissions: string[];
  /** Sites to which they may refer: code, name, kind of destination as `Referral.to` says. */
  refer?: [string, string, string][];
  synthetic: boolean;
  node: string;
  /** After so many days without contact the phone shows nothing until it has had contact. */
  offline_days: number;
  /** Feedback and counts of this worker's month, in words. */
  month: string[];
}

export interface SyncRequest {
  /** 1 was a phone that took whole briefs only. */
  v: 2;
  /** The phone's clock. */
  now: string;
  /** The last turn whose briefs are safely stored; 0 at the beginning, or to have everything again. */
  turn: number;
  facts: Fact[];
  content: string;
  /** Digest of the `me` the phone has; "" for none. */
  me: string;
  /** People of whom the whole brief is wanted: what was made of a change was not right. */
  whole?: string[];
  /** How many entries wait on the phone, and its free space, where it knows. */
  unsent?: number;
  free_mb?: number;
}

/** On the wire what is empty is left out: receipts, settled, briefs, drop, more; and `content` and `me_digest` where
 * they are those of the request. */
export interface SyncResponse {
  v: 1;
  now: string;
  /** `now` of the request that this answers. */
  to?: string;
  turn: number;
  /** Fact id ("" for the one at the same place in the request), `new`, `again` or `held`, and why it is held. */
  receipts: [string, "new" | "again" | "held", string][];
  /** Facts held earlier of which somebody has decided: id, `mended` or `dismissed`, in words. */
  settled: [string, string, string][];
  briefs: Brief[];
  /** Where in the request a fact of the person stands, and what is different in their brief: see sync/difference.ts. */
  changed?: [number, unknown][];
  /** Digest of the briefs that come of `changed`. */
  check?: string;
  drop: string[];
  /** More briefs wait: ask again. */
  more: boolean;
  content: string;
  me?: Me;
  /** Of `me` only this is new. */
  month?: Me["month"];
  me_digest: string;
  /** Forget every brief before storing these: the server no longer knows what the phone holds. */
  reset?: boolean;
  /** How many people in care are here without their care, and how many registered people are not here at all. */
  beyond?: [number, number];
}

export interface Enrolled {
  device: string;
  token: string;
  me: Me;
  me_digest: string;
  content: string;
}

/** 401 with this body: the phone was taken away from the worker (wipe), or does not count any more. */
export interface Refusal {
  wipe: boolean;
  says: string;
  /** Ids of what was sent with the request and is kept at the clinic: forget everything only when all unsent are. */
  kept?: string[];
}

/** An entry of the content bundle, by kind and then id; the newest version of each, and every version of instruments. */
export interface Bundle {
  version: string;
  instruments: Instrument[];
  safety: Record<string, unknown>;
  protocols: Record<string, unknown>[];
  manuals: Record<string, unknown>[];
  /** Help lines of countries, where some are known. */
  numbers?: Record<string, unknown>[];
  /** Segments of a record that this worker's roles may read, and those whose scores they read. */
  segments?: string[];
  scores?: string[];
  /** Language code -> its words. */
  languages: Record<string, Language>;
  /** Sentences of the clinic, in groups: the English of what languages say in `Language.said`, in the same order. */
  said?: Record<string, string[]>;
  /** Recordings that may be fetched, where a pack brings some: the digest of each, its bytes, and who speaks. */
  clips?: { id: string; bytes: number; by: string }[];
}

export interface Language {
  name: string;
  dir: "ltr" | "rtl";
  /** "complete" or "draft": drafts are marked on the screen. */
  status: string;
  /** No speaker of it has gone over the words yet. */
  unread?: boolean;
  words: Record<string, string>;
  /** What the clinic's sentences are in it, see `decide/said.ts`; "" where it has none. */
  said?: Record<string, string[]>;
  /** Recordings of single words: key -> the id of one of the bundle's `clips`. */
  clips?: Record<string, string>;
}

/** See `vwazen/content/model.py` for what each field means. */
export interface Instrument {
  id: string;
  version: number;
  name: string;
  title: string;
  direction: string;
  segment: string;
  credit?: string;
  form: string;
  wording: string;
  recall: { text: string; days?: number };
  ages: { low?: number; high?: number };
  administered_by: string[];
  aloud_in_company: boolean;
  answer_lists?: Record<string, { options: { value: number; unscored?: boolean }[]; ordinal_differs?: boolean }>;
  items?: Item[];
  texts?: Record<string, InstrumentText>;
  score: { method: string; multiply?: number; screen?: string[]; acute?: string | null; per_days?: number };
  range?: { low: number; high: number | null; step?: number } | null;
  missing: { rule: string; at_most?: number; decide_when_certain?: boolean };
  bands?: { low: number; high: number; name: string }[];
  cutoffs?: Cutoff[];
  subscales?: { id: string; name: string; items: string[]; at_least?: number }[];
  criteria?: { id: string; name: string; all_of: CountOf[] }[];
  safety?: { item: string; at_least: number; about: string }[];
  remarks?: { only_item: string; text: string }[];
  /** What a difference between two totals is worth; a figure that nobody found has no value. */
  change?: { meaningful?: { value?: number }; response?: { value?: number }; remission?: { value?: number } };
  reviewed: string;
}

export interface Cutoff {
  id: string;
  means: string;
  at_least?: number;
  at_most?: number;
  used?: boolean;
  sex?: string;
  ages?: { low?: number; high?: number };
}

export interface CountOf {
  items: string[];
  at_least: number;
  how_many: number;
  no_more_than?: number;
  at_least_for?: Record<string, number>;
}

export interface Item {
  id: string;
  answers?: string | null;
  whole?: { low?: number; high?: number | null } | null;
  reversed?: boolean;
  scored?: boolean;
  optional?: boolean;
  asked_if?: { any_of: string[]; at_least: number } | null;
  if_unanswered?: number | null;
  topic?: string;
}

export interface InstrumentText {
  status: string;
  stem?: string;
  instructions?: string;
  items?: Record<string, string>;
  answers?: Record<string, Record<string, string>>;
  /** Recordings of a language pack: item -> the id of one of the bundle's `clips`, which says stem, item and answers. */
  clips?: Record<string, string>;
}
