import { describe, expect, test } from "bun:test";
import type { WireBook } from "../../../src/polymarket/messages.ts";
import { bookTokensOf, elementsOf, isAbout, isPriceChange } from "../channel/elements.ts";
import type { VirtualClient } from "../virtual-exchange.ts";
import { addFaults, START_MS, textsAfter, venueWith } from "./faulty-venue.ts";
import { faultLines } from "./truth-log.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe("stall-socket", () => {
  test("withholds all data while PONG comes, for its time", () => {
    const venue = venueWith("stall-socket,at=5s,for=20s,socket=1", { delayMs: 0 });
    const client = venue.subscribe();
    venue.run(6 * SECOND);
    for (let round = 0; round < 3; round += 1) {
      client.send("PING");
      client.send({ operation: "subscribe", assets_ids: venue.tokenIds });
      venue.run(5 * SECOND);
    }
    expect(textsAfter(client, 5 * SECOND)).toEqual(Array(3).fill(["PONG", "NO NEW ASSETS"]).flat());
    const withheld = faultLines(venue.log, "stall-socket").slice(1);
    expect(withheld.length).toBeGreaterThan(50);
    venue.run(30 * SECOND);
    const [first] = textsAfter(client, 21 * SECOND);
    const [element] = elementsOf(first ?? "[]");
    expect(Number(element?.timestamp)).toBeGreaterThanOrEqual(START_MS + 25 * SECOND - 100);
    expect(faultLines(venue.log, "stall-socket").slice(1)).toEqual(
      faultLines(venue.log).filter(({ text }) => text !== undefined),
    );
  });

  test("lasts for ever without a time, which a shorter one does not end", () => {
    const venue = venueWith("stall-socket,at=5s,stall-socket,at=6s,for=1s", { delayMs: 0 });
    const client = venue.subscribe();
    venue.run(MINUTE);
    expect(textsAfter(client, 5 * SECOND)).toEqual([]);
    expect(client.ends).toEqual([]);
  });

  test("withholds an opening book, too", () => {
    const venue = venueWith("", { delayMs: 0 });
    const client = venue.connect();
    venue.run(500);
    client.send({ assets_ids: [], type: "market" });
    addFaults(venue, "stall-socket,for=1s");
    client.send({ operation: "subscribe", assets_ids: venue.tokenIds });
    venue.run(5 * SECOND);
    expect(client.texts.slice(0, 1).some((text) => text.endsWith("\n"))).toBe(false);
    expect(client.texts.length).toBeGreaterThan(10);
  });
});

describe("stall-token", () => {
  test("withholds what concerns one token of the socket, and nothing else", () => {
    const venue = venueWith("stall-token,at=5s,for=60s,socket=1", { markets: 3, rate: 25 });
    const [client, other] = [venue.subscribe(), venue.subscribe()];
    venue.run(40 * SECOND);
    const heard = textsAfter(client, 6 * SECOND);
    const stalled = venue.tokenIds.filter((id) => !heard.some((text) => text.includes(id)));
    expect(stalled).toHaveLength(1);
    for (const { text = "" } of faultLines(venue.log, "stall-token").slice(1)) {
      expect(isAbout(text, stalled)).toBe(true);
    }
    expect(textsAfter(other, 6 * SECOND).some((text) => isAbout(text, stalled))).toBe(true);
    venue.run(40 * SECOND);
    expect(textsAfter(client, 66 * SECOND).some((text) => isAbout(text, stalled))).toBe(true);
  });

  test("leaves the other token of the market alone", () => {
    const venue = venueWith("", { markets: 1, rate: 40, oddities: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    addFaults(venue, `stall-token,token=${yes},at=1`);
    const [both, alone] = [venue.subscribe(), venue.subscribe([no])];
    venue.run(MINUTE);
    for (const client of [both, alone]) {
      const heard = textsAfter(client, SECOND).flatMap(elementsOf);
      const entries = heard.filter(isPriceChange).flatMap(({ price_changes }) => price_changes);
      expect(entries.length).toBeGreaterThan(100);
      const ofBoth = client === alone;
      expect(new Set(entries.map(({ asset_id }) => asset_id))).toEqual(
        new Set(ofBoth ? [yes, no] : [no]),
      );
    }
  });

  test("says nothing of a market of which only the stalled token was subscribed", () => {
    const venue = venueWith("", { markets: 1, rate: 40 });
    const [yes = ""] = venue.tokenIds;
    const client = venue.subscribe([yes]);
    venue.run(SECOND);
    addFaults(venue, `stall-token,token=${yes}`);
    venue.run(MINUTE);
    expect(
      textsAfter(client, 2 * SECOND)
        .flatMap(elementsOf)
        .filter(isPriceChange),
    ).toEqual([]);
  });

  test("is not ended by a shorter one of the same token", () => {
    const venue = venueWith("", { markets: 1, delayMs: 0 });
    const [yes] = venue.tokenIds;
    addFaults(venue, `stall-token,token=${yes},at=1s,stall-token,token=${yes},at=2s,for=1s`);
    const client = venue.subscribe();
    venue.run(30 * SECOND);
    expect(textsAfter(client, SECOND).some((text) => isAbout(text, [yes ?? ""]))).toBe(false);
  });

  test("ends in 55 % of cases when the client subscribes again, which then brings the book", () => {
    const venue = venueWith("", { markets: 60, rate: 0, delayMs: 0, oddities: 0 });
    const { tokenIds } = venue;
    const client = venue.subscribe();
    for (const tokenId of tokenIds) addFaults(venue, `stall-token,token=${tokenId}`);
    const again = (tokens: readonly string[]) => {
      client.send({ operation: "unsubscribe", assets_ids: tokens });
      client.send({ operation: "subscribe", assets_ids: tokens });
      return bookTokensOf(client.texts.at(-1));
    };
    const helped = again(tokenIds);
    expect(helped.length / tokenIds.length).toBeGreaterThan(0.42);
    expect(helped.length / tokenIds.length).toBeLessThan(0.68);
    const told = faultLines(venue.log).flatMap(({ fault, text, follows }) =>
      text === undefined ? [] : [{ fault, follows, text: JSON.parse(text) as WireBook }],
    );
    const left = tokenIds.filter((tokenId) => !helped.includes(tokenId));
    expect(told.map(({ text }) => text.asset_id)).toEqual(left);
    expect(told.every(({ fault, follows }) => fault === "stall-token" && !follows)).toBe(true);
    // It is over for good where it helped, and may help another time elsewhere.
    expect(again(helped)).toEqual(helped);
    const later = again(left);
    expect(later.length).toBeGreaterThan(0);
    expect(later.length).toBeLessThan(left.length);
  });

  test("ends after its time, and the book comes again", () => {
    const venue = venueWith("", { rate: 0, delayMs: 0 });
    const [yes = "", no = ""] = venue.tokenIds;
    const client = venue.subscribe([no]);
    addFaults(venue, `stall-token,token=${no},for=10s`);
    venue.run(10 * SECOND);
    client.send({ operation: "unsubscribe", assets_ids: [no] });
    client.send({ operation: "subscribe", assets_ids: [no, yes] });
    expect(client.texts.map(bookTokensOf)).toEqual([[no], [no, yes]]);
  });

  test.each([["stall-token"], ["stall-token,at=0"], ["stall-token,p=1"]])(
    "finds a token also at the first text of all: %s",
    (fault) => {
      const venue = venueWith(fault, { markets: 1, rate: 20, delayMs: 0 });
      const client = venue.subscribe();
      venue.run(30 * SECOND);
      const changes = client.texts.slice(1).flatMap(elementsOf).filter(isPriceChange);
      const entries = changes.flatMap(({ price_changes }) => price_changes);
      const heard = new Set(entries.map(({ asset_id }) => asset_id));
      expect(heard.size).toBeLessThan(2);
      expect(faultLines(venue.log, "stall-token").length).toBeGreaterThan(20);
    },
  );

  test("strikes a token wherever it is subscribed, one socket a time", () => {
    const venue = venueWith("");
    const [yes = "", , third = ""] = venue.tokenIds;
    const clients = [venue.subscribe([third]), venue.subscribe([yes, third])];
    addFaults(venue, `stall-token,token=${yes},at=5s`);
    venue.run(MINUTE);
    expect(
      textsAfter(clients[1] as VirtualClient, 6 * SECOND).some((text) => isAbout(text, [yes])),
    ).toBe(false);
    expect(new Set(faultLines(venue.log).map(({ socket }) => socket))).toEqual(new Set([2]));
  });
});
