declare module "virtual:words" {
  import type { Language } from "./types.ts";
  const built: Record<string, Language>;
  export const english: string;
  export default built;
}

declare module "virtual:english" {
  const words: string;
  export default words;
}

declare module "virtual:letting-in" {
  const files: Record<string, () => Promise<{ default: string }>>;
  export default files;
}
