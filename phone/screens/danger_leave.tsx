/** Before somebody leaves a person who may be in danger: who stays, or why nobody can. It is written down either way. */

import { useState } from "preact/hooks";
import { store } from "../store/index.ts";
import type { Body } from "../types.ts";
import { t } from "../words.ts";
import { contacts, turn, type Called, type Danger } from "./danger_flow.ts";
import { Text } from "./danger_parts.tsx";
import { Banner, dial, Icon, Page, Pick } from "./parts.tsx";

/** What was answered. `slip`: the answer that led here was pressed by mistake. */
export interface Leaving {
  staying: string;
  words: string;
  slip: boolean;
}

interface LeaveProps {
  risk: string;
  name: string;
  danger: Danger;
  failed: string;
  onLeave: (how: Leaving) => void;
  onStay: () => void;
  onCalled: (body: Body, calls: Called[]) => void;
}

export function Leave({ risk, name, danger, failed, onLeave, onStay, onCalled }: LeaveProps) {
  const [how, setHow] = useState("");
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [wrong, setWrong] = useState("");
  const type = (more: Record<string, string>) => {
    setWrong("");
    setTyped({ ...typed, ...more });
  };
  const pick = (value: string) => {
    setWrong("");
    setHow(value);
  };
  const leave = () => {
    const who = (typed["leave_who"] ?? "").trim();
    const reason = (typed["leave_why"] ?? "").trim();
    if (how === "stays") {
      if (!who) return setWrong(t("danger.leave_name_none"));
      return onLeave({ staying: who, words: t("danger.words_left", { who }), slip: false });
    }
    if (how === "nobody") {
      if (!reason) return setWrong(t("danger.leave_why_none"));
      return onLeave({ staying: "", words: t("danger.words_nobody", { why: reason }), slip: false });
    }
    if (how === "slip") return onLeave({ staying: "", words: t("danger.words_slip"), slip: true });
    return setWrong(t("danger.leave_none"));
  };
  const spoke = danger.done.includes("call");
  const now = turn(contacts(store.me, store.clock()), danger.calls);
  return (
    <Page
      key="leave"
      title={t("danger.cannot_title")}
      back={onStay}
      footer={
        <button type="button" class="btn" onClick={leave}>
          {t("danger.leave_now")}
        </button>
      }
      action={{ text: t("danger.stay_now"), onClick: onStay }}
    >
      {failed && (
        <Banner tone="now">
          <p>{failed}</p>
        </Banner>
      )}
      <p>{t("danger.cannot_help")}</p>
      {!spoke && now && how !== "slip" && (
        <section class="stack-s">
          <p>
            {t("danger.leave_call")} <b>{now.name}</b>
          </p>
          <a
            class="btn now wide-btn"
            href={dial(now.phone)}
            onClick={() =>
              onCalled({ kind: "call", risk, called: now.worker, name: now.name }, [
                ...danger.calls,
                { who: now.who, name: now.name, at: new Date(store.clock()).toISOString(), answered: null },
              ])
            }
          >
            <Icon name="call" size={22} /> {t("danger.call_button")}
            <span class="sr"> {now.name}</span>
          </a>
        </section>
      )}
      <fieldset class="stack-s">
        <legend class="sr">{t("danger.cannot_title")}</legend>
        <Pick name="leave" value="stays" checked={how === "stays"} onPick={pick}>
          {t("danger.somebody")}
        </Pick>
        {how === "stays" && (
          <Text name="leave_who" label={t("danger.leave_who")} value={typed["leave_who"]} onType={type} />
        )}
        <Pick name="leave" value="nobody" checked={how === "nobody"} onPick={pick}>
          {t("danger.nobody")}
        </Pick>
        {how === "nobody" && (
          <Text
            long
            name="leave_why"
            label={t("danger.leave_why")}
            hint={t("danger.leave_why_hint")}
            value={typed["leave_why"]}
            onType={type}
          />
        )}
        {danger.item && (
          <Pick name="leave" value="slip" checked={how === "slip"} onPick={pick}>
            {t("danger.slip")}
          </Pick>
        )}
      </fieldset>
      {how === "slip" && <p class="small">{t("danger.slip_help", { name })}</p>}
      {wrong && (
        <p class="error" role="alert">
          {wrong}
        </p>
      )}
    </Page>
  );
}
