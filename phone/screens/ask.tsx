/** Ask: choose an instrument, see that nobody else hears, then one question a screen. An answer that tells of danger
 * is saved at once and leads to the steps before anything else is shown. */

import { useState } from "preact/hooks";
import { mayGive, planOf, readAnswers } from "../decide/asked.ts";
import { scoreTotal } from "../decide/score.ts";
import { go } from "../route.ts";
import type { Saying } from "../store/api.ts";
import { store } from "../store/index.ts";
import type { Brief, Fact, Instrument } from "../types.ts";
import { day, language, t } from "../words.ts";
import {
  beside,
  bodyOf,
  firstOf,
  kept,
  openSafety,
  placeOf,
  start,
  tells,
  totalOnly,
  versionOf,
  type Asking,
} from "./ask_flow.ts";
import { Answers, Listen, Whole, Wording } from "./ask_parts.tsx";
import { Result } from "./ask_result.tsx";
import { Start } from "./ask_start.tsx";
import { Summary } from "./ask_summary.tsx";
import { begin, carried } from "./danger_flow.ts";
import { Banner, Empty, Page, Row, Rows } from "./parts.tsx";
import { ageOf, useDraft, useDrafts, usePerson, why } from "./people.ts";

export function Ask({ params }: { params: Record<string, string> }) {
  const { person = "", instrument = "" } = params;
  const known = usePerson(person);
  if (known === undefined) return <Page back="today" />;
  if (known === null)
    return (
      <Page title={t("ask.title")} back="today">
        <Empty title={t("ask.nobody")}>{t("ask.nobody_help")}</Empty>
      </Page>
    );
  return instrument ? (
    <Questions key={instrument} brief={known.brief} mine={known.mine} name={instrument} />
  ) : (
    <Choose brief={known.brief} />
  );
}

/** Every instrument that this worker may give, those that the person's care follows first. No word of illness. */
function Choose({ brief }: { brief: Brief }) {
  const begun = useDrafts();
  const all = mayGive(store.bundle, ageOf(brief.born, store.today()));
  const today = store.today();
  const last = new Map((brief.asked ?? []).map(([id, asked]) => [id, asked]));
  const followed = new Set([...(brief.episodes ?? []).map((one) => one.instrument), ...last.keys()]);
  const waiting = new Set((brief.asked ?? []).filter(([, , from]) => from && from <= today).map(([id]) => id));
  const due = all.filter((one) => waiting.has(one.id));
  const others = all.filter((one) => !waiting.has(one.id));
  others.sort((a, b) => Number(followed.has(b.id)) - Number(followed.has(a.id)));
  const row = (one: Instrument) => {
    const asked = last.get(one.id);
    const words = [
      totalOnly(one)
        ? t("ask.total_only")
        : t("ask.items", { n: one.items?.filter((item) => !item.optional).length ?? 0 }),
      one.wording === "numbered" ? t("ask.paper_form") : "",
      asked ? t("ask.last", { day: day(asked) }) : "",
      begun.includes(`ask/${brief.person}/${one.id}`) ? t("ask.resume") : "",
    ];
    return (
      <Row key={one.id} name={one.name} to={`ask/${brief.person}/${one.id}`} meta={words.filter(Boolean).join(" · ")} />
    );
  };
  return (
    <Page title={t("ask.choose", { name: brief.name })} back={`person/${brief.person}`} backText={brief.name}>
      {!all.length && <Empty title={t("ask.none")}>{t("ask.none_help")}</Empty>}
      {due.length > 0 && (
        <section>
          <h2>{t("ask.due")}</h2>
          <Rows>{due.map(row)}</Rows>
        </section>
      )}
      {others.length > 0 && (
        <section>
          {due.length > 0 && <h2>{t("ask.others")}</h2>}
          <Rows>{others.map(row)}</Rows>
        </section>
      )}
    </Page>
  );
}

/** One instrument from the beginning to what comes of it. */
function Questions({ brief, mine, name }: { brief: Brief; mine: Fact[]; name: string }) {
  const person = brief.person;
  const key = `ask/${person}/${name}`;
  const newest = versionOf(store.bundle.instruments, name);
  const [asking, keep] = useDraft<Asking>(key, () => start(store.newId(), newest!, language()), settle);
  const [wrong, setWrong] = useState("");
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const [failed, setFailed] = useState("");
  const [saved, setSaved] = useState<Fact | undefined>(undefined);
  if (!newest)
    return (
      <Page title={t("ask.title")} back={`ask/${person}`}>
        <Empty title={t("ask.gone")} />
      </Page>
    );
  if (!asking) return <Page back={`ask/${person}`} />;
  const instrument = versionOf(store.bundle.instruments, name, asking.version)!;
  if (saved) {
    const before = mine.filter((one) => one.id !== saved.id && one.id !== saved.amends && one.id !== asking.saved);
    const open = openSafety(instrument, kept(instrument, asking))[0];
    const ask = () => {
      setSaved(undefined);
      void keep({ ...asking, at: open!.id });
    };
    return (
      <Result
        brief={brief}
        instrument={instrument}
        fact={saved}
        risk={asking.saved || saved.id}
        mine={before}
        onAsk={open && asking.total === null ? ask : undefined}
      />
    );
  }

  /** Goes on only once it is on the disk. Where that fails it says so; what was answered stays on the screen. */
  const move = async (next: Asking) => {
    setWrong("");
    try {
      await keep(next);
      setFailed("");
      setTyped(undefined);
    } catch (error) {
      setFailed(t("ask.failed", { why: why(error) }));
    }
  };
  const stop = () => go(`person/${person}`);
  const pause = () => go("today");
  const trouble = failed && (
    <Banner tone="now">
      <p>{failed}</p>
    </Banner>
  );

  if (asking.at === "start")
    return (
      <Start
        instrument={instrument}
        asking={asking}
        name={brief.name}
        trouble={trouble}
        onChange={(next) => void move(next)}
        onBegin={() => void move({ ...asking, at: firstOf(instrument) })}
        onLater={() => void store.dropDraft(key).then(stop)}
        back={`ask/${person}`}
      />
    );

  if (asking.at === "end") {
    const save = async () => {
      const body = bodyOf(instrument, asking);
      if (asking.last && JSON.stringify(body) === JSON.stringify(asking.pending?.body)) {
        await store.dropDraft(key);
        return setSaved(asking.pending);
      }
      const fact = asking.last ? store.fact(person, body, again(asking)) : store.fact(person, body, { id: asking.id });
      try {
        await keep({ ...asking, pending: fact, saved: asking.saved || fact.id, last: fact.id });
        await store.save([fact]);
        await store.dropDraft(key);
        setSaved(fact);
      } catch (error) {
        setFailed(t("ask.failed", { why: why(error) }));
      }
    };
    return (
      <Summary
        instrument={instrument}
        asking={asking}
        open={openSafety(instrument, kept(instrument, asking))}
        trouble={trouble}
        onChange={(at) => void move({ ...asking, at })}
        onBack={() => void move({ ...asking, at: beside(instrument, asking, -1) })}
        onPause={pause}
        onSave={() => void save()}
        onThrow={() => void store.dropDraft(key).then(stop)}
      />
    );
  }

  if (asking.at === "total") {
    const text = typed ?? (asking.total === null ? "" : String(asking.total));
    const next = () => {
      const total = number(text);
      const bad = total === undefined ? "" : scoreTotal(instrument, total).invalid[0]?.why;
      if (total === undefined) return setWrong(t("ask.total_wrong"));
      if (bad) return setWrong(t("ask.invalid", { why: bad }));
      return void move({ ...asking, total, at: "end" });
    };
    const { low = 0, high = null } = instrument.range ?? {};
    return (
      <Page
        key="total"
        back={() => void move({ ...asking, at: "start" })}
        pause={pause}
        title={instrument.name}
        action={{ text: t("ask.next"), onClick: next, next: true }}
      >
        {trouble}
        <p>{t("ask.total_why")}</p>
        <Whole
          label={t("ask.total")}
          hint={high === null ? t("ask.at_least", { low }) : t("ask.between", { low, high })}
          typed={text}
          onTyped={setTyped}
          wrong={wrong}
        />
        {Boolean(instrument.safety?.length) && (
          <Banner tone="soon">
            <p>{t("ask.total_safety")}</p>
          </Banner>
        )}
      </Page>
    );
  }

  const item = instrument.items?.find((one) => one.id === asking.at) ?? instrument.items![0]!;
  const value = asking.answers[item.id];
  const text = typed ?? (value === undefined ? "" : String(value));
  const answer = (chosen: number) =>
    void move({
      ...asking,
      answers: { ...asking.answers, [item.id]: chosen },
      skipped: asking.skipped.filter((one) => one !== item.id),
    });

  /** Saves what was answered so far and goes to the steps: a danger never waits for the other questions. */
  const danger = async (after: Asking, told: number) => {
    const fact = after.last
      ? store.fact(person, bodyOf(instrument, after), again(after))
      : store.fact(person, bodyOf(instrument, after), { id: after.id });
    const risk = after.saved || fact.id;
    const steps = `danger/${person}/${risk}`;
    const fresh = begin(new Date(store.clock()).toISOString(), key, item.id);
    carried.set(steps, { danger: fresh, fact });
    const draft = { ...after, told: { ...after.told, [item.id]: told }, saved: risk, last: fact.id, pending: fact };
    const failing = (error: unknown) => setFailed(t("ask.failed", { why: why(error) }));
    // Each by itself, and to the steps whatever fails: the person matters before the record.
    if (!(await store.draft(steps).catch(failing))) await store.keepDraft(steps, fresh).catch(failing);
    await keep(draft).catch(failing);
    await store.save([fact]).catch(failing);
    go(steps);
  };

  const next = async () => {
    let answers = asking.answers;
    if (item.whole) {
      const whole = number(text);
      if (whole === undefined) return setWrong(t("ask.number_wrong"));
      answers = { ...answers, [item.id]: whole };
      const bad = readAnswers(planOf(instrument), { [item.id]: whole }).invalid[0]?.why;
      if (bad) return setWrong(t("ask.invalid", { why: bad }));
    } else if (value === undefined) return setWrong(t("ask.choose_one"));
    const skipped = asking.skipped.filter((one) => one !== item.id);
    const here = { ...asking, answers, skipped };
    const after = { ...here, at: beside(instrument, here, 1) };
    const said = answers[item.id];
    if (tells(instrument, item.id, said) && asking.told[item.id] !== said) return danger(after, said!);
    return move(after);
  };
  const none = () => {
    const answers = { ...asking.answers };
    delete answers[item.id];
    const here = { ...asking, answers, skipped: [...asking.skipped.filter((one) => one !== item.id), item.id] };
    void move({ ...here, at: beside(instrument, here, 1) });
  };
  const { n, all, extra } = placeOf(instrument, asking);
  return (
    <Page
      key={item.id}
      back={() => void move({ ...asking, at: beside(instrument, asking, -1) })}
      pause={pause}
      footer={
        <button type="button" class="btn" onClick={none}>
          {t("ask.no_answer")}
        </button>
      }
      action={{ text: t("ask.next"), onClick: () => void next(), next: true }}
    >
      <div class="bar small muted">
        <span class="prog" aria-hidden="true">
          {Array.from({ length: all }, (_, i) => (
            <i key={i} class={extra || i < n - 1 ? "f" : i === n - 1 ? "c" : ""} />
          ))}
        </span>
        <h1 class="small">
          {extra ? (
            t("ask.extra")
          ) : (
            <>
              <span class="sr">{t("ask.question")}</span> {t("ask.one_of", { n, all })}
            </>
          )}
        </h1>
      </div>
      {trouble}
      <fieldset class="stack">
        <legend>
          <Wording instrument={instrument} item={item} language={asking.language} />
        </legend>
        <Listen key={item.id} instrument={instrument} item={item} asking={asking} />
        <Answers
          instrument={instrument}
          item={item}
          asking={asking}
          onAnswer={(chosen) => chosen !== undefined && answer(chosen)}
          typed={text}
          onTyped={setTyped}
          wrong={wrong}
        />
      </fieldset>
    </Page>
  );
}

/** Answers that go on from those that were saved when they told of danger: the same entry, said again and better. */
function again(asking: Asking): Saying {
  return { amends: asking.last, ...(asking.pending ? { occurred: asking.pending.occurred } : {}) };
}

/** A fact that was on its way to the disk when the phone died is saved again, with the same bytes. */
async function settle({ pending }: Asking): Promise<void> {
  if (pending && !store.outgoing().some((one) => one.fact.id === pending.id)) await store.save([pending]);
}

function number(text: string): number | undefined {
  const bare = text.trim();
  return /^\d{1,6}$/.test(bare) ? Number(bare) : undefined;
}
