/** Builds the page of invented people: `npx vite build --config test/dev.config.ts --outDir FOLDER`. */

import { join } from "node:path";
import { mergeConfig, type UserConfig } from "vite";
import shell from "../vite.config.ts";

const { build: _, plugins, ...rest } = shell as UserConfig;

export default mergeConfig(
  { ...rest, plugins: plugins!.slice(0, 2) },
  { base: "./", build: { target: "es2022", rolldownOptions: { input: join(import.meta.dirname, "dev.html") } } },
);
