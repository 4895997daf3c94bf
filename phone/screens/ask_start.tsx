/** Before the first question: in which language, how, and whether anybody else can hear. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Instrument } from "../types.ts";
import { t } from "../words.ts";
import { needsPrivacy, totalOnly, type Asking } from "./ask_flow.ts";
import { languageName } from "./ask_parts.tsx";
import { Hear } from "./listen.tsx";
import { Banner, Page, Pick } from "./parts.tsx";

interface StartProps {
  instrument: Instrument;
  asking: Asking;
  name: string;
  trouble: ComponentChildren;
  onChange: (next: Asking) => void;
  onBegin: () => void;
  onLater: () => void;
  back: string;
}

export function Start({ instrument, asking, name, trouble, onChange, onBegin, onLater, back }: StartProps) {
  const [wrong, setWrong] = useState(false);
  const texts = Object.entries(instrument.texts ?? {});
  const items = instrument.items?.filter((one) => !one.optional).length ?? 0;
  const gate = needsPrivacy(instrument);
  const aside = asking.private === false;
  const begin = () => (gate && asking.private === null ? setWrong(true) : onBegin());
  return (
    <Page
      title={instrument.name}
      sub={[name, totalOnly(instrument) ? t("ask.total_only") : t("ask.items", { n: items })].join(" · ")}
      back={back}
      action={{ text: t(aside ? "ask.anyway" : "ask.begin"), onClick: begin, next: true }}
    >
      {trouble}
      {instrument.wording === "numbered" && (
        <Banner>
          <p>{t("ask.paper_form")}</p>
        </Banner>
      )}
      {gate && (
        <fieldset class="stack-s" aria-describedby="alone-why">
          <legend>
            <span class="ask">{t("ask.alone")}</span>
          </legend>
          <Hear text="ask.alone" />
          <p class="muted" id="alone-why">
            {t(asking.mode === "phone" ? "ask.alone_phone" : "ask.alone_why")}
          </p>
          {wrong && asking.private === null && (
            <p class="error" role="alert">
              {t("ask.alone_first")}
            </p>
          )}
          <Pick
            name="private"
            value="yes"
            checked={asking.private === true}
            onPick={() => onChange({ ...asking, private: true })}
          >
            {t("ask.yes")}
          </Pick>
          <Pick name="private" value="no" checked={aside} onPick={() => onChange({ ...asking, private: false })}>
            {t("ask.no")}
          </Pick>
        </fieldset>
      )}
      {aside && (
        <Banner tone="soon">
          <p>{t("ask.move")}</p>
          <p class="bar">
            <button type="button" class="btn" onClick={() => onChange({ ...asking, private: true })}>
              {t("ask.now_alone")}
            </button>
            <button type="button" class="btn" onClick={onLater}>
              {t("ask.later")}
            </button>
          </p>
        </Banner>
      )}
      <fieldset class="stack-s">
        <legend>{t("ask.how")}</legend>
        {(["in_person", "phone"] as const).map((mode) => (
          <Pick
            key={mode}
            name="mode"
            value={mode}
            checked={asking.mode === mode}
            onPick={() => onChange({ ...asking, mode })}
          >
            {t(`ask.${mode}`)}
          </Pick>
        ))}
      </fieldset>
      {texts.length > 1 && (
        <fieldset class="stack-s">
          <legend>{t("ask.language")}</legend>
          {texts.map(([code, text]) => (
            <Pick
              key={code}
              name="language"
              value={code}
              checked={asking.language === code}
              onPick={() => onChange({ ...asking, language: code })}
            >
              <span>
                {languageName(code)} {text.status === "draft" && <span class="meta">{t("ask.draft")}</span>}
              </span>
            </Pick>
          ))}
        </fieldset>
      )}
      {texts.length === 1 && (
        <p class="small muted">
          {t("ask.language")} {languageName(texts[0]![0])}
          {texts[0]![1].status === "draft" && `, ${t("ask.draft")}`}.
        </p>
      )}
      {instrument.credit && <p class="small muted">{instrument.credit}</p>}
    </Page>
  );
}
