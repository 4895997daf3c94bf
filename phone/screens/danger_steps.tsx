/** The panels of the six steps. */

import { contactBy, urgent } from "../decide/safety.ts";
import { store } from "../store/index.ts";
import type { Body, Brief } from "../types.ts";
import { day, t, time } from "../words.ts";
import {
  ASKED,
  contacts,
  DONE,
  inVain,
  PARTS,
  turn,
  type Called,
  type Contact,
  type Danger,
  type Step,
} from "./danger_flow.ts";
import type { Saved } from "./danger_take.ts";
import { Banner, Icon, Pick } from "./parts.tsx";

export interface PanelProps {
  brief: Brief;
  risk: string;
  danger: Danger;
  wrong: string;
  onType: (more: Record<string, string>) => void;
  onSave: (saved: Saved) => void;
  onLater: () => void;
}

function Wrong({ text }: { text: string }) {
  return text ? (
    <p class="error" role="alert">
      {text}
    </p>
  ) : null;
}

function Later({ text, onLater }: { text: string; onLater: () => void }) {
  return (
    <button type="button" class="link" onClick={onLater}>
      {text}
    </button>
  );
}

interface ThreeProps {
  name: string;
  words: string;
  /** What is chosen and not saved yet. */
  value: string | undefined;
  /** What was answered and is saved. */
  before?: string | undefined;
  onType: (more: Record<string, string>) => void;
}

/** Yes, no, or not asked. Nothing is chosen beforehand, so that a look at the screen answers nothing. */
function Three({ name, words, value, before, onType }: ThreeProps) {
  const chosen = value ?? before;
  return (
    <fieldset class="stack-s">
      <legend class="small">{words}</legend>
      <div class="three-way">
        {(["yes", "no", "not_asked"] as const).map((one) => (
          <Pick
            key={one}
            name={name}
            value={one}
            alert={one === "yes"}
            checked={chosen === one}
            onPick={() => onType({ [name]: one })}
          >
            {t(`danger.${one}`)}
          </Pick>
        ))}
      </div>
    </fieldset>
  );
}

interface TextProps {
  name: string;
  label: string;
  hint?: string;
  value: string | undefined;
  long?: boolean;
  onType: (more: Record<string, string>) => void;
}

export function Text({ name, label, hint, value, long, onType }: TextProps) {
  const common = {
    id: `danger-${name}`,
    value: value ?? "",
    autocomplete: "off",
    onInput: (event: { currentTarget: { value: string } }) => onType({ [name]: event.currentTarget.value }),
  };
  return (
    <div class="field">
      <label for={common.id}>
        {label} {hint && <span class="hint">{hint}</span>}
      </label>
      {long ? <textarea rows={2} {...common} /> : <input {...common} />}
    </div>
  );
}

function Stay({ danger, wrong, onType }: PanelProps) {
  const { stays, stays_name, poisoning } = danger.typed;
  const body = poisoning ?? danger.answers["poisoning"];
  return (
    <div class="panel stack">
      <Wrong text={wrong} />
      <fieldset class="stack-s">
        <legend class="small">{t("danger.who_stays")}</legend>
        <Pick name="stays" value="me" checked={stays === "me"} onPick={() => onType({ stays: "me" })}>
          {t("danger.i_stay")}
        </Pick>
        <Pick name="stays" value="other" checked={stays === "other"} onPick={() => onType({ stays: "other" })}>
          {t("danger.other_stays")}
        </Pick>
      </fieldset>
      {stays === "other" && <Text name="stays_name" label={t("danger.who_name")} value={stays_name} onType={onType} />}
      <Three
        name="poisoning"
        words={t("danger.poisoning")}
        value={poisoning}
        before={danger.answers["poisoning"]}
        onType={onType}
      />
      {body === "yes" && (
        <Banner tone="now">
          <p>
            <b>{t("danger.body_first")}</b>
          </p>
        </Banner>
      )}
    </div>
  );
}

/** The numbers that are kept on this phone, one after the other. Called is not answered. */
function Call({ danger, risk, wrong, onType, onSave, onLater }: PanelProps) {
  const everyone = contacts(store.me, store.clock());
  const last = danger.calls.at(-1);
  const now = turn(everyone, danger.calls);
  const help = urgent(danger.answers).length > 0;
  const called = (one: Contact) => {
    const call: Called = { who: one.who, name: one.name, at: new Date(store.clock()).toISOString(), answered: null };
    const body: Body = { kind: "call", risk, called: one.worker, name: one.name };
    onSave({ bodies: [body], next: { ...danger, calls: [...danger.calls, call] }, stays: true });
  };
  const sent = () => onSave({ bodies: [{ kind: "assessment", risk, words: t("danger.words_no_call") }], next: danger });
  const waits = last?.answered === null;
  const after = now && everyone[(everyone.indexOf(now) + 1) % everyone.length];
  return (
    <div class="panel stack-s">
      <Wrong text={wrong} />
      {help && (
        <Banner tone="now">
          <p>{t("danger.call_first")}</p>
        </Banner>
      )}
      {inVain(everyone, danger.calls) && !waits && (
        <Banner tone="soon">
          <p>
            <b>{t("danger.everybody")}</b> {t("danger.everybody_help")}
          </p>
        </Banner>
      )}
      {now ? (
        <>
          <p>
            <b>{now.name}</b>
            <span class="meta">{turnOf(now)}</span>
          </p>
          <a
            class={waits ? "btn wide-btn" : "btn now wide-btn"}
            href={`tel:${now.phone.replace(/[^+\d]/g, "")}`}
            onClick={() => called(now)}
          >
            <Icon name="call" size={22} /> {t(waits ? "danger.again" : "danger.call_button")}
            <span class="sr"> {now.name}</span>
          </a>
          {waits && (
            <fieldset class="stack-s">
              <legend class="small">{t("danger.called", { time: time(last.at) })}</legend>
              <Pick
                name="answered"
                value="yes"
                checked={danger.typed["spoke"] === "yes"}
                onPick={() => onType({ spoke: "yes" })}
              >
                {t("danger.answered")}
              </Pick>
              <Pick
                name="answered"
                value="no"
                checked={danger.typed["spoke"] === "no"}
                onPick={() => onType({ spoke: "no" })}
              >
                {after && after !== now
                  ? t("danger.unanswered_next", { name: after.name })
                  : t("danger.unanswered_again")}
              </Pick>
            </fieldset>
          )}
        </>
      ) : (
        <>
          <p>
            <b>{t("danger.no_number")}</b> {t("danger.no_number_help")}
          </p>
          <Lines />
        </>
      )}
      {now && inVain(everyone, danger.calls) && <Lines />}
      {(!now || inVain(everyone, danger.calls)) && !waits && (
        <button type="button" class="btn wide-btn" onClick={sent}>
          {t("danger.went")}
        </button>
      )}
      {!waits && <Later text={t("danger.cannot_call")} onLater={onLater} />}
    </div>
  );
}

function turnOf(one: Contact): string {
  if (!one.until) return t("danger.supervisor");
  const today = new Date(store.clock()).toDateString() === new Date(one.until).toDateString();
  return today
    ? t("danger.until", { time: time(one.until) })
    : t("danger.until_day", { day: day(one.until), time: time(one.until) });
}

/** Help lines of the country, where the phone knows which country that is. */
function Lines() {
  const lines = store.me.help_lines ?? [];
  if (!lines.length) return null;
  return (
    <section>
      <h3>{t("danger.lines")}</h3>
      {lines.map(([name, number, hours]) => (
        <p key={number} class="call">
          <span>
            {name} <span class="meta">{hours}</span>
          </span>
          <a class="btn" href={`tel:${number.replace(/[^+\d]/g, "")}`}>
            <Icon name="call" size={22} /> {number}
          </a>
        </p>
      ))}
    </section>
  );
}

function Ask({ danger, wrong, onType, onLater }: PanelProps) {
  const act = danger.typed["ask_recent_act"] ?? danger.answers["recent_act"];
  return (
    <div class="panel stack">
      {ASKED.map((one) => (
        <Three
          key={one}
          name={`ask_${one}`}
          words={t(`danger.q_${one}`)}
          value={danger.typed[`ask_${one}`]}
          before={danger.answers[one]}
          onType={onType}
        />
      ))}
      {act === "yes" && (
        <div class="field">
          <label for="danger-ask_day">
            {t("danger.act_day")} <span class="hint">{t("danger.optional")}</span>
          </label>
          <input
            id="danger-ask_day"
            type="date"
            max={store.today()}
            value={danger.typed["ask_day"] ?? ""}
            onInput={(event) => onType({ ask_day: event.currentTarget.value })}
          />
        </div>
      )}
      <Text
        long
        name="ask_words"
        label={t("danger.words")}
        hint={t("danger.optional")}
        value={danger.typed["ask_words"]}
        onType={onType}
      />
      <Wrong text={wrong} />
      <Later text={t("danger.not_now")} onLater={onLater} />
    </div>
  );
}

function Safe({ danger, wrong, onType, onLater }: PanelProps) {
  return (
    <div class="panel stack">
      <div class="stack-s">
        {DONE.map((code) => (
          <Pick
            key={code}
            many
            name={`safe_${code}`}
            value={code}
            checked={Boolean(danger.typed[`safe_${code}`])}
            onPick={(_, on) => onType({ [`safe_${code}`]: on ? "yes" : "" })}
          >
            {t(`danger.${code}`)}
          </Pick>
        ))}
      </div>
      <Text
        long
        name="safe_words"
        label={t("danger.keeps")}
        hint={t("danger.optional")}
        value={danger.typed["safe_words"]}
        onType={onType}
      />
      <section class="stack-s">
        <h3>{t("danger.family")}</h3>
        <p class="small">{t("danger.family_help")}</p>
        <Three name="afraid" words={t("danger.afraid")} value={danger.typed["afraid"]} onType={onType} />
        <Three name="family" words={t("danger.family_called")} value={danger.typed["family"]} onType={onType} />
      </section>
      <Wrong text={wrong} />
      <Later text={t("danger.not_now")} onLater={onLater} />
    </div>
  );
}

function Plan({ danger, wrong, onType, onLater }: PanelProps) {
  return (
    <div class="panel stack">
      {PARTS.map((part) => (
        <Text
          key={part}
          long
          name={`plan_${part}`}
          label={t(`danger.part_${part}`)}
          value={danger.typed[`plan_${part}`]}
          onType={onType}
        />
      ))}
      <Pick
        many
        name="plan_copy"
        value="yes"
        checked={Boolean(danger.typed["plan_copy"])}
        onPick={(_, on) => onType({ plan_copy: on ? "yes" : "" })}
      >
        {t("danger.copy")}
      </Pick>
      <Wrong text={wrong} />
      <Later text={t("danger.not_now")} onLater={onLater} />
    </div>
  );
}

function Next({ danger, wrong, onType, onLater }: PanelProps) {
  const { next_who: who, next_day: when } = danger.typed;
  const last = contactBy(store.bundle, store.today());
  const days = [after(store.today(), 1), after(store.today(), 2)].filter((one) => one <= last);
  return (
    <div class="panel stack">
      <p>{t("danger.next_help")}</p>
      <fieldset class="stack-s">
        <legend class="small">{t("danger.next_who")}</legend>
        <Pick name="next_who" value="me" checked={who === "me"} onPick={() => onType({ next_who: "me" })}>
          {t("danger.next_me")}
        </Pick>
        <Pick name="next_who" value="other" checked={who === "other"} onPick={() => onType({ next_who: "other" })}>
          {t("danger.next_other")}
        </Pick>
      </fieldset>
      {who === "other" && (
        <Text name="next_name" label={t("danger.next_name")} value={danger.typed["next_name"]} onType={onType} />
      )}
      <fieldset class="stack-s">
        <legend class="small">{t("danger.next_day")}</legend>
        {days.map((one, i) => (
          <Pick key={one} name="next_day" value={one} checked={when === one} onPick={() => onType({ next_day: one })}>
            {t(i ? "danger.after" : "danger.tomorrow", { day: day(one) })}
          </Pick>
        ))}
      </fieldset>
      <Wrong text={wrong} />
      <Later text={t("danger.not_now")} onLater={onLater} />
    </div>
  );
}

function after(iso: string, days: number): string {
  const date = new Date(`${iso}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

export const PANELS: Record<Step, (props: PanelProps) => preact.JSX.Element> = {
  stay: Stay,
  call: Call,
  ask: Ask,
  safe: Safe,
  plan: Plan,
  next: Next,
};
