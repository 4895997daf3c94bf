/** The page's side of the service worker: a newer shell is taken where nothing is being written, and the page starts
 * anew with it. */

import { session, signedIn, watchSession } from "../store/index.ts";

/** Whether nothing is being written: the lock or the enrolment stands there, and no field holds anything. */
function idle(): boolean {
  const fields = [...document.querySelectorAll<HTMLInputElement>("input:not([type=radio],[type=checkbox])")];
  return !signedIn() && fields.every((one) => !one.value);
}

const WINDOW = "vwazen-window";

/** Whether this is the only window: each holds a lock as long as it is open. */
async function alone(): Promise<boolean> {
  const locks = await navigator.locks?.query();
  return locks?.held?.filter((one) => one.name === WINDOW).length === 1;
}

export function keepShell(): void {
  if (!import.meta.env.PROD || !navigator.serviceWorker) return;
  void navigator.locks?.request(WINDOW, { mode: "shared" }, () => new Promise(() => undefined));
  // The very first worker brings the version that stands there already; every later one brings another.
  let kept = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (kept && idle()) location.reload();
    kept = true;
  });
  void navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`).then(watch);
}

function watch(kept: ServiceWorkerRegistration): void {
  const take = async () => {
    if (!idle()) return;
    if (kept.waiting && (await alone())) kept.waiting.postMessage("take");
    // Another version was taken while something was written here: the other parts of this one are gone.
    if ((await caches.match(import.meta.env.BASE_URL)) && !(await caches.match(import.meta.url)) && idle())
      location.reload();
  };
  void take();
  kept.addEventListener("updatefound", () => kept.installing?.addEventListener("statechange", () => void take()));
  // Another window may have been in the way, or a field that held something.
  setInterval(() => void take(), 5_000);
  // Asked for whenever the lock comes up, or is looked at again. Which is first, lock or registration, is chance.
  const ask = () => !signedIn() && void kept.update().catch(() => undefined);
  let state = "starting";
  const look = () => {
    if (state !== session.state) ask();
    state = session.state;
  };
  look();
  watchSession(look);
  document.addEventListener("visibilitychange", () => !document.hidden && ask());
}
