import { HASH_BYTES } from "./hash-text.ts";
import { VenueHash } from "./venue-hash.ts";

/** Hashes between two steps of the proof: each step costs more than all their bytes. */
const PENDING_MAX = 16;
const HASH_WORDS = HASH_BYTES / Int32Array.BYTES_PER_ELEMENT;

/**
 * What proves hashes that are not stored: the SHA-1 over the bytes of all, update by update, and
 * the last one that was judged. docs/FORMAT.md, "Evidence".
 */
export class Evidence {
  readonly #pending = new Int32Array(PENDING_MAX * HASH_WORDS);
  #pendingCount = 0;
  #proof: Bun.CryptoHasher | undefined;
  #last: VenueHash | undefined;

  add(hash: VenueHash, isJudged: boolean): void {
    if (isJudged) this.#last = hash;
    hash.write(this.#pending, this.#pendingCount * HASH_WORDS);
    this.#pendingCount++;
    if (this.#pendingCount === PENDING_MAX) this.#step();
  }

  /** The same for a text; those that are no hash leave no trace here. */
  addText(text: string, isJudged: boolean): void {
    const hash = VenueHash.of(text);
    if (hash !== undefined) this.add(hash, isJudged);
  }

  /** Bytes for a block's head: both empty where there was nothing. To be asked once. */
  finish(): { readonly all: Uint8Array; readonly last: Uint8Array } {
    this.#step();
    const all = this.#proof === undefined ? new Uint8Array() : this.#proof.digest();
    return { all: new Uint8Array(all), last: Uint8Array.fromHex(this.#last?.toString() ?? "") };
  }

  #step(): void {
    if (this.#pendingCount === 0) return;
    this.#proof ??= new Bun.CryptoHasher("sha1");
    this.#proof.update(this.#pending.subarray(0, this.#pendingCount * HASH_WORDS));
    this.#pendingCount = 0;
  }
}
