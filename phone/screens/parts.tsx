/** What every screen is made of: the classes are those of the mocks. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { phrase } from "../decide/phrase.ts";
import { t } from "../words.ts";
import { signedIn, store } from "../store/index.ts";
import { usePainted, watchStore } from "./people.ts";

const PATHS: Record<string, string> = {
  back: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  up: "M12 19V6M6 12l6-6 6 6",
  home: "M4 20V10l8-6 8 6v10M4 20h16",
  find: "M16 16l5 5M11 5a6 6 0 1 1 0 12 6 6 0 0 1 0-12z",
  new: "M10 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM3 20c0-4 3-6 7-6M18 13v8M14 17h8",
  me: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 21c0-5 4-7 8-7s8 2 8 7",
  listen: "M4 9v6h4l6 5V4L8 9zM18 9c1.5 2 1.5 4 0 6",
  call: "M5 3h4l2 5-2.5 2c1 2 3 4 5.5 5.5L16 13l5 2v4c0 1-1 2-2 2C11 21 3 13 3 5c0-1 1-2 2-2z",
};

/** A line drawing: back, next, up, home, find, new, me, listen, call. Always beside words. */
export function Icon({ name, size = 20 }: { name: string; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      class={name === "back" || name === "next" ? "flip" : undefined}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

function Mark() {
  return (
    <svg
      width="26"
      height="22"
      viewBox="0 0 26 22"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linejoin="round"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d="M2 20V9l5.5-5L13 9v11M13 9l5.5-5L24 9v11M1 20h24M7.5 20v-5M18.5 20v-5" />
    </svg>
  );
}

/** Render again whenever something other than a draft changed in the store. */
export function useStore(): void {
  const [, again] = useState(0);
  useEffect(() => {
    if (!signedIn()) return;
    const look = () => again((n) => n + 1);
    look();
    return watchStore(look, false);
  }, []);
}

/** The link to what is not sent yet; the number is always true. */
function Unsent({ short }: { short?: boolean }) {
  const [n, count] = useState(() => store.outgoing().length);
  useEffect(() => {
    const look = () => count(store.outgoing().length);
    look();
    return watchStore(look);
  }, []);
  if (!n) return null;
  const words = t("frame.unsent", { n });
  return (
    <a class="push" href="#/unsent" aria-label={short ? words : undefined}>
      <Icon name="up" size={18} /> {short ? n : words}
    </a>
  );
}

export interface PageProps {
  /** The heading. Left out where the screen writes its own h1. */
  title?: string;
  /** Small words under the heading. */
  sub?: ComponentChildren;
  /** A screen ("today", "person/ID") or what to do; without it the brand stands there. */
  back?: string | (() => void);
  /** What the way back is called; "Back" if left out, "Today" if it leads there. */
  backText?: string;
  /** The one main button, under the thumb. */
  action?: { text: string; onClick: () => void; disabled?: boolean; next?: boolean };
  pause?: () => void;
  /** Small words at the end of the bar: "saved 14:06". */
  note?: ComponentChildren;
  /** Stands in the foot before the action. */
  footer?: ComponentChildren;
  /** This is the screen of what is not sent: it needs no link to itself. */
  isUnsent?: boolean;
  /** Which of the four places of the navigation this is: today, find, register, me. Shows the navigation. */
  nav?: string;
  children?: ComponentChildren;
}

/** Whether the page stands lower than its beginning. To ask for it would have everything laid out at once. */
let scrolled = false;
addEventListener("scroll", () => (scrolled = scrollY > 0), { passive: true });

/** To the beginning of the page: cheapest before anything on it has changed. */
export function toTop(): void {
  if (scrolled) scrollTo(0, 0);
  scrolled = false;
}

/** What keeps a form from being saved comes into sight: below the edge nobody would know why nothing happened. */
function toFault(main: HTMLElement | null): void {
  const fault = main?.querySelector(".bad, .error");
  fault?.querySelector<HTMLElement>("input, textarea, select")?.focus({ preventScroll: true });
  fault?.scrollIntoView({ block: "center" });
}

/** Stands while something is read: nothing before a picture was painted, since most is read by then, and a screen that
 * is drawn twice comes later. */
export function Reading(props: PageProps): JSX.Element | null {
  return usePainted() ? <Page {...props} /> : null;
}

/** A screen: top bar, heading, contents, and one main button or the navigation. */
export function Page(props: PageProps): JSX.Element {
  const { title, sub, back, action, pause, footer, nav } = props;
  const main = useRef<HTMLElement>(null);
  useLayoutEffect(toTop, []);
  // Not before the picture: it would have to be laid out for it, and once more for what comes in the same moment.
  useEffect(() => main.current?.focus({ preventScroll: true }), []);
  const act = () => {
    action?.onClick();
    setTimeout(() => toFault(main.current));
  };
  const backText = props.backText ?? t(back === "today" ? "frame.today" : "frame.back");
  const open = signedIn();
  return (
    <div class="app">
      <header class="p-top">
        {typeof back === "function" ? (
          <button type="button" class="link" onClick={back}>
            <Icon name="back" /> {backText}
          </button>
        ) : back !== undefined ? (
          <a href={`#/${back.replace(/^[#/]+/, "")}`}>
            <Icon name="back" /> {backText}
          </a>
        ) : (
          <span class="brand">
            <Mark /> Vwazen
          </span>
        )}
        {(open ? store.me.synthetic : "synthetic" in document.documentElement.dataset) && (
          <span class={pause || back !== undefined ? "synth push" : "synth"}>{t("frame.synthetic")}</span>
        )}
        {open && !pause && !props.isUnsent && <Unsent short={back !== undefined} />}
        {pause && (
          <button type="button" class="link" onClick={pause}>
            {t("frame.pause")}
          </button>
        )}
        {props.note && <span class="small muted">{props.note}</span>}
      </header>
      <main class="p-main stack" ref={main} tabIndex={-1}>
        {title && (
          <div>
            <h1>{title}</h1>
            {sub && <p class="muted small">{sub}</p>}
          </div>
        )}
        {props.children}
      </main>
      {(footer || action) && (
        <footer class="p-foot">
          {footer}
          {action && (
            <button type="button" class="btn main" disabled={action.disabled} onClick={act}>
              {action.text} {action.next && <Icon name="next" />}
            </button>
          )}
        </footer>
      )}
      {nav && <Nav here={nav} />}
    </div>
  );
}

function Nav({ here }: { here: string }) {
  const places = [
    ["today", "home"],
    ["find", "find"],
    ["register", "new"],
    ["me", "me"],
  ] as const;
  return (
    <nav class="p-foot p-nav" aria-label={t("frame.nav")}>
      {places.map(([name, icon]) => (
        <a href={`#/${name}`} aria-current={here === name ? "page" : undefined}>
          <Icon name={icon} size={22} /> {t(`frame.nav-${name}`)}
        </a>
      ))}
    </nav>
  );
}

export interface PickProps {
  name: string;
  value: string;
  checked: boolean;
  onPick: (value: string, checked: boolean) => void;
  /** A safety answer: chosen, it is red. */
  alert?: boolean;
  /** A checkbox: several may be chosen. */
  many?: boolean;
  children: ComponentChildren;
}

/** One large answer: a real radio or checkbox inside its label. */
export function Pick({ name, value, checked, onPick, alert, many, children }: PickProps): JSX.Element {
  return (
    <label class={alert ? "pick alert" : "pick"}>
      <input
        type={many ? "checkbox" : "radio"}
        name={name}
        value={value}
        checked={checked}
        onChange={(event) => onPick(value, event.currentTarget.checked)}
      />
      <span>{children}</span>
    </label>
  );
}

/** The address that rings a number, however it was written. */
export const dial = (number: string): string => `tel:${number.replace(/[^+\d]/g, "")}`;

/** How urgent: number and word; 0 for on track. */
export function Tier({ n, word }: { n: number; word: string }): JSX.Element {
  const kind = n <= 0 ? 0 : n === 1 ? 1 : n === 2 ? 2 : n <= 4 ? 3 : n <= 7 ? 5 : 8;
  return (
    <span class={`tier t${kind}`}>
      {n > 0 && <b>{n}</b>} {phrase(word, t)}
    </span>
  );
}

export function Rows({ children }: { children: ComponentChildren }): JSX.Element {
  return <ol class="rows">{children}</ol>;
}

export interface RowProps {
  name: string;
  /** The screen that the whole row opens. */
  to: string;
  why?: ComponentChildren;
  tier?: { n: number; word: string };
  /** At the end: minutes, a number. */
  step?: ComponentChildren;
  meta?: ComponentChildren;
}

/** One person, read as a sentence; the whole row is the link. */
export function Row({ name, to, why, tier, step, meta }: RowProps): JSX.Element {
  return (
    <li class={tier?.n === 1 ? "row is-now" : "row"}>
      {tier && (
        <span class="c-tier">
          <Tier {...tier} />
        </span>
      )}
      <span class="c-who">
        <a class="name" href={`#/${to.replace(/^[#/]+/, "")}`}>
          {name}
        </a>
        {meta && <span class="meta">{meta}</span>}
      </span>
      {step && <span class="c-step go">{step}</span>}
      {why && <span class="why">{why}</span>}
    </li>
  );
}

/** now: a human must act now. soon: within days. good: done, received. draft: not reviewed. */
export function Banner({
  tone,
  children,
}: {
  tone?: "now" | "soon" | "good" | "draft";
  children: ComponentChildren;
}): JSX.Element {
  return (
    <section class={`banner ${tone ?? ""}`} role={tone === "now" ? "alert" : undefined}>
      <div class="stack-s">{children}</div>
    </section>
  );
}

export interface StepProps {
  title: string;
  state: "done" | "on" | "todo";
  children?: ComponentChildren;
}

/** An order of acts: numbered, one of them at hand. */
export function Steps({ steps, first = 1 }: { steps: StepProps[]; first?: number }): JSX.Element {
  return (
    <ol class="steps">
      {steps.map((step, i) => (
        <li
          class={step.state === "todo" ? undefined : step.state}
          aria-current={step.state === "on" ? "step" : undefined}
        >
          <span class="n">{first + i}</span>
          <h2>{step.title}</h2>
          {step.children}
        </li>
      ))}
    </ol>
  );
}

/** Nothing there: why, and what can be done. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <b>{title}</b> {children}
    </div>
  );
}
