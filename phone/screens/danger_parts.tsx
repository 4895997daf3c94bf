/** What the steps of a danger are made of. */

import type { Brief } from "../types.ts";
import { t } from "../words.ts";
import { LONG, SHORT } from "./care.ts";
import type { Danger } from "./danger_flow.ts";
import type { Saved } from "./danger_take.ts";
import { Pick } from "./parts.tsx";

export interface PanelProps {
  brief: Brief;
  risk: string;
  danger: Danger;
  wrong: string;
  onType: (more: Record<string, string>) => void;
  onSave: (saved: Saved) => void;
  onLater: () => void;
}

export function Wrong({ text }: { text: string }) {
  return text ? (
    <p class="error" role="alert">
      {text}
    </p>
  ) : null;
}

export function Later({ text, onLater }: { text: string; onLater: () => void }) {
  return (
    <button type="button" class="link" onClick={onLater}>
      {text}
    </button>
  );
}

interface ThreeProps {
  name: string;
  words: string;
  /** What is chosen and not saved yet. */
  value: string | undefined;
  /** What was answered and is saved. */
  before?: string | undefined;
  onType: (more: Record<string, string>) => void;
}

/** Yes, no, or not asked. Nothing is chosen beforehand, so that a look at the screen answers nothing. */
export function Three({ name, words, value, before, onType }: ThreeProps) {
  const chosen = value ?? before;
  return (
    <fieldset class="stack-s">
      <legend class="small">{words}</legend>
      <div class="three-way">
        {(["yes", "no", "not_asked"] as const).map((one) => (
          <Pick
            key={one}
            name={name}
            value={one}
            alert={one === "yes"}
            checked={chosen === one}
            onPick={() => onType({ [name]: one })}
          >
            {t(`danger.${one}`)}
          </Pick>
        ))}
      </div>
    </fieldset>
  );
}

interface TextProps {
  name: string;
  label: string;
  hint?: string;
  value: string | undefined;
  long?: boolean;
  onType: (more: Record<string, string>) => void;
}

export function Text({ name, label, hint, value, long, onType }: TextProps) {
  const common = {
    id: `danger-${name}`,
    value: value ?? "",
    autocomplete: "off",
    onInput: (event: { currentTarget: { value: string } }) => onType({ [name]: event.currentTarget.value }),
  };
  return (
    <div class="field">
      <label for={common.id}>
        {label} {hint && <span class="hint">{hint}</span>}
      </label>
      {long ? <textarea rows={2} maxLength={LONG} {...common} /> : <input maxLength={SHORT} {...common} />}
    </div>
  );
}
