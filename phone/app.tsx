/** The phone: which screen stands there. Addresses: see `ROUTES`. */

import { Component, options, render, type ComponentChildren, type ComponentType, type VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import "./phone.css";
import { go, here, match } from "./route.ts";
import { Enrol } from "./screens/enrol.tsx";
import { Find } from "./screens/find.tsx";
import { Lock } from "./screens/lock.tsx";
import { Banner, Page, toTop } from "./screens/parts.tsx";
import { Today } from "./screens/today.tsx";
import { Unsent } from "./screens/unsent.tsx";
import {
  keepLanguage,
  lockByItself,
  mine,
  myRow,
  session,
  signedIn,
  start,
  store,
  watchSession,
} from "./store/index.ts";
import { keepShell } from "./worker/keep.ts";
import { known, language, learn, offered, recall, speak, speaks, t, translated, whole } from "./words.ts";

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

let others: typeof import("./screens/all.ts") | undefined;

/** Loads every other screen, so that none waits when it is opened; the service worker has them on the phone already. */
async function loadAll(): Promise<void> {
  if (others) return;
  others = await import("./screens/all.ts");
  whole(others.english);
}

/** A screen that is loaded after the first ones were shown. */
function later(name: Exclude<keyof NonNullable<typeof others>, "english">): Screen {
  return function Later(props) {
    const [fault, setFault] = useState<unknown>();
    const [, again] = useState(0);
    useEffect(() => {
      if (!others) loadAll().then(() => again(1), setFault);
    }, []);
    if (fault) throw fault;
    const Found = others?.[name];
    return Found ? <Found {...props} /> : null;
  };
}

/** The first that fits counts. */
const ROUTES: [string, Screen][] = [
  ["today", Today],
  ["find", Find],
  ["register", later("Register")],
  ["person/:id", later("Visit")],
  ["ask/:person", later("Ask")],
  ["ask/:person/:instrument", later("Ask")],
  ["danger/:person", later("Danger")],
  ["danger/:person/:risk", later("Danger")],
  ["medicine/:person/:id", later("Medicine")],
  ["session/:person", later("Session")],
  ["group", later("Group")],
  ["refer/:person", later("Refer")],
  ["message", later("Whom")],
  ["message/:person", later("Message")],
  ["unsent", Unsent],
  ["me", later("Me")],
];

/** How long the screen that stands there waits for the person that the next one is about: milliseconds. */
const PATIENCE = 150;

/** Reads the person that a screen is about before it is shown, so that it stands there whole. */
async function ready(path: string): Promise<void> {
  const about = signedIn() && path.split("/")[1];
  if (about)
    await Promise.race([store.person(about).catch(() => null), new Promise((done) => setTimeout(done, PATIENCE))]);
}

function App() {
  const [path, setPath] = useState(here());
  const [, again] = useState(0);
  useEffect(() => {
    const look = () => again((n) => n + 1);
    // The effect comes after the first picture: what has happened since then is looked at now.
    look();
    redraw = look;
    return watchSession(look);
  }, []);
  useEffect(() => {
    const moved = async () => {
      const next = here();
      await ready(next);
      if (next !== here()) return;
      toTop();
      setPath(next);
    };
    // A finger that comes down may be a tap: until it is lifted, whom the link is about has been read.
    const touched = ({ target }: Event) => {
      const to = target instanceof Element && target.closest('a[href^="#/"]')?.getAttribute("href");
      if (to) void ready(to.slice(2));
    };
    addEventListener("hashchange", moved);
    addEventListener("pointerdown", touched, { passive: true });
    return () => {
      removeEventListener("hashchange", moved);
      removeEventListener("pointerdown", touched);
    };
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
            <b>{t("frame.refused")}</b> <bdi>{translated(says, "held")}</bdi>
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
  const row = myRow();
  const now = `${store.bundle.version} ${row?.id} ${row?.language}`;
  if (now === learnt) return;
  learnt = now;
  learn(store.bundle.languages, store.bundle);
  redraw();
  const its = row && speaks(row.language);
  if (its && JSON.stringify(its.lock) !== JSON.stringify(row.lock)) void keepLanguage(its);
}
/** Draws what stands there once more, in words that were not known when it was drawn. */
let redraw = () => {};

if (!signedIn()) speak(offered());
watchSession(() => {
  session.rows.forEach(recall);
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
void loadAll().catch(() => undefined);
