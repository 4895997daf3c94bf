/** A session of a group on one screen: who came, one short list, and for each person what a session of their own would
 * say. Everybody's record gets its own entries; all of them are saved, or none. */

import { useEffect, useState } from "preact/hooks";
import { plain, plainName } from "../decide/sound.ts";
import { go } from "../route.ts";
import { store } from "../store/index.ts";
import type { Line } from "../store/api.ts";
import type { Fact } from "../types.ts";
import { language, t } from "../words.ts";
import * as care from "./care.ts";
import * as talk from "./talk.ts";
import { Choice, factsOf, Text, Trouble, useDraft, useSave, When } from "./form.tsx";
import { Empty, Page, Pick, Reading } from "./parts.tsx";
import { About, Checks, Scale, told, Which } from "./session_parts.tsx";

/** Groups known on this phone: name -> people, and the number of the last session. Kept like a draft: it is nobody's
 * record. */
const KNOWN = "groups";
interface Members {
  people: string[];
  number: number;
}

interface Grouping {
  id: string;
  name: string;
  manual: string;
  number: number;
  mode: "home" | "clinic";
  people: string[];
  came: string[];
  ratings: Record<string, number>;
  practise: string;
  checks: Record<string, string>;
  next: string;
}

export function Group(_: { params: Record<string, string> }) {
  const manuals = talk.manuals(store.bundle, store.me);
  const draft = useDraft<Grouping>("group", () => ({
    id: store.newId(),
    name: "",
    manual: manuals[0]?.id ?? "",
    number: 1,
    mode: "home",
    people: [],
    came: [],
    ratings: {},
    practise: "",
    checks: {},
    next: "",
  }));
  const [known, setKnown] = useState<Record<string, Members>>({});
  const [find, setFind] = useState("");
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const saving = useSave(draft);
  useEffect(() => void store.draft<Record<string, Members>>(KNOWN).then((found) => found && setKnown(found)), []);
  const one = draft.value;
  if (!one) return <Reading back="today" />;
  const manual = manuals.find((each) => each.id === one.manual) ?? manuals[0];
  if (!manual)
    return (
      <Page back="today">
        <Empty title={t("session.none")}>{t("session.none_help")}</Empty>
      </Page>
    );
  const session = manual.sessions[one.number - 1] ?? manual.sessions[0]!;
  const set = (part: Partial<Grouping>) => {
    setWrong({});
    draft.set(part);
  };
  const lines = new Map(store.lines().map((line) => [line.person, line]));
  const members = one.people.map((id) => lines.get(id)).filter((line): line is Line => Boolean(line));

  const save = async () => {
    const faults: Record<string, string> = {};
    if (!one.name.trim()) faults["name"] = t("group.no_name");
    if (!one.came.length) faults["came"] = t("group.no_came");
    if (one.next === "other") faults["next"] = t("visit.no_day");
    if (!one.next) faults["next"] = t("visit.no_next");
    setWrong(faults);
    if (Object.keys(faults).length) return;
    const facts = async () => {
      const made: Fact[] = [];
      for (const line of members) {
        const first = await care.idBeside(one.id, line.person);
        const there = one.came.includes(line.person);
        made.push(
          ...(await factsOf(line.person, first, there ? attended(one, manual, line.person) : [absent(manual)])),
        );
      }
      return made;
    };
    if (!(await saving.save(facts))) return;
    await store.keepDraft(KNOWN, { ...known, [one.name.trim()]: { people: one.people, number: one.number } });
    saving.onward("today");
  };
  const others = Object.keys(known).filter((name) => name !== one.name);
  return (
    <Page back="today" action={{ text: t("group.save"), onClick: () => void save() }}>
      <Trouble why={saving.failed} />
      <h1>{t("group.title")}</h1>
      {!one.people.length && others.length > 0 && (
        <fieldset>
          <legend>{t("group.known")}</legend>
          <div class="stack-s">
            {others.map((name) => (
              <button
                type="button"
                class="btn wide-btn"
                onClick={() =>
                  set({
                    name,
                    people: known[name]!.people,
                    number: Math.min(known[name]!.number + 1, manual.sessions.length),
                  })
                }
              >
                {t("group.of", { name, n: known[name]!.people.length })}
              </button>
            ))}
          </div>
        </fieldset>
      )}
      <Text
        name="name"
        label={t("group.name")}
        hint={t("group.name_help")}
        error={wrong["name"]}
        value={one.name}
        onText={(name) => set({ name })}
      />
      <Which
        name="which"
        chosen
        legend={t("group.which")}
        sessions={manuals.flatMap((each) =>
          each.sessions.map((its, at): [string, string] => [
            `${each.id} ${at + 1}`,
            `${told(each.treatment)} ${at + 1}. ${told(its.title)}`,
          ]),
        )}
        value={`${manual.id} ${one.number}`}
        onPick={(which) => {
          const [id = "", n] = which.split(" ");
          set({ manual: id, number: Number(n), checks: {} });
        }}
      />
      <Choice
        name="mode"
        two
        legend={t("visit.mode")}
        options={[
          ["home", t("group.near")],
          ["clinic", t("visit.mode_clinic")],
        ]}
        value={one.mode}
        onPick={(mode) => set({ mode: mode as Grouping["mode"] })}
      />
      <fieldset class={wrong["came"] ? "field bad" : undefined} hidden={!members.length && !wrong["came"]}>
        <legend>
          {t("group.came")}{" "}
          <span class="muted small">{t("group.counted", { n: one.came.length, all: members.length })}</span>
        </legend>
        {wrong["came"] && <p class="error">{wrong["came"]}</p>}
        <div class="stack-s">
          {members.map((line) => (
            <Pick
              key={line.person}
              name="came"
              many
              value={line.person}
              checked={one.came.includes(line.person)}
              onPick={(id, on) => set({ came: on ? [...one.came, id] : one.came.filter((other) => other !== id) })}
            >
              <span>
                {line.name} <span class="muted small">{line.place}</span>
              </span>
            </Pick>
          ))}
        </div>
      </fieldset>
      <Add
        find={find}
        onFind={setFind}
        lines={[...lines.values()].filter((line) => !one.people.includes(line.person))}
        onAdd={(line) => {
          setFind("");
          set({ people: [...one.people, line.person], came: [...one.came, line.person] });
        }}
      />
      {manual.ratings?.[0] && one.came.length > 0 && (
        <details>
          <summary>
            <b>{t("group.numbers")}</b>
          </summary>
          <div class="stack">
            {members
              .filter((line) => one.came.includes(line.person))
              .map((line) => (
                <Scale
                  key={line.person}
                  rating={{ ...manual.ratings![0]!, question: `${line.name}: ${manual.ratings![0]!.question}` }}
                  name={`mood-${line.person}`}
                  value={one.ratings[line.person]}
                  onPick={(n) => set({ ratings: { ...one.ratings, [line.person]: n } })}
                />
              ))}
          </div>
        </details>
      )}
      <Text
        name="practise"
        label={t("session.practise")}
        value={one.practise}
        onText={(practise) => set({ practise })}
      />
      <details>
        <summary>
          <b>{t("session.list")}</b>
        </summary>
        <div class="stack">
          <p class="muted small">{t("session.list_help")}</p>
          <Checks session={session} value={one.checks} onPick={(checks) => set({ checks })} />
        </div>
      </details>
      <When
        name="next"
        legend={t("group.next")}
        offers={[manual.days_apart, 2 * manual.days_apart]}
        none={t("visit.none_agreed")}
        value={one.next}
        error={wrong["next"]}
        onDay={(next) => set({ next })}
      />
      <About manual={manual} language={language()} />
      {draft.found && (
        <button type="button" class="link" onClick={() => void draft.drop().then(() => go("today"))}>
          {t("visit.throw")}
        </button>
      )}
    </Page>
  );
}

function attended(one: Grouping, manual: talk.Manual, person: string): care.Part[] {
  const next = care.dayOf(one.next);
  const rating = manual.ratings?.[0]?.id ?? "";
  const ratings = one.ratings[person] === undefined ? {} : { [rating]: one.ratings[person] };
  const held = {
    number: one.number,
    homework: "",
    ratings,
    problem: "",
    practise: one.practise,
    checks: one.checks,
    ends: "",
  };
  return [
    { key: "", body: { kind: "encounter", mode: one.mode, ...(next && { next }) } },
    ...talk.sessionParts(manual, held, t("group.note", { name: one.name.trim() })),
  ];
}

const absent = (manual: talk.Manual): care.Part => ({
  key: "",
  body: { kind: "treatment", name: manual.treatment, form: "psychological", event: "missed" },
});

/** Look for people on this phone by a part of their name, and add them. */
function Add(props: { find: string; onFind: (text: string) => void; lines: Line[]; onAdd: (line: Line) => void }) {
  const wanted = plain(props.find);
  const found = wanted ? props.lines.filter((line) => plainName(line).includes(wanted)).slice(0, 8) : [];
  return (
    <>
      <Text name="find" label={t("group.add")} hint={t("group.add_help")} value={props.find} onText={props.onFind} />
      {wanted && !found.length && <p class="muted">{t("group.nobody")}</p>}
      <div class="stack-s">
        {found.map((line) => (
          <button key={line.person} type="button" class="btn wide-btn" onClick={() => props.onAdd(line)}>
            {t("group.add_one", { name: line.name, place: line.place })}
          </button>
        ))}
      </div>
    </>
  );
}
