/** Typing a PIN or passphrase, and choosing the language: what enrolment, lock and "Me" have in common. */

import { useId } from "preact/hooks";
import { session } from "../store/index.ts";
import { known, language, t } from "../words.ts";
import { Banner } from "./parts.tsx";

export interface SecretProps {
  label: string;
  kind: "pin" | "passphrase";
  value: string;
  shown?: boolean;
  error?: string;
  fresh?: boolean;
  onType: (value: string) => void;
}

/** One field; a PIN brings the phone's own number pad. */
export function Secret({ label, kind, value, shown, error, fresh, onType }: SecretProps) {
  const id = useId();
  return (
    <div class={error ? "field bad" : "field"}>
      <label for={id}>{label}</label>
      {error && (
        <p class="error" id={`${id}e`}>
          {error}
        </p>
      )}
      <input
        id={id}
        type={(shown ? "text" : "password") as "password"}
        inputMode={kind === "pin" ? "numeric" : undefined}
        autoComplete={fresh ? "new-password" : "current-password"}
        autoCapitalize="none"
        spellcheck={false}
        maxLength={kind === "pin" ? 6 : 200}
        value={value}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}e` : undefined}
        onInput={(event) => onType(event.currentTarget.value)}
      />
    </div>
  );
}

/** Every language there is, each in its own name. */
export function Languages({ onPick }: { onPick: (code: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{t("lock.language")}</label>
      <select id={id} value={language()} onChange={(event) => onPick(event.currentTarget.value)}>
        {Object.entries(known()).map(([code, one]) => (
          <option value={code} lang={code}>
            {one.name}
            {one.status === "draft" ? " (draft)" : ""}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What became of a worker whose phone was taken away. */
export function Wiped() {
  if (!session.wiped) return null;
  return (
    <Banner tone="soon">
      <p>{t("lock.wiped")}</p>
    </Banner>
  );
}
