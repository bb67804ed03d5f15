import { Agenda } from "../../src/exchange/agenda.ts";
import type { Announcement, SpokenElement } from "../../src/exchange/market/announcement.ts";
import type { Conditions } from "../../src/exchange/market/conditions.ts";
import { odditiesTimes } from "../../src/exchange/market/oddities.ts";
import { Simulation, type SimulationOptions } from "../../src/exchange/market/simulation.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";

/** A simulation on virtual time, and all that it says. */
export class HeardSimulation {
  readonly clock: VirtualClock;
  readonly simulation: Simulation;
  readonly conditions: Conditions;
  readonly said: { readonly announcement: Announcement; readonly nowMs: number }[] = [];
  /** Tokens. */
  readonly settled: string[] = [];

  constructor(
    options: Partial<SimulationOptions> & {
      readonly oddities?: number;
      readonly recipe?: Conditions["recipe"];
      readonly startMs?: number;
      /** False lets nothing be computed. */
      readonly isHeard?: boolean;
    },
  ) {
    const { oddities = 1, recipe = "10", startMs, isHeard = true, ...given } = options;
    this.clock = new VirtualClock(startMs);
    const agenda = new Agenda(this.clock);
    this.conditions = { recipe, clockStepMs: 0, oddities: odditiesTimes(oddities) };
    this.simulation = new Simulation(
      { markets: 0, series: 0, windowS: 300, rate: 0, seed: 1, ...given },
      {
        agenda,
        conditions: this.conditions,
        audience: {
          hears: () => isHeard,
          hear: (announcement) => void this.said.push({ announcement, nowMs: agenda.nowMs }),
          settled: (tokenIds) => void this.settled.push(...tokenIds),
        },
      },
    );
  }

  run(ms: number): void {
    this.clock.advance(ms);
  }

  /** Everything said so far, one element after the other. */
  get elements(): SpokenElement[] {
    return this.said.flatMap(({ announcement }) => announcement.elements);
  }

  /** The opening books of all tokens, each as its own text. */
  openingTexts(): string[] {
    return this.simulation.markets
      .flatMap(({ identity }) => identity.tokens)
      .map(({ tokenId }) => JSON.stringify(this.simulation.openingBook(tokenId) ?? []));
  }
}
