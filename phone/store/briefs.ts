/** Briefs of this phone, opened: the last ones stay at hand, so that going to and fro between the screens of a person
 * reads them once. */

import type { Brief } from "../types.ts";
import type { Vault } from "./vault.ts";

const AT_HAND = 20;

export class Briefs {
  readonly #vault: Vault;
  #open = new Map<string, Brief>();
  /** How often they have changed: one that was asked for before is not kept at hand. */
  #turned = 0;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async get(person: string): Promise<Brief | undefined> {
    const open = this.#open.get(person);
    if (open) return open;
    const turned = this.#turned;
    const brief = await this.#vault.get<Brief>("brief", person);
    if (!brief || turned !== this.#turned) return brief;
    this.#open.set(person, brief);
    for (const oldest of this.#open.keys()) if (this.#open.size > AT_HAND) this.#open.delete(oldest);
    return brief;
  }

  /** Those on the disk have changed. */
  forget(): void {
    this.#turned++;
    this.#open.clear();
  }
}
