import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SIDES } from "../../src/format/columns/seeds.ts";
import { millionthsOf } from "../../src/format/decimal.ts";
import { isProven, UPDATE_TYPES, VERDICTS } from "../../src/format/market-event.ts";
import type { Batch } from "../../src/read/batch.ts";
import { SessionReader } from "../../src/read/session-reader.ts";
import { Store } from "../../src/read/store.ts";
import type { Update } from "../../src/read/update.ts";
import { VirtualRecording } from "../recorder/virtual-recording.ts";
import { chunkRanges } from "../sample-segment.ts";

/** Everything that the simulated venue says in some minutes, rolled sessions among it. */
let recording: VirtualRecording;
let sessions: SessionReader[];

beforeAll(async () => {
  recording = await VirtualRecording.start(
    { markets: 3, rate: 60, seed: 5, oddities: 5 },
    { maxFileSizeMb: 0.02 },
  );
  await recording.run(60_000);
  await recording.recorder.stop();
  sessions = await (await Store.open(recording.path)).sessions();
}, 60_000);

afterAll(() => recording[Symbol.asyncDispose]());

const plain = ({ sequence_number, received_us, update_type, verdict, ...update }: Update) => ({
  ...{ sequence_number, received_us, update_type, verdict },
  data: update.event.values,
});

describe("batches", () => {
  test("say of every update what the update itself says", async () => {
    let trades = 0;
    for (const session of sessions) {
      const updates = await Array.fromAsync(session.updates());
      let next = 0;
      for await (const batch of session.batches()) {
        expect(batch.first_sequence).toBe(updates[next]!.sequence_number);
        for (let row = 0; row < batch.count; row++) {
          const update = updates[next++]!;
          const { venue_ms, update_type: type } = update;
          const hasPrice = type === "price_change" || type === "last_trade_price";
          const number = (key: string) => (hasPrice ? millionthsOf(update.text(key) ?? "") : -1);
          const side = hasPrice ? (SIDES as readonly unknown[]).indexOf(update.text("side")) : -1;
          if (type === "last_trade_price") trades++;
          expect({
            type: UPDATE_TYPES[batch.types[row]!],
            verdict: VERDICTS[batch.verdicts[row]!],
            received_us: batch.received_us[row],
            venue_ms: batch.venue_ms[row],
            price: batch.prices[row],
            size: batch.sizes[row],
            side: batch.sides[row],
          }).toEqual({
            type,
            verdict: update.verdict,
            received_us: update.received_us,
            venue_ms: venue_ms ?? -1,
            price: number("price"),
            size: number("size"),
            side: side < 0 ? 2 : side,
          });
        }
        expect(plain(batch.update(batch.count - 1))).toEqual(plain(updates[next - 1]!));
      }
      expect(next).toBe(updates.length);
    }
    expect(trades).toBeGreaterThan(20);
  });

  test("of a range are those blocks that have a part of it", async () => {
    const session = await longest();
    const all = await Array.fromAsync(session.batches());
    expect(all.length).toBeGreaterThan(2);
    const times = ({ received_us, count }: Batch) => [received_us[0]!, received_us[count - 1]!];
    // A message may end in the block behind the one that it begins in.
    const from = times(all[1]!)[0]! + 1;
    const [, to] = times(all[2]!);
    const some = await Array.fromAsync(session.batches({ from, to: to! }));
    expect(some.map(times)).toEqual([all[1]!, all[2]!].map(times));
  });

  test("pass over a damaged block, and tell of it", async () => {
    const session = await longest();
    const firstNumbers = async (reader: SessionReader) =>
      (await Array.fromAsync(reader.batches())).map(({ first_sequence }) => first_sequence);
    const all = await firstNumbers(session);
    const path = join(session.path, "updates/000000001.bin");
    const sound = readFileSync(path);
    const bytes = Uint8Array.from(sound);
    // The second block's payload.
    bytes[chunkRanges(bytes)[2]!.start + 200]! ^= 1;
    writeFileSync(path, bytes);
    const told: string[] = [];
    const onDamage = (file: string) => void told.push(file);
    try {
      const damaged = new SessionReader(session.path, { onDamage });
      expect(await firstNumbers(damaged)).toEqual(all.toSpliced(1, 1));
      expect(told).toEqual([path]);
    } finally {
      writeFileSync(path, sound);
    }
  });
});

async function longest(): Promise<SessionReader> {
  const lengths = await Promise.all(
    sessions.map(async (session) => (await session.describe()).update_count),
  );
  return sessions[lengths.indexOf(Math.max(...lengths))]!;
}

describe("a filter", () => {
  test("lets pass what it names, by both clocks", async () => {
    const session = await longest();
    const all = await Array.fromAsync(session.updates());
    const [from, to] = [all[200]!.received_us, all[700]!.received_us];
    const numbers = async (filter: Parameters<SessionReader["updates"]>[0]) =>
      (await Array.fromAsync(session.updates(filter))).map(
        ({ sequence_number }) => sequence_number,
      );
    const those = (isWanted: (update: Update) => boolean) =>
      all.filter(isWanted).map(({ sequence_number }) => sequence_number);

    expect(await numbers({ from, to })).toEqual(
      those(({ received_us: us }) => us >= from && us <= to),
    );
    const [fromMs, toMs] = [all[200]!.venue_ms!, all[700]!.venue_ms!];
    expect(await numbers({ from: fromMs, to: toMs, clock: "venue" })).toEqual(
      those(({ venue_ms, received_us }) => {
        const ms = venue_ms ?? received_us / 1000;
        return ms >= fromMs && ms < toMs + 1;
      }),
    );
    expect(await numbers({ types: ["last_trade_price", "book"] })).toEqual(
      those(({ update_type }) => update_type === "last_trade_price" || update_type === "book"),
    );
    const verified = await numbers({ verified: true });
    expect(verified).toEqual(those(({ verdict }) => isProven(verdict)));
    expect(verified.length).toBeLessThan(all.length);
  });

  test("with a wrong time is refused", () => {
    const wrong = sessions[0]!.updates({ from: "yesterday" }).next();
    expect(wrong).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});

test("sessions are found by what they are of, and when", async () => {
  const store = await Store.open(recording.path);
  const described = await Promise.all(sessions.map((session) => session.describe()));
  const [{ token_id, market, slug, event, start_timestamp }] = described as [
    (typeof described)[number],
  ];
  expect(slug).not.toBe("");
  const paths = async (selection: Parameters<Store["sessions"]>[0]) =>
    (await store.sessions(selection)).map(({ path }) => path);
  const those = (isWanted: (session: (typeof described)[number]) => boolean) =>
    described.filter(isWanted).map(({ path }) => path);
  expect(await paths({ token: token_id })).toEqual(those((one) => one.token_id === token_id));
  for (const name of [market, slug]) {
    expect(await paths({ market: name })).toEqual(those((one) => one.market === market));
  }
  expect(await paths({ event })).toEqual(those((one) => one.event === event));
  expect(await paths({ market, token: "1" })).toEqual([]);
  expect(await paths({ to: start_timestamp - 1 })).toEqual(
    those((one) => one.start_timestamp < start_timestamp),
  );
  expect(await paths({ from: Date.parse("2090-01-01") })).toEqual([]);
});
