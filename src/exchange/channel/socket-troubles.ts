import type { FaultSpec } from "../faults/fault-spec.ts";

const FOR_EVER = Number.POSITIVE_INFINITY;
/** What a slow reader takes. */
const SLOW_BYTES_PER_MS = 20;

/** What withholds or slows a socket's texts at the moment. Times are the agenda's milliseconds. */
export class SocketTroubles {
  #stalledUntilMs = 0;
  #slowUntilMs = 0;
  readonly #tokensUntilMs = new Map<string, number>();

  /** Begins a trouble that lasts; `tokenId` is the one that stalls. */
  begin({ kind, forMs = FOR_EVER }: FaultSpec, nowMs: number, tokenId: string | undefined): void {
    const untilMs = nowMs + forMs;
    if (kind === "stall-socket") this.#stalledUntilMs = Math.max(this.#stalledUntilMs, untilMs);
    else if (kind === "slow-reader") this.#slowUntilMs = Math.max(this.#slowUntilMs, untilMs);
    else if (tokenId !== undefined) {
      const presentMs = this.#tokensUntilMs.get(tokenId) ?? 0;
      this.#tokensUntilMs.set(tokenId, Math.max(presentMs, untilMs));
    }
  }

  /** All data is withheld. */
  stalls(nowMs: number): boolean {
    return nowMs < this.#stalledUntilMs;
  }

  stallsToken(tokenId: string, nowMs: number): boolean {
    return nowMs < (this.#tokensUntilMs.get(tokenId) ?? 0);
  }

  liftToken(tokenId: string): void {
    this.#tokensUntilMs.delete(tokenId);
  }

  /** How long a text of so many bytes is on its way to a slow reader; otherwise 0. */
  readingMs(bytes: number, nowMs: number): number {
    return nowMs < this.#slowUntilMs ? bytes / SLOW_BYTES_PER_MS : 0;
  }
}
