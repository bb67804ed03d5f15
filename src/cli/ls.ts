import { describeSessions, type SessionDescription } from "../read/session-description.ts";
import { Store } from "../read/store.ts";
import { command, EXIT } from "./command.ts";
import { bytesText, table, timeText, tokenText } from "./format.ts";
import { Output, say } from "./output.ts";
import { storeArgument } from "./store-argument.ts";

export const lsCommand = command({
  summary: "List the sessions of a store",
  examples: ["polybot ls ./data", "polybot ls ./data --json"],
  args: {
    store: storeArgument,
    json: { type: "boolean", default: false, description: "one JSON object a line" },
  },
  async run({ store, json }) {
    const sessions = await new Store(store).folders();
    const output = new Output();
    const rows: SessionDescription[] = [];
    for await (const description of describeSessions(sessions)) {
      if (json) await output.line(JSON.stringify(description));
      else rows.push(description);
    }
    if (rows.length > 0) await output.line(sessionTable(rows));
    await output.flush();
    if (sessions.length === 0) say(`${store} has no sessions yet`);
    return EXIT.ok;
  },
});

export function sessionTable(rows: readonly SessionDescription[]): string {
  const header = ["SESSION", "TOKEN", "STATE", "UPDATES", "SIZE", "FROM (UTC)", "TO (UTC)"];
  const cells = rows.map((row) => [
    row.session_id,
    tokenText(row.token_id, row),
    row.state,
    String(row.update_count),
    bytesText(row.bytes),
    timeText(row.start_timestamp),
    row.end_timestamp === null ? "" : timeText(row.end_timestamp),
  ]);
  return table(header, cells, new Set([3, 4]));
}
