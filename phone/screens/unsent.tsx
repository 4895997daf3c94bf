/** What is not sent, why, and how the exchange with the clinic stands. */

import { useEffect, useState } from "preact/hooks";
import { mine, myRow, store, syncNow, syncStatus } from "../store/index.ts";
import { dayOf } from "../store/time.ts";
import type { Outgoing } from "../store/api.ts";
import { FLOOR } from "../sync/client.ts";
import { freeBytes } from "../sync/loop.ts";
import { day, number, t, time, translated } from "../words.ts";
import { Banner, dial, Icon, Page, useStore } from "./parts.tsx";

export function Unsent(_: { params: Record<string, string> }) {
  useStore();
  const space = useSpace();
  const ledger = mine();
  const out = store.outgoing();
  const held = out.filter((one) => one.state === "held");
  const waiting = out.filter((one) => one.state === "waiting");
  const stale = ledger?.stale() ?? false;
  const wiping = Boolean(myRow()?.wiping);
  const state = ledger?.state;
  const contact = state?.contact ? new Date(state.contact - state.skew).toISOString() : "";
  return (
    <Page
      title={out.length ? t("unsent.title", { n: out.length }) : t("unsent.none")}
      sub={[
        out.length ? t("unsent.safe") : "",
        contact ? t("unsent.last", { day: day(contact), time: time(contact) }) : "",
      ].join(" ")}
      back={stale || wiping ? undefined : "today"}
      isUnsent
      action={{ text: t("unsent.try"), onClick: () => void syncNow(), disabled: syncStatus()?.busy }}
    >
      {wiping ? (
        <Banner tone="soon">
          <h2>{t("unsent.wiping")}</h2>
          <p>{t("unsent.wiping-do")}</p>
        </Banner>
      ) : (
        stale && (
          <Banner tone="soon">
            <h2>{t("unsent.stale")}</h2>
            <p>{t("unsent.stale-do", { n: store.me.offline_days })}</p>
          </Banner>
        )
      )}
      {held.length > 0 && (
        <Banner tone="soon">
          <h2>{t("unsent.held", { n: held.length })}</h2>
          {held.map((one) => (
            <Held key={one.fact.id} one={one} />
          ))}
          <Ask />
        </Banner>
      )}
      {state?.news.map((one) => (
        <Banner tone="good" key={one.id}>
          <p>
            <b>{one.name}</b>
          </p>
          <p>{t(`unsent.${one.state}`, { words: translated(one.words, "held") })}</p>
          <p>
            <button type="button" class="btn wide-btn" onClick={() => void ledger?.read(one.id)}>
              {t("unsent.read")}
            </button>
          </p>
        </Banner>
      ))}
      {waiting.length > 0 && (
        <section>
          <h2>{t("unsent.wait", { n: waiting.length })}</h2>
          <ol class="tl">
            {waiting.map((one) => (
              <li key={one.fact.id}>
                <time dateTime={one.fact.recorded}>{when(one.fact.recorded)}</time>
                <span>
                  {t("unsent.line", { kind: kindOf(one), name: one.name })}
                  <span class="meta">
                    {t("unsent.kilobytes", { n: Math.max(1, Math.ceil(JSON.stringify(one.fact).length / 1000)) })}
                    {one.tries > 0 && ` · ${t("unsent.tries", { n: one.tries })}`}
                  </span>
                </span>
              </li>
            ))}
          </ol>
        </section>
      )}
      <dl class="kv small">
        <dt>{t("unsent.network")}</dt>
        <dd>{network()}</dd>
        <dt>{t("unsent.clock")}</dt>
        <dd>{clock(state?.skew ?? 0)}</dd>
        <dt>{t("unsent.space")}</dt>
        <dd>{sizeWords(space)}</dd>
        {state && state.beyond[0] + state.beyond[1] > 0 && (
          <>
            <dt>{t("unsent.beyond")}</dt>
            <dd>{t("unsent.beyond-line", { care: state.beyond[0], others: state.beyond[1] })}</dd>
          </>
        )}
        {ledger !== null && ledger.damaged > 0 && (
          <>
            <dt>{t("unsent.damaged")}</dt>
            <dd>{t("unsent.damaged-line", { n: ledger.damaged })}</dd>
          </>
        )}
      </dl>
      {space !== undefined && space < FLOOR && (
        <Banner tone="soon">
          <h2>{t("frame.low")}</h2>
          <p>{t("frame.low-do")}</p>
        </Banner>
      )}
    </Page>
  );
}

/** One that came back: the reason, and what can be mended here. The same id goes again, so nothing is there twice. */
function Held({ one }: { one: Outgoing }) {
  const [open, setOpen] = useState(false);
  const [on, setOn] = useState(store.today());
  const [wrong, setWrong] = useState("");
  const { fact } = one;
  const future = fact.occurred.slice(0, 10) > store.today();
  const mend = async () => {
    if (!on || on > store.today()) {
      setWrong(t("unsent.mend-bad"));
      return;
    }
    await store.save([{ ...fact, occurred: on }]);
  };
  return (
    <div class="stack-s">
      <p>
        <b>{one.name}</b>
        <span class="meta">
          {t("unsent.held-line", { kind: kindOf(one), day: day(fact.recorded), time: time(fact.recorded) })}
        </span>
      </p>
      <p>{translated(one.reason, "held")}</p>
      {future && !open && (
        <p>
          <button type="button" class="btn main wide-btn" onClick={() => setOpen(true)}>
            {t("unsent.mend")}
          </button>
        </p>
      )}
      {open && (
        <div class={wrong ? "field bad" : "field"}>
          <label for={fact.id}>{t("unsent.mend-date")}</label>
          {wrong && <p class="error">{wrong}</p>}
          <input
            id={fact.id}
            type="date"
            max={store.today()}
            value={on}
            onInput={(event) => setOn(event.currentTarget.value)}
          />
          <p>
            <button type="button" class="btn main wide-btn" onClick={() => void mend()}>
              {t("unsent.mend-save")}
            </button>
          </p>
        </div>
      )}
    </div>
  );
}

function Ask() {
  const { name, phone } = store.me.supervisor;
  if (!phone) return <p>{t("unsent.ask-nobody")}</p>;
  return (
    <p>
      <a class="btn wide-btn" href={dial(phone)}>
        <Icon name="call" /> {t("unsent.ask", { name })}
      </a>
    </p>
  );
}

/** What a fact is called on this phone. */
function kindOf(one: Outgoing): string {
  const key = `unsent.kind-${one.fact.body.kind}`;
  const word = t(key);
  return word === key ? t("unsent.kind-other") : word;
}

/** The time today, the day before. */
function when(instant: string): string {
  return dayOf(Date.parse(instant)) === store.today() ? time(instant) : day(instant);
}

function network(): string {
  const status = syncStatus();
  if (!status) return t("unsent.network-not-yet");
  if (status.busy) return t("unsent.network-now");
  const { last, away } = status;
  if (!last) return t("unsent.network-not-yet");
  if (last.state !== "away") return t("unsent.network-good");
  if (last.status > 0) return t("unsent.network-odd", { n: last.status });
  return t("unsent.network-away", { time: time(new Date(away).toISOString()) });
}

function clock(skew: number): string {
  const seconds = Math.round(Math.abs(skew) / 1000);
  if (seconds < 2) return t("unsent.clock-right");
  const [n, unit] =
    seconds < 120
      ? [seconds, "seconds"]
      : seconds < 7200
        ? [Math.round(seconds / 60), "minutes"]
        : seconds < 172_800
          ? [Math.round(seconds / 3600), "hours"]
          : [Math.round(seconds / 86_400), "days"];
  return t(skew < 0 ? "unsent.clock-fast" : "unsent.clock-slow", { time: t(`unsent.${unit}`, { n }) });
}

/** Free bytes, asked when the screen opens. */
export function useSpace(): number | undefined {
  const [free, setFree] = useState<number | undefined>(undefined);
  useEffect(() => void freeBytes().then(setFree), []);
  return free;
}

/** "1.2 GB free" of a number of bytes. */
export function sizeWords(bytes: number | undefined): string {
  if (bytes === undefined) return t("unsent.space-unknown");
  const size = bytes >= 1e9 ? `${number(Math.round(bytes / 1e8) / 10)} GB` : `${Math.floor(bytes / 1e6)} MB`;
  return t("unsent.space-free", { size });
}
