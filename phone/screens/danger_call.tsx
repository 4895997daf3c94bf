/** The second step of a danger: to call, until a person has answered. */

import { urgent } from "../decide/safety.ts";
import { store } from "../store/index.ts";
import type { Body } from "../types.ts";
import { day, t, time } from "../words.ts";
import { contacts, inVain, turn, type Called, type Contact } from "./danger_flow.ts";
import { Later, Wrong, type PanelProps } from "./danger_parts.tsx";
import { Banner, dial, Icon, Pick } from "./parts.tsx";

/** The numbers that are kept on this phone, one after the other. Called is not answered. */
export function Call({ danger, risk, wrong, onType, onSave, onLater }: PanelProps) {
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
          <a class={waits ? "btn wide-btn" : "btn now wide-btn"} href={dial(now.phone)} onClick={() => called(now)}>
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
          <a class="btn" href={dial(number)}>
            <Icon name="call" size={22} /> {number}
          </a>
        </p>
      ))}
    </section>
  );
}
