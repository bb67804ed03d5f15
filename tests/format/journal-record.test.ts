import { describe, expect, test } from "bun:test";
import { decode as decodePacked } from "@msgpack/msgpack";
import fc from "fast-check";
import type { Arrival } from "../../src/format/block.ts";
import type { JournalUpdate } from "../../src/format/journal-change.ts";
import {
  isUpdate,
  type JournalRecord,
  JournalRecords,
  RECORD,
  RecordReader,
  readHeartbeat,
  readKeyframe,
  readSession,
  readUpdate,
} from "../../src/format/journal-record.ts";
import { marketEvent, rawEvent } from "../../src/format/market-event.ts";
import { PackedWriter } from "../../src/format/packed-writer.ts";
import { decode } from "../../src/polymarket/decode.ts";
import { messages } from "../random-messages.ts";

const IMPLIED = { tokenId: "42", market: "0xm" };
/** All records of a payload, each on its own. */
function readRecords(payload: Uint8Array): JournalRecord[] {
  const reader = new RecordReader(payload);
  const records: JournalRecord[] = [];
  while (reader.next()) {
    const { kind, session, sequence, body } = reader;
    records.push({ kind, session, sequence, body });
  }
  return records;
}

const ARRIVAL: Arrival = {
  receivedUs: 5,
  socket: 1,
  place: { element: 1, elements: 2, entry: 3, entries: 4, newline: true },
};

describe("MessagePack written by hand", () => {
  const WIDTHS = [0, 1, 23, 24, 25, 31, 32, 127, 128, 255, 256, 65_535, 65_536, 70_000];

  test("is what a decoder of the library reads, in the shortest form", () => {
    const numbers = [...WIDTHS, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
    for (const number of numbers) {
      const writer = new PackedWriter();
      writer.number(number);
      expect(decodePacked(writer.take())).toBe(number);
    }
    for (const length of WIDTHS) {
      for (const letter of ["a", "é", "€", "😀"]) {
        const text = letter.repeat(length);
        const writer = new PackedWriter();
        writer.text(text);
        expect(decodePacked(writer.take())).toBe(text);
      }
      const list = new PackedWriter();
      list.list(length);
      for (let i = 0; i < length; i++) list.nil();
      expect(decodePacked(list.take())).toEqual(new Array(length).fill(null));
    }
  });

  test("keeps a byte order mark, as bytes", () => {
    const writer = new PackedWriter();
    writer.text("\ufeffabc");
    expect(decodePacked(writer.take())).toEqual(Buffer.from("\ufeffabc"));
  });
});

describe("a journal's records", () => {
  test("give back every update of random messages, field by field", () => {
    const texts = fc.sample(messages, { seed: 11, numRuns: 2000 });
    const records = new JournalRecords();
    const updates: JournalUpdate[] = [];
    for (const text of texts) {
      for (const { event, place } of decode(text)) {
        const update = { event, place, receivedUs: 1e15 + updates.length, socket: updates.length };
        records.update(7, updates.length + 1, event, update, IMPLIED);
        updates.push(update);
      }
    }
    const { payload, records: count, minUs, maxUs } = records.take();
    expect([count, minUs, maxUs]).toEqual([updates.length, 1e15, 1e15 + updates.length - 1]);
    const read = readRecords(payload);
    expect(read.map(({ sequence }) => sequence)).toEqual(updates.map((_, i) => i + 1));
    for (const [i, record] of read.entries()) {
      expect([isUpdate(record), record.session]).toEqual([true, 7]);
      const { event, ...arrival } = readUpdate(record, IMPLIED);
      const { event: sent, ...sentArrival } = updates[i]!;
      expect(arrival).toEqual(sentArrival);
      expect(event.type).toBe(sent.type);
      expect(event.shape).toBe(sent.shape);
      expect([...event.values]).toEqual([...sent.values]);
    }
  });

  test("write plain changes as numbers, which spell the same texts", () => {
    const change = (best: string, size: string) =>
      `{"market":"0xm","price_changes":[{"asset_id":"42","price":"0.41","size":"${size}","side":"SELL","hash":"${"0f".repeat(20)}"${best}}],"timestamp":"1790000000123","event_type":"price_change"}`;
    const best = ',"best_bid":"0.4","best_ask":"0.42"';
    const texts = [change(best, "7.5"), change(best, "0"), change(best, "900000000.000001")];
    for (const [text, kind] of [
      ...texts.map((plain) => [plain, RECORD.change] as const),
      [change(best, "7.50"), RECORD.update] as const,
      [change(best, "7.5").replace('"42"', '"43"'), RECORD.update] as const,
      [change(best, "7.5").replace("0xm", "0xn"), RECORD.update] as const,
    ]) {
      const [piece] = decode(text);
      const records = new JournalRecords();
      records.update(1, 1, piece!.event, ARRIVAL, IMPLIED);
      const [record] = readRecords(records.take().payload);
      expect(record!.kind).toBe(kind);
      expect([...readUpdate(record!, IMPLIED).event.values]).toEqual([...piece!.event.values]);
    }
  });

  test("do not write what the session implies", () => {
    const event = marketEvent("price_change", {
      market: IMPLIED.market,
      asset_id: IMPLIED.tokenId,
      event_type: "price_change",
      price: "0.5",
    });
    const records = new JournalRecords();
    records.update(1, 1, event, ARRIVAL, IMPLIED);
    const [record] = readRecords(records.take().payload);
    const values = (decodePacked(record!.body) as unknown[]).slice(9);
    expect(values).toEqual([null, null, null, "0.5"]);
    expect([...readUpdate(record!, IMPLIED).event.values]).toEqual([...event.values]);
    const other = readUpdate(record!, { tokenId: "43", market: "0xn" });
    expect(other.event.values.slice(0, 2)).toEqual(["0xn", "43"]);
  });

  test("give back sessions, keyframes, heartbeats, and copies of each", () => {
    const names = {
      question: "\ufeffWill it?",
      slug: "s",
      outcome: "Yes",
      end_date: "2031",
      event: "e",
    };
    const session = { ...IMPLIED, sessionId: "20300102-03-04-05", startUs: 5, firstSequence: 9 };
    const described = { ...session, predecessor: null, names };
    const keyframe = {
      bids: [["0.4", "7"]] as [string, string][],
      asks: [] as [string, string][],
      tickSize: "0.01",
      lastTradePrice: null,
    };
    const recipe = { name: "10", minOrderSize: "5", negRisk: true };
    const records = new JournalRecords();
    records.session(3, described);
    records.keyframe(3, 2 ** 40, { keyframe, recipe });
    records.keyframe(3, 1, { keyframe: null, recipe: null });
    records.heartbeat({ atUs: 77, sockets: [1, 300] });
    records.sealed(3);
    records.update(3, 4, rawEvent("x"), ARRIVAL, IMPLIED);
    const first = records.take().payload;
    const again = new JournalRecords();
    for (const record of readRecords(first)) again.copy(record);
    expect(again.take().payload).toEqual(first);
    const [a, b, c, d, e] = readRecords(first);
    expect(readSession(a!.body)).toEqual(described);
    expect([b!.sequence, readKeyframe(b!.body)]).toEqual([2 ** 40, { keyframe, recipe }]);
    expect(readKeyframe(c!.body)).toEqual({ keyframe: null, recipe: null });
    expect(readHeartbeat(d!.body)).toEqual({ atUs: 77, sockets: [1, 300] });
    expect([e!.kind, e!.session]).toEqual([RECORD.sealed, 3]);
  });
});
