/** The card of one medicine, in pictures, as it was prescribed: no dose is worked out here. Then the person shows how
 * it will be taken, and what is left is counted. */

import { useState } from "preact/hooks";
import { store } from "../store/index.ts";
import type { Brief, MedicineBrief } from "../types.ts";
import { day, number, t, translated } from "../words.ts";
import { intake, looking, timed, type Looking } from "./help.ts";
import { Aloud } from "./listen.tsx";
import { Choice, factsOf, Nobody, Text, Trouble, useDraft, useOpenVisit, useSave } from "./form.tsx";
import { Banner, Empty, Page, Reading } from "./parts.tsx";
import { usePerson } from "./people.ts";

const TIMES = ["morning", "noon", "evening", "night"] as const;
const CUP = "M6 7h22l-3 24H9zM7.5 18h19";
const DROP = "M17 4c6 8 9 12 9 17a9 9 0 0 1-18 0c0-5 3-9 9-17z";

/** How much, as people write it: ½, 1½, 2, 2.5 mL. */
function written(many: number, unit = ""): string {
  if (unit === "ml" && many) return `${number(many)} mL`;
  const whole = Math.floor(many);
  const part = { 0: "", 0.25: "¼", 0.5: "½", 0.75: "¾" }[many - whole];
  return part === undefined ? number(many) : (whole || !part ? number(whole) : "") + part;
}

export function Medicine({ params }: { params: Record<string, string> }) {
  const known = usePerson(params["person"]!);
  if (!known) return <Nobody known={known} />;
  const one = known.brief.medicines?.find((medicine) => medicine.id === params["id"]);
  if (!one)
    return (
      <Page back={`person/${known.brief.person}`}>
        <Empty title={t("medicine.gone")}>{t("medicine.gone_help")}</Empty>
      </Page>
    );
  return <Card brief={known.brief} one={one} />;
}

function Card({ brief, one }: { brief: Brief; one: MedicineBrief }) {
  const person = brief.person;
  const draft = useDraft(`medicine/${person}/${one.id}`, () => looking(store.newId()));
  const saving = useSave(draft);
  const [wrong, setWrong] = useState("");
  const open = useOpenVisit(person);
  const said = draft.value;
  if (!said) return <Reading back={`person/${person}`} />;
  const set = (part: Partial<Looking>) => {
    setWrong("");
    draft.set(part);
  };
  const save = async () => {
    const made = intake(said, one);
    if (typeof made === "string") return setWrong(made);
    const parts = [{ key: "", within: true, body: made }];
    if (await saving.save(() => factsOf(person, said.id, parts, open?.id ?? ""))) saving.onward(`person/${person}`);
  };
  const known = timed(one);
  const injected = one.unit === "injection";
  const shown = TIMES.map((name, at) => [name, one.times[at] ?? 0] as const).filter(
    ([name, many]) => many || name === "morning" || name === "noon" || (name === "night" && !one.times[2]),
  );
  // Not its name: who stands by need not learn what is taken.
  const aloud = shown.map(([name, many]) => `${t(`medicine.${name}`)}: ${written(many, one.unit)}.`).join(" ");
  const unit = one.unit && t(`medicine.unit_${one.unit}`);
  return (
    <Page
      back={`person/${person}`}
      backText={t("medicine.back")}
      action={{ text: t("medicine.save"), onClick: () => void save() }}
    >
      <Trouble why={saving.failed} />
      <div>
        <h1>{t("medicine.title", { name: brief.name })}</h1>
        <p class="muted small">{[one.name, translated(one.strength, "amount")].filter(Boolean).join(" ")}</p>
        {unit && (known || injected) && <p class="muted small">{unit}</p>}
      </div>
      {(brief.allergies ?? []).length > 0 && (
        <Banner tone="soon">
          <b>{t("visit.allergies")}</b> {brief.allergies!.map((told) => translated(told)).join("; ")}
        </Banner>
      )}
      {known ? (
        <ol>
          {shown.map(([name, many]) => (
            <li key={name} class="card-row">
              <Sky name={name} />
              <b>{t(`medicine.${name}`)}</b>
              <span class="bar">
                <Amount many={many} unit={one.unit ?? ""} />
                <b class="big">
                  <span class="sr">{t("medicine.many")}</span> <bdi dir="ltr">{written(many, one.unit)}</bdi>
                </b>
              </span>
            </li>
          ))}
        </ol>
      ) : (
        <p class="ask" dir="auto">
          {translated(one.words, "dose") || t("medicine.no_words")}
        </p>
      )}
      {known && <Aloud words={aloud} />}
      {known && one.words && <p dir="auto">{translated(one.words, "dose")}</p>}
      {!known && !injected && <p class="muted small">{t("medicine.no_times")}</p>}
      <Banner>
        <p>
          {one.daily && <b>{t("medicine.daily")} </b>}
          {t("medicine.not_alone")}
        </p>
      </Banner>
      {injected ? (
        <p>{one.until ? t("medicine.next", { day: day(one.until) }) : t("medicine.next_unknown")}</p>
      ) : (
        <Shown one={one} said={said} wrong={wrong} set={set} />
      )}
      <Choice
        name="side"
        two
        legend={t("medicine.side")}
        error={injected && wrong === "medicine.nothing" ? t(wrong) : ""}
        options={[
          ["yes", t("medicine.yes")],
          ["no", t("medicine.no")],
        ]}
        value={said.side}
        onPick={(side) => set({ side: side as Looking["side"] })}
      />
      {said.side === "yes" && (
        <>
          <Text
            name="which"
            error={wrong === "medicine.which_wrong" ? t(wrong) : ""}
            label={t("medicine.which")}
            value={said.which}
            onText={(which) => set({ which })}
          />
          <a class="btn wide-btn" href={`#/danger/${person}`}>
            {t("visit.worry")}
          </a>
        </>
      )}
      <p class="foot">
        {t(one.by ? "medicine.by" : "medicine.since", { day: day(one.since, { year: true }), name: one.by })}
      </p>
    </Page>
  );
}

/** What the person shows and tells of what they take themselves. */
function Shown(props: { one: MedicineBrief; said: Looking; wrong: string; set: (part: Partial<Looking>) => void }) {
  const { one, said, wrong, set } = props;
  return (
    <>
      <Choice
        name="showed"
        legend={t("medicine.teach")}
        error={wrong === "medicine.nothing" ? t(wrong) : ""}
        options={[
          ["yes", t("medicine.showed_yes")],
          ["no", t("medicine.showed_no")],
        ]}
        value={said.showed}
        onPick={(showed) => set({ showed: showed as Looking["showed"] })}
      />
      {said.showed === "no" && <p class="muted small">{t("medicine.again")}</p>}
      <Text
        name="left"
        type="number"
        label={t("medicine.left")}
        hint={one.until ? t("medicine.until", { day: day(one.until) }) : t("medicine.until_unknown")}
        error={wrong === "medicine.left_wrong" ? t(wrong) : ""}
        value={said.left}
        onText={(left) => set({ left })}
      />
      <Choice
        name="taken"
        two
        legend={t("medicine.taken")}
        options={(["all", "most", "some", "none"] as const).map((code) => [code, t(`medicine.taken_${code}`)])}
        value={said.taken}
        onPick={(taken) => set({ taken })}
      />
    </>
  );
}

/** The hour of the day as a picture. */
function Sky({ name }: { name: (typeof TIMES)[number] }) {
  return (
    <svg class="pic" width="64" height="56" viewBox="0 0 64 56" aria-hidden="true">
      {name === "morning" && (
        <>
          <path class="sun" d="M18 42a14 14 0 0 1 28 0z" />
          <path d="M4 42h56M32 14v8M12 22l6 6M52 22l-6 6M14 50h36" />
        </>
      )}
      {name === "noon" && (
        <>
          <circle class="sun" cx="32" cy="28" r="12" />
          <path d="M32 4v7M32 45v7M8 28h7M49 28h7M15 11l5 5M49 11l-5 5M15 45l5-5M49 45l-5-5" />
        </>
      )}
      {name === "evening" && (
        <>
          <path class="sun" d="M20 40a12 12 0 0 1 24 0z" />
          <path d="M4 40h56M14 48h36M32 8v16M26 18l6 6 6-6" />
        </>
      )}
      {name === "night" && (
        <>
          <path class="moon" d="M38 6a22 22 0 1 0 16 30A18 18 0 0 1 38 6z" />
          <path d="M50 8v6M47 11h6M58 20v4M56 22h4" />
        </>
      )}
    </svg>
  );
}

/** So many tablets, a half as a half, or a cup or a drop beside the number; a stroke for none, and no picture of what
 * cannot be drawn. */
function Amount({ many, unit }: { many: number; unit: string }) {
  const one = many ? { ml: CUP, drop: DROP }[unit] : "M9 18h16";
  if (one)
    return (
      <svg width="34" height="36" viewBox="0 0 34 36" aria-hidden="true">
        <path class={many ? "pill" : "pic"} d={one} />
      </svg>
    );
  const whole = Math.floor(many);
  const half = many - whole === 0.5;
  if (unit !== "tablet" || many > 3 || (many !== whole && !half)) return null;
  const wide = 34 * (whole + (half ? 1 : 0));
  return (
    <svg width={wide} height="36" viewBox={`0 0 ${wide} 36`} aria-hidden="true">
      {Array.from({ length: whole }, (_, at) => (
        <>
          <circle class="pill" cx={17 + 34 * at} cy="18" r="14" />
          <path class="score" d={`M${17 + 34 * at} 4v28`} />
        </>
      ))}
      {half && <path class="pill" d={`M${17 + 34 * whole} 4a14 14 0 0 0 0 28z`} />}
    </svg>
  );
}
