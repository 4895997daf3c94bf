/** The six steps one under the other: what was done of each, and the panel of the one that is at hand. */

import { t, time } from "../words.ts";
import { left, STEPS, type Danger, type Step } from "./danger_flow.ts";
import type { PanelProps } from "./danger_parts.tsx";
import { PANELS } from "./danger_steps.tsx";
import { Banner, Page } from "./parts.tsx";

interface DoneProps {
  name: string;
  /** The address of the person's own screen. */
  person: string;
  danger: Danger;
  onBack: () => void;
  onAway: (path: string) => void;
  onOpen: (step: Step) => void;
}

/** Every step is done or put off. */
export function Done({ name, person, danger, onBack, onAway, onOpen }: DoneProps) {
  const open = left(danger).length;
  const last = danger.back || "today";
  const asked = last.startsWith("ask/");
  return (
    <Page
      key="finished"
      title={open ? name : t("danger.done")}
      back={onBack}
      note={danger.saved && t("danger.kept", { time: time(danger.saved) })}
      footer={
        <button type="button" class="btn" onClick={() => onAway(person)}>
          {t("danger.to_person", { name })}
        </button>
      }
      action={{
        text: t(asked ? "danger.to_questions" : danger.back ? "danger.to_before" : "danger.to_today"),
        onClick: () => onAway(last),
        next: true,
      }}
    >
      <p>{t("danger.done_help")}</p>
      {open > 0 && (
        <Banner tone="soon">
          <p>
            <b>{t("danger.open_left", { n: open })}</b>
          </p>
        </Banner>
      )}
      <ol class="steps">
        {STEPS.map((step, i) => (
          <Line key={step} step={step} n={i + 1} name={name} danger={danger} onOpen={() => onOpen(step)} />
        ))}
      </ol>
    </Page>
  );
}

interface StepsProps {
  panel: PanelProps;
  failed: string;
  onNext: () => void;
  onLeave: () => void;
  onOpen: (step: Step) => void;
}

export function Steps({ panel, failed, onNext, onLeave, onOpen }: StepsProps) {
  const { danger, brief } = panel;
  const Panel = PANELS[danger.on];
  return (
    <Page
      key="steps"
      back={onLeave}
      note={danger.saved && t("danger.kept", { time: time(danger.saved) })}
      footer={
        <button type="button" class="btn" onClick={onLeave}>
          {t("danger.cannot_stay")}
        </button>
      }
      action={{ text: t("danger.next_step"), onClick: onNext, next: true }}
    >
      {failed && (
        <Banner tone="now">
          <p>{failed}</p>
        </Banner>
      )}
      <ol class="steps">
        {STEPS.map((step, i) => (
          <Line key={step} step={step} n={i + 1} name={brief.name} danger={danger} onOpen={() => onOpen(step)}>
            {step === danger.on && <Panel {...panel} />}
          </Line>
        ))}
      </ol>
      <p class="small muted">{t("danger.reviewed")}</p>
    </Page>
  );
}

interface LineProps {
  step: Step;
  n: number;
  name: string;
  danger: Danger;
  onOpen: () => void;
  children?: preact.ComponentChildren;
}

/** One step: its title, what was done of it, and its panel where it is at hand. */
function Line({ step, n, name, danger, onOpen, children }: LineProps) {
  const done = danger.done.includes(step);
  const Heading = step === "stay" && !danger.finished ? "h1" : "h2";
  const on = Boolean(children);
  const title = t(`danger.${step}`, { name });
  const said = [...saidOf(step, danger), danger.put_off.includes(step) && !on ? t("danger.put_off") : ""].filter(
    Boolean,
  );
  return (
    <li class={on ? "on" : done ? "done" : undefined} aria-current={on ? "step" : undefined}>
      <span class="n">{n}</span>
      <Heading tabIndex={-1} id={`step-${step}`}>
        {on ? (
          title
        ) : (
          <button type="button" class="link" onClick={onOpen}>
            {title}
          </button>
        )}
      </Heading>
      {(on || step === "stay") && step !== "call" && step !== "next" && <p class="muted">{t(`danger.${step}_help`)}</p>}
      {said.map((words) => (
        <p key={words} class="muted">
          {words}
        </p>
      ))}
      {children}
    </li>
  );
}

/** What is known of a step, in words. */
function saidOf(step: Step, danger: Danger): string[] {
  if (step === "stay") {
    const body = danger.answers["poisoning"];
    return [
      danger.staying && t("danger.staying", { who: danger.staying }),
      body === "yes" || body === "no" ? `${t("danger.poisoning")} ${t(`danger.${body}`)}` : "",
    ].filter(Boolean);
  }
  if (step === "call")
    return danger.calls
      .filter((one) => one.answered !== null)
      .map((one) => t(one.answered ? "danger.spoke" : "danger.tried", { name: one.name, time: time(one.at) }));
  if (step === "next" && danger.comes[0]) return [t("danger.comes", { who: danger.comes[0], day: danger.comes[1] })];
  return [];
}
