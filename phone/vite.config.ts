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

/** What stands on the screen without any content: the lock, and enrolment. */
const builtIn = (file: string) => ["frame.yaml", "lock.yaml", "enrol.yaml"].includes(file);
/** Phrases of the content stand there as they are where no language has them otherwise: in English none has. */
const AS_THEY_ARE = "phrase.yaml";
const LETTING_IN = "virtual:letting-in/";

/** `virtual:words`: every language by name, and what is built in, in English. `virtual:letting-in`: the same in the other
 * languages, a file each: only the one that is read is fetched. `virtual:english`: the rest of English, loaded after the
 * first screen, so that a new shell never lacks a word that older content has not got yet. Words are written as
 * `words.ts` reads them. */
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
  const code = (value: unknown) => `export default ${JSON.stringify(value)}`;
  const text = (one: string, wanted: (file: string) => boolean) => code(lines(read(one, wanted).words));
  const modules: Record<string, () => string> = {
    "virtual:words": () =>
      `${code(Object.fromEntries(codes.map((one) => [one, read(one, () => false)])))}
       export const english = ${JSON.stringify(lines(read("en", builtIn).words))}`,
    "virtual:english": () => text("en", (file) => !builtIn(file) && file !== AS_THEY_ARE),
    "virtual:letting-in": () =>
      `export default {${others.map((one) => `"${one}": () => import("${LETTING_IN}${one}")`).join()}}`,
    ...Object.fromEntries(others.map((one) => [LETTING_IN + one, () => text(one, builtIn)])),
  };
  return {
    name: "words",
    resolveId: (id) => (id in modules ? `\0${id}` : undefined),
    load: (id) => modules[id.slice(1)]?.(),
  };
}

/** One word a line, `title=Questions`, under the first part of the keys: brotli makes less of it than of an object. */
function lines(words: Record<string, string>): string {
  let screen = "";
  const found = Object.entries(words).map(([key, text]) => {
    const [first = "", ...rest] = key.split(".");
    const head = first === screen ? "" : `${first}\n`;
    screen = first;
    if (text.includes("\n")) throw new Error(`${key} has more than one line`);
    return `${head}${rest.join(".")}=${text}`;
  });
  return found.join("\n");
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

/** Elements become `h(name, props, ...children)`, which is shorter than what the automatic runtime makes of them. */
function elements(): Plugin {
  return {
    name: "elements",
    enforce: "pre",
    transform: (code, id) => (id.endsWith(".tsx") ? `import { Fragment, h } from "preact";${code}` : undefined),
  };
}

/** Vite's own way to `import()` fetches styles as well, of which there is one file here: the browser's own is enough. */
function plainImport(): Plugin {
  return {
    name: "plain-import",
    enforce: "pre",
    load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load()" : undefined),
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
function unused(): Set<string> {
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
  return new Set(classes.filter((one) => !named.has(one) && !/^t\d$/.test(one)));
}

const UNUSED = unused();

export default defineConfig({
  root: here,
  base: "/phone/",
  oxc: { jsx: { runtime: "classic", pragma: "h", pragmaFrag: "Fragment" } },
  plugins: [words(), elements(), plainImport(), shellList(), packed()],
  css: {
    transformer: "lightningcss",
    lightningcss: {
      visitor: {
        // Nobody prints from a phone, and no phone is as wide as a desk.
        Rule: {
          media: ({ value }) => {
            const [query] = value.query.mediaQueries;
            return query?.mediaType === "print" || JSON.stringify(query).includes("greater-than") ? [] : undefined;
          },
        },
        Selector: (parts) => (parts.some((one) => one.type === "class" && UNUSED.has(one.name)) ? [] : undefined),
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
