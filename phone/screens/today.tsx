/** Today: what is not finished, who is to be visited and why, and what the clinic says. */

import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import type { Line } from "../store/api.ts";
import { store } from "../store/index.ts";
import { day, language, t, translated } from "../words.ts";
import { ended, left, type Danger } from "./danger_flow.ts";
import { Banner, Empty, Page, Row, Rows } from "./parts.tsx";
import { useLines, usePainted, watchStore } from "./people.ts";
import { manuals } from "./talk.ts";
import { byPlace, clinic, DANGER, earlier, visits, type Visit } from "./today_list.ts";

/** So many rows of each list are drawn before somebody asks for more; so many visits fit on a screen and come first. */
const SHOWN = 30;
const TASKS = 10;
const FIRST = 6;
const PICTURES = Math.ceil(SHOWN / FIRST);
/** Screens that leave something unfinished behind, in the order in which Today names them. */
const RESUMED = ["ask", "person", "visit", "medicine", "session", "refer", "message", "group", "register"];
const ORDER = "order";

interface Open {
  key: string;
  screen: string;
  name: string;
  steps: number;
}

export function Today(_: { params: Record<string, string> }) {
  const lines = useLines();
  const painted = usePainted(true, PICTURES);
  const [walking, setWalking] = useState(false);
  const [all, setAll] = useState(false);
  const [open, order] = useOpen();
  const today = store.today();
  const everybody = useMemo(() => visits(lines, today), [lines, today]);
  const those = useMemo(() => everybody.filter((one) => one.tier === 1 || one.line.tried !== today), [everybody]);
  // What was drawn stays as it is when more is drawn; but new words are said.
  const words = [language(), store.bundle.version];
  const rows = useMemo(() => those.map((one) => <VisitRow key={one.line.person} visit={one} />), [those, ...words]);
  const dangers = open.filter((one) => one.screen === "danger");
  const begun = open.filter((one) => one.screen !== "danger");
  // Whoever may be in danger is never among those that are left out.
  const urgent = those.filter((one) => one.tier > 0 && one.tier <= DANGER).length;
  const most = all ? those.length : Math.max(SHOWN, urgent);
  const whole = painted >= PICTURES;
  const shown = whole ? most : Math.min(most, FIRST * (painted + 1));
  const n = those.filter((one) => one.given).length;
  return (
    <Page nav="today">
      {dangers.map((one) => (
        <Banner key={one.key} tone="now">
          <p>
            <b>{t("today.stay", { name: one.name })}</b> {one.steps > 0 && t("today.steps_left", { n: one.steps })}
          </p>
          <a class="btn now wide-btn" href={`#/${one.key}`}>
            {t("today.steps")}
          </a>
        </Banner>
      ))}
      {begun.length > 0 && (
        <section class="stack-s" aria-label={t("today.goon")}>
          {begun.map((one) => (
            <a key={one.key} class="btn wide-btn" href={`#/${one.key}`}>
              {t(`today.goon_${one.screen}`, { name: one.name })}
            </a>
          ))}
        </section>
      )}
      <div>
        <h1>{n ? t("today.title", { n }) : t("today.none")}</h1>
        <p class="muted small">{day(today, { weekday: true })}</p>
      </div>
      {n > 1 && (
        <nav class="tabs" aria-label={t("today.order")}>
          <Tab text={t("today.urgent")} on={!walking} press={() => setWalking(false)} />
          <Tab text={t(order.length ? "today.walking" : "today.walk")} on={walking} press={() => setWalking(true)} />
        </nav>
      )}
      {!n && <Nobody lines={lines} />}
      {walking && n > 1 ? (
        <Places those={those.slice(0, Math.min(shown, n))} order={order} />
      ) : (
        n > 0 && <Rows>{rows.slice(0, Math.min(shown, n))}</Rows>
      )}
      {Math.min(shown, those.length) > n && (
        <section>
          <h2>{t("today.others", { n: those.length - n })}</h2>
          <Rows>{rows.slice(n, shown)}</Rows>
        </section>
      )}
      {whole && (
        <>
          <More n={those.length - shown} press={() => setAll(true)} />
          <Below lines={lines} everybody={everybody} those={those} />
        </>
      )}
    </Page>
  );
}

/** What stands under the visits: what the clinic says, who was visited, and the group. */
function Below({ lines, everybody, those }: { lines: Line[]; everybody: Visit[]; those: Visit[] }) {
  const visited = everybody.filter((one) => !those.includes(one));
  return (
    <>
      <Clinic lines={lines} those={everybody} />
      {visited.length > 0 && (
        <section>
          <h2>{t("today.seen")}</h2>
          <Rows>
            {visited.map(({ line }) => (
              <Row key={line.person} name={line.name} to={`person/${line.person}`} />
            ))}
          </Rows>
        </section>
      )}
      {store.me.supervisor.name && (
        <p>
          <a class="btn wide-btn" href="#/message">
            {t("message.ask", { name: store.me.supervisor.name })}
          </a>
        </p>
      )}
      {manuals(store.bundle, store.me).length > 0 && (
        <p>
          <a class="btn wide-btn" href="#/group">
            {t("group.hold")}
          </a>
        </p>
      )}
    </>
  );
}

/** So many more are there; nothing where there are none. */
function More({ n, press }: { n: number; press: () => void }) {
  return n > 0 ? (
    <button type="button" class="btn wide-btn" onClick={press}>
      {t("today.more", { n })}
    </button>
  ) : null;
}

function Tab({ text, on, press }: { text: string; on: boolean; press: () => void }) {
  return (
    <a
      href="#/today"
      aria-current={on ? "true" : undefined}
      onClick={(event) => {
        event.preventDefault();
        press();
      }}
    >
      {text}
    </a>
  );
}

function VisitRow({ visit }: { visit: Visit }) {
  const { line, tier, word, reason, due, told } = visit;
  const agreed = due === "late" ? t("today.visit_due", { day: day(line.next) }) : due ? t("today.visit_today") : "";
  return (
    <Row
      name={line.name}
      to={`person/${line.person}`}
      tier={tier ? { n: tier, word } : word ? { n: 0, word } : undefined}
      why={told ? t("visit.risk_open") : (tier && translated(reason)) || agreed || translated(reason)}
      meta={line.mine ? t("today.new_here") : undefined}
    />
  );
}

function Places({ those, order }: { those: Visit[]; order: string[] }) {
  const places = byPlace(those, order);
  const names = places.map(([place]) => place);
  return (
    <>
      {places.map(([place, visits], i) => (
        <section key={place}>
          <div class="bar">
            <h2>{place || t("today.no_place")}</h2>
            {i > 0 && place && (
              <button
                type="button"
                class="link small push"
                onClick={() => void store.keepDraft(ORDER, earlier(names, place))}
              >
                {t("today.earlier", { place })}
              </button>
            )}
          </div>
          <Rows>
            {visits.map((one) => (
              <VisitRow key={one.line.person} visit={one} />
            ))}
          </Rows>
        </section>
      ))}
    </>
  );
}

/** What the clinic waits for from this worker, and its thanks. */
function Clinic({ lines, those }: { lines: Line[]; those: Visit[] }) {
  const [all, setAll] = useState(false);
  const { tasks, thanks } = clinic(lines, those, store.today());
  const most = all ? Infinity : TASKS;
  return (
    <>
      {tasks.length > 0 && (
        <section>
          <h2>{t("today.tasks")}</h2>
          <Rows>
            {tasks.slice(0, most).map(([line, task]) => (
              <Row
                key={task.id}
                name={line.name}
                to={`${task.kind === "message" ? "message" : "person"}/${line.person}`}
                why={translated(task.text)}
                meta={[task.due && t("today.by", { day: day(task.due) }), task.by].filter(Boolean).join(" · ")}
              />
            ))}
          </Rows>
        </section>
      )}
      {thanks.slice(0, most).map(([line, task]) => (
        <Banner key={task.id} tone="good">
          <a class="name-link" href={`#/person/${line.person}`}>
            {translated(task.text)}
          </a>
          {task.by && <span class="meta">{task.by}</span>}
        </Banner>
      ))}
      {!all && (
        <More n={Math.max(0, tasks.length - most) + Math.max(0, thanks.length - most)} press={() => setAll(true)} />
      )}
    </>
  );
}

function Nobody({ lines }: { lines: Line[] }) {
  return lines.length ? (
    <Empty title={t("today.empty")}>{t("today.empty_help")}</Empty>
  ) : (
    <Empty title={t("today.nobody")}>{t("today.nobody_help")}</Empty>
  );
}

/** What is not finished on this phone, and the order of places that the worker has given: before the first picture. */
function useOpen(): [Open[], string[]] {
  const [found, setFound] = useState<[Open[], string[]]>([[], []]);
  useLayoutEffect(() => {
    let gone = false;
    const load = async () => {
      const open = await unfinished();
      const order = (await store.draft<string[]>(ORDER)) ?? [];
      if (gone) return;
      setFound((old) => (JSON.stringify(old) === JSON.stringify([open, order]) ? old : [open, order]));
      await endSteps(open);
    };
    const reload = () => void load();
    reload();
    const stop = watchStore(reload);
    return () => {
      gone = true;
      stop();
    };
  }, []);
  return found;
}

async function unfinished(): Promise<Open[]> {
  const found: Open[] = [];
  let names: Map<string, string> | undefined;
  for (const key of await store.drafts()) {
    const [screen = "", person = ""] = key.split("/");
    if (screen !== "danger" && !RESUMED.includes(screen)) continue;
    const kept = screen === "danger" ? await store.draft<Danger>(key) : undefined;
    if (screen === "danger" && !kept) continue;
    names ??= new Map(store.lines().map((one) => [one.person, one.name]));
    found.push({ key, screen, name: names.get(person) ?? "", steps: kept ? left(kept).length : 0 });
  }
  return found.sort((a, b) => RESUMED.indexOf(a.screen) - RESUMED.indexOf(b.screen));
}

/** Steps of a danger that a person at the clinic has ended since are no longer open here. */
async function endSteps(open: Open[]): Promise<void> {
  for (const { key, screen } of open) {
    if (screen !== "danger") continue;
    const [, person = "", risk = ""] = key.split("/");
    const kept = await store.draft<Danger>(key);
    const about = await store.person(person);
    if (about && kept && ended(kept, about, risk)) await store.dropDraft(key);
  }
}
