import { csvHeader, csvRows } from "../export/csv.ts";
import type { Damage } from "../format/chunk-scanner.ts";
import type { Names } from "../format/metadata.ts";
import { followStore } from "../read/follow.ts";
import { SessionReader, type SessionReaderOptions } from "../read/session-reader.ts";
import { Store } from "../read/store.ts";
import type { Update } from "../read/update.ts";
import { command, EXIT, timeFlag, usageError } from "./command.ts";
import { Output, say } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";
import { storeArgument } from "./store-argument.ts";
import { updateLine, updateText } from "./update-text.ts";
import { printWire } from "./wire.ts";

const NAME = "cat";

export const catCommand = command({
  summary: "Print the updates of a store, a token or a session",
  details: `Sessions come in the order of ls, the channel last, with the recorder's own notes.
Times are ISO 8601 (2026-11-22T13:00:00Z) or epoch milliseconds; both ends are included.
--format wire puts the venue's messages together again, one a line, in the order in which they were
received, over all sessions: each is what the venue sent to the byte, but for white space between
its elements. What a message had of tokens that were not recorded is missing in it: how much, a line
on standard error tells at the end. With --json each is an object with its text verbatim, time,
recorder and socket, and left_out, the positions of elements and entries that are missing.
Damaged places are named on standard error and passed over; the exit code is then 3. A session
that is pruned meanwhile is named too, and is no error.`,
  examples: [
    "polybot cat ./data --json",
    "polybot cat ./data/stream/market/1234 --format csv > 1234.csv",
    "polybot cat ./data --json --from 2026-11-22T13:00:00Z --to 2026-11-22T14:00:00Z",
    "polybot cat ./data --format wire > messages.jsonl",
  ],
  args: {
    store: storeArgument,
    format: {
      type: "enum",
      options: ["text", "json", "csv", "wire"],
      valueHint: "text|json|csv|wire",
      default: "text",
      description: "text for people, JSON lines, flat CSV rows, or the venue's own messages",
    },
    json: {
      type: "boolean",
      default: false,
      description: "the same as --format json; with wire, a JSON object a message",
    },
    from: { type: "string", valueHint: "time", description: "earliest receive time" },
    follow: {
      type: "boolean",
      default: false,
      description: "go on with what is recorded meanwhile, until interrupted",
    },
    to: { type: "string", valueHint: "time", description: "latest receive time" },
  },
  async run({ store, format, json, from, to, follow }) {
    if (json && format === "csv")
      throw usageError(NAME, "--json and --format csv exclude each other");
    const fromUs = microseconds("from", from, 0);
    // The last microsecond of that millisecond.
    const toUs = microseconds("to", to, 999);
    const isWire = format === "wire";
    if (isWire && follow) throw usageError(NAME, "--format wire does not --follow");
    const lines = await linesOf(json ? "json" : format, new Store(store));
    const output = new Output();
    let damaged = 0;
    let updates = 0;
    const onDamage = (path: string, damage: Damage) => {
      damaged++;
      say(`damaged: ${path} at byte ${damage.offset}: ${damage.reason}`);
    };
    const onGone = (path: string) => say(`pruned while it was read: ${path}`);
    if (format === "csv") await output.line(csvHeader);
    const options = {
      ...(fromUs !== undefined && { fromUs }),
      ...(toUs !== undefined && { toUs }),
    };
    if (isWire) {
      const folders = await new Store(store).folders();
      const readers = folders.map((folder) => new SessionReader(folder, { onDamage, onGone }));
      updates = await printWire(readers, { from: fromUs, to: toUs }, { output, json });
      if (updates === 0) say(emptyReason(store, fromUs !== undefined || toUs !== undefined));
      return damaged > 0 ? EXIT.loss : EXIT.ok;
    }
    const source = sourceOf(new Store(store), { ...options, onDamage, onGone }, follow, output);
    for await (const update of source) {
      updates++;
      if (output.closed) return EXIT.ok;
      for (const line of lines(update)) await output.line(line);
    }
    await output.flush();
    if (updates === 0) say(emptyReason(store, fromUs !== undefined || toUs !== undefined));
    return damaged > 0 ? EXIT.loss : EXIT.ok;
  },
});

async function* sourceOf(
  store: Store,
  options: SessionReaderOptions,
  follow: boolean,
  output: Output,
): AsyncGenerator<Update> {
  if (!follow) {
    for (const session of await store.folders()) yield* new SessionReader(session, options);
    return;
  }
  let isStopped = false;
  void stopSignal().then(() => {
    isStopped = true;
  });
  yield* followStore(store, {
    ...options,
    async caughtUp() {
      await output.flush();
      return !isStopped && !output.closed;
    },
  });
}

async function linesOf(format: string, store: Store): Promise<(update: Update) => string[]> {
  if (format === "csv") return csvRows;
  if (format === "json") return (update) => [updateLine(update)];
  const names = await namesIn(store);
  return (update) => [updateText(update, names.get(update.token_id))];
}

/** What tokens are called. One whose sessions all begin later, while they are followed, is missing. */
async function namesIn(store: Store): Promise<Map<string, Pick<Names, "slug" | "outcome">>> {
  const names = new Map<string, Pick<Names, "slug" | "outcome">>();
  for (const session of await store.folders()) {
    const metadata = await session.soundMetadata();
    if (metadata !== undefined && metadata.slug !== "") names.set(metadata.token_id, metadata);
  }
  return names;
}

function emptyReason(store: string, ranged: boolean): string {
  return ranged ? `${store} has no updates between --from and --to` : `${store} has no updates yet`;
}

function microseconds(flag: string, text: string | undefined, plusUs: number): number | undefined {
  return text === undefined ? undefined : timeFlag(NAME, flag, text) * 1000 + plusUs;
}
