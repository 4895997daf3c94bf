declare module "virtual:words" {
  import type { Language } from "./types.ts";
  const built: Record<string, Language>;
  export default built;
}

declare module "virtual:english" {
  const words: Record<string, string>;
  export default words;
}

declare module "virtual:letting-in" {
  const files: Record<string, () => Promise<{ default: Record<string, string> }>>;
  export default files;
}
