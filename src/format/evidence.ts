import { HASH_BYTES, isHash } from "./hash-text.ts";

/** Hashes between two steps of the proof: each step costs more than all their bytes. */
const PENDING_MAX = 16;

/**
 * What proves hashes that are not stored: the SHA-1 over the bytes of all, update by update, and
 * the last one that was judged. docs/FORMAT.md, "Evidence".
 */
export class Evidence {
  #pending: Buffer | undefined;
  #pendingCount = 0;
  #proof: Bun.CryptoHasher | undefined;
  #last = "";

  /** An update's hash; texts that are none leave no trace here. */
  add(hash: string, isJudged: boolean): void {
    if (isHash(hash)) this.addHash(hash, isJudged);
  }

  /** The same for what is known to be a hash. */
  addHash(hash: string, isJudged: boolean): void {
    if (isJudged) this.#last = hash;
    this.#pending ??= Buffer.alloc(PENDING_MAX * HASH_BYTES);
    this.#pending.write(hash, this.#pendingCount * HASH_BYTES, "hex");
    this.#pendingCount++;
    if (this.#pendingCount === PENDING_MAX) this.#step();
  }

  /** Bytes for a block's head: both empty where there was nothing. To be asked once. */
  finish(): { readonly all: Uint8Array; readonly last: Uint8Array } {
    this.#step();
    const all = this.#proof === undefined ? new Uint8Array() : this.#proof.digest();
    return { all: new Uint8Array(all), last: Uint8Array.fromHex(this.#last) };
  }

  #step(): void {
    if (this.#pending === undefined || this.#pendingCount === 0) return;
    this.#proof ??= new Bun.CryptoHasher("sha1");
    this.#proof.update(this.#pending.subarray(0, this.#pendingCount * HASH_BYTES));
    this.#pendingCount = 0;
  }
}
