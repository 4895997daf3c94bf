/** The lock. Nothing on it tells what the phone is for, and of people it shows the first names of its workers. */

import { useEffect, useState } from "preact/hooks";
import { session, unlock } from "../store/index.ts";
import { language, lettingInWords, speak, t, time } from "../words.ts";
import { Banner, Page } from "./parts.tsx";
import { Languages, Secret, Wiped } from "./secret.tsx";

export function Lock(_: { params: Record<string, string> }) {
  const { rows } = session;
  const [chosen, choose] = useState(rows.length === 1 ? rows[0]!.id : "");
  const [secret, type] = useState("");
  const [says, say] = useState("");
  const [busy, setBusy] = useState(false);
  const [, tick] = useState(0);
  const again = () => tick((n) => n + 1);
  /** Without a network only what a worker of this phone speaks, and English, can be read here. */
  const show = (code: string) => {
    speak(code);
    again();
    if (language() !== code) void lettingInWords().then(again, again);
  };
  const row = rows.find((one) => one.id === chosen);
  const until = row && row.until > Date.now() ? row.until : 0;
  useEffect(() => {
    if (row) show(row.language);
  }, [row?.id]);
  useEffect(() => {
    if (!until) return;
    const timer = setTimeout(again, until - Date.now() + 200);
    return () => clearTimeout(timer);
  }, [until]);

  const open = async () => {
    if (!row || !secret || busy) return;
    setBusy(true);
    say("");
    try {
      const tried = await unlock(row.id, secret);
      if (tried.state === "wrong") say(t("lock.wrong", { n: tried.left }));
    } finally {
      type("");
      setBusy(false);
    }
  };

  return (
    <Page
      title={row ? t("lock.title", { name: row.name }) : rows.length ? t("lock.who") : undefined}
      action={
        row && !row.shut
          ? { text: t(busy ? "lock.opening" : "lock.open"), onClick: open, disabled: busy || !!until }
          : undefined
      }
    >
      <Wiped />
      {!row &&
        rows.map((one) => (
          <p key={one.id}>
            <button type="button" class="btn wide-btn" onClick={() => choose(one.id)}>
              {one.old ? t("lock.old", { name: one.name }) : one.name}
            </button>
          </p>
        ))}
      {row && row.shut && (
        <Banner tone="soon">
          <h2>{t("lock.shut")}</h2>
          <p>{t("lock.shut-do")}</p>
          <p>
            <a class="btn wide-btn" href="#/enrol">
              {t("lock.shut-go")}
            </a>
          </p>
        </Banner>
      )}
      {row && !row.shut && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void open();
          }}
        >
          <Secret label={t(`lock.${row.kind}`)} kind={row.kind} value={secret} onType={type} error={says} />
          {until > 0 && <p role="status">{t("lock.wait", { time: time(new Date(until).toISOString()) })}</p>}
          <button type="submit" hidden />
        </form>
      )}
      {row && rows.length > 1 && (
        <p>
          <button type="button" class="btn wide-btn" onClick={() => choose("")}>
            {t("lock.someone")}
          </button>
        </p>
      )}
      <p>
        <a class="btn wide-btn" href="#/enrol">
          {t("lock.new")}
        </a>
      </p>
      <Languages onPick={show} />
    </Page>
  );
}
