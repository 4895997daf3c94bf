/** Danger: the steps, in the order of the thumb. Each is saved as it is done; the screen is not left without an answer;
 * what stays open stands on Today until it is done. Only a person at the clinic ends a risk. */

import { useEffect, useRef, useState } from "preact/hooks";
import { go, here } from "../route.ts";
import { signedIn, store } from "../store/index.ts";
import type { Body, Brief, Fact } from "../types.ts";
import { t } from "../words.ts";
import type { Asking } from "./ask_flow.ts";
import { Leave, type Leaving } from "./danger_leave.tsx";
import { Done, Steps } from "./danger_list.tsx";
import type { PanelProps } from "./danger_parts.tsx";
import { TAKE, type Saved } from "./danger_take.ts";
import { Worry } from "./danger_worry.tsx";
import { begin, carried, ended, following, known, left, type Danger as State } from "./danger_flow.ts";
import { Empty, Page, Reading } from "./parts.tsx";
import { useDraft, usePerson, why } from "./people.ts";

/** Whoever goes away without an answer comes back here, to the question of leaving. */
let fled = "";

export function Danger({ params }: { params: Record<string, string> }) {
  const { person = "", risk = "" } = params;
  const found = usePerson(person);
  if (found === undefined) return <Reading />;
  if (found === null)
    return (
      <Page title={t("danger.title")} back="today">
        <Empty title={t("ask.nobody")}>{t("ask.nobody_help")}</Empty>
      </Page>
    );
  if (!risk || risk === "new") return <Worry brief={found.brief} />;
  return <Way key={risk} brief={found.brief} mine={found.mine} risk={risk} />;
}

function Way({ brief, mine, risk }: { brief: Brief; mine: Fact[]; risk: string }) {
  const key = `danger/${brief.person}/${risk}`;
  const [danger, keep] = useDraft<State | null>(key, () => {
    const open = known(brief, risk);
    const here = mine.some((one) => one.id === risk);
    const held = carried.get(key)?.danger;
    return held ?? (open || here ? begin(new Date(store.clock()).toISOString(), "", "", open) : null);
  });
  const [leaving, setLeaving] = useState(fled === key);
  const [failed, setFailed] = useState("");
  const [wrong, setWrong] = useState("");
  const answered = useRef(false);
  const over = danger === null || (danger !== undefined && ended(danger, { brief, mine }, risk));
  useGuard(key, answered, danger != null && !over);
  const on = danger?.finished ? "" : danger?.on;
  useEffect(() => {
    if (on && on !== "stay") document.getElementById(`step-${on}`)?.focus();
  }, [on]);
  if (danger === undefined) return <Reading />;
  if (over)
    return (
      <Page title={brief.name} back={`person/${brief.person}`} backText={brief.name}>
        <Empty title={t("danger.ended")}>{t("danger.ended_help")}</Empty>
        <a class="btn wide-btn" href={`#/danger/${brief.person}`}>
          {t("ask.worried")}
        </a>
      </Page>
    );

  /** Saves facts and the step together; loud where that fails, and nothing that was chosen is lost. */
  const put = async (bodies: Body[], next: State): Promise<boolean> => {
    try {
      const first = carried.get(key)?.fact;
      const facts = bodies.map((body) => store.fact(brief.person, body));
      if (facts.length) await store.save(first ? [first, ...facts] : facts);
      await keep(bodies.length ? { ...next, saved: new Date(store.clock()).toISOString() } : next);
      setFailed("");
      return true;
    } catch (error) {
      setFailed(t("danger.failed", { why: why(error) }));
      return false;
    }
  };
  const away = async (path: string) => {
    answered.current = true;
    carried.delete(key);
    if (!left(danger).length) await store.dropDraft(key);
    go(path);
  };

  if (leaving) {
    const leave = async (how: Leaving) => {
      const next: State = how.staying ? { ...danger, staying: how.staying } : danger;
      const body: Body = { kind: "assessment", risk, words: how.words };
      if (how.staying) body["staying"] = how.staying;
      if (!(await put([body], next))) return;
      answered.current = true;
      if (!how.slip) return go("today");
      await store.dropDraft(key);
      const asking = await store.draft<Asking>(danger.back);
      if (!asking) return go(`person/${brief.person}`);
      const told = Object.fromEntries(Object.entries(asking.told).filter(([item]) => item !== danger.item));
      await store.keepDraft(danger.back, { ...asking, at: danger.item, told });
      go(danger.back);
    };
    const stay = () => {
      fled = "";
      setLeaving(false);
    };
    return (
      <Leave
        risk={risk}
        name={brief.name}
        danger={danger}
        failed={failed}
        onLeave={(how) => void leave(how)}
        onStay={stay}
        onCalled={(body, calls) => void put([body], { ...danger, calls })}
      />
    );
  }

  if (danger.finished)
    return (
      <Done
        name={brief.name}
        danger={danger}
        onBack={() => void keep({ ...danger, finished: false })}
        onAway={(path) => void away(path)}
        onOpen={(step) => void keep({ ...danger, on: step, finished: false })}
        person={`person/${brief.person}`}
      />
    );

  const after = (next: State): State => {
    const step = following(next, next.on);
    return step ? { ...next, on: step } : { ...next, finished: true };
  };
  /** What a panel wants to be saved; `stays`: it is not over with it, as with a call that waits for its answer. */
  const save = async ({ bodies, next, stays, to }: Saved) => {
    setWrong("");
    if (stays) return put(bodies, next);
    const done = next.done.includes(next.on) ? next.done : [...next.done, next.on];
    const put_off = next.put_off.filter((one) => one !== next.on && one !== to);
    const all = { ...next, done, put_off };
    return put(bodies, to ? { ...all, on: to } : after(all));
  };
  const submit = () => {
    const taken = TAKE[danger.on](danger, risk);
    if (typeof taken === "string") setWrong(t(taken));
    else void save(taken);
  };
  const later = () => {
    setWrong("");
    const put_off = [...danger.put_off.filter((one) => one !== danger.on), danger.on];
    void put([], after({ ...danger, put_off }));
  };
  const panel: PanelProps = {
    brief,
    risk,
    danger,
    wrong,
    onType: (more) => {
      setWrong("");
      void put([], { ...danger, typed: { ...danger.typed, ...more } });
    },
    onSave: (saved) => void save(saved),
    onLater: later,
  };
  return (
    <Steps
      panel={panel}
      failed={failed}
      onNext={submit}
      onLeave={() => setLeaving(true)}
      onOpen={(step) => void put([], { ...danger, on: step })}
    />
  );
}

/** Whoever leaves in any other way than by an answer comes back: by the way back of the phone, by another link. */
function useGuard(key: string, answered: { current: boolean }, watching: boolean): void {
  const live = useRef(watching);
  live.current = watching;
  useEffect(() => {
    if (fled === key) fled = "";
    return () => {
      if (answered.current || !live.current) return;
      setTimeout(() => {
        if (!signedIn() || here() === key) return;
        fled = key;
        go(key);
      });
    };
  }, [key]);
}
