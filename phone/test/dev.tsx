/** The screens with invented people and no server: `npx vite build --config test/dev.config.ts`. Never in the shell.
 *
 * `bundle.json` lies beside the page: what GET /sync/content answers. `options.json`, if there, is for `fake`. */

import type { Bundle } from "../types.ts";
import { setStore } from "../store/index.ts";
import { learn, speak } from "../words.ts";
import { fake, type Options } from "./fake.ts";

async function start() {
  const bundle = (await (await fetch("bundle.json")).json()) as Bundle;
  const found = await fetch("options.json");
  const options = (found.ok ? await found.json() : {}) as Options & { language?: string };
  learn(bundle.languages, bundle);
  speak(options.language ?? "en");
  setStore(fake(bundle, { ...options, keep: localStorage }));
  await import("../app.tsx");
}

void start();
