/** What several screens need of a person. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { plainName } from "../decide/sound.ts";
import type { Line } from "../store/api.ts";
import { store } from "../store/index.ts";
import type { Brief, Fact } from "../types.ts";

export interface Known {
  brief: Brief;
  mine: Fact[];
}

/** How often a screen that has something to show was painted, up to `last`: what lies below its edge waits, so that
 * what is looked at first comes at once and no tap waits for long. */
export function usePainted(shows = true, last = 1): number {
  const [times, setTimes] = useState(0);
  useLayoutEffect(() => {
    if (!shows || times >= last) return;
    // Out of sight nothing is painted, and then it does not matter when.
    let timer = setTimeout(() => setTimes(times + 1), 500);
    const frame = requestAnimationFrame(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setTimes(times + 1));
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [shows, times]);
  return times;
}

/** Tells of a change in the store after whatever made it has ended: a screen that is left by saving is not drawn again.
 * Returns how to stop. */
export function watchStore(told: () => void, drafts = true): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = store.watch((what) => {
    if (!drafts && what === "draft") return;
    clearTimeout(timer);
    timer = setTimeout(told);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

/** Asks the store before the first picture, and again whenever it changed: `drafts` says whether for drafts as well. */
function useAsked<T>(ask: () => Promise<T>, take: (found: T) => void, drafts: boolean, about: string): void {
  useLayoutEffect(() => {
    let gone = false;
    const load = () => void ask().then((found) => !gone && take(found));
    load();
    const stop = watchStore(load, drafts);
    return () => {
      gone = true;
      stop();
    };
  }, [about]);
}

/** The person and what this worker recorded of them; undefined while it is read, null for somebody not on this phone.
 * Read again whenever something other than a draft changed. */
export function usePerson(id: string): Known | null | undefined {
  const [known, setKnown] = useState<Known | null | undefined>(undefined);
  useAsked(() => store.person(id), setKnown, false, id);
  return known;
}

/** The lines of everybody on this phone: the same array until the store changes. */
export function useLines(): Line[] {
  const [lines, setLines] = useState(() => store.lines());
  useEffect(() => {
    const look = () => setLines(store.lines());
    look();
    return watchStore(look);
  }, []);
  return lines;
}

/** A value of this key that survives the death of the phone. `undefined` while it is read. `keep` shows it at once and
 * resolves on the disk; writes follow each other in order, and one that is overtaken is left out. `settled` resolves
 * when all that was kept so far lies there, and tries what failed once more. */
export function useDraft<T>(
  key: string,
  fresh: () => T,
  resume?: (kept: T) => Promise<void>,
): [value: T | undefined, keep: (value: T) => Promise<void>, settled: () => Promise<void>] {
  const [value, setValue] = useState<T | undefined>(undefined);
  useLayoutEffect(() => {
    let gone = false;
    const load = async () => {
      const kept = await store.draft<T>(key);
      if (kept !== undefined) await resume?.(kept).catch(() => undefined);
      if (!gone) setValue(kept ?? fresh());
    };
    void load();
    return () => {
      gone = true;
    };
  }, [key]);
  const newest = useRef<T | undefined>(undefined);
  const queue = useRef<Promise<void>>(Promise.resolve());
  const keep = (next: T) => {
    setValue(next);
    newest.current = next;
    const write = () => (newest.current === next ? store.keepDraft(key, next) : undefined);
    queue.current = queue.current.then(write, write);
    return queue.current;
  };
  const settled = () => queue.current.catch(() => (queue.current = store.keepDraft(key, newest.current)));
  return [value, keep, settled];
}

/** The keys of everything that is not finished. */
export function useDrafts(): string[] {
  const [keys, setKeys] = useState<string[]>([]);
  useAsked(
    () => store.drafts(),
    (found) => setKeys((old) => (String(old) === String(found) ? old : found)),
    true,
    "",
  );
  return keys;
}

/** Those of whose name, but for how it is written, there is another among them. */
export function namesakes(lines: Line[]): Set<string> {
  const called = new Map<string, string[]>();
  for (const one of lines) {
    const name = plainName(one);
    called.set(name, [...(called.get(name) ?? []), one.person]);
  }
  return new Set([...called.values()].filter((those) => those.length > 1).flat());
}

/** Age in whole years on a day, as far as the birth year tells; null where it is not known. */
export function ageOf(born: string | undefined, today: string): number | null {
  return born ? Number(today.slice(0, 4)) - Number(born.slice(0, 4)) : null;
}

/** What went wrong, in words. */
export function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
