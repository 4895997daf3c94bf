/** What several screens need of a person. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Line } from "../store/api.ts";
import { store } from "../store/index.ts";
import type { Brief, Fact } from "../types.ts";

export interface Known {
  brief: Brief;
  mine: Fact[];
}

/** The person and what this worker recorded of them; undefined while it is read, null for somebody not on this phone.
 * Read again whenever the store changes. */
export function usePerson(id: string): Known | null | undefined {
  const [known, setKnown] = useState<Known | null | undefined>(undefined);
  useEffect(() => {
    let gone = false;
    const load = () => void store.person(id).then((found) => !gone && setKnown(found));
    load();
    const stop = store.watch(load);
    return () => {
      gone = true;
      stop();
    };
  }, [id]);
  return known;
}

/** The lines of everybody on this phone: the same array until the store changes. */
export function useLines(): Line[] {
  const [lines, setLines] = useState(() => store.lines());
  useEffect(() => store.watch(() => setLines(store.lines())), []);
  return lines;
}

/** A value of this key that survives the death of the phone. `undefined` while it is read. `keep` resolves on the disk;
 * writes follow each other in order, and one that is overtaken is left out. */
export function useDraft<T>(
  key: string,
  fresh: () => T,
  resume?: (kept: T) => Promise<void>,
): [T | undefined, (value: T) => Promise<void>] {
  const [value, setValue] = useState<T | undefined>(undefined);
  useEffect(() => {
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
  return [value, keep];
}

/** The keys of everything that is not finished. */
export function useDrafts(): string[] {
  const [keys, setKeys] = useState<string[]>([]);
  useEffect(() => {
    let gone = false;
    const load = () => void store.drafts().then((found) => !gone && setKeys(found));
    load();
    const stop = store.watch(load);
    return () => {
      gone = true;
      stop();
    };
  }, []);
  return keys;
}

/** Age in whole years on a day, as far as the birth year tells; null where it is not known. */
export function ageOf(born: string | undefined, today: string): number | null {
  return born ? Number(today.slice(0, 4)) - Number(born.slice(0, 4)) : null;
}

/** What went wrong, in words. */
export function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
