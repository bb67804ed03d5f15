import { GammaClient } from "../../src/polymarket/gamma-client.ts";
import type { HttpAnswer } from "../../src/ports/http.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";

/** An invented market in Gamma's shape. */
export function gammaMarket(n: number, fields: Record<string, unknown> = {}) {
  return {
    id: String(900_000 + n),
    question: `Will thing ${n} happen?`,
    conditionId: conditionId(n),
    slug: `will-thing-${n}`,
    endDate: "2030-01-02T03:04:05Z",
    outcomes: '["Yes", "No"]',
    outcomePrices: '["0.4", "0.6"]',
    clobTokenIds: JSON.stringify([`${n}1`, `${n}2`]),
    enableOrderBook: true,
    closed: false,
    ...fields,
  };
}

export function conditionId(n: number): string {
  return `0x${n.toString(16).padStart(64, "0")}`;
}

/** A client on virtual time whose requests are answered by a function; pauses pass at once. */
export class AnsweringGamma {
  readonly clock = new VirtualClock();
  readonly urls: URL[] = [];
  /** Milliseconds that were waited before each request but the first. */
  readonly pauses: number[] = [];
  readonly client: GammaClient;

  constructor(answer: (url: URL, count: number) => HttpAnswer | Error | object) {
    let lastMs = 0;
    this.client = new GammaClient({
      url: "http://gamma/",
      clock: {
        ...clockParts(this.clock),
        sleep: async (ms) => void this.clock.advance(ms),
      },
      random: () => 0.5,
      http: async (text) => {
        const url = new URL(text);
        if (this.urls.length > 0) this.pauses.push(this.clock.monotonicMs() - lastMs);
        lastMs = this.clock.monotonicMs();
        this.urls.push(url);
        const given = answer(url, this.urls.length);
        if (given instanceof Error) throw given;
        return isAnswer(given) ? given : { status: 200, text: JSON.stringify(given) };
      },
    });
  }

  get paths(): string[] {
    return this.urls.map(({ pathname, search }) => pathname + search);
  }
}

function clockParts(clock: VirtualClock) {
  return {
    nowUs: () => clock.nowUs(),
    monotonicMs: () => clock.monotonicMs(),
    cpuMs: () => clock.cpuMs(),
    after: (ms: number, run: () => void) => clock.after(ms, run),
    every: (ms: number, run: () => void) => clock.every(ms, run),
  };
}

function isAnswer(value: object): value is HttpAnswer {
  return "status" in value && "text" in value;
}
