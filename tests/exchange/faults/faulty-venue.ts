import { parseFaults } from "../../../src/exchange/faults/fault-spec.ts";
import type { ExchangeOptions } from "../../../src/exchange/start-exchange.ts";
import { type VirtualClient, VirtualExchange } from "../virtual-exchange.ts";

/** The wall clock of a virtual exchange at its start. */
export const START_MS = 1_795_000_000_000;

/** An exchange of two busy markets with these faults, written as on the command line. */
export function venueWith(faults: string, options: ExchangeOptions = {}): VirtualExchange {
  const venue = new VirtualExchange({ markets: 2, rate: 20, ...options });
  addFaults(venue, faults);
  return venue;
}

export function addFaults({ exchange }: VirtualExchange, faults: string): void {
  if (faults === "") return;
  for (const spec of parseFaults(faults)) exchange.addFault(spec);
}

/** What came after so many milliseconds. */
export function textsAfter({ texts, times }: VirtualClient, ms: number): string[] {
  return texts.filter((_, index) => (times[index] ?? 0) > ms);
}
