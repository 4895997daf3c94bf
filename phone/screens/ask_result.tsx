/** What the answers say, at once and with no network: danger first, then the score in words, then what comes next. */

import { inWords, outcomeOf, type Line } from "../decide/next.ts";
import { left, type Danger } from "./danger_flow.ts";
import { store } from "../store/index.ts";
import type { Brief, Fact, Instrument } from "../types.ts";
import { day, language, t, translated } from "../words.ts";
import { Banner, Page } from "./parts.tsx";
import { go } from "../route.ts";
import { useDraft } from "./people.ts";

interface ResultProps {
  brief: Brief;
  instrument: Instrument;
  fact: Fact;
  /** The fact whose danger was told first; the answers themselves where they told it only now. */
  risk: string;
  /** What this worker recorded before these answers. */
  mine: Fact[];
  /** Goes back to the safety question that was left open. */
  onAsk: (() => void) | undefined;
}

export function Result({ brief, instrument, fact, risk, mine, onAsk }: ResultProps) {
  const today = store.today();
  const said = outcomeOf(store.bundle, instrument, fact.body, { brief, mine, day: fact.occurred.slice(0, 10), today });
  const words = (line: Line) => inWords(line, { t, day: (iso) => day(iso), english: language() === "en", translated });
  const steps = `danger/${brief.person}/${risk}`;
  const [open] = useDraft<Danger | null>(steps, () => null);
  const [first, ...rest] = said.score;
  return (
    <Page
      title={instrument.name}
      sub={`${brief.name} · ${day(fact.occurred)}`}
      action={{
        text: t("ask.to_person", { name: brief.name }),
        onClick: () => go(`person/${brief.person}`),
        next: true,
      }}
    >
      {open && left(open).length > 0 && (
        <Banner tone="now">
          <p>
            <b>{t("ask.steps_open")}</b>
          </p>
          <a class="btn now wide-btn" href={`#/${steps}`}>
            {t("ask.to_steps")}
          </a>
        </Banner>
      )}
      {said.scored.safety === "unknown" &&
        said.safety.map((line) => (
          <Banner key={line.key} tone="soon">
            <p>
              <b>{words(line)}</b>
            </p>
            <p class="bar">
              {onAsk && (
                <button type="button" class="btn" onClick={onAsk}>
                  {t("ask.ask_now")}
                </button>
              )}
              <a class="btn" href={`#/danger/${brief.person}`}>
                {t("ask.worried")}
              </a>
            </p>
          </Banner>
        ))}
      <section class="stack-s">
        {first && (
          <p class={!said.reads ? "banner good" : said.scored.total === null ? undefined : "ask"}>
            {said.reads && said.scored.total === null ? <span class="chip unknown">{words(first)}</span> : words(first)}
          </p>
        )}
        {rest.map((line, i) => (
          <p key={i}>{words(line)}</p>
        ))}
        {said.scored.safety !== "unknown" &&
          said.safety.map((line) => (
            <p key={line.key} class="small">
              {words(line)}
            </p>
          ))}
        {said.more.map((line, i) => (
          <p key={i} class="small">
            {words(line)}
          </p>
        ))}
      </section>
      {said.steps.length > 0 && (
        <section class="stack-s">
          <h2>{t("ask.next_step")}</h2>
          <ol class="stack-s">
            {said.steps.map((line, i) => (
              <li key={i}>{words(line)}</li>
            ))}
          </ol>
          <p class="small muted">{t("ask.proposes")}</p>
        </section>
      )}
      {instrument.credit && <p class="small muted">{instrument.credit}</p>}
    </Page>
  );
}
