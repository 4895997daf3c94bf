/** Find: people of this phone by how a name sounds, with no network; then, and only then, a new registration. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { plain, plainName, rank } from "../decide/sound.ts";
import { go } from "../route.ts";
import type { Line } from "../store/api.ts";
import { store } from "../store/index.ts";
import { day, t } from "../words.ts";
import { Empty, Page, Row, Rows } from "./parts.tsx";
import { namesakes, useLines, usePerson } from "./people.ts";

const SHOWN = 20;

/** What was searched for last, for the registration that may follow. In no address: names stand in no history. */
export const sought = { name: "" };

/** How long after the last letter it is searched: letters come first. */
const PAUSE = 120;

/** The likeliest first: by sound, then those of whose name this is the beginning. */
export function search(name: string, lines: Line[]): Line[] {
  const heard = rank({ name }, lines);
  const begun = plain(name);
  if (begun.length < 2) return heard;
  const known = new Set(heard);
  return [...heard, ...lines.filter((one) => !known.has(one) && ` ${plainName(one)}`.includes(` ${begun}`))];
}

export function Find(_: { params: Record<string, string> }) {
  return (
    <Page title={t("find.title")} nav="find">
      <Search to="person" />
    </Page>
  );
}

/** The field and who sounds like it; each leads to the screen `to` of theirs. Before anything is typed, for another
 * screen than their own, the worker's own people. */
export function Search({ to }: { to: string }) {
  const [name, setName] = useState(sought.name);
  const [wanted, setWanted] = useState(name);
  useEffect(() => {
    const soon = setTimeout(() => setWanted(name), PAUSE);
    return () => clearTimeout(soon);
  }, [name]);
  const lines = useLines();
  // So that the first search need not.
  useEffect(() => lines.forEach(plainName), [lines]);
  const found = useMemo(() => search(wanted, lines), [wanted, lines]);
  const asked = plain(wanted).length > 0;
  const own = to === "person" ? [] : lines.filter((one) => one.given || one.mine);
  const register = () => {
    sought.name = name;
    go("register");
  };
  return (
    <>
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
            <People lines={found.slice(0, SHOWN)} to={to} />
          </section>
        )}
        {asked && !found.length && <Empty title={t("find.none")}>{t("find.none_help")}</Empty>}
        {!asked && own.length > 0 && <People lines={own.slice(0, SHOWN)} to={to} />}
      </div>
      {to === "person" &&
        store.me.permissions.includes("register_person") &&
        (asked ? (
          <button type="button" class="btn wide-btn" onClick={register}>
            {t("find.register")}
          </button>
        ) : (
          <p class="small muted">{t("find.first")}</p>
        ))}
    </>
  );
}

/** People with what tells them apart: place and birth year, and of those who are called alike all that is known. */
export function People({ lines, to = "person" }: { lines: Line[]; to?: string }) {
  const alike = namesakes(lines);
  return (
    <Rows>
      {lines.map((one) => (
        <Row
          key={one.person}
          name={one.name}
          to={`${to}/${one.person}`}
          meta={alike.has(one.person) ? <Whole line={one} /> : apart(one)}
        />
      ))}
    </Rows>
  );
}

const birth = (born: string) => (born.length === 10 ? day(born, { year: true }) : born);

/** What is not recorded is said, as at the clinic: it tells people apart, too. */
function Whole({ line }: { line: Line }) {
  const brief = usePerson(line.person)?.brief;
  const gender = brief?.gender && brief.gender !== "unknown" ? t(`register.${brief.gender}`) : "";
  const said = [
    line.place || t("find.no_place"),
    line.born ? t("find.born", { born: birth(line.born) }) : t("find.no_born"),
    gender,
    brief?.owner_name && t("find.owner", { name: brief.owner_name }),
    brief?.last ? t("find.last", { day: day(brief.last, { year: true }) }) : brief?.care && t("find.no_last"),
    line.mine && t("find.mine"),
  ];
  return <>{said.filter(Boolean).join(" · ")}</>;
}

function apart(one: Line): string {
  const born = one.born ? t("find.born", { born: one.born.slice(0, 4) }) : "";
  return [one.place, born, one.mine ? t("find.mine") : ""].filter(Boolean).join(" · ");
}
