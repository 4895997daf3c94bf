/** Something worries the worker, or somebody told them: a few words open the steps at once. */

import { useState } from "preact/hooks";
import { go } from "../route.ts";
import { store } from "../store/index.ts";
import type { Body, Brief } from "../types.ts";
import { t } from "../words.ts";
import { begin } from "./danger_flow.ts";
import { Text } from "./danger_parts.tsx";
import { Banner, Page, Pick, Reading } from "./parts.tsx";
import { useDraft, why } from "./people.ts";

interface Worried {
  id: string;
  text: string;
  told: boolean;
}

export function Worry({ brief }: { brief: Brief }) {
  const key = `worry/${brief.person}`;
  const [typed, keep] = useDraft<Worried>(key, () => ({ id: store.newId(), text: "", told: false }));
  const [wrong, setWrong] = useState("");
  const [failed, setFailed] = useState("");
  if (!typed) return <Reading back={`person/${brief.person}`} />;
  const start = async () => {
    const text = typed.text.trim();
    if (!text) return setWrong(t("danger.worry_none"));
    const body: Body = { kind: "concern", trigger: typed.told ? "told" : "worker", text };
    const steps = `danger/${brief.person}/${typed.id}`;
    try {
      await store.keepDraft(steps, begin(new Date(store.clock()).toISOString()));
      await store.save([store.fact(brief.person, body, { id: typed.id })], key);
    } catch (error) {
      return setFailed(t("danger.failed", { why: why(error) }));
    }
    return go(steps, true);
  };
  const change = (more: Partial<Worried>) => {
    setWrong("");
    void keep({ ...typed, ...more });
  };
  return (
    <Page
      title={t("danger.worry")}
      sub={brief.name}
      back={`person/${brief.person}`}
      backText={brief.name}
      action={{ text: t("danger.start"), onClick: () => void start(), next: true }}
    >
      {failed && (
        <Banner tone="now">
          <p>{failed}</p>
        </Banner>
      )}
      {wrong && (
        <p class="error" role="alert">
          {wrong}
        </p>
      )}
      <Text
        long
        name="worry"
        label={t("danger.worry_words")}
        hint={t("danger.worry_hint")}
        value={typed.text}
        onType={(more) => change({ text: more["worry"] ?? "" })}
      />
      <fieldset class="stack-s">
        <legend>{t("danger.told_q")}</legend>
        <Pick name="told" value="saw" checked={!typed.told} onPick={() => change({ told: false })}>
          {t("danger.saw")}
        </Pick>
        <Pick name="told" value="told" checked={typed.told} onPick={() => change({ told: true })}>
          {t("danger.told")}
        </Pick>
      </fieldset>
    </Page>
  );
}
