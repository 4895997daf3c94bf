/** A phone is let in: a PIN is chosen first, so that the code is used up only when everything is ready. */

import { useEffect, useState } from "preact/hooks";
import { phrase } from "../decide/phrase.ts";
import { go } from "../route.ts";
import { NotLet, present, resume, session, settle, store, type Letting } from "../store/index.ts";
import { weakness } from "../store/vault.ts";
import { language, lettingInWords, speak, speaks, t } from "../words.ts";
import { Banner, Page, Pick } from "./parts.tsx";
import { Languages, Secret, Wiped } from "./secret.tsx";

type Kind = "pin" | "passphrase";

export function Enrol({ params }: { params: Record<string, string> }) {
  const [code, setCode] = useState(params.code ?? "");
  const [kind, setKind] = useState<Kind>("pin");
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [shown, show] = useState(false);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [letting, setLetting] = useState<Letting | null>(null);
  const [done, setDone] = useState(false);
  // How often the words of enrolment came, or did not: then it is English.
  const [read, again] = useState(0);
  const readWords = () => {
    const shown = () => again((n) => n + 1);
    void lettingInWords().then(shown, shown);
  };
  useEffect(readWords, []);

  if (!read) return null;
  if (!globalThis.isSecureContext)
    return (
      <Page title={t("enrol.title")}>
        <Banner tone="soon">
          <p>{t("enrol.unsafe")}</p>
        </Banner>
      </Page>
    );
  if (done) return <Welcome />;

  const keep = async (one: Letting) => {
    try {
      await settle(one, kind, first, speaks(language()));
      setDone(true);
    } catch {
      setWrong({ all: t("enrol.failed") });
    }
  };

  if (letting?.before)
    return (
      <Before letting={letting} onOpen={() => setDone(true)} onLost={() => void keep(letting)} fault={wrong.all} />
    );

  const send = async () => {
    if (busy) return;
    const faults: Record<string, string> = {};
    if (code.replace(/[^A-Za-z0-9]/g, "").length < 8) faults.code = t("enrol.code-missing");
    const weak = weakness(kind, first);
    if (weak) faults.first = t(`enrol.${kind}-${weak}`);
    else if (first !== second) faults.second = t("enrol.differ");
    setWrong(faults);
    if (Object.keys(faults).length) return;
    setBusy(true);
    try {
      const one = letting ?? (await present(code));
      setLetting(one);
      if (!one.before) await keep(one);
    } catch (error) {
      if (!(error instanceof NotLet)) throw error;
      setWrong(error.says ? { code: phrase(error.says, t) } : { all: t("enrol.no-answer") });
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page
      title={t("enrol.title")}
      sub={t("enrol.sub")}
      action={{ text: t(busy ? "enrol.asking" : "enrol.go"), onClick: () => void send(), disabled: busy }}
    >
      <Wiped />
      {wrong.all && (
        <Banner tone="soon">
          <p role="alert">{wrong.all}</p>
        </Banner>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <div class={wrong.code ? "field bad" : "field"}>
          <label for="code">{t("enrol.code")}</label>
          <p class="hint" id="code-hint">
            {t("enrol.code-hint")}
          </p>
          {wrong.code && <p class="error">{wrong.code}</p>}
          <input
            id="code"
            class="code"
            autoComplete="off"
            autoCapitalize="characters"
            spellcheck={false}
            aria-describedby="code-hint"
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
        </div>
        <fieldset class="stack-s">
          <legend>{t("enrol.kind")}</legend>
          {(["pin", "passphrase"] as const).map((one) => (
            <Pick
              name="kind"
              value={one}
              checked={kind === one}
              onPick={() => {
                setKind(one);
                setFirst("");
                setSecond("");
              }}
            >
              {t(`enrol.kind-${one}`)}
            </Pick>
          ))}
          <p class="hint">{t("enrol.kind-hint")}</p>
        </fieldset>
        <Secret
          label={t(`enrol.${kind}`)}
          kind={kind}
          value={first}
          shown={shown}
          fresh
          onType={setFirst}
          error={wrong.first}
        />
        <Secret
          label={t(`enrol.${kind}-again`)}
          kind={kind}
          value={second}
          shown={shown}
          fresh
          onType={setSecond}
          error={wrong.second}
        />
        <Pick name="show" value="1" many checked={shown} onPick={(_, on) => show(on)}>
          {t("enrol.show")}
        </Pick>
        <p class="hint">{t("enrol.forget")}</p>
        <button type="submit" hidden />
      </form>
      <Languages
        onPick={(one) => {
          speak(one);
          readWords();
        }}
      />
      {session.rows.length > 0 && (
        <p>
          <a href="#/today">{t("enrol.have")}</a>
        </p>
      )}
    </Page>
  );
}

/** The same worker was on this phone: their old PIN opens what was not sent. */
function Before(props: { letting: Letting; onOpen: () => void; onLost: () => void; fault?: string }) {
  const { letting, onOpen, onLost, fault } = props;
  const [secret, type] = useState("");
  const [says, say] = useState("");
  const [busy, setBusy] = useState(false);
  const kind = letting.before!.kind;
  const open = async () => {
    setBusy(true);
    const tried = await resume(letting, secret);
    setBusy(false);
    type("");
    if (tried.state === "open") onOpen();
    else say(t(tried.state === "wrong" ? "enrol.before-wrong" : "lock.shut"));
  };
  return (
    <Page
      title={t("enrol.before")}
      sub={t("enrol.before-sub")}
      action={{ text: t("enrol.before-go"), onClick: () => void open(), disabled: busy || !secret }}
    >
      {fault && <p class="error">{fault}</p>}
      <Secret label={t("enrol.before-secret")} kind={kind} value={secret} onType={type} error={says} />
      <p>
        <button type="button" class="btn wide-btn" onClick={onLost}>
          {t("enrol.before-lost")}
        </button>
      </p>
      <p class="hint">{t("enrol.before-lost-sub")}</p>
    </Page>
  );
}

function Welcome() {
  const { me } = store;
  return (
    <Page
      title={t("enrol.welcome", { name: me.name })}
      sub={t("enrol.site", { site: me.site_name })}
      action={{ text: t("enrol.begin"), onClick: () => go("today", true), next: true }}
    >
      <p>{me.supervisor.name ? t("enrol.supervisor", { name: me.supervisor.name }) : t("enrol.supervisor-none")}</p>
      <p>{t("enrol.loading")}</p>
      <p class="hint">{t("enrol.install")}</p>
    </Page>
  );
}
