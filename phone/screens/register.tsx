/** Register: search first, whatever one came for. Whoever sounds the same is shown before a word is saved. */

import { useState } from "preact/hooks";
import { rank } from "../decide/sound.ts";
import { go, here, onward } from "../route.ts";
import { store } from "../store/index.ts";
import type { Body } from "../types.ts";
import { t } from "../words.ts";
import { NAME, SHORT } from "./care.ts";
import { People, sought } from "./find.tsx";
import { Banner, Empty, Page, Pick, Reading } from "./parts.tsx";
import { useDraft, why } from "./people.ts";
import { birth } from "./register_check.ts";

const ALIKE = 8;
const KEY = "register";
const SEXES = ["female", "male", "other", "unknown"] as const;

interface Typed {
  id: string;
  step: "who" | "alike" | "more";
  name: string;
  chosen: string;
  born: string;
  place: string;
  sex: (typeof SEXES)[number];
  phone: string;
  site: string;
}

function empty(): Typed {
  const { me } = store;
  const site = (me.sites.find(([code]) => code === me.site) ?? me.sites[0])?.[0] ?? me.site;
  return {
    id: store.newId(),
    step: "who",
    name: sought.name,
    chosen: "",
    born: "",
    place: "",
    sex: "unknown",
    phone: "",
    site,
  };
}

export function Register(_: { params: Record<string, string> }) {
  const [typed, keep] = useDraft<Typed>(KEY, empty);
  const [errors, setErrors] = useState<Record<string, string>>({});
  if (!store.me.permissions.includes("register_person"))
    return (
      <Page title={t("register.title")} nav="register">
        <Empty title={t("register.not_allowed")} />
      </Page>
    );
  if (!typed) return <Reading nav="register" />;
  const born = birth(typed.born, store.today());
  const change = (more: Partial<Typed>) => {
    setErrors({});
    void keep({ ...typed, ...more }).catch((error) => setErrors({ all: t("register.failed", { why: why(error) }) }));
  };
  const stop = () => void store.dropDraft(KEY).then(() => go("find"));

  /** What is wrong with what was typed, by field; nothing where all is well. */
  const wrong = (): Record<string, string> => {
    const found: Record<string, string> = {};
    if (!typed.name.trim()) found["name"] = t("register.no_name");
    if (born === null) found["born"] = t("register.born_wrong");
    return found;
  };
  const check = (): boolean => {
    const found = wrong();
    setErrors(found);
    return !Object.keys(found).length;
  };

  const save = async () => {
    if (!check()) return;
    const body: Body = { kind: "registration", name: typed.name.trim() };
    if (typed.chosen.trim()) body["chosen_name"] = typed.chosen.trim();
    if (typed.sex !== "unknown") body["gender"] = typed.sex;
    if (born) body["born"] = born;
    if (typed.place.trim()) body["place"] = typed.place.trim();
    if (typed.phone.trim()) body["phone"] = typed.phone.trim();
    const from = here();
    try {
      await store.save([store.fact(typed.id, body, { id: typed.id, site: typed.site })], KEY);
    } catch (error) {
      return setErrors({ all: t("register.failed", { why: why(error) }) });
    }
    sought.name = "";
    onward(from, `person/${typed.id}`, true);
  };

  const trouble = errors["all"] && (
    <Banner tone="now">
      <p>{errors["all"]}</p>
    </Banner>
  );
  const field = (name: "name" | "chosen" | "born" | "place" | "phone", kind: FieldProps["kind"] = "text") => (
    <Field
      name={name}
      kind={kind}
      value={typed[name]}
      error={errors[name] ?? ""}
      onInput={(text) => {
        if (name === "name") sought.name = "";
        change({ [name]: text });
      }}
    />
  );

  // Somebody else's registration was left unfinished, and another name was searched for since.
  const other = sought.name.trim() && !typed.name.startsWith(sought.name.trim()) ? sought.name.trim() : "";
  if (typed.step === "who" || other)
    return (
      <Page
        key="who"
        title={t("register.title")}
        back="find"
        footer={
          <button type="button" class="btn" onClick={stop}>
            {t("register.stop")}
          </button>
        }
        action={{ text: t("register.next"), onClick: () => check() && change({ step: "alike" }), next: true }}
      >
        {trouble}
        {other && (
          <Banner>
            <p>{t("register.begun", { name: typed.name })}</p>
            <button type="button" class="btn" onClick={() => change(empty())}>
              {t("register.anew", { name: other })}
            </button>
          </Banner>
        )}
        {field("name")}
        {field("born", "numeric")}
        {field("place")}
      </Page>
    );

  if (typed.step === "alike") {
    const who = { name: typed.name, born: born ?? "", place: typed.place };
    const alike = rank(who, store.lines()).slice(0, ALIKE);
    return (
      <Page
        key="alike"
        title={alike.length ? t("register.alike") : t("register.title")}
        back={() => change({ step: "who" })}
        action={{
          text: t(alike.length ? "register.not_these" : "register.next"),
          onClick: () => change({ step: "more" }),
          next: true,
        }}
      >
        {alike.length ? (
          <>
            <p>{t("register.alike_help")}</p>
            <People lines={alike} />
          </>
        ) : (
          <Empty title={t("register.no_alike")}>{t("register.no_alike_help")}</Empty>
        )}
      </Page>
    );
  }

  return (
    <Page
      key="more"
      title={typed.name}
      sub={[born, typed.place].filter(Boolean).join(" · ")}
      back={() => change({ step: "alike" })}
      action={{ text: t("register.save"), onClick: () => void save() }}
    >
      {trouble}
      <fieldset class="stack-s">
        <legend>{t("register.sex")}</legend>
        {SEXES.map((sex) => (
          <Pick key={sex} name="sex" value={sex} checked={typed.sex === sex} onPick={() => change({ sex })}>
            {t(`register.${sex}`)}
          </Pick>
        ))}
      </fieldset>
      {field("chosen")}
      {field("phone", "tel")}
      {store.me.sites.length > 1 && (
        <div class="field">
          <label for="register-site">{t("register.site")}</label>
          <select
            id="register-site"
            value={typed.site}
            onChange={(event) => change({ site: event.currentTarget.value })}
          >
            {store.me.sites.map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </div>
      )}
    </Page>
  );
}

interface FieldProps {
  name: string;
  kind: "text" | "numeric" | "tel";
  value: string;
  error: string;
  onInput: (text: string) => void;
}

function Field({ name, kind, value, error, onInput }: FieldProps) {
  const id = `register-${name}`;
  return (
    <div class={error ? "field bad" : "field"}>
      <label for={id}>
        {t(`register.${name}`)} <span class="hint">{t(`register.${name}_hint`)}</span>
      </label>
      {error && (
        <p class="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      <input
        id={id}
        inputMode={kind}
        maxLength={name === "name" || name === "chosen" ? NAME : SHORT}
        autocomplete="off"
        value={value}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}
