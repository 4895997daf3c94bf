/** The build of the phone's shell: everything that its first start needs, into vwazen/server/sync/shell/. */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { parse } from "yaml";

const here = import.meta.dirname;
const languages = resolve(here, "../vwazen/content/languages");

interface Part {
  name?: string;
  dir?: string;
  status?: string;
  words?: Record<string, string>;
}

/** What stands on the screen before any content is there, or without it. */
const BUILT_IN = ["frame.yaml", "enrol.yaml", "lock.yaml"];

/** `virtual:words`: every language, with what is built in. `virtual:english`: English whole, loaded after the first
 * screen, so that a new shell never lacks a word that older content has not got yet. */
function words(): Plugin {
  const read = (code: string, wanted: (file: string) => boolean) => {
    const one = { name: code, dir: "ltr", status: "draft", words: {} as Record<string, string> };
    for (const file of readdirSync(join(languages, code)).sort()) {
      if (!file.endsWith(".yaml")) continue;
      const part = parse(readFileSync(join(languages, code, file), "utf-8")) as Part;
      one.name = part.name ?? one.name;
      one.dir = part.dir ?? one.dir;
      one.status = part.status ?? one.status;
      if (wanted(file)) Object.assign(one.words, part.words);
    }
    return one;
  };
  const codes = () => readdirSync(languages).filter((one) => statSync(join(languages, one)).isDirectory());
  const modules: Record<string, () => unknown> = {
    "virtual:words": () =>
      Object.fromEntries(
        codes()
          .sort()
          .map((code) => [code, read(code, (file) => BUILT_IN.includes(file))]),
      ),
    "virtual:english": () => read("en", () => true).words,
  };
  return {
    name: "words",
    resolveId: (id) => (id in modules ? `\0${id}` : undefined),
    load: (id) => (id.slice(1) in modules ? `export default ${JSON.stringify(modules[id.slice(1)]!())}` : undefined),
  };
}

/** Writes into sw.js what it keeps: every file of the shell, and a version that changes when one of them does. */
function shellList(): Plugin {
  return {
    name: "shell-list",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const digest = createHash("sha256");
        const names: string[] = [];
        const add = (name: string, text: string | Uint8Array) => {
          names.push(name === "index.html" ? "./" : name);
          digest.update(name).update(text);
        };
        for (const [name, part] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1)))
          if (name !== "sw.js") add(name, part.type === "chunk" ? part.code : part.source);
        for (const name of readdirSync(join(here, "public")).sort())
          add(name, readFileSync(join(here, "public", name)));
        const worker = bundle["sw.js"];
        if (worker?.type !== "chunk") throw new Error("the build made no sw.js");
        const shell = { version: digest.digest("hex").slice(0, 12), files: names };
        worker.code = `self.SHELL=${JSON.stringify(shell)};\n${worker.code}`;
      },
    },
  };
}

export default defineConfig({
  root: here,
  base: "/phone/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [words(), shellList()],
  build: {
    outDir: resolve(here, "../vwazen/server/sync/shell"),
    emptyOutDir: true,
    target: "es2020",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: { index: join(here, "index.html"), sw: join(here, "worker/sw.ts") },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
