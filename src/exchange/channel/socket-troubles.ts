import type { FaultKind } from "../faults/fault-kinds.ts";
import type { FaultSpec } from "../faults/fault-spec.ts";

const FOR_EVER = Number.POSITIVE_INFINITY;
/** What a slow reader takes. */
const SLOW_BYTES_PER_MS = 20;

/** What is wrong with one socket at the moment. Times are the agenda's milliseconds. */
export class SocketTroubles {
  #halfOpenUntilMs = 0;
  #stalledUntilMs = 0;
  #slowUntilMs = 0;
  readonly #tokensUntilMs = new Map<string, number>();

  /** Begins a trouble that lasts; `tokenId` is the one that stalls. */
  begin(spec: FaultSpec, nowMs: number, tokenId: string | undefined): void {
    const untilMs = spec.forMs === undefined ? FOR_EVER : nowMs + spec.forMs;
    if (spec.kind === "half-open") this.#halfOpenUntilMs = untilMs;
    else if (spec.kind === "stall-socket") this.#stalledUntilMs = untilMs;
    else if (spec.kind === "slow-reader") this.#slowUntilMs = untilMs;
    else if (tokenId !== undefined) this.#tokensUntilMs.set(tokenId, untilMs);
  }

  /** Nothing goes out and nothing that comes in is heard. */
  isHalfOpen(nowMs: number): boolean {
    return nowMs < this.#halfOpenUntilMs;
  }

  /** Why a text is withheld, if it is. PONG and the like are no data and concern no token. */
  withholds(
    nowMs: number,
    { isData, tokenIds }: { readonly isData: boolean; readonly tokenIds: readonly string[] },
  ): FaultKind | undefined {
    if (this.isHalfOpen(nowMs)) return "half-open";
    if (isData && nowMs < this.#stalledUntilMs) return "stall-socket";
    return tokenIds.some((tokenId) => this.stallsToken(tokenId, nowMs)) ? "stall-token" : undefined;
  }

  stallsToken(tokenId: string, nowMs: number): boolean {
    return nowMs < (this.#tokensUntilMs.get(tokenId) ?? 0);
  }

  /** How long a text of so many bytes is on its way to a slow reader; otherwise 0. */
  readingMs(bytes: number, nowMs: number): number {
    return nowMs < this.#slowUntilMs ? bytes / SLOW_BYTES_PER_MS : 0;
  }
}
