/**
 * Reads every update of a store, as objects with their prices and sizes, then its peak memory:
 * `bun read-store.ts <store>`.
 */
import { readFileSync } from "node:fs";
import { Store } from "../../../src/read/store.ts";

const BYTES_PER_KB = 1024;

const [path = "."] = process.argv.slice(2);
let updates = 0;
let length = 0;
for (const session of await (await Store.open(path)).sessions()) {
  for await (const update of session.updates()) {
    length += (update.text("price") ?? "").length + (update.text("size") ?? "").length;
    updates++;
  }
}
const peakKb = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
console.log(JSON.stringify({ updates, isRead: length > 0, peak_bytes: peakKb * BYTES_PER_KB }));
