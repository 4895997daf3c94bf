/** The phone: which screen stands there. Addresses: see `ROUTES`. */

import { Component, options, render, type ComponentChildren, type ComponentType, type VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./phone.css";
import { go, here, match } from "./route.ts";
import { Enrol } from "./screens/enrol.tsx";
import { Find } from "./screens/find.tsx";
import { Lock } from "./screens/lock.tsx";
import { Banner, Page } from "./screens/parts.tsx";
import { Today } from "./screens/today.tsx";
import { Unsent } from "./screens/unsent.tsx";
import { lockByItself, mine, myRow, session, signedIn, start, store, watchSession } from "./store/index.ts";
import { known, language, learn, offered, speak, t, whole } from "./words.ts";

export { go };

// A browser keeps what stands in fields, in the clear, to bring a closed tab back. "off" keeps it from that.
const FIELDS: unknown[] = ["input", "textarea", "select"];
const made = options.vnode;
options.vnode = (node: VNode) => {
  const props = node.props as Record<string, unknown>;
  if (FIELDS.includes(node.type) && !props["autoComplete"]) props["autocomplete"] ??= "off";
  made?.(node);
};

type Screen = ComponentType<{ params: Record<string, string> }>;

/** A screen that is loaded after the first ones were shown; the service worker has it on the phone already. */
function later(load: () => Promise<Screen>): { Screen: Screen; load: () => Promise<unknown> } {
  let found: Screen | undefined;
  const once = async () => (found = await load());
  function Screen(props: { params: Record<string, string> }) {
    const [fault, setFault] = useState<unknown>();
    const [, again] = useState(0);
    useEffect(() => {
      if (!found) once().then(() => again(1), setFault);
    }, []);
    if (fault) throw fault;
    const Found = found;
    return Found ? <Found {...props} /> : null;
  }
  return { Screen, load: once };
}

const ask = later(() => import("./screens/ask.tsx").then((one) => one.Ask));
const danger = later(() => import("./screens/danger.tsx").then((one) => one.Danger));
const visit = later(() => import("./screens/visit.tsx").then((one) => one.Visit));
const register = later(() => import("./screens/register.tsx").then((one) => one.Register));
const medicine = later(() => import("./screens/medicine.tsx").then((one) => one.Medicine));
const session_ = later(() => import("./screens/session.tsx").then((one) => one.Session));
const group = later(() => import("./screens/group.tsx").then((one) => one.Group));
const refer = later(() => import("./screens/refer.tsx").then((one) => one.Refer));
const me = later(() => import("./screens/me.tsx").then((one) => one.Me));

/** Loads every screen, so that none waits when it is opened: danger first. */
async function loadAll(): Promise<void> {
  for (const one of [danger, visit, ask, register, medicine, session_, group, refer, me]) await one.load();
}

/** The first that fits counts. */
const ROUTES: [string, Screen][] = [
  ["today", Today],
  ["find", Find],
  ["register", register.Screen],
  ["person/:id", visit.Screen],
  ["ask/:person", ask.Screen],
  ["ask/:person/:instrument", ask.Screen],
  ["danger/:person", danger.Screen],
  ["danger/:person/:risk", danger.Screen],
  ["medicine/:person/:id", medicine.Screen],
  ["session/:person", session_.Screen],
  ["group", group.Screen],
  ["refer/:person", refer.Screen],
  ["unsent", Unsent],
  ["me", me.Screen],
];

function App() {
  const [path, setPath] = useState(here());
  const [, again] = useState(0);
  useEffect(() => {
    const look = () => again((n) => n + 1);
    // The effect comes after the first picture: what has happened since then is looked at now.
    look();
    return watchSession(look);
  }, []);
  useEffect(() => {
    const moved = () => {
      setPath(here());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  if (session.state === "starting") return null;
  return (
    <>
      <Above />
      {screen(path)}
    </>
  );
}

/** What stands there for an address. Without contact for too long, or taken away, only what is not sent. */
function screen(path: string) {
  const enrol = match("enrol/:code", path) ?? match("enrol", path);
  if (enrol || session.state === "none") return <Enrol params={enrol ?? {}} />;
  if (!signedIn()) return <Lock params={{}} />;
  if (mine()?.stale() || myRow()?.wiping) return <Unsent params={{}} />;
  for (const [pattern, Screen] of ROUTES) {
    const params = match(pattern, path);
    if (params)
      return (
        <Fence key={path}>
          <Screen params={params} />
        </Fence>
      );
  }
  return <Today params={{}} />;
}

/** Above every screen: a save that failed, loud until one succeeds; a server that refuses; a draft of a language. */
function Above() {
  const { trouble, says, wiped } = session;
  const draft = known()[language()]?.status === "draft";
  if (!trouble && !draft && (!says || wiped)) return null;
  return (
    <aside class="over-all">
      {trouble && (
        <Banner tone="now">
          <p>
            <b>{t(`frame.${trouble}`)}</b> {t(`frame.${trouble}-do`)}
          </p>
        </Banner>
      )}
      {says && !wiped && (
        <Banner tone="soon">
          <p>
            <b>{t("frame.refused")}</b> {says}
          </p>
        </Banner>
      )}
      {draft && (
        <p class="banner draft small">
          <span>
            {t("frame.draft")}{" "}
            <span lang="en" dir="ltr">
              (draft)
            </span>
          </span>
        </p>
      )}
    </aside>
  );
}

/** A fault in one screen leaves the way to the others open; what was saved stays saved. */
class Fence extends Component<{ children: ComponentChildren }, { fault: string }> {
  override state = { fault: "" };

  static override getDerivedStateFromError(error: unknown) {
    return { fault: String(error) };
  }

  override render() {
    if (!this.state.fault) return this.props.children;
    return (
      <Page title={t("frame.fault")} back="today" sub={t("frame.fault-do")}>
        <p class="small muted">{this.state.fault}</p>
      </Page>
    );
  }
}

/** The words of the content, and of the worker's choice. */
let learnt = "";
function talk(): void {
  if (!signedIn()) return;
  if (store.bundle.version !== learnt) {
    learnt = store.bundle.version;
    learn(store.bundle.languages);
    speak(language());
  }
}

/** Whether nothing is being written: the lock or the enrolment stands there, and no field holds anything. */
function idle(): boolean {
  const fields = [...document.querySelectorAll<HTMLInputElement>("input:not([type=radio],[type=checkbox])")];
  return !signedIn() && fields.every((one) => !one.value);
}

const WINDOW = "vwazen-window";

/** Whether this is the only window: each holds a lock as long as it is open. */
async function alone(): Promise<boolean> {
  const locks = await navigator.locks?.query();
  return locks?.held?.filter((one) => one.name === WINDOW).length === 1;
}

/** The shell is kept on the phone. A newer one is taken where nothing is being written, and the page starts anew. */
function keepShell(): void {
  if (!import.meta.env.PROD || !navigator.serviceWorker) return;
  const before = navigator.serviceWorker.controller;
  void navigator.locks?.request(WINDOW, { mode: "shared" }, () => new Promise(() => undefined));
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (before && idle()) location.reload();
  });
  const url = `${import.meta.env.BASE_URL}sw.js`;
  void navigator.serviceWorker.register(url).then((kept) => {
    const take = async () => {
      if (!idle()) return;
      if (kept.waiting && (await alone())) kept.waiting.postMessage("take");
      // Another version was taken while this page was on its way: its other parts are gone, so it starts anew.
      if (before && (await caches.match(import.meta.env.BASE_URL)) && !(await caches.match(import.meta.url)) && idle())
        location.reload();
    };
    void take();
    // It may have come while the page was open, or another window may have been in the way.
    setInterval(() => void take(), 5_000);
    let state = session.state;
    watchSession(() => {
      if (state !== session.state && !signedIn()) void kept.update().catch(() => undefined);
      state = session.state;
    });
  });
}

if (!signedIn()) speak(offered());
watchSession(() => {
  const row = myRow();
  if (row && row.language !== language()) speak(row.language);
  talk();
  if (signedIn()) stopTalk ??= store.watch(talk);
  else {
    stopTalk?.();
    stopTalk = undefined;
  }
});
let stopTalk: (() => void) | undefined;
lockByItself();
keepShell();
render(<App />, document.body);
void start();
void whole()
  .then(loadAll)
  .catch(() => undefined);
