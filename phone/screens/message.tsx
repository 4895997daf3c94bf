/** One question to the supervisor about a person, what the team wrote, and its answer. A message may wait for hours. */

import { useState } from "preact/hooks";
import { go } from "../route.ts";
import { store } from "../store/index.ts";
import { day, t } from "../words.ts";
import { Choice, factsOf, Nobody, Text, Trouble, useDraft, useSave, Who } from "./form.tsx";
import { Search } from "./find.tsx";
import { Banner, dial, Icon, Page, Reading } from "./parts.tsx";
import { usePerson, type Known } from "./people.ts";
import { read, thread, written, type Told } from "./thread.ts";

/** About whom? */
export function Whom(_: { params: Record<string, string> }) {
  const { name, reads } = store.me.supervisor;
  return (
    <Page title={t("message.ask", { name })} sub={t("message.whom")} back="today">
      {reads ? <Search to="message" /> : <p>{t("message.not_written", { name })}</p>}
      <Ring />
    </Page>
  );
}

export function Message({ params }: { params: Record<string, string> }) {
  const known = usePerson(params["person"]!);
  return known ? <Form known={known} /> : <Nobody known={known} />;
}

function Form({ known: { brief, mine } }: { known: Known }) {
  const person = brief.person;
  const draft = useDraft(`message/${person}`, () => ({ id: store.newId(), text: "", to: "" }));
  const [wrong, setWrong] = useState("");
  const saving = useSave(draft);
  const one = draft.value;
  if (!one) return <Reading back={`person/${person}`} />;
  const { told, to: those, hidden } = thread(brief, mine, store.me);
  const to = those.find(({ worker }) => worker === one.to) ?? those[0];
  const send = async () => {
    if (!one.text.trim()) return setWrong(t("message.empty"));
    if (to && (await saving.save(() => factsOf(person, one.id, written(one.text, to)))))
      saving.onward(`person/${person}`);
  };
  return (
    <Page back={`person/${person}`} action={to && { text: t("message.send"), onClick: () => void send() }}>
      <Trouble why={saving.failed} />
      <Who brief={brief} />
      {told.map((note) => (
        <Note key={note.id} person={person} note={note} />
      ))}
      {hidden && <Banner tone="soon">{t("message.hidden")}</Banner>}
      {to ? (
        <>
          {those.length > 1 && (
            <Choice
              name="to"
              two
              legend={t("refer.to")}
              options={those.map(({ worker, name }) => [worker, name])}
              value={to.worker}
              onPick={(worker) => draft.set({ to: worker })}
            />
          )}
          <Text
            name="text"
            long
            label={t(to.answers ? "message.answer" : "message.ask", { name: to.name })}
            hint={`${t("refer.segment")} ${t(`refer.segment_${to.segment}`)}.`}
            error={wrong}
            value={one.text}
            onText={(text) => {
              setWrong("");
              draft.set({ text });
            }}
          />
          <p class="small">
            {t("message.not_danger")} <a href={`#/danger/${person}`}>{t("message.steps")}</a>
          </p>
        </>
      ) : (
        <p>{t("message.not_written", { name: store.me.supervisor.name || t("me.supervisor") })}</p>
      )}
      <Ring />
      {draft.found && to && (
        <button type="button" class="link" onClick={() => void draft.drop().then(() => go(`person/${person}`))}>
          {t("visit.throw")}
        </button>
      )}
    </Page>
  );
}

/** What was written, by whom, and whether it was read. */
function Note({ person, note }: { person: string; note: Told }) {
  const waiting = note.mine && store.outgoing().some(({ fact }) => fact.id === note.id);
  const names = note.read.join(", ");
  const state = waiting ? t("message.unsent") : names ? t("message.read_by", { name: names }) : t("message.unread");
  return (
    <article class="stack-s">
      <p class="quote">
        <bdi>{note.text}</bdi>
        <span class="meta">
          {[note.mine ? t("message.you") : note.by, day(note.at), note.mine && state].filter(Boolean).join(" · ")}
        </span>
      </p>
      {note.waits && (
        <button type="button" class="btn" onClick={() => void store.save([store.fact(person, read(note))])}>
          {t("unsent.read")}
        </button>
      )}
    </article>
  );
}

function Ring() {
  const { name, phone } = store.me.supervisor;
  if (!phone) return null;
  return (
    <a class="btn wide-btn" href={dial(phone)}>
      <Icon name="call" size={22} /> {t("me.call", { name })}
    </a>
  );
}
