/** The parts of a visit: what to do together, the signs to look for, a death, and what stands on record. */

import { store } from "../store/index.ts";
import type { Brief, Fact, TaskBrief } from "../types.ts";
import { day, t, time, translated } from "../words.ts";
import * as care from "./care.ts";
import { contacts } from "./danger_flow.ts";
import { Choice, Text, When, type Draft } from "./form.tsx";
import { Banner, dial, Icon, Pick } from "./parts.tsx";
import { useDrafts } from "./people.ts";
import { told } from "./session_parts.tsx";
import { held, manuals } from "./talk.ts";
import { thread } from "./thread.ts";

interface Shared {
  brief: Brief;
  mine: Fact[];
  one: care.Visiting;
  set: Draft<care.Visiting>["set"];
  wrong: Record<string, string>;
}

type Some<K extends keyof Shared> = { [P in K]: Shared[P] };

/** They were met: what is due today, and the signs to look for. */
export function Met({ brief, mine, one, set, wrong, onHelp }: Shared & { onHelp: () => void }) {
  const seen = one.signs.some((sign) => sign !== "none");
  const there = new Map(brief.signs ?? []);
  const sign = (code: string, on: boolean) => {
    const others = one.signs.filter((other) => other !== code && (code === "none") === (other === "none"));
    set({ signs: on ? [...others, code] : others });
  };
  const relapse = (id: string, on: boolean) =>
    set({ relapse: on ? [...one.relapse, id] : one.relapse.filter((other) => other !== id) });
  return (
    <>
      <Together brief={brief} mine={mine} />
      {(brief.tasks ?? []).filter(carries).map((task) => (
        <Task key={task.id} task={task} one={one} set={set} wrong={wrong} />
      ))}
      {[...there].map(([code, since]) => (
        <Choice
          name={`standing-${code}`}
          legend={t("visit.sign_was", { sign: t(`visit.sign_${code}`), day: day(since) })}
          two
          options={[
            ["there", t("visit.sign_there")],
            ["gone", t("visit.sign_gone")],
          ]}
          value={one.standing[code] ?? ""}
          onPick={(how) => set({ standing: { ...one.standing, [code]: how } })}
        />
      ))}
      <details open={one.signs.length > 0}>
        <summary>
          <b>{t("visit.signs")}</b>
        </summary>
        <fieldset>
          <legend>
            {t("visit.signs_seen")} <span class="muted small">{t("visit.reviewed")}</span>
          </legend>
          <div class="stack-s">
            {care.SIGNS.filter((code) => !there.has(code)).map((code) => (
              <Pick name="sign" many alert value={code} checked={one.signs.includes(code)} onPick={sign}>
                {t(`visit.sign_${code}`)}
              </Pick>
            ))}
            <Pick name="sign" many value="none" checked={one.signs.includes("none")} onPick={sign}>
              {t("visit.sign_none")}
            </Pick>
          </div>
        </fieldset>
      </details>
      {seen && (
        <Banner tone="now">
          <p>
            <b>{t("visit.sign_now")}</b> {t("visit.sign_now_help")}
          </p>
          <Text
            name="sign-words"
            label={t("visit.sign_words")}
            value={one.sign_words}
            onText={(sign_words) => set({ sign_words })}
          />
          <button type="button" class="btn now wide-btn" onClick={onHelp}>
            {one.helped ? t("visit.to_steps") : t("visit.sign_help")}
          </button>
          {contacts(store.me, Date.now())
            .slice(0, 1)
            .map((number) => (
              <a class="btn wide-btn" href={dial(number.phone)}>
                <Icon name="call" size={22} /> {t("visit.call", { name: number.name })}
              </a>
            ))}
        </Banner>
      )}
      {brief.relapse && brief.relapse.length > 0 && (
        <fieldset>
          <legend>{t("visit.relapse")}</legend>
          <div class="stack-s">
            {brief.relapse.map(([id, text]) => (
              <Pick name="relapse" many value={id} checked={one.relapse.includes(id)} onPick={relapse}>
                {text}
              </Pick>
            ))}
          </div>
        </fieldset>
      )}
    </>
  );
}

/** Advice to carry out is answered here; everything else that waits is only told. */
const carries = (task: TaskBrief): boolean => task.kind === "advice";
/** Kinds of task that stand on this screen as what they are. */
const SHOWN = new Set(["advice", "contact", "risk", "trace", "referral", "referred", "message"]);

function Task({ task, one, set, wrong }: { task: TaskBrief } & Some<"one" | "set" | "wrong">) {
  const became = one.tasks[task.id] ?? "";
  return (
    <>
      <Choice
        name={`task-${task.id}`}
        three
        legend={<bdi>{translated(task.text)}</bdi>}
        hint={[task.by, task.due && t("visit.by_day", { day: day(task.due) })].filter(Boolean).join(", ")}
        options={[
          ["later", t("visit.task_later")],
          ["done", t("visit.task_done")],
          ["not", t("visit.task_not")],
        ]}
        value={became}
        onPick={(how) => set({ tasks: { ...one.tasks, [task.id]: how } })}
      />
      {(became === "not" || became === "done") && (
        <Text
          name={`why-${task.id}`}
          label={t(became === "not" ? "visit.task_why" : "visit.task_words")}
          error={wrong[`task-${task.id}`]}
          value={one.task_words[task.id] ?? ""}
          onText={(text) => set({ task_words: { ...one.task_words, [task.id]: text } })}
        />
      )}
    </>
  );
}

interface Doing {
  to: string;
  text: string;
  meta: string;
}

/** What to do with them today: questions, tablets, the session, what others wait for. */
function doings(brief: Brief, mine: Fact[]): Doing[] {
  const person = brief.person;
  const today = store.today();
  const found: Doing[] = [];
  for (const { instrument, last } of care.due(brief, store.bundle, mine, today)) {
    const many =
      store.bundle.instruments.find((one) => one.id === instrument)?.items?.filter((item) => !item.optional).length ??
      0;
    found.push({
      to: `ask/${person}/${instrument}`,
      text: many ? t("visit.questions", { n: many }) : t("visit.ask_total"),
      meta: last ? t("visit.asked", { day: day(last) }) : t("visit.never_asked"),
    });
  }
  const looked = new Set(
    mine
      .filter((fact) => fact.body.kind === "intake" && fact.occurred.slice(0, 10) === today)
      .map((fact) => fact.body["prescription"]),
  );
  for (const one of brief.medicines ?? []) {
    const until = one.until && t("visit.lasts", { day: day(one.until) });
    const meta = looked.has(one.id)
      ? t("visit.looked")
      : [translated(one.strength, "amount"), until].filter(Boolean).join(" · ");
    found.push({ to: `medicine/${person}/${one.id}`, text: t("visit.tablets", { name: one.name }), meta });
  }
  for (const manual of manuals(store.bundle, store.me)) {
    const begun = (brief.sessions ?? []).some(([name]) => name === manual.treatment);
    if (!begun && !brief.episodes?.length) continue;
    const { many, homework, last } = held(brief, mine, manual);
    const next = manual.sessions[many];
    if (!next) continue;
    const text = t("visit.session", { n: many + 1, about: told(next.about) });
    const practise = homework && t("visit.homework", { homework: told(homework) });
    const meta = last === today ? t("visit.session_today") : practise || told(manual.title);
    found.push({ to: `session/${person}`, text, meta });
  }
  return found;
}

export function Together({ brief, mine }: { brief: Brief; mine: Fact[] }) {
  const begun = useDrafts();
  const rows = doings(brief, mine);
  const today = store.today();
  const waiting = (brief.tasks ?? []).filter((task) => !SHOWN.has(task.kind) && !((task.starts ?? "") > today));
  const person = brief.person;
  return (
    <section>
      <h2>{t("visit.together")}</h2>
      <ol>
        {rows.map((row) => (
          <Call key={row.to} {...row} meta={begun.includes(row.to) ? t("visit.begun") : row.meta} />
        ))}
        {waiting.map((task) => (
          <li key={task.id} class="call">
            <span>
              <b dir="auto">{translated(task.text)}</b>
              <span class="meta">
                {[task.by, task.due && t("visit.by_day", { day: day(task.due) })].filter(Boolean).join(", ")}
              </span>
            </span>
          </li>
        ))}
        <Call to={`ask/${person}`} text={t("visit.ask_other")} meta="" />
        {store.me.permissions.includes("record_care") && (
          <Call
            to={`refer/${person}`}
            text={t("visit.refer")}
            meta={translated(brief.referrals?.[0]?.sentence ?? "")}
          />
        )}
        <Write brief={brief} mine={mine} />
      </ol>
    </section>
  );
}

/** To the supervisor, or to whoever wrote last. */
function Write({ brief, mine }: { brief: Brief; mine: Fact[] }) {
  const { told, to, hidden } = thread(brief, mine, store.me);
  const waiting = told.find((one) => one.waits);
  const [next] = to;
  if (!next && !told.length && !hidden) return null;
  const meta = waiting ? t("message.waits", { name: waiting.by }) : hidden ? t("message.hidden") : "";
  const text = next ? t(next.answers ? "message.answer" : "message.ask", { name: next.name }) : t("message.title");
  return <Call to={`message/${brief.person}`} text={text} meta={meta} />;
}

function Call({ to, text, meta }: Doing) {
  return (
    <li class="call">
      <span>
        <a class="name" href={`#/${to}`}>
          {text}
        </a>
        {meta && <span class="meta">{meta}</span>}
      </span>
      <Icon name="next" />
    </li>
  );
}

export function Died({ one, set, wrong }: Some<"one" | "set" | "wrong">) {
  return (
    <>
      <Choice
        name="certain"
        legend={t("visit.certain")}
        hint={t("visit.certain_help")}
        error={wrong["certain"]}
        options={[
          ["told", t("visit.certain_told")],
          ["known", t("visit.certain_known")],
        ]}
        value={one.certain}
        onPick={(certain) => set({ certain: certain as care.Visiting["certain"] })}
      />
      {one.certain === "known" && (
        <When
          name="died"
          past
          legend={t("visit.died_on")}
          offers={[0, -1, -2]}
          value={one.died_on}
          error={wrong["died_on"]}
          onDay={(died_on) => set({ died_on })}
        />
      )}
      {one.certain === "told" && <p class="muted small">{t("visit.told_next")}</p>}
    </>
  );
}

/** What stands on record, and what this phone has not sent yet. */
export function Before({ brief, mine }: { brief: Brief; mine: Fact[] }) {
  const waiting = new Set(store.outgoing().map(({ fact }) => fact.id));
  const said = mine.filter((fact) => t(`visit.fact_${fact.body.kind}`) !== `visit.fact_${fact.body.kind}`);
  const allergies = brief.allergies ?? [];
  return (
    <>
      {allergies.length > 0 && (
        <p>
          <b>{t("visit.allergies")}</b> {allergies.map((one) => translated(one)).join("; ")}
        </p>
      )}
      {(brief.conflicts ?? []).map((text) => (
        <Banner tone="soon">{translated(text, "conflict")}</Banner>
      ))}
      {said.length > 0 && (
        <section>
          <h2>{t("visit.mine")}</h2>
          <ul class="tl">
            {said.reverse().map((fact) => (
              <li key={fact.id}>
                <time>
                  {fact.occurred.length > 10 ? `${day(fact.occurred)} ${time(fact.occurred)}` : day(fact.occurred)}
                </time>
                <span>
                  <b>{t(`visit.fact_${fact.body.kind}`)}</b>{" "}
                  {waiting.has(fact.id) && <span class="muted small">{t("visit.waiting")}</span>}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {brief.recent && brief.recent.length > 0 && (
        <section>
          <h2>{t("visit.recent")}</h2>
          <ul class="tl">
            {brief.recent.slice(0, 8).map(([on, text, who]) => (
              <li>
                <time>{day(on)}</time>
                <span>
                  <bdi>{translated(text, "entry")}</bdi>{" "}
                  {who && <span class="muted small">{translated(who, "who")}</span>}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {brief.owner_name && <p class="foot">{t("visit.owner", { name: brief.owner_name })}</p>}
    </>
  );
}
