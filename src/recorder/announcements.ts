import type { MarketEvent } from "../format/market-event.ts";

/** Remembered to store each once. */
const REMEMBERED_MAX = 100_000;

/** What concerns no token that is recorded: the venue says some of it over a hundred times. */
export class Announcements {
  readonly #known = new Set<number | bigint>();

  /** Whether the very same came before. */
  isRepeat({ shape, values }: MarketEvent): boolean {
    const key = Bun.hash([shape.text, ...values].join("\u0000"));
    if (this.#known.has(key)) return true;
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    this.#known.add(key);
    return false;
  }
}
