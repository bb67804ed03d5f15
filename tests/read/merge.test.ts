import { afterEach, beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { marketEvent } from "../../src/format/market-event.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { systemFs } from "../../src/ports/fs.ts";
import { systemRandom } from "../../src/ports/random.ts";
import { VirtualClock } from "../../src/ports/virtual-clock.ts";
import { type MergedItem, merge } from "../../src/read/merge.ts";
import { Store } from "../../src/read/store.ts";
import { StorageWriter } from "../../src/store/storage-writer.ts";
import { temporaryFolder } from "../polybot-process.ts";
import { messages as randomMessages, TOKENS } from "../random-messages.ts";

const START_US = Date.parse("2030-01-02T03:04:05Z") * 1_000;
const US_PER_S = 1_000_000;

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder("memory");
});
afterEach(() => folder[Symbol.dispose]());

/** A recorder that is told what it received, and when, in seconds after the start. */
class Writer {
  readonly #writer: StorageWriter;

  private constructor(writer: StorageWriter) {
    this.#writer = writer;
  }

  static async open(): Promise<Writer> {
    const ports = { fs: systemFs, clock: new VirtualClock(), random: systemRandom };
    return new Writer(await StorageWriter.open({ basePath: folder.path }, ports));
  }

  /** Writes what a text says of some tokens; what names none is the channel's. */
  message(second: number, text: string, { socket = 1, tokens = ["1", "2", "3"] } = {}): void {
    const receivedUs = START_US + second * US_PER_S;
    for (const { tokenIds, event, place } of decode(text)) {
      for (const tokenId of tokenIds.length === 0 ? [""] : tokenIds) {
        if (tokenId !== "" && !tokens.includes(tokenId)) continue;
        void this.#writer.writeUpdate(tokenId, event, undefined, { receivedUs, socket, place });
      }
    }
  }

  note(
    second: number,
    tokenId: string,
    kind: string,
    [from, to]: readonly [number, number],
    socket = 0,
  ): void {
    const times = { from_us: START_US + from * US_PER_S, to_us: START_US + to * US_PER_S };
    const note = marketEvent("note", { kind, cause: "disconnect", ...times, updates: 0 });
    const receivedUs = START_US + second * US_PER_S;
    const place = { element: 0, elements: 0, entry: 0, entries: 0, newline: false };
    void this.#writer.writeUpdate(tokenId, note, undefined, { receivedUs, socket, place });
  }

  close(): Promise<void> {
    return this.#writer.shutdown();
  }
}

function book(asset_id: string, size: number): string {
  const bids = [{ price: "0.4", size: String(size) }];
  return JSON.stringify({ event_type: "book", market: "0xm", asset_id, bids, asks: [], hash: "" });
}

function change(size: number, tokens: readonly string[] = ["1", "2"]): string {
  const price_changes = tokens.map((asset_id) => {
    return { asset_id, price: "0.4", size: String(size), side: "BUY", hash: "" };
  });
  return JSON.stringify({ market: "0xm", price_changes, event_type: "price_change" });
}

async function merged(): Promise<MergedItem[]> {
  return Array.fromAsync(merge(await new Store(folder.path).sessions()));
}

async function texts(): Promise<string[]> {
  return (await merged()).flatMap((item) => (item.kind === "message" ? [item.text] : []));
}

test("a message of several elements and tokens comes once and whole", async () => {
  const writer = await Writer.open();
  const resolved = {
    event_type: "market_resolved",
    market: "0xm",
    assets_ids: ["1", "2"],
    winning_asset_id: "2",
  };
  const sent = [
    `[${book("1", 1)},${book("2", 1)}]\n`,
    `[${change(2)},${book("2", 3)},{"event_type":"new_market","id":"7"}]`,
    JSON.stringify(resolved),
    "INVALID OPERATION",
  ];
  for (const [second, text] of sent.entries()) writer.message(second, text);
  await writer.close();
  expect(await texts()).toEqual(sent);
});

test("what was not recorded of a message is left out, and told", async () => {
  const writer = await Writer.open();
  const tokens = ["2"];
  writer.message(0, `[${book("1", 1)},${book("2", 1)},${change(5, ["1", "2", "3"])}]`, { tokens });
  await writer.close();
  const [message] = await merged();
  if (message?.kind !== "message") throw new Error("no message");
  expect(message.text).toBe(`[${book("2", 1)},${change(5, ["2"])}]`);
  expect(message.leftOut).toEqual([
    { element: 0 },
    { element: 2, entry: 0 },
    { element: 2, entry: 2 },
  ]);
});

test("messages of every kind and spacing come back byte for byte", async () => {
  const seed = 20_261_123;
  const sent = fc.sample(randomMessages, { numRuns: 2_000, seed });
  const writer = await Writer.open();
  for (const [i, text] of sent.entries()) writer.message(i, text, { tokens: [...TOKENS] });
  await writer.close();
  const found = await texts();
  expect(found.length).toBe(sent.length);
  for (const [i, text] of found.entries()) expect([seed, i, text]).toEqual([seed, i, sent[i]!]);
});

test("of two recorders the first is taken up to the second's first book", async () => {
  const first = await Writer.open();
  first.message(0, book("1", 1));
  first.message(2, change(2, ["1"]));
  first.message(6, change(6, ["1"]));
  await first.close();
  const second = await Writer.open();
  // Not its book yet: what it hears before is the first's.
  second.message(1, change(3, ["1"]));
  second.message(5, book("1", 5));
  second.message(7, change(6, ["1"]));
  await second.close();
  expect(await texts()).toEqual([book("1", 1), change(2, ["1"]), book("1", 5), change(6, ["1"])]);
  expect((await merged()).filter(({ kind }) => kind === "gap")).toEqual([]);
});

test("a session within another's time is left out", async () => {
  const first = await Writer.open();
  first.message(0, book("1", 1));
  first.message(9, change(9, ["1"]));
  await first.close();
  const second = await Writer.open();
  second.message(1, book("1", 1));
  second.message(2, change(2, ["1"]));
  await second.close();
  expect(await texts()).toEqual([book("1", 1), change(9, ["1"])]);
});

test("a clock that was set back splits no message, and keeps the order", async () => {
  const writer = await Writer.open();
  const sent: string[] = [];
  const send = (second: number, text: string, socket: number) => {
    sent.push(text);
    writer.message(second, text, { socket });
  };
  send(100, `[${book("1", 1)},${book("2", 1)}]`, 1);
  for (let i = 1; i <= 20; i++) send(100 + i, change(i), 1);
  // Back by a minute: the sockets get new numbers, which the recorder notes.
  writer.note(60, "", "clock-step", [120, 60], 2);
  send(60, change(21), 2);
  send(60.5, `[${book("3", 1)}]`, 2);
  for (let i = 22; i <= 90; i++) send(60 + i, change(i, ["1", "2", "3"].slice(i % 2)), 2);
  await writer.close();
  expect(await texts()).toEqual(sent);
});

test("without its notes, too, a clock that was set back splits no message", async () => {
  const writer = await Writer.open();
  const sent = Array.from({ length: 40 }, (_, i) => change(i));
  for (const [i, text] of sent.entries()) {
    if (i < 20) writer.message(100 + i, text, { socket: 1 });
    else writer.message(60 + i, text, { socket: 2 });
  }
  await writer.close();
  expect(await texts()).toEqual(sent);
});

test("gaps stand where they begin, and an interruption without loss is none", async () => {
  const writer = await Writer.open();
  writer.message(0, book("1", 1));
  writer.note(2, "1", "interrupted", [2, 2]);
  writer.note(4, "1", "proof", [2, 4]);
  writer.message(4, book("1", 1));
  writer.message(5, change(5, ["1"]));
  writer.note(6, "1", "interrupted", [6, 6]);
  writer.note(9, "1", "gap", [6, 9]);
  writer.message(9, book("1", 9));
  // Not stored by the recorder: told behind it.
  writer.note(14, "1", "gap", [11, 13]);
  writer.message(14, change(14, ["1"]));
  writer.message(10, book("2", 1), { socket: 2 });
  writer.message(12, change(12, ["2"]), { socket: 2 });
  await writer.close();
  const seconds = (us: number | null) => (us === null ? "the end" : (us - START_US) / US_PER_S);
  const order = (await merged()).flatMap((item): string[] => {
    if (item.kind === "note") return [];
    if (item.kind === "message") return [String(seconds(item.received_us))];
    return [`${item.token_id}: ${seconds(item.from_us)} to ${seconds(item.to_us)}`];
  });
  expect(order).toEqual(["0", "4", "5", "1: 6 to 9", "9", "10", "1: 11 to 13", "12", "14"]);
});

test("between two recordings nothing was recorded of any token from the end of the first on", async () => {
  const first = await Writer.open();
  first.message(0, `[${book("1", 1)},${book("2", 1)}]`);
  first.message(5, change(5, ["2"]));
  await first.close();
  const second = await Writer.open();
  second.message(20, `[${book("1", 1)},${book("2", 5)}]`);
  await second.close();
  const gaps = (await merged()).filter((item) => item.kind === "gap");
  const gap = { kind: "gap", cause: "not-recording", from_us: START_US + 5 * US_PER_S };
  const to_us = START_US + 20 * US_PER_S;
  expect(gaps.toSorted((a, b) => Number(a.token_id) - Number(b.token_id))).toEqual([
    { ...gap, token_id: "1", to_us },
    { ...gap, token_id: "2", to_us },
  ] as typeof gaps);
});
