/** What the screens of help share: a draft that is kept while it is written, groups of choices, a day to choose. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { go, here, onward } from "../route.ts";
import type { Brief, Fact } from "../types.ts";
import { store } from "../store/index.ts";
import { day, t } from "../words.ts";
import { idBeside, LONG, plus, SHORT, type Part, type Visiting } from "./care.ts";
import { begin } from "./danger_flow.ts";
import { Banner, Empty, Page, Pick, Reading } from "./parts.tsx";
import { why } from "./people.ts";

export interface Draft<T> {
  key: string;
  /** undefined until it was looked for on the disk. */
  value: T | undefined;
  /** Whether there was one when the screen opened. */
  found: boolean;
  set: (part: Partial<T>) => void;
  drop: () => Promise<void>;
  /** Resolves when everything typed so far is on the disk. */
  kept: () => Promise<void>;
  failed: string;
}

/** A form's value, kept under `key` after every change, one write at a time; the newest value is written last. */
export function useDraft<T extends object>(key: string, start: () => T): Draft<T> {
  const [value, show] = useState<T>();
  const [found, setFound] = useState(false);
  const [failed, setFailed] = useState("");
  const now = useRef<T | undefined>(undefined);
  const writing = useRef<Promise<void> | undefined>(undefined);
  const dirty = useRef(false);
  useLayoutEffect(() => {
    let here = true;
    void store.draft<T>(key).then((old) => {
      if (!here) return;
      now.current = { ...start(), ...old };
      setFound(old !== undefined);
      show(now.current);
    });
    return () => {
      here = false;
    };
  }, [key]);
  const write = async () => {
    while (dirty.current) {
      dirty.current = false;
      try {
        await store.keepDraft(key, now.current);
        setFailed("");
      } catch (fault) {
        setFailed(why(fault));
      }
    }
    writing.current = undefined;
  };
  const kept = () => writing.current ?? Promise.resolve();
  return {
    key,
    value,
    found,
    failed,
    kept,
    set: (part) => {
      if (!now.current) return;
      now.current = { ...now.current, ...part };
      show(now.current);
      dirty.current = true;
      writing.current ??= write();
    },
    drop: async () => {
      dirty.current = false;
      await kept();
      await store.dropDraft(key);
    },
  };
}

/** The visit of today that is open in a draft and in which they were met: what is said now belongs to it. */
export function useOpenVisit(person: string): Visiting | undefined {
  const [visit, setVisit] = useState<Visiting>();
  useLayoutEffect(() => void store.draft<Visiting>(`person/${person}`).then(setVisit), [person]);
  return visit?.met === "seen" && visit.day === store.today() ? visit : undefined;
}

/** Stands while nothing is known yet, or where somebody is not on this phone. */
export function Nobody({ known }: { known: unknown }) {
  if (known === undefined) return <Reading back="today" />;
  return (
    <Page back="today">
      <Empty title={t("visit.gone")}>{t("visit.gone_help")}</Empty>
    </Page>
  );
}

/** Name and what tells two people of one name apart. */
export function Who({ brief }: { brief: Brief }) {
  const said = [brief.born ? age(brief.born) : "", brief.place ?? ""].filter(Boolean).join(" · ");
  return (
    <div>
      <h1>{brief.name}</h1>
      {said && <p class="muted small">{said}</p>}
    </div>
  );
}

function age(born: string): string {
  const today = store.today();
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return String(born.length === 10 && today.slice(5) < born.slice(5) ? years - 1 : years);
}

export interface ChoiceProps {
  name: string;
  legend: ComponentChildren;
  options: [string, string][];
  value: string;
  onPick: (value: string) => void;
  two?: boolean;
  three?: boolean;
  error?: string;
  hint?: string;
}

/** One of a few, as large answers. The first stands alone over the others where there are five. */
export function Choice({ name, legend, options, value, onPick, two, three, error, hint }: ChoiceProps) {
  const picks = options.map(([code, words]) => (
    <Pick name={name} value={code} checked={value === code} onPick={onPick}>
      {words}
    </Pick>
  ));
  return (
    <fieldset class={error ? "field bad" : undefined}>
      <legend>
        {legend} {hint && <span class="muted small">{hint}</span>}
      </legend>
      {error && <p class="error">{error}</p>}
      <div class={three ? "thirds" : "stack-s"}>
        {two ? (
          <>
            {picks.length % 2 === 1 && picks[0]}
            <div class="choices two">{picks.length % 2 === 1 ? picks.slice(1) : picks}</div>
          </>
        ) : (
          picks
        )}
      </div>
    </fieldset>
  );
}

export interface TextProps {
  name: string;
  label: ComponentChildren;
  value: string;
  onText: (value: string) => void;
  hint?: string;
  error?: string;
  type?: "text" | "number" | "date";
  long?: boolean;
  min?: string;
  max?: string;
}

/** Words, a number or a day. */
export function Text({ name, label, value, onText, hint, error, type = "text", long, min, max }: TextProps) {
  const about = hint ? `${name}-hint` : undefined;
  return (
    <div class={error ? "field bad" : "field"}>
      <label for={name}>{label}</label>
      {hint && (
        <p class="hint" id={about}>
          {hint}
        </p>
      )}
      {error && <p class="error">{error}</p>}
      {long ? (
        <textarea
          id={name}
          rows={3}
          maxLength={LONG}
          value={value}
          aria-describedby={about}
          onInput={(e) => onText(e.currentTarget.value)}
        />
      ) : (
        <input
          id={name}
          {...(type === "date" ? { type: "date", min, max } : { type: "text" })}
          inputMode={type === "number" ? "decimal" : undefined}
          maxLength={SHORT}
          autoComplete="off"
          value={value}
          aria-describedby={about}
          onInput={(e) => onText(e.currentTarget.value)}
        />
      )}
    </div>
  );
}

export interface WhenProps {
  name: string;
  legend: string;
  /** How many days from today each offered day lies. */
  offers: number[];
  /** A date, "other" while none is written, "none", or "" while nothing is chosen. */
  value: string;
  onDay: (value: string) => void;
  none?: string;
  error?: string;
  /** A day that has passed, or today. */
  past?: boolean;
}

/** A day to come: one of those offered, another, or (where `none` has words) none. */
export function When({ name, legend, offers, value, onDay, none, error, past }: WhenProps) {
  const today = store.today();
  const days = [...new Set(offers)].map((n) => plus(today, n));
  const other = Boolean(value) && value !== "none" && !days.includes(value);
  const chosen = other ? "other" : value;
  return (
    <>
      <Choice
        name={name}
        legend={legend}
        error={error}
        value={chosen}
        onPick={onDay}
        options={[
          ...days.map((one): [string, string] => [one, day(one, { weekday: true })]),
          ["other", t("visit.another_day")],
          ...(none ? [["none", none] as [string, string]] : []),
        ]}
      />
      {other && (
        <Text
          name={`${name}-day`}
          type="date"
          {...(past ? { max: today } : { min: today })}
          label={t("visit.which_day")}
          value={value === "other" ? "" : value}
          onText={(text) => onDay(text || "other")}
        />
      )}
    </>
  );
}

/** What kept the form from being saved, or from being kept while it was written. */
export function Trouble({ why }: { why: string }) {
  return why ? (
    <Banner tone="now">
      <b>{t("visit.failed", { why })}</b>
    </Banner>
  ) : null;
}

/** How far: bars, and "3 of 9" as the heading. */
export function Progress({ at, all, children }: { at: number; all: number; children: ComponentChildren }) {
  return (
    <div class="bar small muted">
      <span class="prog" aria-hidden="true">
        {Array.from({ length: all }, (_, i) => (
          <i class={i + 1 < at ? "f" : i + 1 === at ? "c" : undefined} />
        ))}
      </span>
      <h1 class="small">{children}</h1>
    </div>
  );
}

/** The parts of a form as facts of one moment; those that belong to the contact name it. `within`: its id, where it is
 * not the form's own first part. */
export async function factsOf(person: string, first: string, parts: Part[], within = first): Promise<Fact[]> {
  const made: Fact[] = [];
  const { occurred } = store.fact(person, { kind: "note" }); // one moment for all of it
  for (const part of parts) {
    const saying = { id: part.key ? await idBeside(first, part.key) : first, occurred: part.occurred ?? occurred };
    made.push(store.fact(person, part.body, part.within && within ? { ...saying, encounter: within } : saying));
  }
  return made;
}

export interface Saving {
  /** What kept it from being saved, or from being kept while it was written. */
  failed: string;
  fail: (fault: unknown) => void;
  /** Saves all of it or nothing, and the draft goes with it. Whether that was done. */
  save: (facts: () => Promise<Fact[]>) => Promise<boolean>;
  /** Goes to the next screen after a save, unless they went elsewhere while it lasted. */
  onward: (path: string) => void;
}

/** Saves what a form has become, once however often it is pressed. */
export function useSave(draft: Pick<Draft<object>, "key" | "kept" | "failed">): Saving {
  const [failed, setFailed] = useState("");
  const busy = useRef(false);
  const from = useRef("");
  const fail = (fault: unknown) => setFailed(why(fault));
  const save = async (facts: () => Promise<Fact[]>) => {
    if (busy.current) return false;
    busy.current = true;
    from.current = here();
    try {
      const made = await facts();
      await draft.kept();
      await store.save(made, draft.key);
      return true;
    } catch (fault) {
      fail(fault);
      return false;
    } finally {
      busy.current = false;
    }
  };
  return { failed: failed || draft.failed, fail, save, onward: (path) => onward(from.current, path) };
}

/** Save what tells of a danger at once and go to the steps, whatever else was opened meanwhile; `back` is where they lead
 * to afterwards. */
export async function toDanger(facts: Fact[], person: string, risk: string, back: string): Promise<void> {
  const steps = `danger/${person}/${risk}`;
  await store.save(facts);
  if (!(await store.draft(steps))) await store.keepDraft(steps, begin(new Date().toISOString(), back));
  go(steps);
}
