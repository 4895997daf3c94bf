/** A brief made out of the one before it and what changed, as `vwazen/server/sync/difference.py` tells it. */

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The new value. What has another shape than the change counts as empty. */
export function applied(old: unknown, told: unknown): unknown {
  if (Array.isArray(told)) return edited(Array.isArray(old) ? old : [], told);
  if (!isFields(told)) return told;
  const found: Fields = isFields(old) ? { ...old } : {};
  for (const [name, value] of Object.entries(told))
    if (value === null) delete found[name];
    else found[name] = applied(found[name], value);
  return found;
}

/** `3` keeps three, `-3` leaves three out, an object changes the next one, a list is new. */
function edited(old: unknown[], told: unknown[]): unknown[] {
  const found: unknown[] = [];
  let at = 0;
  for (const step of told)
    if (Array.isArray(step)) found.push(...step);
    else if (isFields(step)) found.push(applied(old[at++], step));
    else {
      const many = Number(step);
      if (many > 0) found.push(...old.slice(at, at + many));
      at += Math.abs(many);
    }
  return found;
}

/** The change with the person's own id, for which U+007F stands on the wire. */
export function named(told: unknown, person: string): unknown {
  return JSON.parse(JSON.stringify(told).replaceAll("\x7f", person));
}

/** By which the phone knows that it made these briefs right. */
export async function check(briefs: unknown[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text(briefs)));
  return Array.from(new Uint8Array(digest, 0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** JSON with the fields in the order of their names. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (!isFields(value)) return JSON.stringify(value) ?? "null";
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${text(value[name])}`).join(",")}}`;
}
