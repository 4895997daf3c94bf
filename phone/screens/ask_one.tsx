/** One question a screen, or the total of a form that was filled in on paper. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { planOf, readAnswers } from "../decide/asked.ts";
import { latin } from "../decide/numbers.ts";
import { scoreTotal } from "../decide/score.ts";
import type { Instrument, Item } from "../types.ts";
import { t } from "../words.ts";
import { placeOf, type Asking } from "./ask_flow.ts";
import { Answers, Whole, Wording } from "./ask_parts.tsx";
import { Listen } from "./listen.tsx";
import { Banner, Page } from "./parts.tsx";

interface Shared {
  instrument: Instrument;
  asking: Asking;
  /** What is not on the disk, said loudly. */
  trouble: ComponentChildren;
  onBack: () => void;
  onPause: () => void;
}

export function Total({
  instrument,
  asking,
  trouble,
  onBack,
  onPause,
  onTotal,
}: Shared & { onTotal: (total: number) => void }) {
  const [text, setText] = useState(asking.total === null ? "" : String(asking.total));
  const [wrong, setWrong] = useState("");
  const next = () => {
    const total = number(text);
    const bad = total === undefined ? "" : scoreTotal(instrument, total).invalid[0]?.why;
    if (total === undefined) return setWrong(t("ask.total_wrong"));
    if (bad) return setWrong(t("ask.invalid", { why: bad }));
    return onTotal(total);
  };
  const { low = 0, high = null } = instrument.range ?? {};
  return (
    <Page
      back={onBack}
      pause={onPause}
      title={instrument.name}
      action={{ text: t("ask.next"), onClick: next, next: true }}
    >
      {trouble}
      <p>{t("ask.total_why")}</p>
      <Whole
        label={t("ask.total")}
        hint={high === null ? t("ask.at_least", { low }) : t("ask.between", { low, high })}
        typed={text}
        onTyped={setText}
        wrong={wrong}
      />
      {Boolean(instrument.safety?.length) && (
        <Banner tone="soon">
          <p>{t("ask.total_safety")}</p>
        </Banner>
      )}
    </Page>
  );
}

interface QuestionProps extends Shared {
  item: Item;
  /** An answer was chosen, here. */
  onAnswer: (here: Asking) => void;
  /** On from here, with the answer or without. */
  onNext: (here: Asking) => void;
}

export function Question({ instrument, asking, trouble, onBack, onPause, item, onAnswer, onNext }: QuestionProps) {
  const value = asking.answers[item.id];
  const [text, setText] = useState(value === undefined ? "" : String(value));
  const [wrong, setWrong] = useState("");
  const others = asking.skipped.filter((one) => one !== item.id);
  const answered = (chosen: number): Asking => ({
    ...asking,
    answers: { ...asking.answers, [item.id]: chosen },
    skipped: others,
  });
  const next = () => {
    if (!item.whole) return value === undefined ? setWrong(t("ask.choose_one")) : onNext(answered(value));
    const whole = number(text);
    if (whole === undefined) return setWrong(t("ask.number_wrong"));
    const bad = readAnswers(planOf(instrument), { [item.id]: whole }).invalid[0]?.why;
    return bad ? setWrong(t("ask.invalid", { why: bad })) : onNext(answered(whole));
  };
  const none = () => {
    const { [item.id]: _, ...answers } = asking.answers;
    onNext({ ...asking, answers, skipped: [...others, item.id] });
  };
  const { n, all, extra } = placeOf(instrument, asking);
  return (
    <Page
      back={onBack}
      pause={onPause}
      footer={
        <button type="button" class="btn" onClick={none}>
          {t("ask.no_answer")}
        </button>
      }
      action={{ text: t("ask.next"), onClick: next, next: true }}
    >
      <div class="bar small muted">
        <span class="prog" aria-hidden="true">
          {Array.from({ length: all }, (_, i) => (
            <i key={i} class={extra || i < n - 1 ? "f" : i === n - 1 ? "c" : ""} />
          ))}
        </span>
        <h1 class="small">
          {extra ? (
            t("ask.extra")
          ) : (
            <>
              <span class="sr">{t("ask.question")}</span> {t("ask.one_of", { n, all })}
            </>
          )}
        </h1>
      </div>
      {trouble}
      <fieldset class="stack">
        <legend>
          <Wording instrument={instrument} item={item} language={asking.language} />
        </legend>
        <Listen instrument={instrument} item={item} asking={asking} />
        <Answers
          instrument={instrument}
          item={item}
          asking={asking}
          onAnswer={(chosen) => {
            setWrong("");
            if (chosen !== undefined) onAnswer(answered(chosen));
          }}
          typed={text}
          onTyped={setText}
          wrong={wrong}
        />
      </fieldset>
    </Page>
  );
}

function number(text: string): number | undefined {
  const bare = latin(text);
  return /^\d{1,6}$/.test(bare) ? Number(bare) : undefined;
}
