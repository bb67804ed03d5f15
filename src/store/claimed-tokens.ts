import { PolybotError } from "../format/error.ts";
import type { Refusal } from "./claims.ts";
import { CHANNEL, isTokenId } from "./paths.ts";
import type { HeldLock } from "./take-lock.ts";

/** The tokens that a writer has claimed in its store: no other recorder records them meanwhile. */
export class ClaimedTokens {
  readonly #lock: HeldLock;
  readonly #tokens = new Set<string>([CHANNEL]);

  constructor(lock: HeldLock) {
    this.#lock = lock;
  }

  has(tokenId: string): boolean {
    return this.#tokens.has(tokenId);
  }

  /** Claims groups of tokens, each all or none; gives why not, group by group. */
  claim(groups: readonly (readonly string[])[]): Refusal[] {
    const wanted = groups.map((tokenIds) => tokenIds.filter((tokenId) => !this.has(tokenId)));
    const wrong = wanted.flat().find((tokenId) => !isTokenId(tokenId));
    if (wrong !== undefined) throw new PolybotError("BAD_INPUT", `"${wrong}" is no token id`);
    if (wanted.every(({ length }) => length === 0)) return wanted.map(() => undefined);
    const refusals = this.#lock.claim(wanted);
    const claimed = wanted.filter((_, i) => refusals[i] === undefined);
    for (const tokenId of claimed.flat()) this.#tokens.add(tokenId);
    return refusals;
  }

  /** Gives tokens back. */
  release(tokenIds: readonly string[]): void {
    const own = tokenIds.filter((tokenId) => this.#tokens.delete(tokenId));
    try {
      this.#lock.unclaim(own);
    } catch {
      // A full disk, most likely. The claims end with the recorder.
    }
  }
}
