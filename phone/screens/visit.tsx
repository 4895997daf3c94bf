/** A visit, or a try at one: who, where and why; what is due with them; what became of it; the next date. */

import { useState } from "preact/hooks";
import { go } from "../route.ts";
import { store } from "../store/index.ts";
import { riskOf } from "../store/lines.ts";
import { day, t, translated } from "../words.ts";
import * as care from "./care.ts";
import { Choice, factsOf, Nobody, Text, toDanger, Trouble, useDraft, useSave, When, Who, type Draft } from "./form.tsx";
import { Banner, dial, Icon, Page, Reading, Tier } from "./parts.tsx";
import { usePainted, usePerson, type Known } from "./people.ts";
import { standing } from "./today_list.ts";
import { Before, Died, Met, Together } from "./visit_parts.tsx";

const OUTCOMES = ["seen", "not_home", "not_today", "moved", "died"] as const;

export function Visit({ params }: { params: Record<string, string> }) {
  const known = usePerson(params["id"]!);
  return known ? <Form known={known} /> : <Nobody known={known} />;
}

function Form({ known }: { known: Known }) {
  const { brief, mine } = known;
  const person = brief.person;
  const today = store.today();
  const home = store.me.role === "chw" ? "home" : "clinic";
  const draft = useDraft(`person/${person}`, () => care.visiting(store.newId(), today, home));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const saving = useSave(draft);
  const one = draft.value;
  const painted = usePainted(Boolean(one));
  if (!one) return <Reading back="today" />;
  const set = (part: Partial<care.Visiting>) => {
    setWrong({});
    draft.set(part);
  };

  const parts = () => {
    const made = care.visitParts(one, brief, store.me, store.bundle, {
      moved: t("visit.said_moved"),
      relapse: (lines) => t("visit.said_relapse", { lines }),
    });
    // Begun on another day, when the phone died or the worker was called away: it is a visit of that day.
    return one.day === today ? made : made.map((part) => ({ occurred: one.day, ...part }));
  };
  const save = async () => {
    const faults = care.visitFaults(one, today);
    if (Object.keys(faults).length)
      return setWrong(Object.fromEntries(Object.entries(faults).map(([field, key]) => [field, t(key)])));
    if (await saving.save(() => factsOf(person, one.id, parts()))) saving.onward("today");
  };
  const help = async () => {
    const signs = care.signParts(one);
    const names = one.signs.filter((sign) => sign !== "none").map((sign) => t(`visit.sign_${sign}`));
    const text = [t("visit.said_signs", { signs: names.join("; ") }), one.sign_words.trim()].filter(Boolean).join(" ");
    const concern = { key: "danger", within: true, body: { kind: "concern", trigger: "worker", text } };
    try {
      const facts = await factsOf(person, one.id, [...signs, concern]);
      const risk = one.helped || facts.at(-1)!.id;
      draft.set({ helped: risk, told: [...one.told, ...signs.map((part) => part.body["sign"] as string)] });
      await draft.kept();
      await toDanger(one.helped ? [] : facts, person, risk, `person/${person}`);
    } catch (fault) {
      saving.fail(fault);
    }
  };

  const now = standing(brief.lists ?? [], today);
  const risk = brief.risks?.[0];
  // Told on this phone, and not known to the brief yet.
  const told = risk ? "" : (mine.map(riskOf).filter(Boolean).at(-1) ?? "");
  return (
    <Page back="today" action={one.met ? { text: t("visit.save"), onClick: () => void save() } : undefined}>
      <Trouble why={saving.failed} />
      <Who brief={brief} />
      {brief.died && <Banner tone="soon">{t("visit.death_known", { day: day(brief.died, { year: true }) })}</Banner>}
      {risk && (
        <Banner tone="now">
          <p>
            <b>
              {risk.acknowledged
                ? t("visit.risk_taken", { name: translated(risk.acknowledged, "who") })
                : t("visit.risk_open")}
            </b>{" "}
            {translated(risk.why, "why")}
          </p>
          <a class="btn now wide-btn" href={`#/danger/${person}/${risk.id}`}>
            {t("visit.to_steps")}
          </a>
        </Banner>
      )}
      {told && (
        <Banner tone="now">
          <p>
            <b>{t("visit.risk_open")}</b>
          </p>
          <a class="btn now wide-btn" href={`#/danger/${person}/${told}`}>
            {t("visit.to_steps")}
          </a>
        </Banner>
      )}
      {now?.reason && !risk && (
        <p class="quote">
          {now.tier > 0 && <Tier n={now.tier} word={now.word} />} <bdi>{translated(now.reason)}</bdi>
        </p>
      )}
      {!brief.care && <p class="quote">{t("visit.thin")}</p>}
      {brief.next && !one.met && (
        <p class="muted small">{t("visit.agreed", { day: day(brief.next, { weekday: true }) })}</p>
      )}
      {/\d/.test(brief.phone ?? "") && (
        <a class="btn wide-btn" href={dial(brief.phone!)}>
          <Icon name="call" size={22} /> {t("visit.ring")}
        </a>
      )}
      {draft.found && one.day !== today && (
        <Banner tone="soon">
          <p>{t("visit.begun_on", { day: day(one.day, { weekday: true }) })}</p>
          <button
            type="button"
            class="btn"
            onClick={() => void draft.drop().then(() => draft.set({ ...care.visiting(store.newId(), today, home) }))}
          >
            {t("visit.anew")}
          </button>
        </Banner>
      )}
      <Choice
        name="met"
        two
        legend={t("visit.met")}
        error={wrong["met"]}
        options={OUTCOMES.map((code) => [code, t(`visit.met_${code}`)])}
        value={one.met}
        onPick={(met) => set({ met: met as care.Visiting["met"], next: "" })}
      />
      {painted > 0 && (
        <Below known={known} draft={draft} one={one} set={set} wrong={wrong} onHelp={() => void help()} />
      )}
    </Page>
  );
}

interface BelowProps {
  known: Known;
  draft: Draft<care.Visiting>;
  one: care.Visiting;
  set: (part: Partial<care.Visiting>) => void;
  wrong: Record<string, string>;
  onHelp: () => void;
}

/** What is below the edge of the screen when it opens. */
function Below({ known: { brief, mine }, draft, one, set, wrong, onHelp }: BelowProps) {
  const person = brief.person;
  return (
    <>
      {one.met && (
        <Choice
          name="mode"
          three
          legend={t("visit.mode")}
          options={(["home", "clinic", "phone"] as const).map((code) => [code, t(`visit.mode_${code}`)])}
          value={one.mode}
          onPick={(mode) => set({ mode: mode as care.Visiting["mode"] })}
        />
      )}
      {one.met === "seen" && <Met brief={brief} mine={mine} one={one} set={set} wrong={wrong} onHelp={onHelp} />}
      {one.met === "moved" && (
        <>
          <Text name="where" label={t("visit.where")} value={one.where} onText={(where) => set({ where })} />
          <p class="muted small">{t("visit.moved_next")}</p>
        </>
      )}
      {!one.met && <Together brief={brief} mine={mine} />}
      {one.met === "died" && <Died one={one} set={set} wrong={wrong} />}
      <p>
        <a class="btn wide-btn" href={`#/danger/${person}`}>
          {t("visit.worry")}
        </a>
      </p>
      {one.met && (
        <Text
          name="note"
          long
          label={t(one.met === "seen" ? "visit.note" : one.certain === "known" ? "visit.cause" : "visit.note_told")}
          hint={t(
            one.met === "seen" && care.writes(store.bundle, "mental-health") ? "visit.note_care" : "visit.note_all",
          )}
          value={one.note}
          onText={(note) => set({ note })}
        />
      )}
      {(one.met === "seen" || one.met === "not_today" || one.met === "not_home") && (
        <When
          name="next"
          legend={t(one.met === "seen" ? "visit.next" : "visit.again")}
          offers={one.met === "seen" ? care.offers(brief, store.bundle) : [1, 3, 7]}
          none={t(one.met === "not_home" ? "visit.no_again" : "visit.none_agreed")}
          value={one.next}
          error={wrong["next"]}
          onDay={(next) => set({ next })}
        />
      )}
      {!one.met && <Before brief={brief} mine={mine} />}
      {draft.found && one.met && (
        <button type="button" class="link" onClick={() => void draft.drop().then(() => go("today"))}>
          {t("visit.throw")}
        </button>
      )}
    </>
  );
}
