import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Arrival, RECEIVED_US_MAX, type StoredEvent } from "../../src/format/block.ts";
import { textOfMillionths } from "../../src/format/decimal.ts";
import { KNOWN_SHAPES } from "../../src/format/known-shapes.ts";
import { plainChangeOf } from "../../src/format/plain-change.ts";
import { type LoggedValue, type RowForm, RowLog } from "../../src/format/row-log.ts";
import { parseShape } from "../../src/format/shape.ts";

const IMPLIED = { market: "0xm", tokenId: "7" };
const HASH = "5e".repeat(20);
const CHANGE = parseShape(KNOWN_SHAPES[1]!.text);
const NOTE = parseShape(KNOWN_SHAPES[19]!.text);

interface LoggedRow {
  readonly event: StoredEvent;
  readonly arrival: Arrival;
}

const numbers = {
  venueMs: fc.oneof(
    fc.integer({ min: 1_790_000_000_000, max: 1_790_000_000_100 }),
    fc.integer({ min: 0, max: 2 ** 51 }),
  ),
  receivedUs: fc.oneof(
    fc.integer({ min: 1_790_000_000_000_000, max: 1_790_000_000_100_000 }),
    fc.integer({ min: 0, max: RECEIVED_US_MAX - 1 }),
  ),
  price: fc.oneof(
    fc.integer({ min: 0, max: 1000 }).map((ticks) => ticks * 1000),
    fc.nat(1_000_000),
  ),
  size: fc.oneof(
    fc.nat(10_000).map((units) => units * 10_000),
    fc.nat(2 ** 51),
  ),
};

const changes = fc
  .record({
    ...numbers,
    isBuy: fc.boolean(),
    entry: fc.nat(2),
    market: fc.constantFrom("0xm", "0x2"),
  })
  .map(({ venueMs, receivedUs, price, size, isBuy, entry, market }): LoggedRow => {
    const side = isBuy ? "BUY" : "SELL";
    const own = [IMPLIED.tokenId, textOfMillionths(price), textOfMillionths(size), side, HASH];
    const values = [market, String(venueMs), "price_change", ...own, "0.1", "0.2"];
    const place = { element: 0, elements: 0, entry, entries: 3, newline: false };
    const event = { type: "price_change", shape: CHANGE, values } as const;
    return { event, arrival: { receivedUs, socket: 1, place } };
  });

const notes = numbers.receivedUs.map((receivedUs): LoggedRow => {
  const values = ["gap", "\ufeffa cause", "1", "2", "3"];
  const place = { element: 0, elements: 0, entry: 0, entries: 0, newline: false };
  return {
    event: { type: "note", shape: NOTE, values },
    arrival: { receivedUs, socket: 0, place },
  };
});

/** What a log gives back, plain changes as their texts again. */
function throughLog(rows: readonly LoggedRow[]): LoggedRow[] {
  const log = new RowLog(IMPLIED);
  for (const { event, arrival } of rows) {
    const change = plainChangeOf(event);
    log.add(event, arrival, false, change?.market === IMPLIED.market ? change : undefined);
  }
  const logged: LoggedRow[] = [];
  const add = (form: RowForm, receivedUs: number, values: readonly LoggedValue[]) => {
    const { type, shape, socket, place } = form;
    const event = { type, shape, values } as StoredEvent;
    logged.push({ event, arrival: { receivedUs, socket, place } });
  };
  log.replay({
    addPlain(form, _, receivedUs, { venueMs, side, price, size }) {
      const texts = [textOfMillionths(price), textOfMillionths(size), side === 0 ? "BUY" : "SELL"];
      const front = [IMPLIED.market, String(venueMs), "price_change", IMPLIED.tokenId];
      add(form, receivedUs, [...front, ...texts, undefined, undefined, undefined]);
    },
    addOther: (form, _, receivedUs, values) => add(form, receivedUs, values),
  });
  return logged;
}

/** What may follow from the book is not logged. */
function withoutDerivable({ event, arrival }: LoggedRow): LoggedRow {
  const { shape } = event;
  const { hashSlot, bestBidSlot, bestAskSlot } = shape;
  const values = event.values.map((value, slot) =>
    [hashSlot, bestBidSlot, bestAskSlot].includes(slot) ? undefined : value,
  );
  return { event: { ...event, values } as StoredEvent, arrival };
}

test("rows come out of their log as they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: changes }, notes)), (rows) => {
      expect(throughLog(rows)).toEqual(rows.map(withoutDerivable));
    }),
    { numRuns: 500 },
  );
});

test("a usual change takes nine bytes or less", () => {
  const log = new RowLog(IMPLIED);
  let before = 0;
  for (let i = 0; i < 100; i++) {
    const values = [IMPLIED.market, String(1_790_000_000_000 + 900 * i), "price_change"];
    const own = [IMPLIED.tokenId, textOfMillionths(479_000 - (i % 3) * 1000), `${15_000 + i}.25`];
    const event: StoredEvent = {
      type: "price_change",
      shape: CHANGE,
      values: [...values, ...own, "BUY", HASH, "0.1", "0.2"],
    };
    const place = { element: 0, elements: 0, entry: 0, entries: 2, newline: false };
    const receivedUs = 1_790_000_000_000_000 + 900_000 * i + 8000 + ((i * 7) % 900);
    log.add(event, { receivedUs, socket: 1, place }, false, plainChangeOf(event));
    if (i > 0) expect(log.bytes - before).toBeLessThanOrEqual(9);
    before = log.bytes;
  }
});
