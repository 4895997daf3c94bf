/** Reading aloud: a recording of the language pack first, else a voice of this phone; and said when there is neither. */

import { useEffect, useRef, useState } from "preact/hooks";
import { store } from "../store/index.ts";
import { clip } from "../sync/clips.ts";
import type { Instrument, Item } from "../types.ts";
import { known, language, t } from "../words.ts";
import { mayListen, spoken, textOf, type Asking } from "./ask_flow.ts";
import { languageName } from "./ask_parts.tsx";
import { Icon } from "./parts.tsx";

/** Listen to one question, where nobody else hears it. Recording or voice: all of it is in one language. */
export function Listen({ instrument, item, asking }: { instrument: Instrument; item: Item; asking: Asking }) {
  const [, text] = textOf(instrument, asking.language);
  const [words, code] = spoken(instrument, item, asking.language);
  const id = text?.clips?.[item.id];
  const [sound, fail] = useClip(id);
  const voice = useVoice(code);
  const allowed = mayListen(instrument, asking);
  const alone = asking.private === null ? "" : t(asking.private ? "ask.is_alone" : "ask.not_alone");
  if (!text || !words || allowed === undefined) return alone ? <p class="small muted">{alone}</p> : null;
  // Where the question is in another language than the rest, that is said before it is heard.
  const named = code === asking.language ? "" : languageName(code);
  return (
    <>
      <p class="bar">
        {allowed && sound && <Recording key={sound} sound={sound} onFail={fail} />}
        {allowed && sound === null && voice && <Voice key={words} words={words} voice={voice} named={named} />}
        <span class="small muted">{alone}</span>
      </p>
      {allowed && sound && <By id={id!} />}
      {allowed && sound === null && !voice && (
        <p class="small muted">{t(id ? "ask.clip_later" : "ask.no_voice", { language: languageName(code) })}</p>
      )}
      {!allowed && <p class="small muted">{t("ask.quiet")}</p>}
    </>
  );
}

/** Listen to a text of the screen, where it was recorded. */
export function Hear({ text }: { text: string }) {
  const [sound, fail] = useClip(known()[language()]?.clips?.[text]);
  return sound ? <Recording sound={sound} onFail={fail} /> : null;
}

/** Listen to words of the screen by a voice of this phone; nothing stands there where it has none. */
export function Aloud({ words }: { words: string }) {
  const voice = useVoice(language());
  return voice ? <Voice key={words} words={words} voice={voice} named="" /> : null;
}

/** Who speaks: whoever lends a voice may ask to be named. */
function By({ id }: { id: string }) {
  const name = store.bundle.clips?.find((one) => one.id === id)?.by;
  return name ? (
    <p class="small muted">
      <bdi>{t("ask.clip_by", { name })}</bdi>
    </p>
  ) : null;
}

function Button({ on, named, onPress }: { on: boolean; named?: string; onPress: () => void }) {
  return (
    <button type="button" class="btn small" onClick={onPress}>
      <Icon name="listen" size={22} /> {t(on ? "ask.stop" : "ask.listen")}
      {named && ` (${named})`}
    </button>
  );
}

function Recording({ sound, onFail }: { sound: string; onFail: () => void }) {
  const [on, setOn] = useState(false);
  const player = useRef<HTMLAudioElement>(null);
  const stop = () => setOn(false);
  const press = () => {
    const one = player.current!;
    if (on) return one.pause();
    one.currentTime = 0;
    one.play().catch((fault: Error) => fault.name !== "AbortError" && onFail());
  };
  return (
    <>
      <Button on={on} onPress={press} />
      <audio ref={player} src={sound} onPlay={() => setOn(true)} onPause={stop} onEnded={stop} onError={onFail} />
    </>
  );
}

function Voice({ words, voice, named }: { words: string; voice: SpeechSynthesisVoice; named: string }) {
  const [on, setOn] = useState<(() => void) | undefined>(undefined);
  useEffect(() => () => on?.(), [on]);
  const press = () => {
    if (on) return setOn(undefined);
    const stop = say(words, voice, () => setOn(undefined));
    setOn(() => stop);
  };
  return <Button on={Boolean(on)} named={named} onPress={press} />;
}

/** The address of a recording on this phone: undefined while it is looked for, null where there is none that plays. */
function useClip(id: string | undefined): [string | null | undefined, () => void] {
  const [sound, setSound] = useState<string | null | undefined>(id ? undefined : null);
  useEffect(() => {
    let made = "";
    let gone = false;
    setSound(id ? undefined : null);
    if (id)
      void clip(id).then((found) => {
        if (gone) return;
        made = found ? URL.createObjectURL(found) : "";
        setSound(made || null);
      });
    return () => {
      gone = true;
      URL.revokeObjectURL(made);
    };
  }, [id]);
  return [sound, () => setSound(null)];
}

function say(words: string, voice: SpeechSynthesisVoice, done: () => void): () => void {
  const one = new SpeechSynthesisUtterance(words);
  one.lang = voice.lang;
  one.voice = voice;
  one.onend = one.onerror = done;
  speechSynthesis.cancel();
  speechSynthesis.speak(one);
  return () => speechSynthesis.cancel();
}

/** A voice of this language that lies on the phone itself: what a question says is sent nowhere. */
function useVoice(code: string): SpeechSynthesisVoice | undefined {
  const find = () =>
    "speechSynthesis" in globalThis
      ? speechSynthesis.getVoices().find((one) => one.localService && one.lang.toLowerCase().split(/[-_]/)[0] === code)
      : undefined;
  const [voice, setVoice] = useState(find);
  useEffect(() => {
    if (!("speechSynthesis" in globalThis)) return undefined;
    const again = () => setVoice(find());
    again();
    speechSynthesis.addEventListener?.("voiceschanged", again);
    return () => speechSynthesis.removeEventListener?.("voiceschanged", again);
  }, [code]);
  return voice;
}
