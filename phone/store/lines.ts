/** A line for each person, as the lists show them: of a brief, or of a registration that only this phone has. */

import { keys } from "../decide/sound.ts";
import type { Body, Brief, Fact, Me } from "../types.ts";
import type { Line } from "./api.ts";

/** A line of the index as it is kept. */
export interface Kept extends Omit<Line, "mine" | "tried"> {
  site: string;
  aliases: string[];
}

/** Lines without what this phone wrote, and the place of each person's among them. */
export function bare(index: Map<string, Kept>): { lines: Line[]; at: Map<string, number> } {
  const lines = [...index.values()].map(({ site: _, aliases: __, ...line }) => ({ ...line, mine: false }));
  return { lines, at: new Map(lines.map((line, place) => [line.person, place])) };
}

/** The line of whom this brief is about. */
export function lineOf(brief: Brief): Kept {
  return {
    person: brief.person,
    name: brief.name,
    place: brief.place ?? "",
    born: brief.born ?? "",
    keys: brief.keys,
    care: brief.care ?? false,
    owner: brief.owner ?? "",
    given: brief.given ?? false,
    next: brief.next ?? "",
    lists: brief.lists ?? [],
    tasks: brief.tasks ?? [],
    site: brief.site,
    aliases: brief.aliases ?? [],
  };
}

/** How somebody is called whom this registers. */
export function nameOf(body: Body): string {
  return String(body.chosen_name || body.name || "");
}

/** The danger that something recorded here belongs to: its id; "" for none. */
export function riskOf({ id, body }: Fact): string {
  return body.kind === "concern" ? id : typeof body["risk"] === "string" ? body["risk"] : "";
}

/** The line of somebody whom only this phone knows. `mine`: it is not sent yet. */
export function registered(fact: Fact, owner: string, mine: boolean): Line {
  const name = nameOf(fact.body);
  const both = keys(`${String(fact.body.name ?? "")} ${String(fact.body.chosen_name ?? "")}`);
  return {
    person: fact.person,
    name,
    place: String(fact.body.place ?? ""),
    born: String(fact.body.born ?? ""),
    keys: both,
    care: true,
    owner,
    next: "",
    lists: [],
    tasks: [],
    mine,
  };
}

/** The brief of somebody whom only this phone knows; the latest registration counts. Whether the supervisor may know of
 * somebody at another site than the worker's first the server has not said yet. */
export function fromRegistration(mine: Fact[], me: Me): Brief | undefined {
  const fact = mine.filter((one) => one.body.kind === "registration").at(-1);
  if (!fact) return undefined;
  const { name, place, born, keys: sounds } = registered(fact, me.worker, true);
  const words = (key: string) => (fact.body[key] ? { [key]: String(fact.body[key]) } : {});
  return {
    person: fact.person,
    name,
    site: fact.site,
    keys: sounds,
    care: true,
    owner: me.worker,
    ...(fact.site !== me.site && { asks: "" }),
    ...(place && { place }),
    ...(born && { born }),
    ...words("gender"),
    ...words("phone"),
  };
}
