/** Ask another service to take somebody on, and see what became of it. A danger goes to the steps first. */

import { useState } from "preact/hooks";
import { go } from "../route.ts";
import { store } from "../store/index.ts";
import type { Brief, Fact } from "../types.ts";
import { day, t, translated } from "../words.ts";
import { referral, referring, type Referring } from "./help.ts";
import { Choice, factsOf, Nobody, Text, Trouble, useDraft, useSave } from "./form.tsx";
import { Banner, Page, Reading } from "./parts.tsx";
import { usePerson, type Known } from "./people.ts";

const OUTSIDE = ["health_centre", "hospital", "social", "school", "healer", "other"] as const;
const URGENCIES = ["now", "today", "week", "routine"] as const;

export function Refer({ params }: { params: Record<string, string> }) {
  const known = usePerson(params["person"]!);
  return known ? <Form known={known} /> : <Nobody known={known} />;
}

function Form({ known: { brief, mine } }: { known: Known }) {
  const person = brief.person;
  const segments = store.bundle.segments ?? ["general"];
  const draft = useDraft<Referring>(`refer/${person}`, () =>
    referring(store.newId(), segments.includes("mental-health") ? "mental-health" : "general"),
  );
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const saving = useSave(draft);
  const one = draft.value;
  if (!one) return <Reading back={`person/${person}`} />;
  const set = (part: Partial<Referring>) => {
    setWrong({});
    draft.set(part);
  };
  const save = async () => {
    const { body, faults } = referral(one, brief, store.me);
    if (!body) return setWrong(Object.fromEntries(Object.entries(faults).map(([name, key]) => [name, t(key)])));
    if (await saving.save(() => factsOf(person, one.id, [{ key: "", body }]))) saving.onward(`person/${person}`);
  };
  const risk = brief.risks?.[0];
  const sites = (store.me.refer ?? []).filter(([code]) => code !== brief.site);
  return (
    <Page back={`person/${person}`} action={{ text: t("refer.save"), onClick: () => void save() }}>
      <Trouble why={saving.failed} />
      <h1>{t("refer.title", { name: brief.name })}</h1>
      <Loop brief={brief} mine={mine} />
      {risk ? (
        <Banner tone="now">
          <p>
            <b>{t("visit.risk_open")}</b> {t("refer.risk_goes")}
          </p>
          <a class="btn now wide-btn" href={`#/danger/${person}/${risk.id}`}>
            {t("visit.to_steps")}
          </a>
        </Banner>
      ) : (
        <Choice
          name="danger"
          two
          legend={t("refer.danger")}
          error={wrong["danger"]}
          options={[
            ["no", t("refer.danger_no")],
            ["yes", t("refer.danger_yes")],
          ]}
          value={one.danger}
          onPick={(danger) => {
            set({ danger: danger === "no" ? "no" : "" });
            if (danger === "yes") void draft.kept().then(() => go(`danger/${person}`));
          }}
        />
      )}
      <Choice
        name="to"
        legend={t("refer.to")}
        error={wrong["to"]}
        options={[
          ...sites.map(([code, name]): [string, string] => [`site:${code}`, name]),
          ...OUTSIDE.map((code): [string, string] => [code, t(`refer.to_${code}`)]),
        ]}
        value={one.to}
        onPick={(to) => set({ to })}
      />
      {one.to && !one.to.startsWith("site:") && (
        <Text
          name="name"
          label={t("refer.name")}
          hint={t("refer.name_help")}
          error={wrong["name"]}
          value={one.name}
          onText={(name) => set({ name })}
        />
      )}
      <Choice
        name="urgency"
        two
        legend={t("refer.urgency")}
        error={wrong["urgency"]}
        options={URGENCIES.map((code) => [code, t(`refer.urgency_${code}`)])}
        value={one.urgency}
        onPick={(urgency) => set({ urgency })}
      />
      {one.urgency === "now" && <Banner tone="now">{t("refer.now_help")}</Banner>}
      <Text
        name="reason"
        long
        label={t("refer.reason")}
        hint={t("refer.reason_help")}
        error={wrong["reason"]}
        value={one.reason}
        onText={(reason) => set({ reason })}
      />
      {segments.length > 1 && (
        <Choice
          name="segment"
          legend={t("refer.segment")}
          options={segments.map((code) => [code, t(`refer.segment_${code}`)])}
          value={one.segment}
          onPick={(segment) => set({ segment })}
        />
      )}
      {one.segment !== "general" && (
        <Text
          name="plain"
          label={t("refer.plain")}
          hint={t("refer.plain_help")}
          value={one.plain}
          onText={(plain) => set({ plain })}
        />
      )}
      {draft.found && (
        <button type="button" class="link" onClick={() => void draft.drop().then(() => go(`person/${person}`))}>
          {t("visit.throw")}
        </button>
      )}
    </Page>
  );
}

/** What became of earlier ones: sent is not received, and the software never closes one. */
function Loop({ brief, mine }: { brief: Brief; mine: Fact[] }) {
  const sent = new Set((brief.referrals ?? []).map((one) => one.id));
  const own = mine.filter((fact) => fact.body.kind === "referral" && !sent.has(fact.id));
  if (!own.length && !brief.referrals?.length) return null;
  const waiting = new Set(store.outgoing().map(({ fact }) => fact.id));
  return (
    <section>
      <h2>{t("refer.before")}</h2>
      <ul class="points">
        {own.map((fact) => (
          <li key={fact.id}>
            {t(waiting.has(fact.id) ? "refer.not_sent" : "refer.sent", { day: day(fact.occurred) })}
          </li>
        ))}
        {(brief.referrals ?? []).map((one) => (
          <li key={one.id}>
            <bdi>{translated(one.sentence)}</bdi>
            {one.due && <span class="muted small"> {t("visit.by_day", { day: day(one.due) })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
