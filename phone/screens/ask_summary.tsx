/** After the last question: what was answered, what was not, and one button that saves it. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { toAsk } from "../decide/asked.ts";
import type { Instrument, Item } from "../types.ts";
import { t } from "../words.ts";
import { kept, labelsOf, questionOf, type Asking } from "./ask_flow.ts";
import { Banner, Page } from "./parts.tsx";

interface SummaryProps {
  instrument: Instrument;
  asking: Asking;
  /** Safety questions that were left open. */
  open: Item[];
  trouble: ComponentChildren;
  onChange: (item: string) => void;
  onBack: () => void;
  onPause: () => void;
  onSave: () => void;
  onThrow: () => void;
}

export function Summary({ instrument, asking, open, trouble, ...on }: SummaryProps) {
  const [sure, setSure] = useState(false);
  const answers = kept(instrument, asking);
  const items = asking.total === null ? toAsk(instrument, asking.answers) : [];
  const blank = items.filter((item) => !item.optional && answers[item.id] === undefined).length;
  const nothing = asking.total === null && !Object.keys(answers).length;
  return (
    <Page
      title={t("ask.summary")}
      sub={instrument.name}
      back={on.onBack}
      pause={on.onPause}
      action={{ text: t("ask.save"), onClick: on.onSave, disabled: nothing }}
    >
      {trouble}
      {open.length > 0 && (
        <Banner tone="soon">
          <p>{t("ask.safety_open")}</p>
        </Banner>
      )}
      {nothing ? <p>{t("ask.nothing")}</p> : blank > 0 && <p>{t("ask.unanswered", { n: blank })}</p>}
      {asking.total !== null && (
        <ol class="rows">
          <Answered words={t("ask.total")} answer={String(asking.total)} onChange={() => on.onChange("total")} />
        </ol>
      )}
      {items.length > 0 && (
        <ol class="rows">
          {items.map((item) => {
            const [words, code] = questionOf(instrument, item, asking.language);
            const value = answers[item.id];
            const label = labelsOf(instrument, item, asking.language)[String(value)] ?? String(value);
            return (
              <Answered
                key={item.id}
                words={words || t("ask.from_form", { id: item.id })}
                lang={words ? code : undefined}
                answer={value === undefined ? undefined : label}
                onChange={() => on.onChange(item.id)}
              />
            );
          })}
        </ol>
      )}
      {!asking.saved &&
        (sure ? (
          <Banner>
            <p>{t("ask.throw_sure")}</p>
            <p class="bar">
              <button type="button" class="btn" onClick={on.onThrow}>
                {t("ask.throw_yes")}
              </button>
              <button type="button" class="btn" onClick={() => setSure(false)}>
                {t("ask.throw_no")}
              </button>
            </p>
          </Banner>
        ) : (
          <button type="button" class="link" onClick={() => setSure(true)}>
            {t("ask.throw")}
          </button>
        ))}
    </Page>
  );
}

interface AnsweredProps {
  words: string;
  lang?: string | undefined;
  /** undefined: not answered, which is unknown and no 0. */
  answer: string | undefined;
  onChange: () => void;
}

function Answered({ words, lang, answer, onChange }: AnsweredProps) {
  return (
    <li class="row said">
      <span class="c-who small" lang={lang}>
        {words}
      </span>
      <span class="why">
        {answer === undefined ? <span class="chip unknown">{t("ask.blank")}</span> : <b lang={lang}>{answer}</b>}
      </span>
      <span class="c-step">
        <button type="button" class="link" onClick={onChange}>
          {t("ask.change")}
          <span class="sr">: {words}</span>
        </button>
      </span>
    </li>
  );
}
