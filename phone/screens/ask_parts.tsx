/** The pieces of a question: pictures of days, the answers, the wording. */

import type { Instrument, Item } from "../types.ts";
import { known, t } from "../words.ts";
import { daysOf, filled, labelsOf, questionOf, textOf, type Asking } from "./ask_flow.ts";
import { Pick } from "./parts.tsx";

/** Fourteen days, so many of them filled. */
export function Days({ n }: { n: number }) {
  const words = t("ask.days", { n });
  return (
    <svg width="76" height="22" viewBox="0 0 76 22" role="img" aria-label={words} dir="ltr">
      {filled(n).map((on, i) => (
        <rect
          key={i}
          class={on ? "day f" : "day"}
          x={1 + 11 * (i % 7)}
          y={i < 7 ? 1 : 12}
          width="8"
          height="8"
          rx="2"
        />
      ))}
    </svg>
  );
}

export function languageName(code: string): string {
  const name = known()[code]?.name;
  if (name) return name;
  try {
    return new Intl.DisplayNames([document.documentElement.lang || "en"], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

interface AnswersProps {
  instrument: Instrument;
  item: Item;
  asking: Asking;
  onAnswer: (value: number | undefined) => void;
  typed: string;
  onTyped: (text: string) => void;
  wrong: string;
}

/** The large answers of one item, or a number to write. */
export function Answers({ instrument, item, asking, onAnswer, typed, onTyped, wrong }: AnswersProps) {
  const value = asking.answers[item.id];
  if (item.whole) {
    const { low = 0, high = null } = item.whole;
    const hint = high === null ? t("ask.at_least", { low }) : t("ask.between", { low, high });
    return <Whole label={t("ask.number")} hint={hint} typed={typed} onTyped={onTyped} wrong={wrong} />;
  }
  const [code] = textOf(instrument, asking.language);
  const labels = labelsOf(instrument, item, code);
  const days = daysOf(instrument, item);
  const line = instrument.safety?.find((one) => one.item === item.id)?.at_least;
  return (
    <div class="stack-s">
      {wrong && (
        <p class="error" role="alert">
          {wrong}
        </p>
      )}
      {(instrument.answer_lists?.[item.answers ?? ""]?.options ?? []).map((option) => (
        <Pick
          key={option.value}
          name={`q-${item.id}`}
          value={String(option.value)}
          checked={value === option.value}
          alert={line !== undefined && option.value >= line && !option.unscored}
          onPick={() => onAnswer(option.value)}
        >
          <span lang={code}>{labels[option.value] ?? option.value}</span>
          {days && <Days n={days[option.value] ?? 0} />}
        </Pick>
      ))}
    </div>
  );
}

interface WholeProps {
  label: string;
  hint: string;
  typed: string;
  onTyped: (text: string) => void;
  wrong: string;
}

export function Whole({ label, hint, typed, onTyped, wrong }: WholeProps) {
  return (
    <div class={wrong ? "field bad" : "field"}>
      <label for="whole">
        {label} <span class="hint">{hint}</span>
      </label>
      {wrong && (
        <p class="error" id="whole-error" role="alert">
          {wrong}
        </p>
      )}
      <input
        id="whole"
        inputMode="numeric"
        autocomplete="off"
        value={typed}
        aria-invalid={wrong ? "true" : undefined}
        aria-describedby={wrong ? "whole-error" : undefined}
        onInput={(event) => onTyped(event.currentTarget.value)}
      />
    </div>
  );
}

/** The question in its own language; its number where the wording lies on a printed form. */
export function Wording({ instrument, item, language }: { instrument: Instrument; item: Item; language: string }) {
  const [words, code] = questionOf(instrument, item, language);
  const [stemCode, text] = textOf(instrument, language);
  return (
    <>
      {text?.stem && (
        <>
          <span class="muted small" lang={stemCode}>
            {text.stem}
          </span>
          <br />
        </>
      )}
      {words ? (
        <span class="ask" lang={code}>
          {words}
        </span>
      ) : (
        <>
          <span class="ask">{t("ask.from_form", { id: item.id })}</span>
          {item.topic && <span class="hint"> {item.topic}</span>}
        </>
      )}
    </>
  );
}
