import { describe, expect, test } from "bun:test";
import { INVALID_OPERATION } from "../../../src/polymarket/messages.ts";
import { addFaults, venueWith } from "./faulty-venue.ts";
import { faultLines } from "./truth-log.ts";

const INVALID_SUBSCRIPTION = { code: 1008, reason: "invalid subscription payload" };

function later(assets_ids: readonly string[]) {
  return { operation: "subscribe", assets_ids };
}

describe("close-1008", () => {
  test("closes the socket at a subscription, the first or a later one, once", () => {
    const venue = venueWith("close-1008", { rate: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    const first = venue.subscribe([yes]);
    venue.run(1_000);
    expect(first.ends).toEqual([INVALID_SUBSCRIPTION]);
    expect(first.texts).toEqual([]);
    const second = venue.subscribe([yes]);
    venue.run(1_000);
    expect(second.texts).toHaveLength(1);
    addFaults(venue, `close-1008,token=${no}`);
    second.send(later([no]));
    expect(second.ends).toEqual([INVALID_SUBSCRIPTION]);
    expect(faultLines(venue.log, "close-1008").map(({ socket }) => socket)).toEqual([1, 2]);
  });
});

describe("invalid-operation", () => {
  test("answers a later subscription so, and subscribes nothing", () => {
    const venue = venueWith("invalid-operation,p=1", { rate: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    const client = venue.subscribe([yes]);
    venue.run(1_000);
    expect(client.texts).toHaveLength(1);
    client.send(later([no]));
    venue.run(1_000);
    expect(client.texts.slice(1)).toEqual([INVALID_OPERATION]);
    expect(client.ends).toEqual([]);
    venue.exchange.faults.removeAll();
    client.send(later([no]));
    venue.run(1_000);
    expect(client.texts[2]).toContain(no);
    expect(faultLines(venue.log, "invalid-operation")).toHaveLength(1);
  });
});
