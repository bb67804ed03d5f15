import type { Clock } from "../ports/clock.ts";
import { type Replayed, type ReplayRequest, replayJournal } from "./journal-replay.ts";
import { SearchBudget } from "./search-budget.ts";

/** Who replays the sessions of a journal: it takes a processor for as long as recording them did. */
export interface Replayer {
  replay(request: ReplayRequest): Promise<Replayed>;
  /** Nothing more is asked of it. */
  stop(): void;
}

/** Replays in this thread, in slices. */
export class LocalReplayer implements Replayer {
  readonly #searches: SearchBudget;

  constructor(clock: Clock) {
    this.#searches = new SearchBudget(clock);
  }

  replay(request: ReplayRequest): Promise<Replayed> {
    return replayJournal(request, this.#searches);
  }

  stop(): void {}
}
