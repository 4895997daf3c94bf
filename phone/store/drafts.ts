/** What is not finished on this phone: sealed on the disk, read from there once, and again after another window wrote. */

import type { Vault } from "./vault.ts";

export class Drafts {
  readonly #vault: Vault;
  /** As they lie on the disk, as JSON. */
  #read: Promise<Map<string, string>> | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async get<T>(key: string): Promise<T | undefined> {
    const text = (await this.#all()).get(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  async keys(): Promise<string[]> {
    return [...(await this.#all()).keys()].sort();
  }

  async keep(key: string, value: unknown): Promise<void> {
    await this.#vault.write({ put: [await this.#vault.sealed("draft", key, value)] });
    (await this.#known())?.set(key, JSON.stringify(value));
  }

  async drop(key: string): Promise<void> {
    await this.#vault.write({ remove: [await this.#vault.key("draft", key)] });
    await this.gone(key);
  }

  /** It went from the disk together with something else. */
  async gone(key: string): Promise<void> {
    (await this.#known())?.delete(key);
  }

  /** Another window may have written. */
  forget(): void {
    this.#read = undefined;
  }

  #all(): Promise<Map<string, string>> {
    const read = async () => {
      const { found } = await this.#vault.all<unknown>("draft");
      return new Map(found.map(([key, value]) => [key, JSON.stringify(value)]));
    };
    this.#read ??= read().catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    });
    return this.#read;
  }

  /** What was read, where anything was: nothing is read from the disk for it. */
  async #known(): Promise<Map<string, string> | undefined> {
    return this.#read?.catch(() => undefined);
  }
}
