/** Recordings that language packs name. They are content like the words, nothing of anybody, so they lie in a cache of
 * their own, in the clear, for every worker of the phone. Each comes by itself, after everything else. */

import type { Bundle } from "../types.ts";
import { FLOOR } from "./client.ts";
import { TIMEOUT } from "./wire.ts";

export const CACHE = "vwazen-clips";

export const addressOf = (id: string) => `/sync/content/${id}`;

export interface Fetching {
  bundle: Bundle;
  token: string;
  /** Its recordings come first. */
  language: string;
  /** Whether others work with this phone: what one does not need another may. */
  shared: boolean;
  /** Free bytes; undefined where the phone does not say. */
  free: () => Promise<number | undefined>;
  /** Asked before each: whether to leave the rest for another time. */
  stopped: () => boolean;
}

/** Fetch what is not here yet, until the line, the space or the worker says no: the next contact goes on. */
export async function fetchClips({ bundle, token, language, shared, free, stopped }: Fetching): Promise<void> {
  const wanted = bundle.clips ?? [];
  if (typeof caches === "undefined" || (!wanted.length && !(await caches.has(CACHE)))) return;
  const cache = await caches.open(CACHE);
  const ids = new Set(wanted.map((one) => one.id));
  for (const { url } of shared ? [] : await cache.keys())
    if (!ids.has(url.slice(url.lastIndexOf("/") + 1))) await cache.delete(url);
  const first = idsOf(bundle, language);
  for (const one of [...wanted].sort((a, b) => Number(first.has(b.id)) - Number(first.has(a.id)))) {
    if (await cache.match(addressOf(one.id))) continue;
    const room = await free();
    if (stopped() || (room !== undefined && room < FLOOR + one.bytes)) return;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT);
    try {
      const headers = { Authorization: `Bearer ${token}` };
      const how = { credentials: "omit", cache: "no-store", redirect: "error", signal: stop.signal } as const;
      const answer = await fetch(addressOf(one.id), { ...how, headers });
      if (answer.status === 404) continue;
      if (answer.status !== 200) return;
      const data = await answer.arrayBuffer();
      // Cut off, or another one: it is not kept, and asked for again.
      if ((await digest(data)) !== one.id) continue;
      const kind = { "Content-Type": answer.headers.get("Content-Type") ?? "" };
      await cache.put(addressOf(one.id), new Response(data, { headers: kind }));
    } catch {
      return;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Nobody works with this phone any more: whoever finds it hears nothing of what was asked on it. */
export async function forgetClips(): Promise<void> {
  if (typeof caches !== "undefined") await caches.delete(CACHE).catch(() => false);
}

/** A recording that is on this phone, wherever the network is. */
export async function clip(id: string): Promise<Blob | undefined> {
  if (typeof caches === "undefined") return undefined;
  const kept = await caches.match(addressOf(id), { cacheName: CACHE }).catch(() => undefined);
  return kept?.blob();
}

function idsOf(bundle: Bundle, language: string): Set<string> {
  const screens = bundle.languages[language]?.clips ?? {};
  const items = bundle.instruments.map((one) => one.texts?.[language]?.clips ?? {});
  return new Set([screens, ...items].flatMap((one) => Object.values(one)));
}

async function digest(data: ArrayBuffer): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
}
