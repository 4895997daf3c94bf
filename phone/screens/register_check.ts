/** What was typed about a birth, as the server reads it. Pure. */

import { latin } from "../decide/numbers.ts";

/** YYYY, YYYY-MM or a date; an age in years becomes a year; "" for nothing; null for what is none of these. */
export function birth(text: string, today: string): string | null {
  const bare = latin(text);
  const thisYear = Number(today.slice(0, 4));
  if (!bare) return "";
  if (/^\d{1,3}$/.test(bare)) return Number(bare) <= 120 ? String(thisYear - Number(bare)) : null;
  const found = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?$/.exec(bare);
  if (!found || Number(found[1]) < thisYear - 120) return null;
  const whole = `${found[1]}-${found[2] ?? "01"}-${found[3] ?? "01"}`;
  const date = new Date(`${whole}T12:00:00Z`);
  const real = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === whole;
  return real && whole <= today ? bare : null;
}
