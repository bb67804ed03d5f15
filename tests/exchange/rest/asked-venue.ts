import { Agenda } from "../../../src/exchange/agenda.ts";
import { odditiesTimes } from "../../../src/exchange/market/oddities.ts";
import type { SimulatedMarket } from "../../../src/exchange/market/simulated-market.ts";
import { Simulation, type SimulationOptions } from "../../../src/exchange/market/simulation.ts";
import { RestService } from "../../../src/exchange/rest/rest-service.ts";
import { VirtualClock } from "../../../src/ports/virtual-clock.ts";

export type Fields = Record<string, unknown>;

/** The start of a window of a minute. */
export const START_MS = Date.UTC(2026, 9, 5, 12);
export const WINDOW_MS = 60_000;

interface VenueOptions extends Partial<SimulationOptions> {
  readonly limits?: boolean;
  /** How often the venue behaves oddly; 1 is the live one. */
  readonly oddities?: number;
}

/** A simulated venue on virtual time whose REST services are asked without sockets. */
export class AskedVenue {
  readonly clock = new VirtualClock(START_MS);
  readonly simulation: Simulation;
  readonly #rest: RestService;

  constructor({ limits = false, oddities = 1, ...options }: VenueOptions = {}) {
    const agenda = new Agenda(this.clock);
    this.simulation = new Simulation(
      { markets: 7, series: 0, windowS: WINDOW_MS / 1_000, rate: 0, seed: 1, ...options },
      {
        agenda,
        conditions: { recipe: "10", clockStepMs: 0, oddities: odditiesTimes(oddities) },
        audience: { hears: () => false, hear() {}, settled() {} },
      },
    );
    this.#rest = new RestService({
      venue: this.simulation,
      nowMs: () => agenda.nowMs,
      limits,
    });
  }

  market(index: number): SimulatedMarket {
    const market = this.simulation.markets[index];
    if (market === undefined) throw new Error(`no market ${index}`);
    return market;
  }

  tokenId(index: number, token: 0 | 1): string {
    return this.market(index).identity.tokens[token].tokenId;
  }

  /** The answer as it is, to a URL without its host. */
  answer(method: string, url: string, body = "", staleMs = 0) {
    const { pathname, searchParams } = new URL(url, "http://venue");
    return this.#rest.answer({ method, path: pathname, query: searchParams, body }, { staleMs });
  }

  get(url: string, staleMs = 0): { status: number; value: unknown } {
    const { status, body } = this.answer("GET", url, "", staleMs);
    return { status, value: JSON.parse(body) };
  }

  /** What is answered to a GET that must not fail. */
  read<T = Fields>(url: string, staleMs = 0): T {
    const { status, value } = this.get(url, staleMs);
    if (status !== 200) throw new Error(`${status} for ${url}`);
    return value as T;
  }

  post(url: string, payload: unknown, staleMs = 0): { status: number; value: unknown } {
    const { status, body } = this.answer("POST", url, JSON.stringify(payload), staleMs);
    return { status, value: JSON.parse(body) };
  }

  /** The slugs of a bare list of Gamma. */
  slugs(url: string): unknown[] {
    return this.read<Fields[]>(url).map(({ slug }) => slug);
  }
}

/** Leaves a market without orders. */
export function emptySide(market: SimulatedMarket, side: "bids" | "asks"): void {
  const levels = market.book[side];
  for (let price = levels.priceFromTouch(0); price !== undefined; ) {
    levels.set(price, 0);
    price = levels.priceFromTouch(0);
  }
}
