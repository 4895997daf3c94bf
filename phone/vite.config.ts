/** The build of the phone's shell: everything that its first start needs, into vwazen/server/sync/shell/. */

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
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

/** What stands on the screen without any content. */
const BUILT_IN = ["frame.yaml", "lock.yaml"];
/** Phrases of the content stand there as they are where no language has them otherwise: in English none has. */
const AS_THEY_ARE = "phrase.yaml";
/** What stands there before the content comes, when there is a network: only the language that is read is fetched. */
const LETTING = "enrol.yaml";
const LETTING_IN = "virtual:letting-in/";

/** `virtual:words`: every language, with what is built in. `virtual:letting-in`: those of enrolment, a file a language,
 * which no phone keeps. `virtual:english`: the rest of English, loaded after the first screen, so that a new shell
 * never lacks a word that older content has not got yet. */
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
  const codes = readdirSync(languages)
    .filter((one) => statSync(join(languages, one)).isDirectory())
    .sort();
  const others = codes.filter((code) => code !== "en");
  const all = (find: (code: string) => unknown) => Object.fromEntries(codes.map((code) => [code, find(code)]));
  const code = (value: unknown) => `export default ${JSON.stringify(value)}`;
  const modules: Record<string, () => string> = {
    "virtual:words": () =>
      code(all((one) => read(one, (file) => BUILT_IN.includes(file) || (one === "en" && file === LETTING)))),
    "virtual:english": () => code(read("en", (file) => ![...BUILT_IN, LETTING, AS_THEY_ARE].includes(file)).words),
    "virtual:letting-in": () =>
      `export default {${others.map((one) => `"${one}": () => import("${LETTING_IN}${one}")`).join()}}`,
    ...Object.fromEntries(
      others.map((one) => [LETTING_IN + one, () => code(read(one, (file) => file === LETTING).words)]),
    ),
  };
  return {
    name: "words",
    resolveId: (id) => (id in modules ? `\0${id}` : undefined),
    load: (id) => modules[id.slice(1)]?.(),
  };
}

/** Writes into sw.js what it keeps: every file of the shell that is of use without a network, and a version that changes
 * when any file does. */
function shellList(): Plugin {
  return {
    name: "shell-list",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const digest = createHash("sha256");
        const names: string[] = [];
        const add = (name: string, text: string | Uint8Array, kept = true) => {
          if (kept) names.push(name === "index.html" ? "./" : name);
          digest.update(name).update(text);
        };
        for (const [name, part] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1)))
          if (part.type !== "chunk") add(name, part.source);
          else if (name !== "sw.js") add(name, part.code, !part.facadeModuleId?.includes(LETTING_IN));
        for (const name of readdirSync(join(here, "public")).sort())
          // Who installs the phone's page keeps its picture then; the page itself does without.
          add(name, readFileSync(join(here, "public", name)), !name.endsWith(".png"));
        const worker = bundle["sw.js"];
        if (worker?.type !== "chunk") throw new Error("the build made no sw.js");
        const shell = { version: digest.digest("hex").slice(0, 12), files: names };
        worker.code = `self.SHELL=${JSON.stringify(shell)};\n${worker.code}`;
      },
    },
  };
}

/** Beside each file the same one compressed as well as can be: the server has only to choose which a browser reads. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    writeBundle: ({ dir }) => {
      for (const name of readdirSync(dir!, { recursive: true, encoding: "utf-8" })) {
        const file = join(dir!, name);
        if (!/\.(html|js|css|svg|webmanifest)$/.test(name)) continue;
        const data = readFileSync(file);
        writeFileSync(`${file}.br`, brotliCompressSync(data));
        writeFileSync(`${file}.gz`, gzipSync(data, { level: 9 }));
      }
    },
  };
}

/** Classes of the server's styles that no screen of the phone names: their rules stay behind. */
function unused(): string[] {
  const screens = [
    join(here, "app.tsx"),
    ...readdirSync(join(here, "screens")).map((one) => join(here, "screens", one)),
  ];
  // As `class="a b"`, `class={c ? "d" : "e"}`, and the tone of a banner, which is a class as well.
  const names = /\b(?:class|tone)=(?:"[^"]*"|\{(?:[^{}]|\{[^{}]*\})*\})/g;
  const said = screens.flatMap((one) => readFileSync(one, "utf-8").match(names) ?? []).join(" ");
  const named = new Set(said.match(/[\w-]+/g));
  const styles = ["tokens.css", "base.css"].map((one) => resolve(here, "../vwazen/server/web/static/web", one));
  const classes = styles.flatMap((one) => readFileSync(one, "utf-8").match(/(?<=\.)[a-z][\w-]*/g) ?? []);
  // The number of a tier is put together: `t${kind}`.
  return [...new Set(classes)].filter((one) => !named.has(one) && !/^t\d$/.test(one));
}

export default defineConfig({
  root: here,
  base: "/phone/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [words(), shellList(), packed()],
  css: {
    transformer: "lightningcss",
    lightningcss: {
      unusedSymbols: unused(),
      // Nobody prints from a phone.
      visitor: {
        Rule: { media: ({ value }) => (value.query.mediaQueries[0]?.mediaType === "print" ? [] : undefined) },
      },
    },
  },
  build: {
    outDir: resolve(here, "../vwazen/server/sync/shell"),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    cssCodeSplit: false,
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
