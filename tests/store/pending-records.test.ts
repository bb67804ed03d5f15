import { describe, expect, test } from "bun:test";
import { isUpdate, JournalRecords, RecordReader } from "../../src/format/journal-record.ts";
import { NO_NAMES } from "../../src/format/metadata.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { seededRandom } from "../../src/ports/random.ts";
import { ownArrival } from "../../src/store/arrival.ts";
import { OrderedRecords, PendingRecords } from "../../src/store/pending-records.ts";

const IMPLIED = { tokenId: "42", market: "0xm" };
const NUMBER = 7;

/** A chunk's records, written in this order: of updates the receive time is `us`. */
function chunkOf(write: (records: JournalRecords) => void): Uint8Array {
  const records = new JournalRecords();
  write(records);
  return records.take().payload;
}

function update(records: JournalRecords, sequence: number, us: number): void {
  const [trade] = decode('{"event_type":"last_trade_price","asset_id":"42","price":"0.5"}');
  records.update(NUMBER, sequence, trade!.event, ownArrival(us), IMPLIED);
}

function keyframe(records: JournalRecords, sequence: number, tickSize: string): void {
  const levels = { bids: [], asks: [] };
  const book = { ...levels, tickSize, lastTradePrice: null };
  records.keyframe(NUMBER, sequence, { keyframe: book, recipe: null });
}

function pendingOf(after: number, ...chunks: readonly Uint8Array[]): OrderedRecords {
  const pending = new PendingRecords(after);
  for (const chunk of chunks) {
    const reader = new RecordReader(chunk);
    while (reader.next()) pending.add(reader);
  }
  return new OrderedRecords(pending.take());
}

/** Numbers and times of updates, in order; a keyframe is its number below 0. */
function told(records: OrderedRecords): number[][] {
  return Array.from({ length: records.count }, (_, i) => {
    const record = records.at(i);
    if (!isUpdate(record)) return [-record.sequence];
    return [record.sequence, record.update(IMPLIED).receivedUs];
  });
}

describe("pending records", () => {
  test("are updates and keyframes behind the last update of a segment", () => {
    const chunk = chunkOf((records) => {
      records.session(NUMBER, {
        ...IMPLIED,
        ...{ sessionId: "", startUs: 1, firstSequence: 1, predecessor: null, names: NO_NAMES },
      });
      keyframe(records, 1, "0.01");
      update(records, 1, 10);
      update(records, 2, 20);
      keyframe(records, 3, "0.01");
      update(records, 3, 30);
      records.sealed(NUMBER);
    });
    expect(told(pendingOf(0, chunk))).toEqual([[-1], [1, 10], [2, 20], [-3], [3, 30]]);
    expect(told(pendingOf(1, chunk))).toEqual([[2, 20], [-3], [3, 30]]);
    expect(told(pendingOf(3, chunk))).toEqual([]);
  });

  test("are given in order, each as it was written last", () => {
    const chunks = [
      chunkOf((records) => {
        update(records, 5, 50);
        update(records, 6, 60);
      }),
      // What an older part held is copied behind, and what a failed sync may have lost comes again.
      chunkOf((records) => {
        keyframe(records, 5, "0.01");
        update(records, 4, 40);
        update(records, 5, 51);
        keyframe(records, 5, "0.001");
      }),
    ];
    const records = pendingOf(0, ...chunks);
    expect(told(records)).toEqual([[4, 40], [-5], [5, 51], [6, 60]]);
    expect(Buffer.from(records.at(1).body).includes("0.001")).toBe(true);
  });

  test("any order comes to the same", () => {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const count = 300;
    const expected = Array.from({ length: count }, (_, i) => [i + 1, (i + 1) * 10]);
    const written = [...expected, ...expected.filter(() => random() < 0.3)];
    for (let i = written.length - 1; i > 0; i--) {
      const other = Math.floor(random() * (i + 1));
      [written[i], written[other]] = [written[other]!, written[i]!];
    }
    const chunk = chunkOf((records) => {
      for (const [sequence, us] of written) update(records, sequence!, us!);
    });
    expect(told(pendingOf(0, chunk))).toEqual(expected);
  });
});
