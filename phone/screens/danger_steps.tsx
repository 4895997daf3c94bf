/** The panels of the six steps. */

import { contactBy } from "../decide/safety.ts";
import { store } from "../store/index.ts";
import { day, t } from "../words.ts";
import { Call } from "./danger_call.tsx";
import { ASKED, DONE, PARTS, type Step } from "./danger_flow.ts";
import { Later, Text, Three, Wrong, type PanelProps } from "./danger_parts.tsx";
import { Banner, Pick } from "./parts.tsx";

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
