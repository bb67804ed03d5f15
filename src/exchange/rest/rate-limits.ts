import { GAMMA_PREFIX } from "./gamma-routes.ts";
import { SlidingWindow } from "./sliding-window.ts";

const WINDOW_MS = 10_000;

interface RateClass {
  /** Requests in ten seconds. */
  readonly max: number;
  readonly paths: RegExp;
}

const GAMMA = `^${GAMMA_PREFIX}`;

/**
 * The documented limits (docs.polymarket.com, "Rate Limits"). A request counts in every class
 * that its path belongs to. That a limit of Gamma holds for all paths below the one it names is a
 * guess. The documented 900 for listings of markets and events together lie above the sum of
 * their own limits and are left out.
 */
const CLASSES: readonly RateClass[] = [
  { max: 15_000, paths: /^/ },
  { max: 9_000, paths: new RegExp(`^(?!${GAMMA_PREFIX}/)`) },
  { max: 1_500, paths: /^\/book$/ },
  { max: 500, paths: /^\/books$/ },
  { max: 1_500, paths: /^\/price$/ },
  { max: 500, paths: /^\/prices$/ },
  { max: 1_500, paths: /^\/midpoint$/ },
  { max: 500, paths: /^\/midpoints$/ },
  { max: 1_000, paths: /^\/prices-history$/ },
  { max: 200, paths: /^\/tick-size$/ },
  { max: 4_000, paths: new RegExp(`${GAMMA}/`) },
  { max: 500, paths: new RegExp(`${GAMMA}/events(/|$)`) },
  { max: 300, paths: new RegExp(`${GAMMA}/markets(/|$)`) },
  { max: 200, paths: new RegExp(`${GAMMA}/tags(/|$)`) },
  { max: 350, paths: new RegExp(`${GAMMA}/public-search$`) },
];

/**
 * How many requests the services take. The venue delays what is too much before it refuses any
 * (documented); here it is refused at once, and does not count.
 */
export class RateLimits {
  readonly #classes = CLASSES.map(({ max, paths }) => ({
    paths,
    window: new SlidingWindow(max, WINDOW_MS),
  }));

  /** 0 when the request may pass, and then it counts; otherwise how long it would have to wait. */
  admit(path: string, nowMs: number): number {
    const windows = this.#classes
      .filter(({ paths }) => paths.test(path))
      .map(({ window }) => window);
    const waitMs = Math.max(...windows.map((window) => window.waitMs(nowMs)));
    if (waitMs > 0) return waitMs;
    for (const window of windows) window.admit(nowMs);
    return 0;
  }
}
