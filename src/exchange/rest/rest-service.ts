import { CLOB_ROUTES } from "./clob-routes.ts";
import { GAMMA_PREFIX, GAMMA_ROUTES } from "./gamma-routes.ts";
import type { ListedVenue } from "./listed-venue.ts";
import { RateLimits } from "./rate-limits.ts";
import { Refusal } from "./refusal.ts";
import { jsonAnswer, type RestAnswer } from "./rest-answer.ts";
import type { RestRequest } from "./rest-request.ts";
import { RouteTable } from "./route-table.ts";

export interface RestServiceOptions {
  readonly venue: ListedVenue;
  /** Epoch milliseconds with fractions. */
  readonly nowMs: () => number;
  /** Whether the venue's rate limits hold. Defaults to true. */
  readonly limits?: boolean;
}

const MS_PER_SECOND = 1_000;
const CLOB = new RouteTable(CLOB_ROUTES);
const GAMMA = new RouteTable(GAMMA_ROUTES);

/** Both REST services of the venue: the CLOB at the root, Gamma below its prefix. */
export class RestService {
  readonly #venue: ListedVenue;
  readonly #nowMs: () => number;
  readonly #limits: RateLimits | undefined;

  constructor({ venue, nowMs, limits = true }: RestServiceOptions) {
    this.#venue = venue;
    this.#nowMs = nowMs;
    this.#limits = limits ? new RateLimits() : undefined;
  }

  /** `staleMs` is how far the copy that answers lies behind; only books show it. */
  answer(request: RestRequest, { staleMs = 0 }: { readonly staleMs?: number } = {}): RestAnswer {
    const waitMs = this.#limits?.admit(request.path, this.#nowMs()) ?? 0;
    if (waitMs > 0) {
      const seconds = String(Math.ceil(waitMs / MS_PER_SECOND));
      return jsonAnswer({ error: "Too Many Requests" }, 429, { "retry-after": seconds });
    }
    try {
      return jsonAnswer(this.#valueOf(request, staleMs));
    } catch (error) {
      if (error instanceof Refusal) return jsonAnswer(error.body, error.status);
      throw error;
    }
  }

  #valueOf(request: RestRequest, staleMs: number): unknown {
    const { path, query, body } = request;
    const venue = this.#venue;
    const nowMs = this.#nowMs() + venue.clockStepMs;
    const call = { venue, nowMs, staleMs, query, body };
    return path.startsWith(`${GAMMA_PREFIX}/`)
      ? GAMMA.answer(request, path.slice(GAMMA_PREFIX.length), call)
      : CLOB.answer(request, path, call);
  }
}
