/** Messages of the team about a person: what was written, whom the next one is for, and the facts it becomes. Pure. */

import type { Body, Brief, Fact, Me, MessageBrief } from "../types.ts";
import type { Part } from "./care.ts";

/** One message as this phone shows it. `waits`: this worker has not said that they read it. */
export interface Told {
  id: string;
  text: string;
  by: string;
  author: string;
  at: string;
  mine: boolean;
  waits: boolean;
  read: string[];
  reply_to: string;
  segment: string;
}

/** Whom the next one is for, and what it answers. */
export interface To {
  worker: string;
  name: string;
  segment: string;
  answers?: Told;
}

/** The messages that the clinic knows and those of this phone; whom the next one may be for: whoever wrote last and has
 * no answer yet, then the supervisor, where they may know of it. `hidden`: one waits that this worker may not read. */
export function thread(brief: Brief, mine: Fact[], me: Me): { told: Told[]; to: To[]; hidden: boolean } {
  const said = new Set(mine.filter(({ body }) => body.kind === "message_read").map(({ body }) => body["message"]));
  const known = (brief.messages ?? []).map((one) => told(one, me, said));
  const ids = new Set(known.map((one) => one.id));
  const own = mine.filter(({ id, body }) => body.kind === "message" && !ids.has(id));
  const all = [...known, ...own.map((fact) => told(writtenHere(fact), me, said))];
  const answered = new Set(all.filter((one) => one.mine).map((one) => one.reply_to));
  const open = all.filter((one) => !one.mine && !one.reply_to && !answered.has(one.id)).at(-1);
  const waiting = (brief.tasks ?? []).filter(({ kind, id }) => kind === "message" && !said.has(messageOf(id)));
  const hidden = waiting.some(({ id }) => !ids.has(messageOf(id)));
  const { worker = "", name } = me.supervisor;
  const reads = brief.asks ?? me.supervisor.reads;
  const to: To[] = open ? [{ worker: open.author, name: open.by, segment: open.segment, answers: open }] : [];
  if (worker && reads && worker !== open?.author) to.push({ worker, name, segment: reads });
  return { told: all, to, hidden };
}

function told(one: MessageBrief, me: Me, said: Set<unknown>): Told {
  const { id, text, author, by = "", at, read = [], reply_to = "", segment = "mental-health" } = one;
  const waits = Boolean(one.waits) && !said.has(id);
  return { id, text, by, author, at, mine: author === me.worker, waits, read, reply_to, segment };
}

function writtenHere({ id, author, occurred, body }: Fact): MessageBrief {
  const { text, reply_to, segment } = body as unknown as MessageBrief;
  return { id, text, author, at: occurred, ...(reply_to && { reply_to }), ...(segment && { segment }) };
}

/** The message that a task of this id waits for. */
const messageOf = (task: string): string => task.slice("message:".length);

/** As a body has it: what is usual is left out. */
const of = (segment: string) => (segment === "mental-health" ? {} : { segment });

/** That a message was read. */
export function read(one: Told): Body {
  return { kind: "message_read", message: one.id, ...of(one.segment) };
}

/** A message as facts: whoever answers has read what they answer. */
export function written(text: string, { worker, segment, answers }: To): Part[] {
  const body = {
    kind: "message",
    text: text.trim(),
    to: [worker],
    ...(answers && { reply_to: answers.id }),
    ...of(segment),
  };
  return [{ key: "", body }, ...(answers?.waits ? [{ key: `read:${answers.id}`, body: read(answers) }] : [])];
}
