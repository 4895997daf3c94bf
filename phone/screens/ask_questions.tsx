/** One instrument from the beginning to what comes of it: that nobody else hears, then one question a screen. An answer
 * that tells of danger is saved at once and leads to the steps before anything else is shown. */

import { useRef, useState } from "preact/hooks";
import { go } from "../route.ts";
import type { Saying } from "../store/api.ts";
import { store } from "../store/index.ts";
import type { Brief, Fact } from "../types.ts";
import { language, t } from "../words.ts";
import { beside, bodyOf, firstOf, kept, openSafety, start, tells, versionOf, type Asking } from "./ask_flow.ts";
import { Question, Total } from "./ask_one.tsx";
import { Result } from "./ask_result.tsx";
import { Start } from "./ask_start.tsx";
import { Summary } from "./ask_summary.tsx";
import { begin, carried } from "./danger_flow.ts";
import { Banner, Empty, Page, Reading } from "./parts.tsx";
import { useDraft, why } from "./people.ts";

export function Questions({ brief, mine, name }: { brief: Brief; mine: Fact[]; name: string }) {
  const person = brief.person;
  const key = `ask/${person}/${name}`;
  const newest = versionOf(store.bundle.instruments, name);
  const [asking, keep, settled] = useDraft<Asking>(key, () => start(store.newId(), newest!, language()), settle);
  const [failed, setFailed] = useState("");
  const [saved, setSaved] = useState<Fact | undefined>(undefined);
  const leaving = useRef(false);
  const now = useRef(asking);
  now.current = asking;
  if (!newest)
    return (
      <Page title={t("ask.title")} back={`ask/${person}`}>
        <Empty title={t("ask.gone")} />
      </Page>
    );
  if (!asking) return <Reading back={`ask/${person}`} />;
  const instrument = versionOf(store.bundle.instruments, name, asking.version)!;
  const failing = (error: unknown) => setFailed(t("ask.failed", { why: why(error) }));
  if (saved) {
    const before = mine.filter((one) => one.id !== saved.id && one.id !== saved.amends && one.id !== asking.saved);
    const open = openSafety(instrument, kept(instrument, asking))[0];
    const risk = asking.saved || saved.id;
    const ask = () => {
      setSaved(undefined);
      void keep({ ...asking, pending: saved, saved: risk, last: saved.id, at: open!.id }).catch(failing);
    };
    return (
      <Result
        brief={brief}
        instrument={instrument}
        fact={saved}
        risk={risk}
        mine={before}
        onAsk={open && asking.total === null ? ask : undefined}
      />
    );
  }

  /** The next question is shown at once, and the answer is on its way to the disk meanwhile. Nobody goes on from there
   * before it has come: a power cut takes the answer of the question just left at the most. Where something is not on
   * the disk it says so and stays, with what was answered. */
  const move = async (next: Asking) => {
    try {
      if (next.at !== asking.at) await settled();
      // Another answer was chosen meanwhile: that one is shown.
      if (now.current !== asking) return;
      await keep(next);
      setFailed("");
    } catch (error) {
      failing(error);
    }
  };
  const stop = () => go(`person/${person}`);
  const shared = {
    instrument,
    asking,
    trouble: failed && (
      <Banner tone="now">
        <p>{failed}</p>
      </Banner>
    ),
    onPause: () => go("today"),
    onBack: () => void move({ ...asking, at: beside(instrument, asking, -1) }),
  };

  if (asking.at === "start")
    return (
      <Start
        {...shared}
        name={brief.name}
        onChange={(next) => void move(next)}
        onBegin={() => void move({ ...asking, at: firstOf(instrument) })}
        onLater={() => void store.dropDraft(key).then(stop)}
        back={`ask/${person}`}
      />
    );

  if (asking.at === "end") {
    const save = async () => {
      const body = bodyOf(instrument, asking);
      // What was saved as it was said, or was to be, is said again with the same bytes: it stands there once.
      const fact =
        asking.pending && JSON.stringify(body) === JSON.stringify(asking.pending.body)
          ? asking.pending
          : said(person, body, asking);
      try {
        await store.save([fact], key);
        setSaved(fact);
      } catch (error) {
        failing(error);
      }
    };
    return (
      <Summary
        {...shared}
        open={openSafety(instrument, kept(instrument, asking))}
        onChange={(at) => void move({ ...asking, at })}
        onSave={() => void save()}
        onThrow={() => void store.dropDraft(key).then(stop)}
      />
    );
  }

  if (asking.at === "total")
    return <Total key="total" {...shared} onTotal={(total) => void move({ ...asking, total, at: "end" })} />;

  /** Saves what was answered so far and goes to the steps: a danger never waits for the other questions. */
  const danger = async (after: Asking, item: string, told: number) => {
    if (leaving.current) return;
    leaving.current = true;
    const fact = said(person, bodyOf(instrument, after), after);
    const risk = after.saved || fact.id;
    const steps = `danger/${person}/${risk}`;
    const fresh = begin(new Date(store.clock()).toISOString(), key, item);
    carried.set(steps, { danger: fresh, fact });
    const draft = { ...after, told: { ...after.told, [item]: told }, saved: risk, last: fact.id, pending: fact };
    const begun = async () => (await store.draft(steps)) ?? (await store.keepDraft(steps, fresh));
    const answers = () => store.keepDraft(key, draft);
    // Each by itself, and to the steps whatever fails: the person matters before the record.
    await Promise.all([
      begun().catch(failing),
      settled().then(answers, answers).catch(failing),
      store.save([fact]).catch(failing),
    ]);
    go(steps);
  };
  const item = instrument.items?.find((one) => one.id === asking.at) ?? instrument.items![0]!;
  return (
    <Question
      key={item.id}
      {...shared}
      item={item}
      onAnswer={(here) => void move(here)}
      onNext={(here) => {
        const next = { ...here, at: beside(instrument, here, 1) };
        const answer = here.answers[item.id];
        if (tells(instrument, item.id, answer) && asking.told[item.id] !== answer) void danger(next, item.id, answer!);
        else void move(next);
      }}
    />
  );
}

/** The answers as one fact; those that go on from what was saved when they told of danger are the same entry, said
 * again and better. */
function said(person: string, body: Fact["body"], asking: Asking): Fact {
  const again: Saying = { amends: asking.last, ...(asking.pending ? { occurred: asking.pending.occurred } : {}) };
  return store.fact(person, body, asking.last ? again : { id: asking.id });
}

/** A fact that was on its way to the disk when the phone died is saved again, with the same bytes. */
async function settle({ pending }: Asking): Promise<void> {
  if (pending && !store.outgoing().some((one) => one.fact.id === pending.id)) await store.save([pending]);
}
