import { systemClock } from "../ports/clock.ts";
import type { SessionCursor } from "./session-cursor.ts";
import type { SessionReaderOptions } from "./session-reader.ts";
import type { SessionSelection } from "./session-selection.ts";
import type { Store } from "./store.ts";
import type { Update } from "./update.ts";
import { passes, type UpdateFilter } from "./update-filter.ts";

/** How often new sessions are looked for. */
const SESSIONS_MS = 1000;
/** How often those that are written are looked at. */
const POLL_MS = 100;

export interface FollowOptions extends SessionReaderOptions {
  readonly selection?: SessionSelection;
  readonly filter?: UpdateFilter;
  /** Called when all that is there was handed out, several times a second: `false` ends it. */
  readonly caughtUp: () => Promise<boolean>;
}

/** The updates of all sessions that are meant, those that begin later too; each session's in order. */
export async function* followStore(store: Store, options: FollowOptions): AsyncGenerator<Update> {
  const { clock = systemClock, selection = {}, filter = {} } = options;
  const isWanted = passes(filter);
  const cursors = new Map<string, SessionCursor>();
  let lookedMs = Number.NEGATIVE_INFINITY;
  do {
    if (clock.monotonicMs() - lookedMs >= SESSIONS_MS) {
      lookedMs = clock.monotonicMs();
      for (const session of await store.sessions(selection, options)) {
        if (!cursors.has(session.path)) cursors.set(session.path, session.cursor(filter));
      }
    }
    for (const cursor of cursors.values()) {
      if (cursor.isSealed) continue;
      for await (const update of cursor.fresh()) if (isWanted(update)) yield update;
    }
    await clock.sleep(POLL_MS);
  } while (await options.caughtUp());
}
