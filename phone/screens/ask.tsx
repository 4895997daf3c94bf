/** Ask: choose an instrument; `ask_questions.tsx` goes on with it. */

import { mayGive } from "../decide/asked.ts";
import { store } from "../store/index.ts";
import type { Brief, Instrument } from "../types.ts";
import { day, t } from "../words.ts";
import { totalOnly } from "./ask_flow.ts";
import { Questions } from "./ask_questions.tsx";
import { Empty, Page, Reading, Row, Rows } from "./parts.tsx";
import { ageOf, useDrafts, usePerson } from "./people.ts";

export function Ask({ params }: { params: Record<string, string> }) {
  const { person = "", instrument = "" } = params;
  const known = usePerson(person);
  if (known === undefined) return <Reading back="today" />;
  if (known === null)
    return (
      <Page title={t("ask.title")} back="today">
        <Empty title={t("ask.nobody")}>{t("ask.nobody_help")}</Empty>
      </Page>
    );
  return instrument ? (
    <Questions key={instrument} brief={known.brief} mine={known.mine} name={instrument} />
  ) : (
    <Choose brief={known.brief} />
  );
}

/** Every instrument that this worker may give, those that the person's care follows first. No word of illness. */
function Choose({ brief }: { brief: Brief }) {
  const begun = useDrafts();
  const all = mayGive(store.bundle, ageOf(brief.born, store.today()));
  const today = store.today();
  const last = new Map((brief.asked ?? []).map(([id, asked]) => [id, asked]));
  const followed = new Set([...(brief.episodes ?? []).map((one) => one.instrument), ...last.keys()]);
  const waiting = new Set((brief.asked ?? []).filter(([, , from]) => from && from <= today).map(([id]) => id));
  const due = all.filter((one) => waiting.has(one.id));
  const others = all.filter((one) => !waiting.has(one.id));
  others.sort((a, b) => Number(followed.has(b.id)) - Number(followed.has(a.id)));
  const row = (one: Instrument) => {
    const asked = last.get(one.id);
    const words = [
      totalOnly(one)
        ? t("ask.total_only")
        : t("ask.items", { n: one.items?.filter((item) => !item.optional).length ?? 0 }),
      one.wording === "numbered" ? t("ask.paper_form") : "",
      asked ? t("ask.last", { day: day(asked) }) : "",
      begun.includes(`ask/${brief.person}/${one.id}`) ? t("ask.resume") : "",
    ];
    return (
      <Row key={one.id} name={one.name} to={`ask/${brief.person}/${one.id}`} meta={words.filter(Boolean).join(" · ")} />
    );
  };
  return (
    <Page title={t("ask.choose", { name: brief.name })} back={`person/${brief.person}`} backText={brief.name}>
      {!all.length && <Empty title={t("ask.none")}>{t("ask.none_help")}</Empty>}
      {due.length > 0 && (
        <section>
          <h2>{t("ask.due")}</h2>
          <Rows>{due.map(row)}</Rows>
        </section>
      )}
      {others.length > 0 && (
        <section>
          {due.length > 0 && <h2>{t("ask.others")}</h2>}
          <Rows>{others.map(row)}</Rows>
        </section>
      )}
    </Page>
  );
}
