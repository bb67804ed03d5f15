import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CAPTURES_VARIABLE } from "../../captures.ts";
import { AskedVenue, type Fields } from "./asked-venue.ts";

/** Keys that only some markets and events of the venue have, and none of the recorded ones. */
const LATER_KEYS = ["closedTime", "umaResolutionStatus", "tags"];

/** What kind of value it is, as a client has to read it. */
function formOf(value: unknown): string {
  if (Array.isArray(value)) return "list";
  if (typeof value !== "string") return typeof value;
  if (/^\[.*\]$/s.test(value)) return "text of a list";
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return "time";
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return "date";
  if (/^0x[0-9a-f]{64}$/.test(value)) return "hash";
  if (/^-?\d+(\.\d+)?$/.test(value)) return "decimal";
  return "text";
}

/** Values that may be empty or missing tell nothing about form. */
function tells(value: unknown): boolean {
  return value !== "" && value !== null;
}

/** Our keys stand in the order of the recorded ones, with values of the same form. */
function expectLike(ours: Fields, recorded: Fields): void {
  const shared = Object.keys(ours).filter((key) => key in recorded);
  expect(shared).toEqual(Object.keys(recorded).filter((key) => key in ours));
  for (const key of shared) {
    if (!tells(ours[key]) || !tells(recorded[key])) continue;
    expect(formOf(ours[key]), key).toBe(formOf(recorded[key]));
  }
}

function keysOf(...all: Fields[]): Set<string> {
  return new Set(all.flatMap((fields) => Object.keys(fields)));
}

function describeRecorded(folder: string): void {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const venue = new AskedVenue({ markets: 7, series: 1 });
  const contest = venue.market(2).identity;
  const window = venue.market(7).identity;

  describe("answers like the recorded ones", () => {
    test("books", () => {
      const url = `/book?token_id=${venue.tokenId(2, 0)}`;
      const keys = () => Object.keys(venue.read(url));
      const [first] = read("trebuchet/clob-books-2026-05-17.json");
      expect(keys()).toEqual(Object.keys(first));
      expectLike(venue.read(url), { ...first, hash: "" });
      const { conditions } = venue.simulation;
      conditions.recipe = "5";
      expect(keys()).toEqual(Object.keys(read("nautilus/rest_book_2024-10-13.json")));
      conditions.recipe = "6";
      expect(keys()).toEqual(Object.keys(read("polypy/rest_book_2024-11-30.json")));
      conditions.recipe = "10";
    });

    test("markets of the CLOB", () => {
      const recorded = read("nautilus/clob_market_closed_binary_accepting_true.json");
      const ours = venue.read<Fields & { tokens: Fields[] }>(`/markets/${contest.market}`);
      expect(Object.keys(ours)).toEqual(Object.keys(recorded));
      expectLike(ours, recorded);
      expectLike(ours.tokens[0]!, recorded.tokens[0]);
      expectLike(ours.rewards as Fields, recorded.rewards);
    });

    test("compact markets", () => {
      const [recorded] = read("trebuchet/clob-markets-2026-05-17.json");
      const ours = venue.read(`/clob-markets/${contest.market}`);
      expect(Object.keys(ours)).toEqual(Object.keys(recorded));
      expectLike(ours, recorded);
      for (const key of ["r", "fd"]) {
        expect(Object.keys(ours[key] as Fields)).toEqual(Object.keys(recorded[key]));
      }
    });

    const fed = read("trebuchet/gamma-event-2026-05-17.json");
    const [nominee] = read("nautilus/gamma_event.json");
    const bitcoin = read("nautilus/gamma_market.json");
    const recordedMarkets = [bitcoin, ...fed.markets, ...nominee.markets];

    test("markets of Gamma", () => {
      for (const { id } of [contest, window]) {
        const ours = venue.read<Fields & { events: Fields[] }>(`/gamma/markets/${id}`);
        for (const recorded of recordedMarkets) expectLike(ours, recorded);
        const known = keysOf(...recordedMarkets);
        expect(Object.keys(ours).filter((key) => !known.has(key))).toBeEmpty();
        expectLike(ours.events[0]!, bitcoin.events[0]);
        expectLike(ours.feeSchedule as Fields, fed.markets[0].feeSchedule);
      }
    });

    test("a market of a series lacks nothing but its makers' rebate", () => {
      const ours = venue.read(`/gamma/markets/${window.id}`);
      const missing = Object.keys(bitcoin).filter((key) => !(key in ours));
      expect(missing).toEqual(["makerRebatesFeeShareBps"]);
    });

    test("events of Gamma", () => {
      for (const { event } of [contest, window]) {
        const ours = venue.read<Fields & { tags: Fields[]; series?: Fields[] }>(
          `/gamma/events/${event.id}`,
        );
        for (const recorded of [fed, nominee]) expectLike(ours, recorded);
        const known = keysOf(fed, nominee, bitcoin.events[0]);
        expect(Object.keys(ours).filter((key) => !known.has(key))).toBeEmpty();
        expectLike(ours.tags[0]!, fed.tags[0]);
        if (ours.series !== undefined) expectLike(ours.series[0]!, bitcoin.events[0].series[0]);
      }
    });

    test("what closes a market adds the few keys that no recorded one has", () => {
      const later = new AskedVenue({ markets: 0, series: 1 });
      const open = venue.read(`/gamma/markets/${window.id}?include_tag=true`);
      later.clock.advance(105_000);
      const closed = later.read(`/gamma/markets/${later.market(0).identity.id}?include_tag=true`);
      const known = keysOf(...recordedMarkets);
      const added = [...keysOf(open, closed)].filter((key) => !known.has(key));
      expect(added.toSorted()).toEqual(LATER_KEYS.toSorted());
    });

    test("every recorded market is as competitive as its prices say", () => {
      for (const { outcomePrices, competitive } of recordedMarkets) {
        const [yes = ""] = JSON.parse(outcomePrices) as string[];
        expect(1 / (1 + (Number(yes) - 0.5) ** 2)).toBeCloseTo(competitive, 3);
      }
    });
  });
}

const folder = process.env[CAPTURES_VARIABLE];
if (folder !== undefined && folder !== "") describeRecorded(folder);
else console.log(`${CAPTURES_VARIABLE} is not set: answers are not compared with recorded ones`);
