/** What a session with one person and one with a group have in common: a number from 0 to 10, and the short list. */

import { known, t, translated } from "../words.ts";
import type { Manual, SessionText } from "./talk.ts";
import { Pick } from "./parts.tsx";

/** What a manual says, in the language of the screen where that has a pair for it; its own words are what is saved. */
export const told = (text: string): string => translated(text, "manual");

type Rating = NonNullable<Manual["ratings"]>[number];

/** Which session it is to be: its whole title, and the others behind it. */
export function Which(props: {
  name: string;
  legend: string;
  /** Code and title. */
  sessions: [string, string][];
  value: string;
  chosen?: boolean;
  onPick: (value: string) => void;
}) {
  const { name, legend, sessions, value } = props;
  const title = props.chosen && sessions.find(([code]) => code === value)?.[1];
  return (
    <details>
      <summary>
        <span>
          <b>{legend}</b> {title && <bdi>{title}</bdi>}
        </span>
      </summary>
      <fieldset class="stack-s">
        <legend class="sr">{legend}</legend>
        {sessions.map(([code, words]) => (
          <Pick key={code} name={name} value={code} checked={code === value} onPick={props.onPick}>
            <bdi>{words}</bdi>
          </Pick>
        ))}
      </fieldset>
    </details>
  );
}

/** A whole number that the person gives; left open it stays unknown. */
export function Scale({
  rating,
  name,
  value,
  onPick,
}: {
  rating: Rating;
  name: string;
  value: number | undefined;
  onPick: (value: number) => void;
}) {
  const numbers = Array.from({ length: rating.high - rating.low + 1 }, (_, at) => rating.low + at);
  return (
    <fieldset>
      <legend>
        <bdi>{told(rating.question)}</bdi>{" "}
        <span class="muted small">
          {t("session.scale", {
            low: rating.low,
            low_words: told(rating.low_words),
            high: rating.high,
            high_words: told(rating.high_words),
          })}
        </span>
      </legend>
      <div class="scale">
        {numbers.map((n) => (
          <Pick key={n} name={name} value={String(n)} checked={value === n} onPick={() => onPick(n)}>
            {n}
          </Pick>
        ))}
      </div>
    </fieldset>
  );
}

/** The list after a session: of each line, whether it was done. A line that is left open was not answered. */
export function Checks({
  session,
  value,
  onPick,
}: {
  session: SessionText;
  value: Record<string, string>;
  onPick: (value: Record<string, string>) => void;
}) {
  return (
    <>
      {session.checks.map((check) => (
        <fieldset key={check.id}>
          <legend>
            <bdi>{told(check.text)}</bdi>
          </legend>
          <div class="thirds">
            {(["done", "not_done", "not_applicable"] as const).map((code) => (
              <Pick
                key={code}
                name={check.id}
                value={code}
                checked={value[check.id] === code}
                onPick={() => onPick({ ...value, [check.id]: code })}
              >
                {t(`session.${code}`)}
              </Pick>
            ))}
          </div>
        </fieldset>
      ))}
    </>
  );
}

/** Who wrote it, that nobody has reviewed it yet, and that it is in another language than the screen. */
export function About({ manual, language }: { manual: Manual; language: string }) {
  const own = manual.language ?? "en";
  const title = told(manual.title);
  return (
    <p class="muted small">
      <bdi>{title}</bdi>. {manual.reviewed.startsWith("not yet") && t("session.reviewed")}{" "}
      {own !== language &&
        title.includes(manual.title) &&
        t("session.language", { language: known()[own]?.name ?? own })}
    </p>
  );
}
