/** Find: people of this phone by how a name sounds, with no network; then, and only then, a new registration. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { plain, rank } from "../decide/sound.ts";
import { go } from "../route.ts";
import type { Line } from "../store/api.ts";
import { store } from "../store/index.ts";
import { t } from "../words.ts";
import { Empty, Page, Row, Rows } from "./parts.tsx";
import { useLines } from "./people.ts";

const SHOWN = 20;

/** What was searched for last, for the registration that may follow. In no address: names stand in no history. */
export const sought = { name: "" };

/** How long after the last letter it is searched: letters come first. */
const PAUSE = 120;

/** The likeliest first: by sound, then those of whose name this is the beginning. `names`: as `plain` has them. */
export function search(name: string, lines: Line[], names: string[]): Line[] {
  const heard = rank({ name }, lines);
  const begun = plain(name);
  if (begun.length < 2) return heard;
  const known = new Set(heard);
  return [...heard, ...lines.filter((one, i) => !known.has(one) && ` ${names[i]}`.includes(` ${begun}`))];
}

export function Find(_: { params: Record<string, string> }) {
  const [name, setName] = useState(sought.name);
  const [wanted, setWanted] = useState(name);
  useEffect(() => {
    const soon = setTimeout(() => setWanted(name), PAUSE);
    return () => clearTimeout(soon);
  }, [name]);
  const lines = useLines();
  const names = useMemo(() => lines.map((one) => plain(one.name)), [lines]);
  const found = useMemo(() => search(wanted, lines, names), [wanted, lines, names]);
  const asked = plain(wanted).length > 0;
  const register = () => {
    sought.name = name;
    go("register");
  };
  return (
    <Page title={t("find.title")} nav="find">
      <div class="field" role="search">
        <label for="find-name">
          {t("find.name")} <span class="hint">{t("find.hint")}</span>
        </label>
        <input
          id="find-name"
          type="search"
          autocomplete="off"
          autocapitalize="words"
          spellcheck={false}
          value={name}
          onInput={(event) => {
            sought.name = event.currentTarget.value;
            setName(sought.name);
          }}
        />
      </div>
      <p class="small muted">
        {t("find.here", { n: lines.length })} {t("find.elsewhere")}
      </p>
      <div aria-live="polite" class="stack">
        {asked && found.length > 0 && (
          <section>
            <h2>{t("find.found", { n: found.length })}</h2>
            <People lines={found.slice(0, SHOWN)} />
          </section>
        )}
        {asked && !found.length && <Empty title={t("find.none")}>{t("find.none_help")}</Empty>}
      </div>
      {store.me.permissions.includes("register_person") &&
        (asked ? (
          <button type="button" class="btn wide-btn" onClick={register}>
            {t("find.register")}
          </button>
        ) : (
          <p class="small muted">{t("find.first")}</p>
        ))}
    </Page>
  );
}

/** People with what tells them apart: place and birth year. */
export function People({ lines }: { lines: Line[] }) {
  return (
    <Rows>
      {lines.map((one) => (
        <Row key={one.person} name={one.name} to={`person/${one.person}`} meta={apart(one)} />
      ))}
    </Rows>
  );
}

function apart(one: Line): string {
  const born = one.born ? t("find.born", { born: one.born.slice(0, 4) }) : "";
  return [one.place, born, one.mine ? t("find.mine") : ""].filter(Boolean).join(" · ");
}
