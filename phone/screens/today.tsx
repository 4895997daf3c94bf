/** Today: what is not finished, who is to be visited and why, and what the clinic says. */

import { useEffect, useState } from "preact/hooks";
import type { Line } from "../store/api.ts";
import { store } from "../store/index.ts";
import { day, t } from "../words.ts";
import { ended, left, type Danger } from "./danger_flow.ts";
import { Banner, Empty, Page, Row, Rows, useStore } from "./parts.tsx";
import { manuals } from "./talk.ts";
import { byPlace, clinic, earlier, visits, type Visit } from "./today_list.ts";

const SHOWN = 30;
/** Screens that leave something unfinished behind, in the order in which Today names them. */
const RESUMED = ["ask", "person", "visit", "medicine", "session", "refer", "group", "register"];
const ORDER = "order";

interface Open {
  key: string;
  screen: string;
  name: string;
  steps: number;
}

export function Today(_: { params: Record<string, string> }) {
  useStore();
  const [walking, setWalking] = useState(false);
  const [all, setAll] = useState(false);
  const [open, order] = useOpen();
  const today = store.today();
  const lines = store.lines();
  const everybody = visits(lines, today);
  const those = everybody.filter((one) => one.tier === 1 || one.line.tried !== today);
  const visited = everybody.filter((one) => !those.includes(one));
  const dangers = open.filter((one) => one.screen === "danger");
  const begun = open.filter((one) => one.screen !== "danger");
  const shown = all ? those : those.slice(0, SHOWN);
  const n = those.length;
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
        <Places those={shown} order={order} />
      ) : (
        shown.length > 0 && (
          <Rows>
            {shown.map((one) => (
              <VisitRow key={one.line.person} visit={one} />
            ))}
          </Rows>
        )
      )}
      {n > shown.length && (
        <button type="button" class="btn wide-btn" onClick={() => setAll(true)}>
          {t("today.more", { n: n - shown.length })}
        </button>
      )}
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
      {manuals(store.bundle, store.me).length > 0 && (
        <p>
          <a class="btn wide-btn" href="#/group">
            {t("group.hold")}
          </a>
        </p>
      )}
    </Page>
  );
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
      why={told ? t("visit.risk_open") : reason || agreed}
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
  const { tasks, thanks } = clinic(lines, those, store.today());
  return (
    <>
      {tasks.length > 0 && (
        <section>
          <h2>{t("today.tasks")}</h2>
          <Rows>
            {tasks.map(([line, task]) => (
              <Row
                key={task.id}
                name={line.name}
                to={`person/${line.person}`}
                why={task.text}
                meta={[task.due && t("today.by", { day: day(task.due) }), task.by].filter(Boolean).join(" · ")}
              />
            ))}
          </Rows>
        </section>
      )}
      {thanks.map(([line, task]) => (
        <Banner key={task.id} tone="good">
          <a class="name-link" href={`#/person/${line.person}`}>
            {task.text}
          </a>
          {task.by && <span class="meta">{task.by}</span>}
        </Banner>
      ))}
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

/** What is not finished on this phone, and the order of places that the worker has given. */
function useOpen(): [Open[], string[]] {
  const [open, setOpen] = useState<Open[]>([]);
  const [order, setOrder] = useState<string[]>([]);
  useEffect(() => {
    let gone = false;
    const load = async () => {
      const names = new Map(store.lines().map((one) => [one.person, one.name]));
      const found: Open[] = [];
      for (const key of await store.drafts()) {
        const [screen = "", person = "", risk = ""] = key.split("/");
        if (screen === "danger") {
          const kept = await store.draft<Danger>(key);
          const about = await store.person(person);
          if (about && kept && ended(kept, about, risk)) await store.dropDraft(key);
          else if (kept) found.push({ key, screen, name: names.get(person) ?? "", steps: left(kept).length });
        } else if (RESUMED.includes(screen)) found.push({ key, screen, name: names.get(person) ?? "", steps: 0 });
      }
      found.sort((a, b) => RESUMED.indexOf(a.screen) - RESUMED.indexOf(b.screen));
      const stated = (await store.draft<string[]>(ORDER)) ?? [];
      if (gone) return;
      setOpen(found);
      setOrder(stated);
    };
    const reload = () => void load();
    reload();
    const stop = store.watch(reload);
    return () => {
      gone = true;
      stop();
    };
  }, []);
  return [open, order];
}
