/** Days, instants and ids. Milliseconds in, text out; the calendar is that of where the phone is. */

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const two = (n: number) => String(n).padStart(2, "0");

/** YYYY-MM-DD here. */
export function dayOf(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** An instant with the offset that holds here: 2026-11-19T10:15:00-05:00. */
export function atOffset(ms: number): string {
  const at = new Date(ms);
  const east = -at.getTimezoneOffset();
  const hours = two(Math.floor(Math.abs(east) / 60));
  const offset = `${east < 0 ? "-" : "+"}${hours}:${two(Math.abs(east) % 60)}`;
  return `${dayOf(ms)}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${offset}`;
}

/** Whole days from one instant to another. */
export function daysBetween(from: number, to: number): number {
  return Math.floor((to - from) / DAY);
}

/** A UUIDv7: time first, as `vwazen/clinical/ids.py` makes them. */
export function uuid7(ms: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  let rest = Math.floor(ms);
  for (let i = 5; i >= 0; i--) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
