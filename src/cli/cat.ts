import { csvHeader, csvRows } from "../export/csv.ts";
import type { Damage } from "../format/chunk-scanner.ts";
import { UPDATE_TYPES, type UpdateType } from "../format/market-event.ts";
import type { Names } from "../format/metadata.ts";
import { followStore } from "../read/follow.ts";
import type { SessionSelection } from "../read/session-selection.ts";
import { Store } from "../read/store.ts";
import type { Update } from "../read/update.ts";
import type { UpdateFilter } from "../read/update-filter.ts";
import { command, EXIT, numberFlag, usageError } from "./command.ts";
import { Output, say } from "./output.ts";
import { readArgs, selectionOf, TIMES_HELP } from "./read-flags.ts";
import { stopSignal } from "./stop-signal.ts";
import { storeArgument } from "./store-argument.ts";
import { updateLine, updateText, updateTextHeader } from "./update-text.ts";
import { printWire } from "./wire.ts";

const NAME = "cat";

export const catCommand = command({
  summary: "Print the updates of a store, a token or a session",
  details: `Sessions come in the order of ls, the channel last, with the recorder's own notes.
${TIMES_HELP} Both ends are included.
--type takes one or more of ${UPDATE_TYPES.join(", ")}.
--verified leaves only updates whose own hash proves the book: no trades and no notes.
--format wire puts the venue's messages together again, one a line, in the order in which they were
received, over all sessions: each is what the venue sent, to the byte. What a message had of tokens
that were not recorded is missing in it: how much, a line on standard error tells at the end. With --json each is an object with its text verbatim, time,
recorder and socket, and left_out, the positions of elements and entries that are missing.
Damaged places are named on standard error and passed over; the exit code is then 3. A session
that is pruned meanwhile is named too, and is no error.`,
  examples: [
    "polybot cat ./data --json",
    "polybot cat ./data --token btc-updown-5m-1790000100 --type price_change --from +1m --to +2m",
    "polybot cat ./data/stream/market/1234 --format csv > 1234.csv",
    "polybot cat ./data --format wire > messages.jsonl",
  ],
  args: {
    store: storeArgument,
    format: {
      type: "enum",
      options: ["table", "json", "csv", "wire"],
      valueHint: "table|json|csv|wire",
      default: "table",
      description: "a table for people, JSON lines, flat CSV rows, or the venue's own messages",
    },
    json: {
      type: "boolean",
      default: false,
      description: "the same as --format json; with wire, a JSON object a message",
    },
    ...readArgs,
    type: { type: "string", valueHint: "type", description: "only updates of these types" },
    verified: { type: "boolean", default: false, description: "only what its own hash proves" },
    limit: { type: "string", valueHint: "count", description: "stop after so many" },
    follow: {
      type: "boolean",
      default: false,
      description: "go on with what is recorded meanwhile, until interrupted",
    },
  },
  lists: ["type"],
  async run({ store: path, format, json, token, from, to, type, verified, limit, follow }) {
    const isWire = format === "wire";
    if (json && format === "csv") {
      throw usageError(NAME, "--json and --format csv exclude each other");
    }
    if (isWire && (follow || verified || type !== undefined)) {
      throw usageError(
        NAME,
        "--format wire prints whole messages: no --follow, --type, --verified",
      );
    }
    const types = typesOf(type);
    const max = limit === undefined ? undefined : numberFlag(NAME, "limit", limit, { min: 1 });
    const store = new Store(path);
    const selection = await selectionOf(NAME, store, { token, from, to });
    const output = new Output();
    let damaged = 0;
    const onDamage = (file: string, damage: Damage) => {
      damaged++;
      say(`damaged: ${file} at byte ${damage.offset}: ${damage.reason}`);
    };
    const onGone = (file: string) => say(`pruned while it was read: ${file}`);
    const options = { onDamage, onGone };
    const filter = { from: selection.from, to: selection.to, types, verified };
    let printed = 0;
    if (isWire) {
      const sessions = await store.sessions(selection, options);
      printed = await printWire(sessions, filter, { output, json, max });
    } else {
      const lines = await linesOf(json ? "json" : format, store);
      for (const header of lines.headers) await output.line(header);
      for await (const update of sourceOf(store, selection, { filter, options, follow, output })) {
        for (const line of lines.of(update)) await output.line(line);
        printed++;
        if (output.closed || printed === max) break;
      }
      await output.flush();
    }
    if (printed === 0 && !output.closed) say(emptyReason(path, filter, token));
    return damaged > 0 ? EXIT.loss : EXIT.ok;
  },
});

interface SourceOptions {
  readonly filter: UpdateFilter;
  readonly options: Parameters<Store["sessions"]>[1];
  readonly follow: boolean;
  readonly output: Output;
}

async function* sourceOf(
  store: Store,
  selection: SessionSelection,
  { filter, options, follow, output }: SourceOptions,
): AsyncGenerator<Update> {
  if (!follow) {
    for (const session of await store.sessions(selection, options)) yield* session.updates(filter);
    return;
  }
  let isStopped = false;
  void stopSignal().then(() => {
    isStopped = true;
  });
  yield* followStore(store, {
    ...options,
    selection,
    filter,
    async caughtUp() {
      await output.flush();
      return !isStopped && !output.closed;
    },
  });
}

interface Lines {
  readonly headers: readonly string[];
  readonly of: (update: Update) => string[];
}

async function linesOf(format: string, store: Store): Promise<Lines> {
  if (format === "csv") return { headers: [csvHeader], of: csvRows };
  if (format === "json") return { headers: [], of: (update) => [updateLine(update)] };
  const names = await namesIn(store);
  const of = (update: Update) => [updateText(update, names.get(update.token_id))];
  return { headers: [updateTextHeader], of };
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

function typesOf(list: string | undefined): UpdateType[] | undefined {
  return list?.split(",").map((name) => {
    const type = UPDATE_TYPES.find((known) => known === name.trim());
    if (type === undefined) {
      throw usageError(NAME, `--type wants some of ${UPDATE_TYPES.join(", ")}, not "${name}"`);
    }
    return type;
  });
}

/** Which filters have left nothing. */
function emptyReason(
  store: string,
  { from, to, types, verified }: UpdateFilter,
  token: string | undefined,
): string {
  const filters = [
    ...(token === undefined ? [] : [`of ${token}`]),
    ...(from === undefined && to === undefined ? [] : ["between --from and --to"]),
    ...(types === undefined ? [] : [`of type ${types.join(" or ")}`]),
    ...(verified ? ["that is verified"] : []),
  ];
  return filters.length === 0
    ? `${store} has no updates yet`
    : `${store} has no update ${filters.join(", ")}`;
}
