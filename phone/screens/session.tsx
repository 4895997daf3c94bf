/** A guided session: what to do and what can be said, one step a screen; then what to practise, and the short list. */

import { useState } from "preact/hooks";
import { go } from "../route.ts";
import { store } from "../store/index.ts";
import type { Body, Brief, Fact } from "../types.ts";
import { day, language, t } from "../words.ts";
import * as care from "./care.ts";
import * as talk from "./talk.ts";
import { Choice, factsOf, Nobody, Progress, Text, Trouble, useDraft, useOpenVisit, useSave, When } from "./form.tsx";
import { Empty, Page, Pick, Reading } from "./parts.tsx";
import { usePerson, type Known } from "./people.ts";
import { About, Checks, Scale, told, Which } from "./session_parts.tsx";

interface Holding extends talk.Held {
  id: string;
  manual: string;
  came: "" | "yes" | "no";
  mode: "home" | "clinic" | "phone";
  /** Which screen: 0 the beginning, 1 the numbers, then the steps, then what to practise, then the list. */
  at: number;
  /** Of the things to practise that the manual offers, those chosen. */
  chosen: string[];
  next: string;
}

export function Session({ params }: { params: Record<string, string> }) {
  const known = usePerson(params["person"]!);
  if (!known) return <Nobody known={known} />;
  const all = talk.manuals(store.bundle, store.me);
  const begun = new Set((known.brief.sessions ?? []).map(([name]) => name));
  const manual = all.find((one) => begun.has(one.treatment)) ?? all[0];
  if (!manual)
    return (
      <Page back={`person/${known.brief.person}`}>
        <Empty title={t("session.none")}>{t("session.none_help")}</Empty>
      </Page>
    );
  return <Held known={known} manual={manual} />;
}

function Held({ known, manual }: { known: Known; manual: talk.Manual }) {
  const { brief, mine } = known;
  const person = brief.person;
  const today = store.today();
  const before = talk.held(brief, mine, manual);
  const key = `session/${person}`;
  const draft = useDraft<Holding>(key, () => ({
    id: store.newId(),
    manual: manual.id,
    number: Math.min(before.many + 1, manual.sessions.length),
    came: "",
    mode: store.me.role === "chw" ? "home" : "clinic",
    at: 0,
    homework: "",
    ratings: {},
    problem: "",
    practise: "",
    chosen: [],
    checks: {},
    ends: "",
    next: "",
  }));
  const open = useOpenVisit(person);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const saving = useSave(draft);
  const one = draft.value;
  if (!one) return <Reading back={`person/${person}`} />;
  const session = manual.sessions[one.number - 1]!;
  const set = (part: Partial<Holding>) => {
    setWrong({});
    draft.set(part);
  };
  const contact = mine.find((fact) => met(fact, today));
  const last = session.steps.length + 3;
  const step = session.steps[one.at - 2];

  const parts = (): care.Part[] => {
    const next = care.dayOf(one.next);
    const encounter: Body = { kind: "encounter", mode: one.mode, ...(next && { next }) };
    if (one.came === "no") {
      const outcome = one.mode === "clinic" ? "missed" : "not_found";
      return [
        { key: "", body: { ...encounter, outcome } },
        {
          key: "session",
          within: true,
          body: { kind: "treatment", name: manual.treatment, form: "psychological", event: "missed" },
        },
      ];
    }
    const practise = [...one.chosen, one.practise.trim()].filter(Boolean).join("; ");
    const said = talk.sessionParts(manual, { ...one, practise });
    if (open) return said;
    if (contact) return next ? [...said, { key: "next", body: { kind: "appointment", next } }] : said;
    return [{ key: "", body: encounter }, ...said];
  };
  const save = async () => {
    const faults: Record<string, string> = {};
    if (one.next === "other") faults["next"] = t("visit.no_day");
    if (!one.next && !open) faults["next"] = t("visit.no_next");
    setWrong(faults);
    if (Object.keys(faults).length) return one.came === "yes" ? set_at(last - 1, faults) : undefined;
    const within = open?.id ?? contact?.id ?? one.id;
    if (!(await saving.save(() => factsOf(person, one.id, parts(), within)))) return;
    if (open && one.next && !open.next) await store.keepDraft(`person/${person}`, { ...open, next: one.next });
    saving.onward(open ? `person/${person}` : "today");
  };
  const set_at = (at: number, faults: Record<string, string> = {}) => {
    draft.set({ at });
    setWrong(faults);
    scrollTo(0, 0);
  };
  const forward = () => {
    if (one.at === 0 && !one.came && !open) return setWrong({ came: t("session.no_came") });
    if (one.at === 0 && open && !one.came) draft.set({ came: "yes" });
    set_at(one.at + 1);
  };
  const ending = one.came === "no" || one.at === last;
  return (
    <Page
      back={one.at ? () => set_at(one.at - 1) : `person/${person}`}
      pause={() => go("today")}
      action={
        ending
          ? { text: t("session.save"), onClick: () => void save() }
          : { text: t("session.next"), onClick: forward, next: true }
      }
    >
      <Trouble why={saving.failed} />
      {one.at > 0 && (
        <Progress at={one.at} all={last}>
          <span class="sr">{brief.name}, </span>
          {t("session.at", { n: one.at, all: last })}
        </Progress>
      )}
      {one.at === 0 && (
        <Begin
          brief={brief}
          manual={manual}
          session={session}
          one={one}
          set={set}
          before={before}
          wrong={wrong}
          asks={!open}
        />
      )}
      {one.at === 1 && (
        <>
          <h2>
            <span class="ask">{t("session.numbers")}</span>
          </h2>
          {(manual.ratings ?? []).map((rating) => (
            <Scale
              key={rating.id}
              rating={rating}
              name={rating.id}
              value={one.ratings[rating.id]}
              onPick={(n) => set({ ratings: { ...one.ratings, [rating.id]: n } })}
            />
          ))}
          <Text
            name="problem"
            label={t("session.problem")}
            hint={t("session.problem_help")}
            value={one.problem}
            onText={(problem) => set({ problem })}
          />
        </>
      )}
      {step && (
        <article class="stack">
          <h2>
            <bdi class="ask">{told(step.title)}</bdi>
          </h2>
          <p dir="auto">{told(step.do)}</p>
          <div class="stack-s">
            <h2>{t("session.say")}</h2>
            {step.say.map((sentence) => (
              <p class="quote">
                <bdi>{told(sentence)}</bdi>
              </p>
            ))}
          </div>
        </article>
      )}
      {one.at === last - 1 && (
        <>
          <fieldset>
            <legend>{t("session.practise")}</legend>
            <div class="stack-s">
              {session.homework.map((text) => (
                <Pick
                  key={text}
                  name="chosen"
                  many
                  value={text}
                  checked={one.chosen.includes(text)}
                  onPick={(_, on) => set({ chosen: on ? [...one.chosen, text] : one.chosen.filter((x) => x !== text) })}
                >
                  <bdi>{told(text)}</bdi>
                </Pick>
              ))}
            </div>
          </fieldset>
          <Text
            name="practise"
            long
            label={t("session.practise_words")}
            value={one.practise}
            onText={(practise) => set({ practise })}
          />
          {(one.number === manual.sessions.length || one.ends) && (
            <Choice
              name="ends"
              legend={t("session.ends")}
              options={(["finished", "goes_on", "stopped"] as const).map((code) => [code, t(`session.ends_${code}`)])}
              value={one.ends}
              onPick={(ends) => set({ ends })}
            />
          )}
          <When
            name="next"
            legend={t(one.number === manual.sessions.length ? "session.after" : "session.again")}
            offers={[manual.days_apart, 2 * manual.days_apart]}
            none={t("visit.none_agreed")}
            value={one.next}
            error={wrong["next"]}
            onDay={(next) => set({ next })}
          />
        </>
      )}
      {one.at === last && (
        <>
          <div>
            <h2>
              <span class="ask">{t("session.list")}</span>
            </h2>
            <p class="muted small">{t("session.list_help")}</p>
          </div>
          <Checks session={session} value={one.checks} onPick={(checks) => set({ checks })} />
        </>
      )}
      {one.came === "no" && (
        <When
          name="next"
          legend={t("visit.again")}
          offers={[1, 3, manual.days_apart]}
          none={t("visit.no_again")}
          value={one.next}
          error={wrong["next"]}
          onDay={(next) => set({ next })}
        />
      )}
      <p>
        <a class="btn wide-btn" href={`#/danger/${person}`}>
          {t("visit.worry")}
        </a>
      </p>
    </Page>
  );
}

const met = (fact: Fact, today: string) =>
  fact.body.kind === "encounter" && (fact.body["outcome"] ?? "seen") === "seen" && fact.occurred.startsWith(today);

interface BeginProps {
  brief: Brief;
  manual: talk.Manual;
  session: talk.SessionText;
  one: Holding;
  set: (part: Partial<Holding>) => void;
  before: ReturnType<typeof talk.held>;
  wrong: Record<string, string>;
  /** Whether they came and where is still to be asked: not while a visit is open. */
  asks: boolean;
}

function Begin({ brief, manual, session, one, set, before, wrong, asks }: BeginProps) {
  return (
    <>
      <div>
        <h1>{t("session.title", { n: one.number, title: told(session.title) })}</h1>
        <p class="muted small">
          {brief.name} · {t("session.minutes", { n: session.minutes })}
          {before.last && ` · ${t("session.last", { day: day(before.last) })}`}
        </p>
      </div>
      {asks && (
        <Choice
          name="came"
          two
          legend={t("session.came")}
          error={wrong["came"]}
          options={[
            ["yes", t("session.came_yes")],
            ["no", t("session.came_no")],
          ]}
          value={one.came}
          onPick={(came) => set({ came: came as Holding["came"] })}
        />
      )}
      {asks && one.came && (
        <Choice
          name="mode"
          three
          legend={t("visit.mode")}
          options={(["home", "clinic", "phone"] as const).map((code) => [code, t(`visit.mode_${code}`)])}
          value={one.mode}
          onPick={(mode) => set({ mode: mode as Holding["mode"] })}
        />
      )}
      {one.came !== "no" && (
        <>
          {before.homework && (
            <Choice
              name="homework"
              three
              legend={t("session.was", { homework: told(before.homework) })}
              options={(["done", "part", "not"] as const).map((code) => [code, t(`session.was_${code}`)])}
              value={one.homework}
              onPick={(homework) => set({ homework })}
            />
          )}
          <section>
            <h2>{t("session.aims")}</h2>
            <ul class="points" dir="auto">
              {session.aims.map((aim) => (
                <li>{told(aim)}</li>
              ))}
            </ul>
          </section>
          {manual.before && (
            <details open={one.number === 1}>
              <summary>
                <b>{t("session.before")}</b>
              </summary>
              <ul class="points" dir="auto">
                {manual.before.map((line) => (
                  <li>{told(line)}</li>
                ))}
              </ul>
            </details>
          )}
          <Which
            name="other"
            legend={t("session.other")}
            sessions={manual.sessions.map((each, at) => [String(at + 1), `${at + 1}. ${told(each.title)}`])}
            value={String(one.number)}
            onPick={(number) => set({ number: Number(number), chosen: [], checks: {} })}
          />
        </>
      )}
      <p>
        <a class="btn wide-btn" href="#/group">
          {t("session.group")}
        </a>
      </p>
      <About manual={manual} language={language()} />
    </>
  );
}
