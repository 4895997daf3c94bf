/** The worker's own page: who they are, their month, their language, what is on this phone, and the lock. */

import { useEffect, useState } from "preact/hooks";
import { changeSecret, keepLanguage, lock, mine, myRow, store } from "../store/index.ts";
import { weakness } from "../store/vault.ts";
import { known, language, speak, speaks, t, time, translated } from "../words.ts";
import { Banner, dial, Icon, Page, useStore } from "./parts.tsx";
import { Languages, Secret } from "./secret.tsx";
import { sizeWords, useSpace } from "./unsent.tsx";

export function Me(_: { params: Record<string, string> }) {
  useStore();
  const space = useSpace();
  const [kept, setKept] = useState<boolean | undefined>(undefined);
  const [, again] = useState(0);
  useEffect(() => void navigator.storage?.persisted?.().then(setKept), []);
  const { me, bundle } = store;
  const { name, phone } = me.supervisor;
  return (
    <Page title={me.name} sub={t("me.title")} nav="me">
      {me.synthetic && (
        <Banner tone="draft">
          <p>{t("me.synthetic")}</p>
        </Banner>
      )}
      <dl class="kv">
        <dt>{t("me.site")}</dt>
        <dd>{me.site_name}</dd>
        <dt>{t("me.supervisor")}</dt>
        <dd>{name || t("me.nobody")}</dd>
      </dl>
      {phone && (
        <p>
          <a class="btn wide-btn" href={dial(phone)}>
            <Icon name="call" /> {t("me.call", { name })}
          </a>
        </p>
      )}
      <section>
        <h2>{t("me.month")}</h2>
        {me.month.length ? (
          me.month.map((line) => <p>{translated(line)}</p>)
        ) : (
          <p class="muted">{t("me.month-none")}</p>
        )}
      </section>
      <Languages
        onPick={(code) => {
          speak(code);
          void keepLanguage(speaks(code));
          again((n) => n + 1);
        }}
      />
      {known()[language()]?.unread && <p class="small">{t("me.unread")}</p>}
      <section>
        <h2>{t("me.phone")}</h2>
        <dl class="kv small">
          <dt>{t("me.on-it")}</dt>
          <dd>{t("me.people", { n: store.lines().length })}</dd>
          <dt>{t("unsent.space")}</dt>
          <dd>{sizeWords(space)}</dd>
          <dt>{t("me.kept")}</dt>
          <dd>{t(kept === false ? "me.kept-no" : "me.kept-yes")}</dd>
          <dt>{t("me.offline")}</dt>
          <dd>{t("me.offline-line", { n: me.offline_days })}</dd>
          <dt>{t("me.content")}</dt>
          <dd>
            {bundle.version ? t("me.content-line", { version: bundle.version.slice(0, 12) }) : t("me.content-none")}
          </dd>
        </dl>
      </section>
      <section class="stack-s">
        <h2>{t("me.privacy")}</h2>
        <p class="small">{t("me.privacy-1")}</p>
        <p class="small">{t("me.privacy-2")}</p>
        <p class="small">{t("me.privacy-3")}</p>
      </section>
      {mine() && <Change />}
      <p>
        <button type="button" class="btn main wide-btn" onClick={lock}>
          {t("me.lock")}
        </button>
      </p>
    </Page>
  );
}

/** Another PIN or passphrase; the old one is asked, and a wrong one counts as a try. */
function Change() {
  const kind = myRow()?.kind ?? "pin";
  const [old, setOld] = useState("");
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [done, setDone] = useState(false);
  const [busy, setBusy] = useState(false);
  const go = async () => {
    const faults: Record<string, string> = {};
    const weak = weakness(kind, first);
    if (weak) faults.first = t(`enrol.${kind}-${weak}`);
    else if (first !== second) faults.second = t("enrol.differ");
    setWrong(faults);
    if (Object.keys(faults).length || busy) return;
    setBusy(true);
    const tried = await changeSecret(old, kind, first);
    setBusy(false);
    if (tried.state === "wrong") setWrong({ old: t("lock.wrong", { n: tried.left }) });
    else if (tried.state === "wait")
      setWrong({ old: t("lock.wait", { time: time(new Date(tried.until).toISOString()) }) });
    else if (tried.state === "open") setDone(true);
  };
  return (
    <details>
      <summary>{t("me.change")}</summary>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <Secret label={t("me.change-old")} kind={kind} value={old} onType={setOld} error={wrong.old} />
        <Secret label={t(`enrol.${kind}`)} kind={kind} value={first} fresh onType={setFirst} error={wrong.first} />
        <Secret
          label={t(`enrol.${kind}-again`)}
          kind={kind}
          value={second}
          fresh
          onType={setSecond}
          error={wrong.second}
        />
        <button type="submit" class="btn wide-btn" disabled={busy}>
          {t("me.change-go")}
        </button>
        {done && <p role="status">{t("me.changed")}</p>}
      </form>
    </details>
  );
}
