import type { WireNewMarket } from "../../polymarket/messages.ts";
import type { Random } from "../../ports/random.ts";
import type { Venue } from "./venue.ts";

const COPIES_MAX = 150;
const COPIES_SPREAD_MS = 45_000;

/** Tells every client of a new market, many times over (docs/PROTOCOL.md, "new_market"). */
export function spreadNews(element: WireNewMarket, random: Random, venue: Venue): void {
  const { agenda, conditions, audience } = venue;
  const tell = () => audience.hear({ tokenIds: undefined, custom: true, elements: [element] });
  tell();
  for (let copies = 1; copies < COPIES_MAX; copies += 1) {
    if (random() >= conditions.oddities.repeatedNewMarket) break;
    agenda.after(random() * COPIES_SPREAD_MS, tell);
  }
}
