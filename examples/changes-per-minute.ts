// Columns of whole blocks, the fastest way to read: bun examples/changes-per-minute.ts ./data <token-id>
import { Store, UPDATE_TYPES } from "polybot";

const [path = "./data", token = ""] = process.argv.slice(2);
const CHANGE = UPDATE_TYPES.indexOf("price_change");
const MINUTE_US = 60_000_000;

const store = await Store.open(path);
const changes = new Map<number, number>();
for (const session of await store.sessions({ token })) {
  for await (const { count, types, received_us } of session.batches()) {
    for (let row = 0; row < count; row++) {
      if (types[row] !== CHANGE) continue;
      const minute = Math.floor(received_us[row]! / MINUTE_US);
      changes.set(minute, (changes.get(minute) ?? 0) + 1);
    }
  }
}
for (const [minute, count] of changes) {
  console.log(`${new Date((minute * MINUTE_US) / 1000).toISOString()}  ${count}`);
}
